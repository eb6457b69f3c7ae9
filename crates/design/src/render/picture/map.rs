//! The map: a column for each part, those of a team side by side; a bar for each channel; an arrow for each call.
//!
//! What a part publishes stands above the bar, on its own lane; what it reads stands below. So no two texts can meet.

use super::svg::{Anchor, LINE, Surface, wide, wrapped};
use super::{Channel, Edge, Map, Part};

/// Between two columns.
const GAP: i32 = 24;
/// From the left side of a column to its lane.
const LANE: i32 = 14;
/// From the left side of a column to text beside its lane.
const BESIDE: i32 = 24;
/// Characters in a line of a head.
const HEAD: usize = 34;

/// Draws the map.
pub(super) fn draw(map: &Map, title: &str) -> String {
    let columns = columns(map);
    let mut surface = Surface::default();
    let mut y = heads(&columns, &mut surface);
    let top = y;
    for channel in &map.channels {
        y = bar(channel, &columns, &mut surface, y + 10);
    }
    for (edges, word, class) in [(&map.straight, "", "sent"), (&map.calls, "calls ", "call")] {
        for edge in edges {
            y = across(edge, word, class, &columns, &mut surface, y + 6);
        }
    }
    for column in &columns {
        surface.line_behind([column.lane(), top, column.lane(), y + 6], "lane");
    }
    surface.finish(title)
}

/// A part and where it stands.
struct Column<'m> {
    part: &'m Part,
    head: Vec<(String, &'static str)>,
    left: i32,
    width: i32,
}

impl Column<'_> {
    fn lane(&self) -> i32 {
        self.left + LANE
    }
}

/// Returns the columns, those of a team side by side, systems of others last.
fn columns(map: &Map) -> Vec<Column<'_>> {
    let mut teams: Vec<Option<&String>> = Vec::new();
    for part in map.parts.iter().filter(|p| p.team.is_some()) {
        if !teams.contains(&part.team.as_ref()) {
            teams.push(part.team.as_ref());
        }
    }
    teams.push(None);
    let mut left = 8;
    let mut columns = Vec::new();
    for team in teams {
        for part in map.parts.iter().filter(|p| p.team.as_ref() == team) {
            let mut head: Vec<(String, &str)> = Vec::new();
            head.extend(wrapped(&part.name, HEAD).into_iter().map(|l| (l, "name")));
            for line in &part.about {
                head.extend(wrapped(line, HEAD).into_iter().map(|l| (l, "soft")));
            }
            let widest = head.iter().map(|(line, _)| wide(line)).max().unwrap_or(0) + 20;
            let beside = labels(map, &part.name).map(|l| wide(l)).max().unwrap_or(0);
            let width = widest.max(beside + BESIDE + 8).max(110);
            columns.push(Column {
                part,
                head,
                left,
                width,
            });
            left += width + GAP;
        }
    }
    columns
}

/// Returns what stands beside the lane of a part.
fn labels<'m>(map: &'m Map, part: &str) -> impl Iterator<Item = &'m String> {
    let ends = map.channels.iter().flat_map(|c| c.from.iter().chain(&c.to));
    let own: Vec<&(String, Vec<String>)> = ends.filter(|(name, _)| name == part).collect();
    own.into_iter().flat_map(|(_, messages)| messages)
}

