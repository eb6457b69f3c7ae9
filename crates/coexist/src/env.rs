//! What the surroundings say: variables and terminals. Read once, at the start.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use coexist_report::Style;

use crate::args::When;

/// The surroundings of the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) stdin_is_terminal: bool,
    pub(crate) stdout_is_terminal: bool,
    pub(crate) stderr_is_terminal: bool,
    /// Columns of the terminal.
    pub(crate) width: Option<usize>,
}

impl Env {
    /// Reads the surroundings.
    pub(crate) fn read() -> Self {
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        Self {
            vars: std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        }
    }

    /// Returns the value of a variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        self.vars
            .get(name)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    }

    /// Returns the folder of this user.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.var("HOME")
            .or_else(|| self.var("USERPROFILE"))
            .map(PathBuf::from)
    }

    /// Returns how text on stdout looks.
    pub(crate) fn style(&self, when: When) -> Style {
        Style {
            color: self.color(when, self.stdout_is_terminal),
            unicode: self.unicode(),
            width: self.columns(),
        }
    }

    /// Returns how text looks that goes to no terminal.
    pub(crate) fn style_of_pipe(&self) -> Style {
        Self {
            stdout_is_terminal: false,
            ..self.clone()
        }
        .style(When::Never)
    }

    /// `COLUMNS` where it is set, as git and the shells have it; then the terminal, up to what reads well; 80 in a file or a pipe.
    fn columns(&self) -> usize {
        match self.var("COLUMNS").and_then(|text| text.parse().ok()) {
            Some(asked @ 1..) => asked.clamp(40, 400),
            _ => match self.width {
                Some(width) if self.stdout_is_terminal => width.clamp(40, 120),
                _ => 80,
            },
        }
    }

    /// `--color`, then <https://no-color.org>, then <https://bixense.com/clicolors/>, then what the stream is.
    pub(crate) fn color(&self, when: When, is_terminal: bool) -> bool {
        let forced = |name| self.var(name).is_some_and(|value| value != "0");
        match when {
            When::Always => true,
            When::Never => false,
            When::Auto if self.var("NO_COLOR").is_some() => false,
            When::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
            When::Auto => is_terminal && self.var("TERM") != Some("dumb"),
        }
    }

    /// Returns whether the locale is one of UTF-8. Windows and macOS set none and can show it.
    fn unicode(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| self.var(name));
        match locale {
            Some(locale) => {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            }
            None => cfg!(any(windows, target_os = "macos")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Env {
        Env {
            vars: vars
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            ..Env::default()
        }
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_terminal() {
        let check = |vars: &[_], when, terminal| env(vars).color(when, terminal);
        assert!(check(&[("NO_COLOR", "1")], When::Always, false));
        assert!(!check(&[("FORCE_COLOR", "1")], When::Never, true));
        assert!(!check(
            &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")],
            When::Auto,
            true
        ));
        assert!(check(&[("NO_COLOR", "")], When::Auto, true));
        assert!(check(
            &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")],
            When::Auto,
            false
        ));
        assert!(!check(&[("CLICOLOR_FORCE", "0")], When::Auto, false));
        assert!(!check(&[("TERM", "dumb")], When::Auto, true));
        assert!(check(&[], When::Auto, true));
        assert!(!check(&[], When::Auto, false));
    }

    #[test]
    fn the_locale_decides_about_unicode() {
        assert!(env(&[("LANG", "de_DE.UTF-8")]).unicode());
        assert!(env(&[("LC_ALL", "C.utf8"), ("LANG", "C")]).unicode());
        assert!(!env(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).unicode());
        assert!(!env(&[("LANG", "de_DE.ISO-8859-1")]).unicode());
    }

    #[test]
    fn a_pipe_has_80_columns() {
        let mut env = env(&[]);
        env.width = Some(200);
        assert_eq!(env.style(When::Auto).width, 80);
        env.stdout_is_terminal = true;
        assert_eq!(env.style(When::Auto).width, 120);
    }

    #[test]
    fn columns_that_are_asked_for_win_over_pipe_and_terminal() {
        let width = |columns, terminal| {
            let mut env = env(&[("COLUMNS", columns)]);
            env.width = Some(200);
            env.stdout_is_terminal = terminal;
            env.style(When::Auto).width
        };
        assert_eq!(width("132", false), 132);
        assert_eq!(width("132", true), 132);
        assert_eq!(width("9", false), 40);
        for nonsense in ["", "0", "wide", "-3"] {
            assert_eq!(width(nonsense, false), 80, "{nonsense:?}");
        }
    }
}
