//! `coexist init`: a commented `coexist.toml` from what was inferred.

use std::io::Write;
use std::path::PathBuf;

use coexist_model::{Fleet, Place};
use coexist_review::config::FILE;

use crate::failure::{Failure, io};

/// Writes the file and returns its path.
///
/// # Errors
/// If it is there already, or cannot be written.
pub(crate) fn init(top: &std::path::Path, fleet: &Fleet) -> Result<PathBuf, Failure> {
    let path = top.join(FILE);
    // `create_new` also refuses a link that points to nowhere.
    let file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(&path);
    let mut file = match file {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            let what = format!("cannot write {}: it is there already", path.display());
            return Err(Failure::new("init", what)
                .help("coexist init --dry-run prints what would be written"));
        }
        other => other.map_err(|e| io("init", "write", &path, &e))?,
    };
    file.write_all(text(fleet).as_bytes())
        .map_err(|e| io("init", "write", &path, &e))?;
    Ok(path)
}

/// Returns the text of the file. Everything stands in it as it was inferred; what was only assumed is commented out.
pub(crate) fn text(fleet: &Fleet) -> String {
    let mut out = String::from(
        "# Settings of coexist. All are optional: what stands here was inferred, and wins over what would be inferred.\n\n[deploy]\n",
    );
    let order = &fleet.order;
    out.push_str(&format!(
        "# When migrations run, compared with the code of the same release: before, after or unordered.\n# {}{}\n{}migrations = {}\n",
        comment(&order.because),
        order.place.as_ref().map(at).unwrap_or_default(),
        if order.proven { "" } else { "# " },
        quoted(order.order.word()),
    ));
    out.push_str(
        "# How nodes are replaced: rolling, blue-green, canary or recreate.\n# strategy = \"rolling\"\n\n\
         [review]\n\
         # Exit with 1 from this verdict on: fail, warn or never.\n\
         fail_on = \"fail\"\n\
         # Rules to suppress, by id, and files in which no finding is anchored, as globs (a folder is \"docs/**\").\n\
         ignore = []\n",
    );
    if fleet.library {
        out.push_str("\n# Nothing that is deployed was found: this looks like a library.\n");
    }
    for service in &fleet.services {
        out.push_str("\n[[service]]\n");
        for place in &service.evidence {
            let quote = comment(place.quote.trim());
            out.push_str(&format!("# {}{}\n", quote, at(place)));
        }
        out.push_str(&format!("name = {}\n", quoted(&service.name)));
        let paths: Vec<String> = service.paths.iter().map(|p| quoted(p)).collect();
        out.push_str(&format!("paths = [{}]\n", paths.join(", ")));
    }
    out.push_str(
        "\n# Clients that cannot be upgraded on demand, and the versions of them that are still in use.\n\
         # [[client]]\n# name = \"ios\"\n# supported = [\"v4.1.0\"]\n",
    );
    out
}

fn at(place: &Place) -> String {
    comment(&format!(" ({}:{})", place.path, place.line))
}

/// Returns text that stays within its comment.
fn comment(text: &str) -> String {
    coexist_report::Style::plain().clean(text)
}

/// Returns the text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            _ if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use coexist_model::{KnownOrder, Order, Service};
    use coexist_review::config::Config;
    use expect_test::expect;

    use super::*;

    fn fleet(name: &str, proven: bool) -> Fleet {
        let evidence = Place {
            quote: "FROM python:3.13".into(),
            ..Place::of_file("api/Dockerfile")
        };
        Fleet {
            services: vec![Service {
                name: name.into(),
                paths: vec!["api/**".into(), "lib/**".into()],
                evidence: vec![evidence],
            }],
            library: false,
            order: KnownOrder {
                order: Order::Before,
                proven,
                because: "nothing says when they run".into(),
                place: None,
            },
        }
    }

    #[test]
    fn what_was_inferred_stands_there_and_what_was_assumed_is_a_comment() {
        expect![[r##"
            # Settings of coexist. All are optional: what stands here was inferred, and wins over what would be inferred.

            [deploy]
            # When migrations run, compared with the code of the same release: before, after or unordered.
            # nothing says when they run
            # migrations = "before"
            # How nodes are replaced: rolling, blue-green, canary or recreate.
            # strategy = "rolling"

            [review]
            # Exit with 1 from this verdict on: fail, warn or never.
            fail_on = "fail"
            # Rules to suppress, by id, and files in which no finding is anchored, as globs (a folder is "docs/**").
            ignore = []

            [[service]]
            # FROM python:3.13 (api/Dockerfile:1)
            name = "api"
            paths = ["api/**", "lib/**"]

            # Clients that cannot be upgraded on demand, and the versions of them that are still in use.
            # [[client]]
            # name = "ios"
            # supported = ["v4.1.0"]
        "##]].assert_eq(&text(&fleet("api", false)));
    }

    #[test]
    fn what_is_written_can_be_read() {
        for name in ["api", "a\"b\\c\n\u{1b}", "[[service]]"] {
            let config = Config::parse(&text(&fleet(name, true))).unwrap();
            assert_eq!(config.services[0].name.value, name);
            assert_eq!(config.order().unwrap().order, Order::Before);
        }
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = init(folder.path(), &fleet("api", true)).unwrap();
        std::fs::write(&path, "mine").unwrap();
        let failure = init(folder.path(), &fleet("api", true)).unwrap_err();
        assert!(failure.what.ends_with("it is there already"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
