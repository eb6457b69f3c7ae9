//! How a rule makes a finding: one primary place, its related ones, and either a witness, a reason, or a question.

use coexist_model::{
    Access, Confidence, Delta, Finding, Manner, Mode, Outcome, Place, Question, Related, Side,
    Sited, Surface, Verdict, Why, Witness,
};

use std::collections::BTreeSet;

use super::Rule;
use crate::rollout::{Break, Hit};

/// A finding in the making.
pub(crate) struct Draft {
    finding: Finding,
}

impl Draft {
    /// Starts a finding at a place.
    pub(crate) fn at(
        rule: &'static Rule,
        side: Side,
        place: &Place,
        label: impl Into<String>,
    ) -> Self {
        let finding = Finding {
            id: String::new(),
            rule: rule.id,
            principle: rule.principle,
            verdict: Verdict::Warn,
            title: String::new(),
            surface: None,
            element: None,
            primary: Sited {
                side,
                place: place.clone(),
            },
            label: label.into(),
            related: Vec::new(),
            witness: None,
            no_schedule_because: None,
            question: None,
            safe_steps: Vec::new(),
            notes: Vec::new(),
            suppressed: None,
        };
        Self { finding }
    }

    /// Starts a finding at a delta.
    pub(crate) fn of(rule: &'static Rule, delta: &Delta, label: impl Into<String>) -> Self {
        Self::at(rule, delta.side, &delta.place, label)
            .about(&delta.surface, delta.element.as_deref())
    }

    pub(crate) fn about(mut self, surface: &Surface, element: Option<&str>) -> Self {
        self.finding.surface = Some(surface.clone());
        self.finding.element = element.map(str::to_owned);
        self
    }

    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.finding.title = title.into();
        self
    }

    pub(crate) fn related(mut self, side: Side, place: &Place, role: &str) -> Self {
        let at = Sited {
            side,
            place: place.clone(),
        };
        self.finding.related.push(Related {
            at,
            role: role.to_owned(),
            confidence: Confidence::High,
            why: None,
        });
        self
    }

    pub(crate) fn access(mut self, side: Side, access: &Access) -> Self {
        let at = Sited {
            side,
            place: access.place.clone(),
        };
        let known = self.finding.related.iter().any(|r| r.at == at);
        if !known {
            let role = role_of(access).to_owned();
            self.finding.related.push(Related {
                at,
                role,
                confidence: access.confidence,
                why: Some(access.why),
            });
        }
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.finding.notes.push(note.into());
        self
    }

    pub(crate) fn safe_steps<S: Into<String>>(
        mut self,
        steps: impl IntoIterator<Item = S>,
    ) -> Self {
        self.finding.safe_steps = steps.into_iter().map(Into::into).collect();
        self
    }

    /// Ends it as a FAIL with a witness.
    pub(crate) fn fail(mut self, witness: Witness) -> Finding {
        self.finding.verdict = Verdict::Fail;
        self.finding.witness = Some(witness);
        self.finish()
    }

    /// Ends it as a FAIL from the closed list of what may fail without a schedule.
    pub(crate) fn fail_because(mut self, reason: impl Into<String>) -> Finding {
        self.finding.verdict = Verdict::Fail;
        self.finding.no_schedule_because = Some(reason.into());
        self.finish()
    }

    /// Ends it as a WARN.
    pub(crate) fn warn(mut self) -> Finding {
        self.finding.verdict = Verdict::Warn;
        self.finish()
    }

    /// Ends it as a WARN that a line can decide.
    pub(crate) fn ask(mut self, asks: impl Into<String>, wants: impl Into<String>) -> Finding {
        self.finding.verdict = Verdict::Warn;
        let decides = vec![Verdict::Pass, Verdict::Fail];
        self.finding.question = Some(Question {
            id: String::new(),
            asks: asks.into(),
            decides,
            wants: wants.into(),
        });
        self.finish()
    }

    fn finish(mut self) -> Finding {
        let digits = fingerprint(&self.finding);
        self.finding.id = format!("f-{digits:08x}");
        if let Some(question) = &mut self.finding.question {
            question.id = format!("q-{:08x}", hash(digits, question.asks.split_whitespace()));
        }
        self.finding
    }
}

/// Returns the fingerprint of a finding: rule, surface, element and the text of both sides, never line numbers.
fn fingerprint(finding: &Finding) -> u32 {
    let mut digits = hash(0x811c_9dc5, [finding.rule]);
    if let Some(surface) = &finding.surface {
        digits = hash(digits, [surface.kind.word(), &surface.name]);
    }
    digits = hash(digits, finding.element.as_deref());
    digits = hash(digits, finding.primary.place.quote.split_whitespace());
    for related in &finding.related {
        digits = hash(digits, related.at.place.quote.split_whitespace());
    }
    digits
}

