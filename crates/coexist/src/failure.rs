//! What stops a run.

use crate::env::Env;

/// A reason why the run cannot be done, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The area in brackets: `git`, `config`, `usage`.
    pub(crate) area: &'static str,
    /// A sentence that begins with "cannot".
    pub(crate) what: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn new(area: &'static str, what: impl Into<String>) -> Self {
        Self {
            area,
            what: what.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the lines for stderr. What is named in them may stem from a repository.
    pub(crate) fn text(&self, style: &coexist_report::Style) -> String {
        let head = format!("error[{}]:", self.area);
        let head = if style.color {
            format!("\u{1b}[1;31m{head}\u{1b}[0m")
        } else {
            head
        };
        let mut out = format!("{head} {}\n", style.clean(&self.what));
        if let Some(help) = &self.help {
            for line in help.lines() {
                out.push_str(&format!("help: {}\n", style.clean(line)));
            }
        }
        out
    }
}

impl From<coexist_review::config::ConfigError> for Failure {
    fn from(error: coexist_review::config::ConfigError) -> Self {
        Self {
            area: "config",
            what: error.to_string(),
            help: error.help,
        }
    }
}

/// Returns a failure to do that with a file.
pub(crate) fn io(
    area: &'static str,
    verb: &str,
    path: &std::path::Path,
    error: &std::io::Error,
) -> Failure {
    use std::io::ErrorKind;
    let why = match error.kind() {
        ErrorKind::NotFound => "it is not there".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text[..end].to_owned()
        }
    };
    let help = match verb {
        "write" | "make" => "the folder has to be there, and has to be one that may be written",
        _ => "name a file that is there and may be read",
    };
    Failure::new(area, format!("cannot {verb} {}: {why}", path.display())).help(help)
}

/// Writes the failure to stderr.
pub(crate) fn tell(failure: &Failure, env: &Env, when: crate::args::When) {
    let style = coexist_report::Style {
        color: env.color(when, env.stderr_is_terminal),
        ..env.style(when)
    };
    crate::output::note(&failure.text(&style));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_two_lines_whatever_it_names() {
        let failure = Failure::new("git", "cannot find \u{1b}[2Jx\ny").help("look again");
        assert_eq!(
            failure.text(&coexist_report::Style::plain()),
            "error[git]: cannot find \\u{1b}[2Jx\\ny\nhelp: look again\n"
        );
    }
}
