//! A new design is whole but for what people decide; the JSON form says all that a design says.

use coexist_design::check::check;
use coexist_design::language::{Beginning, blank, export, format, read};
use coexist_model::{DesignVerdict, File, Verdict};

#[test]
fn a_new_design_has_gaps_and_no_fail() {
    for services in [&["orders", "stock"][..], &["a", "b-c", "d"], &["alone"]] {
        let beginning = Beginning {
            name: "shop".into(),
            services: services.iter().map(|s| (*s).to_owned()).collect(),
            ..Beginning::default()
        };
        let text = blank(&beginning);
        let report = check("new.design", &text);
        let fails: Vec<_> = report
            .findings
            .iter()
            .filter(|f| f.verdict == Verdict::Fail)
            .collect();
        assert!(fails.is_empty(), "{fails:#?}\n{text}");
        assert_eq!(report.verdict, DesignVerdict::Unknown);
        let gaps = report
            .findings
            .iter()
            .filter(|f| f.rule == "gap-not-filled")
            .count();
        assert_eq!(
            gaps,
            text.lines()
                .filter(|l| !l.starts_with("//"))
                .map(|l| l.matches("TODO").count())
                .sum::<usize>()
        );
        assert_eq!(format(&text).unwrap(), text, "it has the one layout");
    }
}

#[test]
fn the_json_form_holds_all_of_the_shop() {
    let shop = include_str!("../../examples/shop.design");
    let value = export(&read(shop).design, &File::new("shop.design", shop));
    assert_eq!(
        value["services"][1]["stores"][0]["tables"][1]["fields"][0]["values"][1],
        "held"
    );
    assert_eq!(value["channels"][0]["retry"]["longest"], 300_000);
    assert_eq!(
        value["workflows"][0]["handlers"][1]["steps"][0]["steps"][0]["do"],
        "when"
    );
    assert_eq!(
        value["workflows"][0]["properties"][0]["condition"]["tree"]["operator"],
        ">"
    );
    assert_eq!(value["signals"][3]["warn"]["percent"], 5.0);
}

/// The tree of a text, without where things stand.
fn meaning(text: &str) -> String {
    let mut value = export(&read(text).design, &File::new("a.design", text));
    without_places(&mut value);
    value.to_string()
}

fn without_places(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("line");
            fields.remove("text").filter(|text| text.is_string());
            fields.remove("gaps");
            fields.values_mut().for_each(without_places);
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(without_places),
        _ => {}
    }
}

#[test]
fn the_layout_changes_no_meaning() {
    let shop = include_str!("../../examples/shop.design");
    for text in [
        shop.to_owned(),
        blank(&Beginning::default()),
        shop.replace(" }", "\n}"),
    ] {
        let once = format(&text).unwrap();
        assert_eq!(meaning(&once), meaning(&text));
        assert_eq!(format(&once).unwrap(), once);
    }
}
