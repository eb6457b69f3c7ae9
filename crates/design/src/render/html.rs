//! The documents as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.

use coexist_model::DesignReport;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::language::Problem;

use super::document::{Block, document};
use super::picture::Picture;
use super::picture::svg::escaped;
use super::sheet::draw;

const STYLE: &str = include_str!("page.css");

/// Returns the documents of a design and what was proved of it, or what has to be mended in its text first.
pub fn html(path: &str, text: &str, proof: Option<&DesignReport>) -> Result<String, Vec<Problem>> {
    draw(path, text, |sheet| {
        let document = document(sheet, proof);
        let name = escaped(&document.name);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{name}: design review</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n"
        );
        out.push_str(&from_markdown(&format!("# {}\n", document.title), ""));
        out.push_str(&from_markdown(&document.introduction, ""));
        out.push_str("</header>\n<nav aria-label=\"Sections\">\n<ol>\n");
        for (number, section) in document.sections.iter().enumerate() {
            let (number, heading) = (number + 1, section.heading);
            out.push_str(&format!("<li><a href=\"#s{number}\">{heading}</a></li>\n"));
        }
        out.push_str("</ol>\n</nav>\n<main>\n");
        let mut pictures = 0;
        for (number, section) in document.sections.iter().enumerate() {
            let (number, heading) = (number + 1, section.heading);
            out.push_str(&format!(
                "<section aria-labelledby=\"s{number}\">\n<h2 id=\"s{number}\">{number}. {heading}</h2>\n"
            ));
            for block in &section.blocks {
                match block {
                    Block::Text(text) => out.push_str(&from_markdown(text, heading)),
                    Block::Picture(picture) => {
                        pictures += 1;
                        out.push_str(&figure(picture, pictures));
                    }
                }
            }
            out.push_str("</section>\n");
        }
        out.push_str("</main>\n</body>\n</html>\n");
        out
    })
}

/// Returns a picture with its caption, and what it shows as text for whoever does not see it.
fn figure(picture: &Picture, number: usize) -> String {
    let said: Vec<String> = picture
        .said()
        .iter()
        .map(|line| format!("<li>{}</li>\n", escaped(line)))
        .collect();
    format!(
        "<figure>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Picture {number}\">\n{}</div>\n<figcaption>{}</figcaption>\n<details>\n<summary>The same as text</summary>\n<ol>\n{}</ol>\n</details>\n</figure>\n",
        picture.svg(),
        escaped(&picture.title),
        said.concat()
    )
}

/// Returns Markdown of ours as HTML. What a design says cannot become markup: of raw HTML only the line break is let through.
fn from_markdown(text: &str, heading: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let raw = |text: &'static str| Some(Event::InlineHtml(CowStr::Borrowed(text)));
    let events = Parser::new_ext(text, options).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => match text.trim() {
            "<br>" => raw("<br>"),
            "<!-- -->" => None,
            _ => Some(Event::Text(text)),
        },
        Event::Start(Tag::Link { .. } | Tag::Image { .. })
        | Event::End(TagEnd::Link | TagEnd::Image) => None,
        Event::TaskListMarker(true) => raw("<strong class=\"yes\">Yes:</strong> "),
        Event::TaskListMarker(false) => raw("<strong class=\"open\">Open:</strong> "),
        event => Some(event),
    });
    let events = events.flat_map(|event| match event {
        Event::Start(Tag::Table(_)) => {
            let open = format!(
                "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table: {heading}\">\n"
            );
            vec![Event::Html(open.into()), event]
        }
        Event::End(TagEnd::Table) => vec![event, Event::Html(CowStr::Borrowed("</div>\n"))],
        event => vec![event],
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}
