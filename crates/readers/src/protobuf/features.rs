//! What `syntax`, `edition` and `features` options mean for the wire.
//!
//! Defaults per edition: <https://protobuf.dev/editions/features/>

use super::ast::{Setting, Syntax, setting};

/// The features in force at one place of a file; what is nested inherits them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Features {
    pub(super) syntax: Syntax,
    pub(super) presence: Presence,
    pub(super) closed: bool,
    pub(super) packed: bool,
    pub(super) utf8: bool,
    pub(super) delimited: bool,
}

/// `features.field_presence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Explicit,
    Implicit,
    Required,
}

impl Features {
    pub(super) fn of(syntax: Syntax) -> Self {
        let proto2 = syntax == Syntax::Proto2;
        Self {
            syntax,
            presence: match syntax {
                Syntax::Proto3 => Presence::Implicit,
                _ => Presence::Explicit,
            },
            closed: proto2,
            packed: !proto2,
            utf8: !proto2,
            delimited: false,
        }
    }

    /// Returns the features with those that the options set.
    pub(super) fn with(mut self, options: &[Setting]) -> Self {
        let says = |name: &str, value: &str| {
            setting(options, &format!("features.{name}")).map(|given| given == value)
        };
        match setting(options, "features.field_presence") {
            Some("EXPLICIT") => self.presence = Presence::Explicit,
            Some("IMPLICIT") => self.presence = Presence::Implicit,
            Some("LEGACY_REQUIRED") => self.presence = Presence::Required,
            _ => {}
        }
        self.closed = says("enum_type", "CLOSED").unwrap_or(self.closed);
        self.packed = says("repeated_field_encoding", "PACKED").unwrap_or(self.packed);
        self.utf8 = says("utf8_validation", "VERIFY").unwrap_or(self.utf8);
        self.delimited = says("message_encoding", "DELIMITED").unwrap_or(self.delimited);
        self.packed = setting(options, "packed").map_or(self.packed, |given| given == "true");
        self
    }
}
