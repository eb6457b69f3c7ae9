//! Procfile: <https://devcenter.heroku.com/articles/procfile>.

use coexist_model::{File, Order, Reading, SurfaceKind};

use super::command::migrate_command;
use super::docker::migrates_then_serves;
use super::sheet::{Sheet, order};

/// Reads the processes and the release phase.
pub(super) fn read(file: &File) -> Reading {
    let mut reading = Reading::default();
    for number in 1..=file.line_count() {
        let line = file.line(number);
        let Some((name, command)) = line.split_once(':').map(|(n, c)| (n.trim(), c.trim())) else {
            continue;
        };
        let valid = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !valid || command.is_empty() || reading.schemas.len() >= super::SCHEMA_LIMIT {
            continue;
        }
        let start = file.line_start(number);
        let at = start..start + line.len();
        if name == "release" {
            if migrate_command(command).is_some() {
                order(
                    file,
                    &mut reading,
                    Order::Before,
                    "the release phase of the Procfile runs them",
                    at,
                );
            }
            continue;
        }
        if migrates_then_serves(command) {
            order(
                file,
                &mut reading,
                Order::Before,
                "each new node runs them before it starts to serve",
                at.clone(),
            );
        }
        let mut sheet = Sheet::new(
            file,
            SurfaceKind::Workload,
            format!("process/{name}"),
            at.clone(),
        );
        sheet.set("command", command, at);
        reading.schemas.push(sheet.schema());
    }
    reading
}
