//! Shell texts: their simple commands in order, and on what condition each is run.
//!
//! What is only run where somebody asks for it (`if [ "$MIGRATE" = "true" ]`) is told from what is run unless somebody objects
//! (`if [ "$SKIP_MIGRATE" != "true" ]`), by the test and by the default that the script itself gives the variable.

use std::collections::BTreeMap;
use std::ops::Range;

use coexist_model::{File, Place, Script, ScriptCommand, ScriptTool};

use super::command::commands;
use super::docker::here_document;

/// Commands of one script that are kept.
const COMMAND_LIMIT: usize = 2_000;

/// Returns the script that a whole file is.
pub(super) fn script(file: &File) -> Script {
    Script {
        tool: ScriptTool::Shell,
        name: file.path.to_string(),
        commands: simple_commands(&file.text, |at| file.place(at)),
    }
}

/// Returns the simple commands of a text, each with its place.
pub(super) fn simple_commands(
    text: &str,
    place: impl Fn(Range<usize>) -> Place,
) -> Vec<ScriptCommand> {
    let mut walk = Walk::default();
    let mut lines = text.split_inclusive('\n');
    let mut start = 0;
    while let Some(line) = lines.next() {
        let at = start;
        start += line.len();
        let mut whole = line.trim_end().to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            let Some(next) = lines.next() else { break };
            start += next.len();
            whole.push(' ');
            whole.push_str(next.trim());
        }
        let indent = line.len() - line.trim_start().len();
        walk.line(&whole, || {
            place(at + indent..(at + line.trim_end().len()).max(at + indent))
        });
        if let Some(end) = here_document(&whole) {
            for next in lines.by_ref() {
                start += next.len();
                if next.trim() == end {
                    break;
                }
            }
        }
        if walk.found.len() >= COMMAND_LIMIT {
            break;
        }
    }
    walk.found
}

/// What a test asks of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// It holds where somebody asks for it.
    Asked,
    /// It holds unless somebody objects.
    Unless,
    /// It is about something else.
    Other,
}

/// A statement that branches and is not at its end yet.
struct Block {
    number: usize,
    branch: usize,
    condition: Condition,
    /// Whether its condition is still being read.
    open: bool,
}

#[derive(Default)]
struct Walk {
    found: Vec<ScriptCommand>,
    blocks: Vec<Block>,
    numbers: usize,
    /// What the script itself gives variables.
    defaults: BTreeMap<String, String>,
}

impl Walk {
    fn line(&mut self, line: &str, place: impl Fn() -> Place) {
        let mut asked = false;
        for words in commands(line) {
            let rest = self.keywords(&words);
            let Some(first) = rest.first() else { continue };
            self.assign(rest);
            if is_test(first) {
                let condition = self.condition(rest);
                match self.blocks.last_mut().filter(|b| b.open) {
                    Some(block) if condition == Condition::Asked => block.condition = condition,
                    Some(_) => {}
                    None => {
                        asked = match after_test(line) {
                            Some("||") => condition == Condition::Unless,
                            Some(_) => condition == Condition::Asked,
                            None => false,
                        }
                    }
                }
                continue;
            }
            let by_block = |b: &Block| b.condition == Condition::Asked && !b.open;
            self.found.push(ScriptCommand {
                words: rest.to_vec(),
                on_demand: asked || self.blocks.iter().any(by_block),
                branches: self.blocks.iter().map(|b| (b.number, b.branch)).collect(),
                place: place(),
            });
        }
        if line.contains(";;")
            && let Some(block) = self.blocks.last_mut()
        {
            block.branch += 1;
        }
    }

