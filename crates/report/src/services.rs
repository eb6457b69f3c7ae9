//! What `coexist services` prints.

use coexist_model::Fleet;

use crate::schedule;
use crate::style::{Style, Tone};
use crate::text::count;

/// Returns each service with its paths and the lines that show it, and when migrations run.
pub fn services(fleet: &Fleet, style: &Style) -> String {
    let mut out = if fleet.library {
        "Nothing is deployed from here: this is a library. Only its wire and storage forms are judged.\n"
            .to_owned()
    } else {
        format!("{}\n", count(fleet.services.len(), "service"))
    };
    for service in &fleet.services {
        let name = style.clean(&service.name);
        out.push_str(&format!("\n{}\n", style.paint(Tone::Strong, &name)));
        for path in &service.paths {
            out.push_str(&format!("  {}\n", style.clean(path)));
        }
        for place in &service.evidence {
            let at = style.clean(&schedule::at(place));
            let quote = style.clean(place.quote.trim());
            let shown = if quote.is_empty() {
                String::new()
            } else {
                format!("  {quote}")
            };
            out.push_str(&format!("  because {at}{shown}\n"));
        }
    }
    let order = &fleet.order;
    let how = if order.proven { "" } else { ", assumed" };
    let at = order
        .place
        .as_ref()
        .map(|p| format!(" ({})", style.path(&schedule::at(p))))
        .unwrap_or_default();
    let text = format!(
        "Migrations compared with the code: {}{how}: {}{at}",
        order.order.word(),
        style.clean(&order.because)
    );
    out.push('\n');
    out.push_str(&style.wrap(&text, "", "  "));
    out
}

#[cfg(test)]
mod tests {
    use coexist_model::{KnownOrder, Order};
    use expect_test::expect;

    use super::*;
    use crate::sample;

    #[test]
    fn every_service_shows_the_line_it_was_inferred_from() {
        let fleet = Fleet {
            services: sample::fail().services,
            library: false,
            order: KnownOrder {
                order: Order::Before,
                proven: false,
                because: "nothing in the repository says when they run".into(),
                place: None,
            },
        };
        expect![[r#"
            1 service

            api
              api/**
              because api/Dockerfile:1  FROM python:3.13

            Migrations compared with the code: before, assumed: nothing in the repository
              says when they run
        "#]]
        .assert_eq(&services(&fleet, &Style::plain()));
    }
}
