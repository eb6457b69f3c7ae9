//! A surface on which rectangles, lines and text in a font of one width are drawn; everything on it is as large as what it says.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// The width of a character at 13 pixels: the widest of the usual fonts of one width, rounded up.
const CHARACTER: i32 = 8;
/// From one line of text to the next.
pub(super) const LINE: i32 = 17;

/// Returns how wide a text is.
pub(super) fn wide(text: &str) -> i32 {
    i32::try_from(text.width()).unwrap_or(i32::MAX / CHARACTER / 4) * CHARACTER
}

/// Returns a text in lines of at most so many characters, broken between words where that is possible.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > most {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if line.width() >= most {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns text as text of HTML and SVG, also inside of an attribute.
pub(in crate::render) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A surface. What is drawn in the back is drawn first.
#[derive(Default)]
pub(super) struct Surface {
    back: String,
    front: String,
    width: i32,
    height: i32,
}

/// Where a text begins.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
}

impl Surface {
    fn reaches(&mut self, x: i32, y: i32) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }

    /// Writes a line of text; `y` is where its letters stand. Text of the class `over` hides what is behind it.
    pub(super) fn text(&mut self, x: i32, y: i32, anchor: Anchor, class: &str, text: &str) {
        let (word, right) = match anchor {
            Anchor::Start => ("start", x + wide(text)),
            Anchor::Middle => ("middle", x + wide(text) / 2),
        };
        self.reaches(right, y + 5);
        if class.contains("over") {
            let left = right - wide(text);
            let _ = writeln!(
                self.front,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\" class=\"ground\"/>",
                left - 2,
                y - 12,
                right - left + 4
            );
        }
        let _ = writeln!(
            self.front,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{word}\" class=\"{class}\">{}</text>",
            escaped(text)
        );
    }

    /// Draws a rectangle.
    pub(super) fn rectangle(&mut self, [x, y, width, height]: [i32; 4], class: &str) {
        self.reaches(x + width, y + height);
        let _ = writeln!(
            self.front,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" class=\"{class}\"/>"
        );
    }

    /// Draws a rectangle behind everything.
    pub(super) fn behind(&mut self, [x, y, width, height]: [i32; 4], class: &str) {
        self.reaches(x + width, y + height);
        let _ = writeln!(
            self.back,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" class=\"{class}\"/>"
        );
    }

    /// Draws a line behind everything.
    pub(super) fn line_behind(&mut self, [x1, y1, x2, y2]: [i32; 4], class: &str) {
        self.reaches(x1.max(x2), y1.max(y2));
        let _ = writeln!(
            self.back,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        );
    }

    /// Draws a line.
    pub(super) fn line(&mut self, [x1, y1, x2, y2]: [i32; 4], class: &str) {
        self.reaches(x1.max(x2), y1.max(y2));
        let _ = writeln!(
            self.front,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        );
    }

    /// Draws an arrow that runs along or down.
    pub(super) fn arrow(&mut self, [x1, y1, x2, y2]: [i32; 4], class: &str) {
        self.line([x1, y1, x2, y2], class);
        let (dx, dy) = ((x2 - x1).signum(), (y2 - y1).signum());
        let (back_x, back_y) = (x2 - 8 * dx, y2 - 8 * dy);
        let (side_x, side_y) = (4 * dy, 4 * dx);
        let _ = writeln!(
            self.front,
            "<polygon points=\"{x2},{y2} {},{} {},{}\" class=\"{class}\"/>",
            back_x + side_x,
            back_y + side_y,
            back_x - side_x,
            back_y - side_y
        );
    }

    /// Returns how far it reaches to the right.
    pub(super) fn width(&self) -> i32 {
        self.width
    }

    /// Returns the picture; its title is what a screen reader says.
    pub(super) fn finish(self, title: &str) -> String {
        let (width, height) = (self.width + 8, self.height + 8);
        // A wide picture is made smaller to fit, though not so small that it cannot be read.
        let least = width * 7 / 10;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" style=\"min-width:{least}px\" role=\"img\" aria-label=\"{}\">\n{}{}</svg>\n",
            escaped(title),
            self.back,
            self.front
        )
    }
}
