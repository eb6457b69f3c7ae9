//! What is meant: arguments, configuration and surroundings resolved.

use std::path::PathBuf;

use coexist_report::Style;
use coexist_review::config::FailOn;

use crate::args::{self, ChangeArgs, Format, Global, ReviewArgs};
use crate::env::Env;

/// Which change to review, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The directory to work in.
    pub(crate) repo: PathBuf,
    /// The change.
    pub(crate) change: ChangeArgs,
}

impl Options {
    pub(crate) fn new(global: &Global, change: &ChangeArgs) -> Self {
        Self {
            repo: repo(global),
            change: change.clone(),
        }
    }
}

/// Returns the directory to work in.
pub(crate) fn repo(global: &Global) -> PathBuf {
    global.repo.clone().unwrap_or_else(|| PathBuf::from("."))
}

impl From<args::FailOn> for FailOn {
    fn from(typed: args::FailOn) -> Self {
        match typed {
            args::FailOn::Fail => Self::Fail,
            args::FailOn::Warn => Self::Warn,
            args::FailOn::Never => Self::Never,
        }
    }
}

/// Where and how the report goes.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) format: Format,
    /// None: stdout.
    pub(crate) file: Option<PathBuf>,
    pub(crate) style: Style,
    /// What the flag says; it wins over the configuration.
    pub(crate) fail_on: Option<FailOn>,
}

impl Delivery {
    pub(crate) fn new(args: &ReviewArgs, global: &Global, env: &Env) -> Self {
        let file = args.output.clone().filter(|path| path.as_os_str() != "-");
        let ending = file.as_ref().and_then(|f| f.extension()?.to_str());
        let format = args.format.unwrap_or(match ending {
            Some("md" | "markdown") => Format::Markdown,
            Some("json") => Format::Json,
            _ => Format::Terminal,
        });
        let style = match file {
            // A file is no terminal, whatever stdout is.
            Some(_) => Style {
                color: global.color == args::When::Always,
                unicode: true,
                ..env.style_of_pipe()
            },
            None => env.style(global.color),
        };
        Self {
            format,
            file,
            style,
            fail_on: args.fail_on.map(FailOn::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::When;

    fn delivery(output: Option<&str>, format: Option<Format>) -> Delivery {
        let args = ReviewArgs {
            output: output.map(PathBuf::from),
            format,
            ..ReviewArgs::default()
        };
        let global = Global {
            repo: None,
            color: When::Auto,
        };
        let env = Env {
            stdout_is_terminal: true,
            ..Env::default()
        };
        Delivery::new(&args, &global, &env)
    }

    #[test]
    fn the_ending_of_the_file_tells_the_form_unless_a_flag_does() {
        assert_eq!(delivery(Some("a.md"), None).format, Format::Markdown);
        assert_eq!(delivery(Some("a.json"), None).format, Format::Json);
        assert_eq!(delivery(Some("a.txt"), None).format, Format::Terminal);
        assert_eq!(
            delivery(Some("a.md"), Some(Format::Json)).format,
            Format::Json
        );
    }

    #[test]
    fn a_file_gets_no_colour_and_a_dash_is_stdout() {
        assert!(!delivery(Some("a.txt"), None).style.color);
        let stdout = delivery(Some("-"), None);
        assert!(stdout.style.color && stdout.file.is_none());
    }
}
