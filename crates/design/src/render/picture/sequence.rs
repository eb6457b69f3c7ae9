//! A sequence: a lane for each part, time runs down. Each line has a height of its own, so texts meet no texts; lanes that run behind
//! a text are hidden by it.

use coexist_report::sequence::{otherwise, spoken};

use super::svg::{Anchor, LINE, Surface, wide, wrapped};
use super::{Arrow, Line, Sequence};

/// Characters in a line of a text.
const MOST: usize = 40;
/// From a frame to the one inside of it.
const INSET: i32 = 8;

/// Lines after which a picture is cut, so that the names stay in sight and a printed page holds it.
const LONG: usize = 24;

/// Draws the sequence, in several pictures where it is long.
pub(super) fn draw(sequence: &Sequence, title: &str) -> String {
    let lanes = lanes(sequence);
    let mut pieces: Vec<Vec<&Line>> = vec![Vec::new()];
    for line in &sequence.lines {
        let is_long = pieces.last().is_some_and(|piece| piece.len() >= LONG);
        match (line, pieces.last_mut()) {
            (Line::Cut, _) if is_long => pieces.push(Vec::new()),
            (Line::Cut, _) | (_, None) => {}
            (line, Some(piece)) => piece.push(line),
        }
    }
    let all = pieces.len();
    let drawn = pieces.iter().enumerate().map(|(number, piece)| {
        let title = match all {
            1 => title.to_owned(),
            _ => format!("{title}, {} of {all}", number + 1),
        };
        draw_piece(sequence, piece, &lanes, &title)
    });
    drawn.collect()
}

fn draw_piece(sequence: &Sequence, lines: &[&Line], lanes: &[i32], title: &str) -> String {
    let mut drawn = Drawn {
        lanes: lanes.to_vec(),
        surface: Surface::default(),
        frames: Vec::new(),
        done: Vec::new(),
        y: 0,
    };
    drawn.heads(sequence);
    let top = drawn.y;
    for line in lines {
        drawn.line(line);
    }
    drawn.y += 10;
    for lane in lanes {
        let ends = [*lane, top, *lane, drawn.y];
        drawn.surface.line_behind(ends, "lane");
    }
    let width = drawn.surface.width() + 8;
    for frame in drawn.done {
        let left = 4 + frame.depth * INSET;
        let right = width - frame.depth * INSET;
        let height = frame.end - frame.top;
        let sides = [left, frame.top, right - left, height];
        drawn.surface.behind(sides, "frame");
        for arm in frame.arms {
            drawn.surface.line_behind([left, arm, right, arm], "part");
        }
    }
    drawn.surface.finish(title)
}

fn text_of(line: &Line) -> &str {
    match line {
        Line::Arrow { text, .. } | Line::Note { text, .. } => text,
        Line::Open(_, text) | Line::Else(text) => text,
        Line::Close | Line::Cut => "",
    }
}

fn widest(lines: &[String]) -> i32 {
    lines.iter().map(|line| wide(line)).max().unwrap_or(0)
}

/// Returns where the lanes are: far enough from each other for the heads and for the texts of the arrows between them.
fn lanes(sequence: &Sequence) -> Vec<i32> {
    let depth = sequence
        .lines
        .iter()
        .scan(0, |depth, line| {
            match line {
                Line::Open(..) => *depth += 1,
                Line::Close => *depth -= 1,
                _ => {}
            }
            Some(*depth)
        })
        .max();
    let heads: Vec<i32> = sequence.parts.iter().map(|p| wide(p) + 20).collect();
    let mut gaps: Vec<i32> = heads
        .windows(2)
        .map(|pair| (pair[0] + pair[1]) / 2 + 16)
        .collect();
    let mut arrows: Vec<(usize, usize, i32)> = Vec::new();
    for line in &sequence.lines {
        if let Line::Arrow { from, to, .. } = line {
            let text = wrapped(text_of(line), MOST);
            arrows.push(((*from).min(*to), (*from).max(*to), widest(&text) + 24));
        }
    }
    arrows.sort_by_key(|(from, to, _)| (to - from, *from));
    for (from, to, needed) in arrows {
        let there: i32 = gaps[from..to].iter().sum();
        if let Some(last) = gaps[from..to].last_mut() {
            *last += (needed - there).max(0);
        }
    }
    let notes = sequence.lines.iter().filter_map(|line| match line {
        Line::Note { at: 0, .. } => Some(widest(&wrapped(text_of(line), MOST)) / 2 + 10),
        _ => None,
    });
    let first = notes.chain(heads.first().map(|h| h / 2)).max().unwrap_or(0);
    let mut x = 8 + depth.unwrap_or(0) * INSET + first;
    let mut lanes = vec![x];
    for gap in gaps {
        x += gap;
        lanes.push(x);
    }
    lanes.truncate(sequence.parts.len());
    lanes
}

