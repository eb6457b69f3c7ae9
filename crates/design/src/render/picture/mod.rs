//! Pictures: who is joined with whom, and who says what to whom one after the other. Each can be written for Mermaid, as SVG, and as
//! sentences.
//!
//! | part | what it does |
//! |---|---|
//! | [`workflow`] | a workflow as it is written, as a sequence |
//! | [`mermaid`] | the map for Mermaid; a sequence, and a run that the proof found as one, are written in `coexist_report::sequence` |
//! | [`svg`] | a surface to draw on; [`map`] and [`sequence`] lay the pictures out on it |

mod map;
pub(super) mod mermaid;
mod sequence;
pub(super) mod svg;
pub(super) mod workflow;

pub(super) use coexist_report::sequence::{Arrow, Line, Sequence};

/// A picture, and what it is called.
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) drawing: Drawing,
}

/// What a picture shows.
pub(super) enum Drawing {
    Map(Map),
    Sequence(Sequence),
}

/// Who is joined with whom.
#[derive(Default)]
pub(super) struct Map {
    pub(super) parts: Vec<Part>,
    pub(super) channels: Vec<Channel>,
    /// Messages that go straight from one part to another.
    pub(super) straight: Vec<Edge>,
    /// What is called and waited for.
    pub(super) calls: Vec<Edge>,
}

/// A service, or a system of others.
pub(super) struct Part {
    pub(super) name: String,
    /// The team; None for a system of others.
    pub(super) team: Option<String>,
    /// What it is besides: who is on call, its stores.
    pub(super) about: Vec<String>,
    pub(super) stores: Vec<String>,
}

/// A channel, with the messages of each part that publishes and each that reads.
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) promises: String,
    pub(super) from: Vec<(String, Vec<String>)>,
    pub(super) to: Vec<(String, Vec<String>)>,
}

/// From one part to another.
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) labels: Vec<String>,
}

impl Picture {
    /// Returns the picture for Mermaid.
    pub(super) fn mermaid(&self) -> String {
        match &self.drawing {
            Drawing::Map(map) => mermaid::map(map),
            Drawing::Sequence(sequence) => sequence.mermaid(),
        }
    }

    /// Returns the picture as SVG that stands in a page of HTML.
    pub(super) fn svg(&self) -> String {
        match &self.drawing {
            Drawing::Map(map) => map::draw(map, &self.title),
            Drawing::Sequence(sequence) => sequence::draw(sequence, &self.title),
        }
    }

    /// Returns what it shows, a sentence for each line.
    pub(super) fn said(&self) -> Vec<String> {
        match &self.drawing {
            Drawing::Map(map) => map.said(),
            Drawing::Sequence(sequence) => sequence.said(),
        }
    }
}

impl Map {
    fn said(&self) -> Vec<String> {
        let mut said = Vec::new();
        for part in &self.parts {
            let whose = part.team.as_ref().map(|team| format!("of {team}"));
            let whose = whose.unwrap_or_else(|| "a system of others".to_owned());
            let owns = match part.stores.as_slice() {
                [] => String::new(),
                stores => format!("; owns {}", stores.join(", ")),
            };
            said.push(format!("{}, {whose}{owns}", part.name));
        }
        for channel in &self.channels {
            let name = &channel.name;
            for (from, messages) in &channel.from {
                said.push(format!("{from} publishes {} to {name}", listed(messages)));
            }
            for (to, messages) in &channel.to {
                said.push(format!("{to} reads {} from {name}", listed(messages)));
            }
        }
        for edge in &self.straight {
            said.push(format!(
                "{} sends {} to {}",
                edge.from,
                listed(&edge.labels),
                edge.to
            ));
        }
        for edge in &self.calls {
            said.push(format!(
                "{} calls {} of {}",
                edge.from,
                listed(&edge.labels),
                edge.to
            ));
        }
        said
    }
}

fn listed(labels: &[String]) -> String {
    match labels {
        [] => "nothing that a step names".to_owned(),
        labels => labels.join(", "),
    }
}
