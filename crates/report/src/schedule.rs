//! A schedule in words.

use coexist_model::{Act, Finding, Place, Sited, Step};

/// Returns the place that a step's `at` points to: the primary one, then the related ones.
pub(crate) fn place(finding: &Finding, at: Option<usize>) -> Option<&Sited> {
    match at? {
        0 => Some(&finding.primary),
        n => finding.related.get(n - 1).map(|r| &r.at),
    }
}

/// Returns the step as a sentence without its end; `say` marks up every word that stems from the repository.
pub(crate) fn step(finding: &Finding, step: &Step, say: &dyn Fn(&str) -> String) -> String {
    let service = step.service.as_deref().map(say);
    let version = step.version.as_deref().map(|v| say(crate::text::short(v)));
    let what = step.what.as_deref().map(say);
    let node = match &service {
        Some(service) => format!("node of {service}"),
        None => "node".to_owned(),
    };
    let with = version
        .as_ref()
        .map(|v| format!(" with {v}"))
        .unwrap_or_default();
    let migration = match &what {
        Some(what) => format!("migration {what}"),
        None => "the migration".to_owned(),
    };
    let access = |verb: &str| access(finding, verb, &service, &version, &what, say);
    match step.act {
        Act::Migrate => format!("{migration} runs"),
        Act::UndoMigration => format!("{migration} is undone"),
        Act::StartNew => format!("the first {node} starts{with}"),
        Act::StopOld => format!("the last {node}{with} stops"),
        Act::RestartOld => format!("a {node}{with} starts again"),
        Act::RollBack => {
            let back = version.map(|v| format!(" to {v}")).unwrap_or_default();
            format!(
                "{} is rolled back{back}",
                service.as_deref().unwrap_or("the release")
            )
        }
        Act::Read => access("reads"),
        Act::Write => access("writes"),
        Act::Call => access("calls"),
        Act::Serve => access("receives the call"),
        Act::Publish => access("publishes"),
        Act::Consume => access("consumes"),
    }
}

fn access(
    finding: &Finding,
    verb: &str,
    service: &Option<String>,
    version: &Option<String>,
    what: &Option<String>,
    say: &dyn Fn(&str) -> String,
) -> String {
    let who = match (service, version) {
        (Some(service), Some(version)) => format!("{service} at {version}"),
        (Some(service), None) => service.clone(),
        (None, Some(version)) => format!("the code at {version}"),
        (None, None) => "the code".to_owned(),
    };
    let what = what
        .clone()
        .or_else(|| subject(finding).map(|s| say(&s)))
        .unwrap_or_else(|| "it".to_owned());
    format!("{who} {verb} {what}")
}

/// Returns the surface and element of a finding as one name.
pub(crate) fn subject(finding: &Finding) -> Option<String> {
    let surface = finding.surface.as_ref()?;
    Some(match &finding.element {
        Some(element) => format!("{}.{element}", surface.name),
        None => surface.name.clone(),
    })
}

/// Returns `path:line`.
pub(crate) fn at(place: &Place) -> String {
    format!("{}:{}", place.path, place.line)
}
