//! A sequence: who says what to whom, one after the other. It can be written for Mermaid and as sentences; `coexist-design` draws it too.

use coexist_model::WorkflowReport;

/// Who says what to whom, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequence {
    /// Those that take part, in the order in which they appear.
    pub parts: Vec<String>,
    /// What happens, from top to bottom.
    pub lines: Vec<Line>,
}

/// A line of a sequence; parts are named by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Something goes from one part to another.
    Arrow {
        /// From whom.
        from: usize,
        /// To whom.
        to: usize,
        /// What.
        text: String,
        /// How.
        kind: Arrow,
    },
    /// A part does something.
    Note {
        /// The part.
        at: usize,
        /// What.
        text: String,
        /// Whether it is something that goes wrong.
        fault: bool,
    },
    /// Begins a frame: `alt`, `opt`, `loop`, `critical`.
    Open(&'static str, String),
    /// The next arm of an `alt`; without a condition, what is done otherwise.
    Else(String),
    /// Ends a frame.
    Close,
    /// Something new begins: a long picture may be cut here.
    Cut,
}

/// What goes from one part to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// A message that nobody waits for, or a call.
    Sent,
    /// The answer to a call.
    Answer,
    /// It does not arrive as it should.
    Lost,
}

impl Sequence {
    /// Returns the run that shows what does not hold.
    pub fn of_trace(workflow: &WorkflowReport) -> Self {
        let mut sequence = Self::default();
        for (number, step) in workflow.trace.iter().enumerate() {
            if workflow.loop_from.is_none() {
                sequence.lines.push(Line::Cut);
            }
            if workflow.loop_from == Some(number) {
                let forever = Line::Open("loop", "for ever".to_owned());
                sequence.lines.push(forever);
            }
            if let Some(arrow) = &step.arrow {
                let (from, to) = (sequence.part(&arrow.from), sequence.part(&arrow.to));
                sequence.lines.push(Line::Arrow {
                    from,
                    to,
                    text: arrow.text.clone(),
                    // Whatever else goes wrong, the message or the request has arrived.
                    kind: match step.fault.as_deref() {
                        Some("dead-letter") => Arrow::Lost,
                        _ => Arrow::Sent,
                    },
                });
            }
            let of = step
                .instance
                .map(|number| format!("{} {number}: ", workflow.instance));
            let effect = step.effect.as_ref().map(|effect| format!(": {effect}"));
            let at = sequence.part(&step.actor);
            sequence.lines.push(Line::Note {
                at,
                text: format!(
                    "{}. {}{}{} (line {})",
                    number + 1,
                    of.unwrap_or_default(),
                    step.does,
                    effect.unwrap_or_default(),
                    step.line
                ),
                fault: step.fault.is_some(),
            });
        }
        if workflow.loop_from.is_some() {
            sequence.lines.push(Line::Close);
        }
        sequence
    }

    /// Returns the place of a part, which takes part from now on.
    pub fn part(&mut self, name: &str) -> usize {
        let at = self.parts.iter().position(|part| part == name);
        at.unwrap_or_else(|| {
            self.parts.push(name.to_owned());
            self.parts.len() - 1
        })
    }

    /// Returns what it shows, a sentence for each line.
    pub fn said(&self) -> Vec<String> {
        let name = |at: &usize| self.parts.get(*at).map_or("", String::as_str);
        self.lines
            .iter()
            .filter_map(|line| match line {
                Line::Arrow {
                    from,
                    to,
                    text,
                    kind,
                } => {
                    let how = match kind {
                        Arrow::Sent => "to",
                        Arrow::Answer => "answers",
                        Arrow::Lost => "in vain to",
                    };
                    Some(format!("{} {how} {}: {text}", name(from), name(to)))
                }
                Line::Note { at, text, fault } => {
                    let fault = if *fault { "fault, " } else { "" };
                    Some(format!("{fault}{}: {text}", name(at)))
                }
                Line::Open(word, text) => Some(format!("begin {} {text}", spoken(word))),
                Line::Else(text) => Some(otherwise(text)),
                Line::Close => Some("end".to_owned()),
                Line::Cut => None,
            })
            .collect()
    }

    /// Returns it as a sequence diagram of Mermaid.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("sequenceDiagram\n");
        for (number, part) in self.parts.iter().enumerate() {
            out.push_str(&format!("  participant p{number} as {}\n", safe(part)));
        }
        let mut depth = 1;
        for line in &self.lines {
            if matches!(line, Line::Else(_) | Line::Close) {
                depth -= 1;
            }
            let text = match line {
                Line::Arrow {
                    from,
                    to,
                    text,
                    kind,
                } => {
                    let arrow = match kind {
                        Arrow::Sent => "->>",
                        Arrow::Answer => "-->>",
                        Arrow::Lost => "--x",
                    };
                    format!("p{from}{arrow}p{to}: {}", safe(text))
                }
                Line::Note { at, text, .. } => format!("Note over p{at}: {}", safe(text)),
                Line::Open(word, text) => format!("{word} {}", safe(text)),
                Line::Else(text) if text.is_empty() => "else otherwise".to_owned(),
                Line::Else(text) => format!("else {}", safe(text)),
                Line::Close => "end".to_owned(),
                Line::Cut => continue,
            };
            out.push_str(&format!("{}{text}\n", "  ".repeat(depth)));
            if matches!(line, Line::Else(_) | Line::Open(..)) {
                depth += 1;
            }
        }
        out
    }
}

/// Returns how an arm after the first begins.
pub fn otherwise(condition: &str) -> String {
    match condition {
        "" => "otherwise".to_owned(),
        condition => format!("else when {condition}"),
    }
}

/// Returns the word of a frame as people say it.
pub fn spoken(word: &str) -> &str {
    match word {
        "alt" => "when",
        "opt" => "where",
        "critical" => "",
        word => word,
    }
}

/// Returns text that stays text in a diagram: quotes and what ends a statement are written as entities.
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
