//! A trace as a sequence diagram in text.

use coexist_model::TraceStep;

use crate::Style;

/// Returns the parts of the design that take part, in the order in which they appear.
fn parts(trace: &[TraceStep]) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for step in trace {
        let arrow = step
            .arrow
            .iter()
            .flat_map(|a| [a.from.as_str(), a.to.as_str()]);
        for part in [step.actor.as_str()].into_iter().chain(arrow) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts
}

/// Returns the trace with one line of text per step: an arrow, or a mark on the line of who acts.
pub(super) fn drawn(trace: &[TraceStep], style: &Style) -> String {
    let parts = parts(trace);
    let names: Vec<String> = parts.iter().map(|part| style.clean(part)).collect();
    let longest = trace
        .iter()
        .filter_map(|s| s.arrow.as_ref())
        .map(|a| a.text.chars().count())
        .max();
    let wide = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let column = (wide + 2).max(longest.unwrap_or(0) + 5);
    let mut out = String::from("      ");
    for name in &names {
        out.push_str(&format!("{name:<column$}"));
    }
    trim(&mut out);
    for (number, step) in trace.iter().enumerate() {
        let place = |name: &str| parts.iter().position(|part| *part == name).unwrap_or(0);
        let mut line: Vec<char> = vec![' '; column * parts.len().max(1)];
        for at in 0..parts.len() {
            line[at * column] = '|';
        }
        let actor = place(&step.actor) * column;
        match &step.arrow {
            Some(arrow) if arrow.from != arrow.to => {
                let (from, to) = (place(&arrow.from) * column, place(&arrow.to) * column);
                draw(&mut line, from, to, &style.clean(&arrow.text), arrow.call);
            }
            _ => line[actor] = '*',
        }
        if step.fault.is_some() {
            line[actor] = 'X';
        }
        out.push_str(&format!("{:>4}  ", number + 1));
        out.extend(line);
        trim(&mut out);
    }
    out
}

/// Draws an arrow between two columns, its text near its tail.
fn draw(line: &mut [char], from: usize, to: usize, text: &str, call: bool) {
    let (left, right) = (from.min(to) + 1, from.max(to));
    let stroke = if call { '=' } else { '-' };
    for cell in line.iter_mut().take(right).skip(left) {
        *cell = stroke;
    }
    match from < to {
        true => line[right - 1] = '>',
        false => line[left] = '<',
    }
    let room = right - left;
    let length = text.chars().count();
    let start = match from < to {
        true => left + 1,
        false => right.saturating_sub(length + 1).max(left + 1),
    };
    if length + 2 <= room {
        for (cell, c) in line.iter_mut().skip(start).zip(text.chars()) {
            *cell = c;
        }
    }
}

fn trim(out: &mut String) {
    out.truncate(out.trim_end().len());
    out.push('\n');
}
