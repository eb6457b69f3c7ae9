//! One finding in full, and one rule.

use coexist_model::{Finding, Review};

use crate::style::{Style, Tone};
use crate::{frame, grid, schedule, terminal};

/// Returns everything about one finding: code, schedule, state grid, way out, and the page of its rule if there is one.
pub fn explain(finding: &Finding, review: &Review, page: Option<&str>, style: &Style) -> String {
    let mut out = terminal::finding_text(finding, review, style);
    if let Some(suppression) = &finding.suppressed {
        let at = style.path(&format!("{}:{}", suppression.path, suppression.line));
        let text = format!("suppressed by {at}: {}", style.clean(&suppression.reason));
        out.push_str(&style.wrap(&text, "   = ", "     "));
    }
    if let Some(witness) = &finding.witness {
        out.push('\n');
        out.push_str(&style.paint(Tone::Strong, "State grid"));
        out.push('\n');
        out.push_str(&grid::grid(finding, witness, style.unicode));
        out.push_str(&style.wrap(grid::LEGEND, "  ", "  "));
    }
    out.push_str(&places(finding, review, style));
    if let Some(page) = page {
        out.push('\n');
        out.push_str(&self::page(page, style));
    }
    out
}

fn places(finding: &Finding, review: &Review, style: &Style) -> String {
    if finding.related.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{}\n", style.paint(Tone::Strong, "All places"));
    let primary = format!(
        "{}: {}, {}",
        style.path(&schedule::at(&finding.primary.place)),
        style.clean(&finding.label),
        style.clean(&frame::version(&finding.primary, &review.compared))
    );
    out.push_str(&style.wrap(&primary, "  ", "    "));
    for related in &finding.related {
        let why = related
            .why
            .map(|w| format!(", {}", w.word()))
            .unwrap_or_default();
        let line = format!(
            "{}: {}; {} confidence{why}",
            style.path(&schedule::at(&related.at.place)),
            style.clean(&frame::does(related, &review.compared)),
            related.confidence.word()
        );
        out.push_str(&style.wrap(&line, "  ", "    "));
    }
    out
}

/// Returns the page of a rule, its headings set off. Pages are part of the program and are trusted.
pub fn page(markdown: &str, style: &Style) -> String {
    let mut out = String::new();
    for line in markdown.trim_end().lines() {
        let line: String = line.chars().fold(String::new(), |mut out, c| {
            crate::text::push_visible(&mut out, c, style.unicode);
            out
        });
        if line.starts_with('#') {
            out.push_str(&style.paint(Tone::Strong, &line));
        } else {
            out.push_str(&line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::sample;

    #[test]
    fn a_finding_is_explained_with_its_grid_and_the_page_of_its_rule() {
        let review = sample::fail();
        let text = explain(
            &review.findings[0],
            &review,
            Some("# A dropped column is still in use\n\n## What\n\nSome → text.\n"),
            &Style {
                unicode: false,
                ..Style::plain()
            },
        );
        expect![[r#"
            FAIL[drop-column-in-use] users.name is dropped while 4f1c2e9 still reads it
              --> db/migrate/0042_drop_name.sql:3:1
               |
             3 | ALTER TABLE users DROP COLUMN name;
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropped here
               |
              ::: api/users.py:88:30
               |
            88 |     row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
               |                              ---- reads, at base 4f1c2e9, which may still run
               = schedule that breaks:
                 1. migration 0042_drop_name.sql runs (db/migrate/0042_drop_name.sql:3)
                 2. api at 4f1c2e9 reads users.name (api/users.py:88)
                    -> refused: column "name" does not exist
               = assumed: migrations run before the code
               = fix:
                 1. release 1: the code stops naming users.name
                 2. wait until no node runs an older version
                 3. release 2: drop the column
               = note: a rollback of the code does not bring the data back

            State grid
                                                     all old      old+new      all new    rolled back
              0 before                                 ok            .            .            .
              1 migration 0042_drop_name.sql runs    x FAIL       x fail          .         x fail
              ok: the schedule passes here. x FAIL: it ends here. x fail: the same access
              meets the same form here. A dot: not on this schedule.

            All places
              db/migrate/0042_drop_name.sql:3: dropped here, at head 9ab31d0
              api/users.py:88: reads, at base 4f1c2e9, which may still run; high confidence,
                parsed-sql

            # A dropped column is still in use

            ## What

            Some -> text.
        "#]].assert_eq(&text);
    }

    #[test]
    fn a_hostile_finding_can_be_explained() {
        let review = sample::hostile();
        for finding in &review.findings {
            let text = explain(finding, &review, None, &Style::plain());
            assert!(
                text.chars().all(|c| c == '\n' || !c.is_control()),
                "{text:?}"
            );
        }
    }
}
