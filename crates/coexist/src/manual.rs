//! Completions and manual pages, both from the one table of arguments.

use clap::CommandFactory;

use crate::args::Cli;
use crate::failure::Failure;

/// Returns the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "coexist", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the manual page of the program or of one command, as roff.
pub(crate) fn page(command: Option<&str>) -> Result<String, Failure> {
    let mut root = Cli::command();
    root.build();
    let command = match command {
        None => root,
        Some(name) => root.find_subcommand(name).cloned().ok_or_else(|| {
            Failure::new(
                "usage",
                format!("cannot describe {name}: there is no such command"),
            )
            .help("coexist --help lists the commands")
        })?,
    };
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut bytes)
        .map_err(|e| Failure::new("output", format!("cannot write the manual page: {e}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let text = completions(*shell);
            for command in Cli::command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell}");
            }
        }
    }

    #[test]
    fn the_program_and_every_command_have_a_page() {
        assert!(page(None).unwrap().contains("coexist"));
        for command in Cli::command().get_subcommands() {
            assert!(page(Some(command.get_name())).unwrap().starts_with(".ie"));
        }
        assert!(page(Some("no-such")).is_err());
    }
}