    /// Follows the keywords that a command begins with; returns what is left of it.
    fn keywords<'w>(&mut self, words: &'w [String]) -> &'w [String] {
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            match word.as_str() {
                "if" => self.open(self.condition(after)),
                "while" | "until" | "for" | "select" => self.open(Condition::Other),
                "case" => {
                    let asked = after
                        .first()
                        .is_some_and(|subject| self.variable(subject).is_some());
                    self.open(if asked {
                        Condition::Asked
                    } else {
                        Condition::Other
                    });
                    self.settle();
                    return &[];
                }
                "elif" => {
                    let condition = self.condition(after);
                    self.branch(|_| condition);
                    if let Some(block) = self.blocks.last_mut() {
                        block.open = true;
                    }
                }
                "else" => self.branch(|before| match before {
                    Condition::Asked => Condition::Unless,
                    Condition::Unless => Condition::Asked,
                    Condition::Other => Condition::Other,
                }),
                "then" | "do" => self.settle(),
                "fi" | "esac" | "done" => {
                    self.blocks.pop();
                }
                "{" | "}" | "!" => {}
                _ => break,
            }
            rest = after;
        }
        rest
    }

    fn open(&mut self, condition: Condition) {
        self.numbers += 1;
        self.blocks.push(Block {
            number: self.numbers,
            branch: 0,
            condition,
            open: true,
        });
    }

    fn settle(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            block.open = false;
        }
    }

    fn branch(&mut self, condition: impl Fn(Condition) -> Condition) {
        if let Some(block) = self.blocks.last_mut() {
            block.branch += 1;
            block.condition = condition(block.condition);
        }
    }

    /// Notes `X=true` and `X=${X:-true}`.
    fn assign(&mut self, words: &[String]) {
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                break;
            };
            if !is_variable(name) {
                break;
            }
            let value = match self.variable(value) {
                Some((_, default)) => default.unwrap_or_default(),
                None => value.to_owned(),
            };
            self.defaults.insert(name.to_owned(), value);
        }
    }

    /// Returns what a test asks: the words of `[ … ]`, `[[ … ]]`, `test …`, or a variable that is run as a command.
    fn condition(&self, words: &[String]) -> Condition {
        let negated = words.first().is_some_and(|w| w == "!");
        let words: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|w| !is_test(w) && !matches!(*w, "!" | "]" | "]]"))
            .collect();
        let (differs, operands): (bool, Vec<&str>) = match words.as_slice() {
            ["-n", one] => (true, vec![one, ""]),
            ["-z", one] => (false, vec![one, ""]),
            [left, "=" | "==" | "-eq", right] => (false, vec![left, right]),
            [left, "!=" | "-ne", right] => (true, vec![left, right]),
            [one] if one.starts_with('$') => (false, vec![one, "true"]),
            _ => return Condition::Other,
        };
        let Some((index, (name, default))) = operands
            .iter()
            .enumerate()
            .find_map(|(index, word)| Some((index, self.variable(word)?)))
        else {
            // `[ "$1" = "migrate" ]`: an argument asks for it.
            let speaks = operands.iter().any(|w| w.starts_with("migrat"));
            return if speaks && !differs {
                Condition::Asked
            } else {
                Condition::Other
            };
        };
        let value = operands[1 - index];
        // What runs in production is asked for by the image itself.
        if matches!(value, "production" | "prod") || name.ends_with("_ENV") {
            return Condition::Other;
        }
        let holds = (default.unwrap_or_default() == value) != differs;
        if holds == negated {
            Condition::Asked
        } else {
            Condition::Unless
        }
    }

    /// Returns the variable of the environment that a word is, and what it is by default.
    fn variable(&self, word: &str) -> Option<(String, Option<String>)> {
        let inner = word.strip_prefix('$')?;
        let inner = inner
            .strip_prefix('{')
            .map_or(inner, |i| i.trim_end_matches('}'));
        let end = inner
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        let given = rest
            .trim_start_matches(':')
            .strip_prefix(['-', '='])
            .map(str::to_owned);
        is_variable(name).then(|| {
            let default = given.or_else(|| self.defaults.get(name).cloned());
            (name.to_owned(), default)
        })
    }
}

/// Returns whether a name is that of a variable of the environment; those of the script itself are in lowercase.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_test(word: &str) -> bool {
    matches!(word, "[" | "[[" | "test")
}

/// Returns the operator after the first test of a line.
fn after_test(line: &str) -> Option<&str> {
    let (_, after) = line.split_once(']')?;
    let after = after.trim_start_matches(']').trim_start();
    after.get(..2).filter(|o| matches!(*o, "||" | "&&"))
}
