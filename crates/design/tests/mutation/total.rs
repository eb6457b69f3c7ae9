//! What holds for any text whatever, for the mutation tests and the fuzz target.

use coexist_design::check::check as judge;
use coexist_design::language::{export, format, parse, read};
use coexist_model::{DesignVerdict, File};

/// Reads a text in every way; panics where a law does not hold. Returns whether it is a whole design.
pub(crate) fn check(text: &str) -> bool {
    let file = File::new("a.design", text);
    let parsed = read(text);
    for problem in &parsed.problems {
        assert!(
            text.get(problem.span.range()).is_some(),
            "{problem:?} stands in the text"
        );
        assert!(!problem.what.is_empty() && !problem.why.is_empty() && !problem.help.is_empty());
    }
    let report = judge("a.design", text);
    assert_eq!(
        report.verdict == DesignVerdict::Invalid,
        !parsed.problems.is_empty()
    );
    let whole = export(&parsed.design, &file).to_string();
    if let Ok(once) = format(text) {
        assert_eq!(parse(&once).problems, [], "{once}");
        assert_eq!(
            format(&once).as_deref(),
            Ok(once.as_str()),
            "the layout is its own layout"
        );
        let again = export(&parse(&once).design, &File::new("a.design", &once)).to_string();
        assert_eq!(
            plain(&whole),
            plain(&again),
            "the layout changes no meaning: {once}"
        );
    }
    parsed.problems.is_empty()
}

/// The JSON form without lines, and without the text of conditions, which is laid out too.
fn plain(json: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    without_places(&mut value);
    value.to_string()
}

fn without_places(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            let of_condition = fields.contains_key("tree");
            fields.retain(|name, _| {
                !(name == "line" || name == "gaps" || of_condition && name == "text")
            });
            fields.values_mut().for_each(without_places);
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(without_places),
        _ => {}
    }
}
