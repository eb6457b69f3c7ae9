//! Text that stays text in Markdown, whatever stands in a design.

/// What stands where the design says nothing.
pub(super) const UNSTATED: &str = "*not stated*";

/// Returns text with everything escaped that Markdown or HTML would take for more than text.
pub(in crate::render) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        let within =
            is_word(at.checked_sub(1).and_then(|at| chars.get(at))) && is_word(chars.get(at + 1));
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A comment between the sign and the name keeps forges from telling that person.
            '@' => out.push_str("@<!-- -->"),
            '_' if within => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '#' => {
                out.push('\\');
                out.push(*c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(*c),
        }
    }
    out
}

/// Returns text as code; where it could not be told from the marks of code, as text.
pub(in crate::render) fn code(text: &str) -> String {
    match text.is_empty() || text.contains(['`', '\\']) || text.chars().any(char::is_control) {
        true => prose(text),
        false => format!("`{text}`"),
    }
}

/// Returns the items with commas between them; where there is none, what stands for nothing.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>, nothing: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|i| code(i.as_ref())).collect();
    match items.is_empty() {
        true => nothing.to_owned(),
        false => items.join(", "),
    }
}

/// Returns a value as text, or says that it is not stated.
pub(super) fn or_unstated<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| UNSTATED.to_owned(), |v| prose(&v.to_string()))
}

/// A table of Markdown.
pub(super) struct Table {
    out: String,
    rows: usize,
}

impl Table {
    /// Begins a table with these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self {
            out: format!(
                "| {} |\n|{}\n",
                headings.join(" | "),
                "---|".repeat(headings.len())
            ),
            rows: 0,
        }
    }

    /// Adds a row of cells, each already Markdown.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        self.out.push_str(&format!("| {} |\n", cells.join(" | ")));
        self.rows += 1;
    }

    /// Returns the table; where it has no row, the sentence that says so.
    pub(super) fn or(self, nothing: &str) -> String {
        match self.rows {
            0 => format!("{nothing}\n"),
            _ => self.out,
        }
    }
}