/// A frame that is open, or was.
struct Frame {
    top: i32,
    end: i32,
    depth: i32,
    /// Where its further arms begin.
    arms: Vec<i32>,
}

struct Drawn {
    lanes: Vec<i32>,
    surface: Surface,
    frames: Vec<Frame>,
    done: Vec<Frame>,
    y: i32,
}

impl Drawn {
    fn lane(&self, at: usize) -> i32 {
        self.lanes.get(at).copied().unwrap_or(0)
    }

    fn heads(&mut self, sequence: &Sequence) {
        for (at, part) in sequence.parts.iter().enumerate() {
            let (x, width) = (self.lane(at), wide(part) + 20);
            self.surface
                .rectangle([x - width / 2, 4, width, LINE + 10], "part");
            self.surface
                .text(x, 4 + LINE + 2, Anchor::Middle, "name", part);
        }
        self.y = 4 + LINE + 10;
    }

    fn line(&mut self, line: &Line) {
        let text = wrapped(text_of(line), MOST);
        match line {
            Line::Arrow { from, to, kind, .. } => self.arrow(*from, *to, *kind, &text),
            Line::Note { at, fault, .. } => self.note(*at, *fault, &text),
            Line::Open(word, text) => {
                self.y += 12;
                let depth = i32::try_from(self.frames.len()).unwrap_or(0);
                self.frames.push(Frame {
                    top: self.y,
                    end: 0,
                    depth,
                    arms: Vec::new(),
                });
                self.arm(&format!("{} {text}", spoken(word)), depth);
            }
            Line::Else(text) => {
                self.y += 10;
                let y = self.y;
                if let Some(frame) = self.frames.last_mut() {
                    frame.arms.push(y);
                    let depth = frame.depth;
                    self.arm(&otherwise(text), depth);
                }
            }
            Line::Cut => {}
            Line::Close => {
                self.y += 10;
                if let Some(mut frame) = self.frames.pop() {
                    frame.end = self.y;
                    self.done.push(frame);
                }
            }
        }
    }

    /// Writes when an arm of a frame is taken.
    fn arm(&mut self, text: &str, depth: i32) {
        for line in wrapped(text.trim(), 2 * MOST) {
            self.y += LINE;
            let x = 12 + depth * INSET;
            self.surface
                .text(x, self.y, Anchor::Start, "soft over", &line);
        }
    }

    fn arrow(&mut self, from: usize, to: usize, kind: Arrow, text: &[String]) {
        let (x1, mut x2) = (self.lane(from), self.lane(to));
        let (mut middle, mut anchor) = ((x1 + x2) / 2, Anchor::Middle);
        if from == to {
            x2 = x1 + 40;
            (middle, anchor) = (x1 + 10, Anchor::Start);
        }
        let (class, letters) = match kind {
            Arrow::Sent => ("sent", "over"),
            Arrow::Answer => ("call", "over"),
            Arrow::Lost => ("lost", "bad over"),
        };
        self.y += 6;
        for line in text {
            self.y += LINE;
            self.surface.text(middle, self.y, anchor, letters, line);
        }
        self.y += 7;
        self.surface.arrow([x1, self.y, x2, self.y], class);
        self.y += 2;
    }

    fn note(&mut self, at: usize, fault: bool, text: &[String]) {
        let width = widest(text) + 16;
        let lines = i32::try_from(text.len()).unwrap_or(0);
        let (x, height) = (self.lane(at), lines * LINE + 8);
        self.y += 8;
        let class = if fault { "fault" } else { "note" };
        self.surface
            .rectangle([x - width / 2, self.y, width, height], class);
        for line in text {
            self.y += LINE;
            self.surface.text(x, self.y, Anchor::Middle, "", line);
        }
        self.y += 8;
    }
}
