//! Procfile: <https://devcenter.heroku.com/articles/procfile>.

use coexist_model::{File, Moment, Reading, SurfaceKind};

use super::runs::{Command, run};
use super::sheet::Sheet;

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
        let (moment, because) = match name {
            "release" => (
                Moment::BeforeDeploy,
                Some("the release phase of the Procfile runs them"),
            ),
            _ => (Moment::Start, None),
        };
        let said = Command {
            moment,
            words: vec![command.to_owned()],
            folder: None,
            because,
            at: at.clone(),
        };
        run(file, &mut reading, said);
        if name == "release" {
            continue;
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