/// FNV-1a over words, each ended by a byte that no word holds: <https://www.rfc-editor.org/rfc/rfc9923>.
fn hash<'a>(start: u32, words: impl IntoIterator<Item = &'a str>) -> u32 {
    let step = |digits: u32, byte: u8| (digits ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    words.into_iter().fold(start, |digits, word| {
        word.bytes().chain([0xff]).fold(digits, step)
    })
}

/// What a rule says about a break.
pub(crate) struct Words {
    /// The sentence.
    pub(crate) title: String,
    /// What stands at the changed line.
    pub(crate) label: &'static str,
    /// The question, where the break is not certain.
    pub(crate) asks: String,
    /// The safe sequence.
    pub(crate) safe_steps: Vec<String>,
}

/// How many affected lines a finding shows.
const SHOWN: usize = 4;

/// Returns the finding that a break makes: a FAIL where it is certain, a question where it is not, nothing where only weak signs
/// point to it or every access is behind a flag that is off.
pub(crate) fn from_break(rule: &'static Rule, broken: &Break<'_>, words: Words) -> Option<Finding> {
    let open = |h: &&Hit<'_>| {
        let off = h.access.gate.as_ref().is_some_and(|g| g.off_by_default)
            && h.access.manner == Manner::Explicit;
        h.access.confidence > Confidence::Low && !off
    };
    let hits: Vec<&Hit<'_>> = broken.hits.iter().filter(open).collect();
    let first = hits.first()?;
    let mut draft = Draft::of(rule, broken.delta, words.label)
        .title(words.title)
        .safe_steps(words.safe_steps);
    draft = draft.access(broken.side, first.access);
    if let Some((side, other)) = first.other {
        draft = draft.access(side, other);
    }
    if let Some(via) = &first.access.via {
        let label = match first.access.mode {
            Mode::Inserts { .. } if first.access.manner == Manner::Explicit => "declares it",
            _ => "queries",
        };
        draft = draft.related(broken.side, via, label);
    }
    let line = |h: &Hit<'_>| (h.access.place.path.clone(), h.access.place.line);
    let mut lines = BTreeSet::from([line(first)]);
    for hit in hits
        .iter()
        .skip(1)
        .filter(|h| h.access.confidence == Confidence::High)
    {
        // A statement of one line names many columns, and is quoted once.
        if lines.len() < SHOWN && lines.insert(line(hit)) {
            draft = draft.access(broken.side, hit.access);
        }
    }
    let all: BTreeSet<_> = hits.iter().map(|h| line(h)).collect();
    if all.len() > lines.len() {
        draft = draft.note(format!(
            "{} lines of {} are affected in all",
            all.len(),
            broken.version
        ));
    }
    if broken.is_certain() {
        return Some(draft.fail(first.witness()));
    }
    for assumed in &first.meeting.assumed {
        draft = draft.note(format!("it works only if {assumed}"));
    }
    let asks = match broken.stated {
        true => format!(
            "Does this release bring the store to what {} states?",
            broken.delta.place.path
        ),
        false => words.asks,
    };
    Some(draft.ask(asks, wants(broken, first)))
}

fn wants(broken: &Break<'_>, hit: &Hit<'_>) -> String {
    let place = &hit.access.place;
    if broken.perhaps {
        return "the line of a release log or a deployment that shows which version runs"
            .to_owned();
    }
    if broken.stated {
        return "the line that brings the store to what the schema file states, or what says that this was done before"
            .to_owned();
    }
    if broken.against_assumption {
        return "the line that runs the migrations before the new code starts".to_owned();
    }
    if let Some(gate) = &hit.access.gate {
        return format!("the line that sets the default of the flag {}", gate.flag);
    }
    match hit.meeting.outcome {
        Outcome::Absent | Outcome::Unknown => {
            format!(
                "the line near {}:{} that shows what the code does in that case",
                place.path, place.line
            )
        }
        _ => format!(
            "the line that shows what the value at {}:{} is",
            place.path, place.line
        ),
    }
}

/// Returns the word for what an access does.
pub(crate) fn role_of(access: &Access) -> &'static str {
    match (access.why, &access.mode) {
        (Why::Declared, _) => "declares",
        (_, Mode::Matches { .. }) => "branches on",
        (_, mode) => mode.word(),
    }
}

/// Returns the name by which findings call what a delta is about: `users.name`, or `users`.
pub(crate) fn called(delta: &Delta) -> String {
    match &delta.element {
        Some(element) => format!("{}.{element}", delta.surface),
        None => delta.surface.to_string(),
    }
}
