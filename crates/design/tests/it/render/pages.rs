//! The pages: what a design says stays text, and the same design gives the same page.

use coexist_design::prove::{Extent, Options, Watch, report};
use coexist_design::render::{html, markdown};
use coexist_model::DesignReport;
use expect_test::expect_file;
use pulldown_cmark::{Event, Options as Extensions, Parser};

use super::{HOSTILE, SHOP, all};

struct NoClock;

impl Watch for NoClock {
    fn seconds(&mut self) -> f64 {
        0.0
    }
    fn progress(&mut self, _: &str, _: Extent) {}
}

fn proof(path: &str, text: &str) -> DesignReport {
    report(path, text, &Options::default(), &mut NoClock)
}

/// Returns the page of a design with its proof.
fn page(path: &str, text: &str) -> String {
    html(path, text, Some(&proof(path, text))).unwrap()
}

#[test]
fn the_shop_as_pages() {
    expect_file!["../../../examples/shop.html"].assert_eq(&page("shop.design", SHOP));
    let proof = proof("shop.design", SHOP);
    let markdown = markdown("shop.design", SHOP, Some(&proof)).unwrap();
    expect_file!["../../../examples/shop.md"].assert_eq(&markdown);
}

/// The elements that a page of ours has.
const ELEMENTS: &[&str] = &[
    "!doctype",
    "a",
    "body",
    "br",
    "code",
    "details",
    "div",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "head",
    "header",
    "html",
    "li",
    "line",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "polygon",
    "rect",
    "section",
    "strong",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Returns the elements of a page, in order, without the sign that closes one.
fn elements(page: &str) -> Vec<&str> {
    let tags = page.split('<').skip(1);
    tags.map(|tag| {
        let name = tag.trim_start_matches('/');
        let end = name.find(|c: char| c != '!' && !c.is_ascii_alphanumeric());
        &name[..end.unwrap_or(name.len())]
    })
    .collect()
}

#[test]
fn what_a_design_says_becomes_no_element_and_no_attribute() {
    let page = page("<script>.design", HOSTILE);
    for element in elements(&page) {
        assert!(ELEMENTS.contains(&element), "<{element}>");
    }
    for tag in page.split('<').skip(1) {
        let inside = tag.split('>').next().unwrap_or_default();
        let quotes = inside.matches('"').count();
        assert!(quotes.is_multiple_of(2), "<{inside}>");
        assert!(!inside.contains("onerror"), "<{inside}>");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn a_page_asks_for_nothing_from_elsewhere() {
    let page = page("shop.design", SHOP);
    for foreign in ["src=", "url(", "@import", "<script", "<link", "href=\"http"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn every_design_has_pages_whose_markup_is_ours() {
    for (path, text) in all() {
        let written = markdown(&path, &text, None).unwrap();
        for event in Parser::new_ext(&written, Extensions::ENABLE_TABLES) {
            if let Event::Html(raw) | Event::InlineHtml(raw) = event {
                assert!(["<br>", "<!-- -->"].contains(&raw.trim()), "{path}: {raw}");
            }
        }
        let page = html(&path, &text, None).unwrap();
        for element in elements(&page) {
            assert!(ELEMENTS.contains(&element), "{path}: <{element}>");
        }
    }
}

#[test]
fn a_violation_is_drawn_step_by_step() {
    for (path, text) in all().iter().filter(|(path, _)| path.contains("/broken")) {
        let proof = proof(path, text);
        let page = html(path, text, Some(&proof)).unwrap();
        for workflow in proof.workflows.iter().filter(|w| !w.trace.is_empty()) {
            let steps = workflow.trace.len();
            let drawn = format!(">{steps}. ");
            assert!(page.contains(&drawn), "{path}: step {steps}");
        }
    }
}
