//! Over which channels a message goes.

use crate::language::{Channel, Name, Verb};

use super::scope::Scope;

/// Endings of a channel's name that say what it carries, where `carries` does not.
const CONVENTION: &[(Verb, &str)] = &[
    (Verb::Send, "commands"),
    (Verb::Reply, "replies"),
    (Verb::Emit, "events"),
];

impl<'a> Scope<'a> {
    /// Returns the channels that a message may go over: the one that is named; else those of the sender that carry it; else, of those
    /// that do not say what they carry, the ones that are called after what is sent (`commands`, `replies`, `order-events`); else all of
    /// those. Where there are several, the weakest promise counts.
    pub fn routes(
        &self,
        from: &str,
        message: &str,
        verb: Verb,
        via: Option<&Name>,
    ) -> Vec<&'a Channel> {
        if let Some(named) = via {
            return self.channel(&named.text).into_iter().collect();
        }
        let own = self
            .design
            .channels
            .iter()
            .filter(|c| c.from.iter().any(|f| f == from));
        let carrying: Vec<_> = own
            .clone()
            .filter(|c| c.carries.iter().any(|m| m == message))
            .collect();
        if !carrying.is_empty() {
            return carrying;
        }
        let open: Vec<_> = own.filter(|c| c.carries.is_empty()).collect();
        let called: Vec<_> = open
            .iter()
            .copied()
            .filter(|c| is_called_after(c, verb))
            .collect();
        match called.is_empty() {
            true => open,
            false => called,
        }
    }
}

fn is_called_after(channel: &Channel, verb: Verb) -> bool {
    let name = channel.name.text.as_str();
    CONVENTION.iter().any(|(of, ending)| {
        let stem = name.strip_suffix(ending);
        *of == verb && stem.is_some_and(|stem| stem.is_empty() || stem.ends_with(['-', '_']))
    })
}
