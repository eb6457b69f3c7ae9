//! The comment that suppresses a finding: `coexist: ignore[rule-id] reason: …`.

use crate::{Suppression, nearest};

/// One `coexist: ignore[…]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The line of the comment.
    pub line: u32,
    /// The last line it speaks for: the one after its comment.
    pub until: u32,
    /// The rules that it names.
    pub rules: Vec<String>,
    /// The reason that it gives; empty where it gives none.
    pub reason: String,
    /// What is wrong with its form.
    pub malformed: Option<&'static str>,
}

impl Directive {
    /// Returns the directives in comments, each with the line (from 1) on which it starts and its text, which may go over several lines.
    pub fn of_comments<'c>(comments: impl IntoIterator<Item = (u32, &'c str)>) -> Vec<Self> {
        let mut all = Vec::new();
        for (first, text) in comments {
            let lines: Vec<&str> = text.lines().collect();
            let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            let last = first.saturating_add(count.max(1) - 1);
            for (text, line) in lines.iter().zip(first..=u32::MAX) {
                if let Some(mut directive) = parse(text) {
                    directive.line = line;
                    directive.until = last.saturating_add(1);
                    all.push(directive);
                }
            }
        }
        all
    }

    /// Returns whether it suppresses a rule on a line. Without a reason it hides nothing.
    pub fn hides(&self, rule: &str, line: u32) -> bool {
        self.malformed.is_none()
            && !self.reason.is_empty()
            && self.rules.iter().any(|r| r == rule)
            && (self.line..=self.until).contains(&line)
    }

    /// Returns it as the suppression of a finding.
    pub fn suppression(&self, path: &std::sync::Arc<str>) -> Suppression {
        Suppression {
            path: path.clone(),
            line: self.line,
            reason: self.reason.clone(),
        }
    }

    /// Returns what is wrong with it: its form, its reason, rules that are not there, and, where `complete`, rules that had nothing to hide.
    pub fn complaints(&self, used: &[String], known: &[&str], complete: bool) -> Vec<String> {
        if let Some(what) = self.malformed {
            return vec![what.to_owned()];
        }
        let mut complaints = Vec::new();
        if self.reason.is_empty() {
            complaints.push(
                "this suppression gives no reason, so it hides nothing; write reason: and why it is safe"
                    .to_owned(),
            );
        }
        for rule in &self.rules {
            if !known.contains(&rule.as_str()) {
                let near = nearest(rule, known)
                    .map(|n| format!("; did you mean {n}?"))
                    .unwrap_or_default();
                complaints.push(format!("there is no rule {rule}{near}"));
            } else if !self.reason.is_empty() && !used.contains(rule) && complete {
                complaints.push(format!(
                    "this suppression of {rule} hides nothing any more; take it out"
                ));
            }
        }
        complaints
    }
}

/// Returns the directive in one line of a comment, if there is one.
fn parse(text: &str) -> Option<Directive> {
    let (_, rest) = text.split_once("coexist:")?;
    let rest = rest.trim_start().strip_prefix("ignore")?;
    // "coexist: ignored by …" is prose.
    if rest.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let malformed = |why| {
        Some(Directive {
            line: 0,
            until: 0,
            rules: Vec::new(),
            reason: String::new(),
            malformed: Some(why),
        })
    };
    let Some(rest) = rest.trim_start().strip_prefix('[') else {
        return malformed("a suppression names its rule: coexist: ignore[rule-id] reason: …");
    };
    let Some((rules, rest)) = rest.split_once(']') else {
        return malformed("the bracket of this suppression is not closed");
    };
    let rules: Vec<String> = rules
        .split(',')
        .map(str::trim)
        .filter(|r| !r.is_empty())
        .map(str::to_owned)
        .collect();
    if rules.is_empty() {
        return malformed("a suppression names its rule: coexist: ignore[rule-id] reason: …");
    }
    let reason = rest
        .trim_start()
        .strip_prefix("reason:")
        .map(without_end)
        .unwrap_or_default();
    Some(Directive {
        line: 0,
        until: 0,
        rules,
        reason: reason.to_owned(),
        malformed: None,
    })
}

/// Returns the text without the mark that ends its comment.
fn without_end(text: &str) -> &str {
    let mut text = text.trim();
    for end in ["*/", "-->", "#}", "%>", "*)"] {
        text = text.strip_suffix(end).unwrap_or(text).trim_end();
    }
    text
}
