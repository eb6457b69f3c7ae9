//! The questions that a new design begins with: each has a usual answer, which an empty line takes.

use std::io::{BufRead, Write};

use coexist_design::check::REASONS;
use coexist_design::language::{Beginning, is_name};
use coexist_model::nearest;

use crate::failure::Failure;

/// What was given when the command was called; None is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) services: Option<Vec<String>>,
    pub(super) key: Option<String>,
}

/// A person who answers.
pub(super) struct Interview<'a> {
    pub(super) answers: &'a mut dyn BufRead,
    pub(super) questions: &'a mut dyn Write,
}

/// Why an answer is not taken: shown before the question is asked again.
type Objection = String;

impl Interview<'_> {
    /// Asks what was not given.
    ///
    /// # Errors
    /// If the answers end before the questions do.
    pub(super) fn hold(&mut self, given: &Given) -> Result<Beginning, Failure> {
        let usual = Beginning::default();
        self.say("An empty line takes what stands in brackets; Ctrl-C ends this, and nothing is written.\n")?;
        let name = match &given.name {
            Some(name) => name.clone(),
            None => self.ask("What is the design called?", &usual.name, name_of)?,
        };
        let services = match &given.services {
            Some(services) => services.clone(),
            None => {
                let question = "Which services, the coordinating one first?";
                self.ask(question, &usual.services.join(", "), names_of)?
            }
        };
        let key = match &given.key {
            Some(key) => key.clone(),
            None => self.ask(
                "By what is one of its orders, bookings, … known?",
                &usual.key,
                name_of,
            )?,
        };
        let alone = services.len() < 2;
        let reason = match alone {
            true => None,
            false => {
                let question = format!("Why several services? ({})", REASONS.join(", "));
                self.ask(&question, "decide later", reason_of)?
            }
        };
        let team = self.ask("Which team owns them?", "decide later", team_of)?;
        Ok(Beginning {
            name,
            services,
            key,
            reason,
            team,
        })
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.questions
            .write_all(text.as_bytes())
            .and_then(|()| self.questions.flush())
            .map_err(|why| Failure::new("output", format!("cannot ask: {why}")))
    }

    /// Asks until the answer is taken.
    fn ask<T>(
        &mut self,
        question: &str,
        usual: &str,
        take: fn(&str) -> Result<T, Objection>,
    ) -> Result<T, Failure> {
        loop {
            self.say(&format!("{question} [{usual}] "))?;
            let mut line = String::new();
            let read = self.answers.read_line(&mut line);
            if !matches!(read, Ok(1..)) {
                self.say("\n")?;
                return Err(
                    Failure::new("input", "cannot go on: the answers ended, and nothing was written")
                        .help("give what you know with NAME, --services and --key; then nothing is asked where stdin is no terminal"),
                );
            }
            let said = match line.trim() {
                "" => usual,
                said => said,
            };
            match take(said) {
                Ok(taken) => return Ok(taken),
                Err(objection) => self.say(&format!("  {objection}\n"))?,
            }
        }
    }
}

const NAME: &str =
    "a name is made of letters, digits, `_`, and `-` between them, and begins with a letter";

fn name_of(said: &str) -> Result<String, Objection> {
    match is_name(said) {
        true => Ok(said.to_owned()),
        false => Err(NAME.to_owned()),
    }
}

fn names_of(said: &str) -> Result<Vec<String>, Objection> {
    let names: Vec<String> = said
        .split([',', ' '])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    match names.iter().find(|name| !is_name(name)) {
        Some(_) => Err(NAME.to_owned()),
        None if names.is_empty() => Err("at least one service".to_owned()),
        None => Ok(names),
    }
}

fn reason_of(said: &str) -> Result<Option<String>, Objection> {
    match said {
        "decide later" => Ok(None),
        said if REASONS.contains(&said) => Ok(Some(said.to_owned())),
        _ => Err(format!(
            "one of those words; without such a reason a modular monolith is cheaper. {}",
            nearest(said, REASONS)
                .map(|near| format!("Did you mean {near}?"))
                .unwrap_or_default()
        )
        .trim_end()
        .to_owned()),
    }
}

fn team_of(said: &str) -> Result<Option<String>, Objection> {
    match said {
        "decide later" => Ok(None),
        said => name_of(said).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what comes of these answers, and what the person saw.
    fn held(answers: &str, given: &Given) -> (Result<Beginning, String>, String) {
        let mut questions = Vec::new();
        let mut answers = answers.as_bytes();
        let beginning = Interview {
            answers: &mut answers,
            questions: &mut questions,
        }
        .hold(given);
        let seen = String::from_utf8(questions).unwrap();
        (beginning.map_err(|why| format!("{why:?}")), seen)
    }

    #[test]
    fn empty_lines_take_what_is_usual() {
        let (beginning, seen) = held("\n\n\n\n\n", &Given::default());
        assert_eq!(beginning.unwrap(), Beginning::default());
        assert_eq!(seen.matches("? [").count() + seen.matches(") [").count(), 5);
    }

    #[test]
    fn answers_are_taken() {
        let (beginning, _) = held(
            "shop\norders, payments stock\norder_id\nfault-isolation\ncheckout\n",
            &Given::default(),
        );
        let beginning = beginning.unwrap();
        assert_eq!(beginning.name, "shop");
        assert_eq!(beginning.services, ["orders", "payments", "stock"]);
        assert_eq!(beginning.reason.as_deref(), Some("fault-isolation"));
        assert_eq!(beginning.team.as_deref(), Some("checkout"));
    }

    #[test]
    fn what_was_given_is_not_asked() {
        let given = Given {
            name: Some("shop".into()),
            services: Some(vec!["alone".into()]),
            key: Some("id".into()),
        };
        let (beginning, seen) = held("\n", &given);
        assert_eq!(beginning.unwrap().services, ["alone"]);
        assert_eq!(seen.lines().count(), 2, "{seen}");
    }

    #[test]
    fn an_answer_that_is_no_name_is_asked_again() {
        let (beginning, seen) = held("2 shops\nshop\n\n\nfault-isolaton\n\n\n", &Given::default());
        assert_eq!(beginning.unwrap().name, "shop");
        assert!(seen.contains("begins with a letter"), "{seen}");
        assert!(seen.contains("Did you mean fault-isolation?"), "{seen}");
    }

    #[test]
    fn answers_that_end_write_nothing() {
        let (beginning, _) = held("shop\n", &Given::default());
        assert!(beginning.unwrap_err().contains("nothing was written"));
    }
}
