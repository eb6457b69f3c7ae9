//! A design laid out for reading: its tree, its places and what the rules say.

use coexist_model::{DesignReport, File};

use crate::check::{Scene, check};
use crate::language::{
    Acknowledge, Amount, Condition, ConditionKind, Design, FieldPath, Parsed, Problem,
    PropertyKind, Scope, Span, Spanned, Workflow, lexer, read,
};

/// A design with its places, and what the rules find in it.
pub(super) struct Sheet<'a> {
    /// The steps, and where names lead.
    pub(super) scene: Scene<'a>,
    /// What the rules find.
    pub(super) report: &'a DesignReport,
}

/// Reads a design and draws something from it; fails with what has to be mended first.
pub(super) fn draw<T>(
    path: &str,
    text: &str,
    drawing: impl FnOnce(&Sheet<'_>) -> T,
) -> Result<T, Vec<Problem>> {
    let Parsed { design, problems } = read(text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let file = File::new(path, text);
    let scope = Scope::new(&design);
    let report = check(path, text);
    let sheet = Sheet {
        scene: Scene::new(&file, &scope),
        report: &report,
    };
    Ok(drawing(&sheet))
}

impl<'a> Sheet<'a> {
    /// Returns the design.
    pub(super) fn design(&self) -> &'a Design {
        self.scene.design()
    }

    /// Returns the line on which something begins.
    pub(super) fn line(&self, span: Span) -> u32 {
        self.scene.file.place(span.range()).line
    }

    /// Returns where something begins, as `file:line`.
    pub(super) fn place(&self, span: Span) -> String {
        format!("{}:{}", self.scene.file.path, self.line(span))
    }

    /// Returns the thresholds of the first signal of one of these names: of a warning, then of a page.
    pub(super) fn thresholds(&self, names: &[&str]) -> Vec<(&'static str, Amount)> {
        let mut signals = self.design().signals.iter();
        let Some(signal) = signals.find(|s| names.contains(&s.name.text.as_str())) else {
            return Vec::new();
        };
        let of = |severity, amount: Option<Spanned<Amount>>| amount.map(|a| (severity, a.value));
        of("warn", signal.warn)
            .into_iter()
            .chain(of("page", signal.page))
            .collect()
    }

    /// Returns a part of the design as it is written, on one line and without comments.
    pub(super) fn written(&self, span: Span) -> String {
        let text = &self.scene.file.text[span.range()];
        let mut out = String::new();
        let mut end = 0;
        for token in lexer::tokens(text).tokens {
            if end > 0 && token.span.start > end {
                out.push(' ');
            }
            out.push_str(token.text);
            end = token.span.end;
        }
        out
    }
}

/// When the instances of a workflow have ended: a field has one of these values.
pub(super) struct Ending<'a> {
    /// The field.
    pub(super) field: &'a FieldPath,
    /// The values.
    pub(super) values: Vec<&'a str>,
    /// The property that says so.
    pub(super) span: Span,
}

/// Returns when the instances of a workflow have ended, as its `finally` say it without a condition.
pub(super) fn endings(workflow: &Workflow) -> Vec<Ending<'_>> {
    let finally = workflow
        .properties
        .iter()
        .filter(|p| p.kind == PropertyKind::Finally);
    finally
        .filter_map(|property| {
            let (field, values) = match &property.condition.kind {
                ConditionKind::In(field, values) => (&**field, values.iter().collect()),
                ConditionKind::Binary(crate::language::Operator::Equal, field, value) => {
                    (&**field, vec![&**value])
                }
                _ => return None,
            };
            let ConditionKind::Field(field) = &field.kind else {
                return None;
            };
            let values: Option<Vec<&str>> = values.into_iter().map(word).collect();
            Some(Ending {
                field,
                values: values?,
                span: property.span,
            })
        })
        .collect()
}

fn word(condition: &Condition) -> Option<&str> {
    match &condition.kind {
        ConditionKind::Word(word) => Some(&word.text),
        _ => None,
    }
}

/// Returns when a message is acknowledged, in words.
pub(super) fn acknowledged(when: Option<Acknowledge>) -> &'static str {
    match when {
        None | Some(Acknowledge::After) => "after the effect",
        Some(Acknowledge::Before) => "before the effect",
        Some(Acknowledge::Auto) => "when it is delivered",
        Some(Acknowledge::OnFailure) => "also when handling fails",
    }
}