/// Draws who they are, and returns where that ends.
fn heads(columns: &[Column<'_>], surface: &mut Surface) -> i32 {
    let lines = columns.iter().map(|c| c.head.len()).max().unwrap_or(0);
    let height = i32::try_from(lines).unwrap_or(0) * LINE + 14;
    let top = 8 + LINE + 10;
    let mut first = 0;
    while first < columns.len() {
        let team = &columns[first].part.team;
        let same = columns[first..].iter().take_while(|c| c.part.team == *team);
        let count = same.count();
        let (left, last) = (columns[first].left, &columns[first + count - 1]);
        let width = last.left + last.width - left;
        let label = match team {
            Some(team) => format!("team {team}"),
            None => "others".to_owned(),
        };
        // A label that is longer than what it stands over goes on below, in front of nothing.
        let most = usize::try_from((width - 8) / 8).unwrap_or(8).max(8);
        let label = wrapped(&label, most);
        surface.behind([left - 6, 4, width + 12, top + height + 2], "team");
        let shown = match label.as_slice() {
            [only] => only.clone(),
            [first, ..] => format!("{}…", first.chars().take(most - 1).collect::<String>()),
            [] => String::new(),
        };
        surface.text(left, 8 + LINE - 2, Anchor::Start, "soft", &shown);
        first += count;
    }
    for column in columns {
        surface.rectangle([column.left, top, column.width, height], "part");
        let mut y = top + LINE;
        for (line, class) in &column.head {
            surface.text(column.left + 10, y, Anchor::Start, class, line);
            y += LINE;
        }
    }
    top + height + 14
}

fn find<'c, 'm>(columns: &'c [Column<'m>], name: &str) -> Option<&'c Column<'m>> {
    columns.iter().find(|c| c.part.name == name)
}

/// Draws a channel with what is published to it above, what is read from it below.
fn bar(channel: &Channel, columns: &[Column<'_>], surface: &mut Surface, top: i32) -> i32 {
    let lines = |ends: &[(String, Vec<String>)]| {
        let most = ends.iter().map(|(_, m)| m.len()).max().unwrap_or(0);
        i32::try_from(most).unwrap_or(0) * LINE
    };
    let bar_top = top + lines(&channel.from).max(LINE) + 6;
    let bottom = bar_top + LINE + 10;
    let ends = channel.from.iter().chain(&channel.to);
    let lanes: Vec<i32> = ends
        .filter_map(|(name, _)| find(columns, name).map(Column::lane))
        .collect();
    let left = lanes.iter().min().copied().unwrap_or(8 + LANE) - 12;
    let right = lanes.iter().max().copied().unwrap_or(left) + 12;
    let label = format!("{}: {}", channel.name, channel.promises);
    let width = (right - left).max(wide(&label) + 20);
    surface.rectangle([left, bar_top, width, bottom - bar_top], "bar");
    surface.text(left + 10, bar_top + LINE + 1, Anchor::Start, "", &label);
    let mut end = bottom + LINE;
    for (name, messages) in &channel.from {
        if let Some(column) = find(columns, name) {
            surface.arrow([column.lane(), top, column.lane(), bar_top], "sent");
            beside(column, messages, top + LINE - 5, surface);
        }
    }
    for (name, messages) in &channel.to {
        if let Some(column) = find(columns, name) {
            let height = i32::try_from(messages.len()).unwrap_or(0).max(1) * LINE + 6;
            surface.arrow(
                [column.lane(), bottom, column.lane(), bottom + height],
                "sent",
            );
            beside(column, messages, bottom + LINE, surface);
            end = end.max(bottom + height);
        }
    }
    end + 8
}

fn beside(column: &Column<'_>, messages: &[String], mut y: i32, surface: &mut Surface) {
    for message in messages {
        surface.text(column.left + BESIDE, y, Anchor::Start, "over", message);
        y += LINE;
    }
}

/// Draws an arrow from one part to another, its text above it.
fn across(
    edge: &Edge,
    word: &str,
    class: &str,
    columns: &[Column<'_>],
    surface: &mut Surface,
    top: i32,
) -> i32 {
    let (Some(from), Some(to)) = (find(columns, &edge.from), find(columns, &edge.to)) else {
        return top;
    };
    let text = format!("{word}{}", edge.labels.join(", "));
    let left = from.lane().min(to.lane());
    surface.text(left + 10, top + LINE, Anchor::Start, "over", &text);
    let y = top + LINE + 8;
    let end = match from.lane() == to.lane() {
        true => from.lane() + 40,
        false => to.lane(),
    };
    surface.arrow([from.lane(), y, end, y], class);
    y + 8
}
