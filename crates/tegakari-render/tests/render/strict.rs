//! A strict reader of pages: well-formed, only known elements and attributes, nothing that acts.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements that a page may have. No script, no link, no form, no frame, no image.
const ELEMENTS: &[&str] = &[
    "a",
    "article",
    "b",
    "body",
    "caption",
    "circle",
    "code",
    "data",
    "dd",
    "defs",
    "desc",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "header",
    "html",
    "li",
    "line",
    "main",
    "mark",
    "meta",
    "nav",
    "ol",
    "p",
    "pattern",
    "q",
    "rect",
    "section",
    "span",
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

/// Attributes that a page may have. No event handlers, no style, no src.
const ATTRIBUTES: &[&str] = &[
    "aria-label",
    "aria-labelledby",
    "charset",
    "class",
    "colspan",
    "content",
    "cx",
    "cy",
    "fill",
    "height",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "patternTransform",
    "patternUnits",
    "r",
    "role",
    "rx",
    "scope",
    "text-anchor",
    "value",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// What a page holds once it has passed.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// All text, element by element.
    pub(crate) text: String,
    /// How often each element occurs.
    pub(crate) elements: BTreeMap<String, usize>,
}

/// Reads the page or says why it is not strict.
pub(crate) fn read(page: &str) -> Result<Page, String> {
    for (i, c) in page.char_indices() {
        let acts = (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}');
        if acts {
            return Err(format!("U+{:04X} at {i}", u32::from(c)));
        }
    }
    let body = page.strip_prefix("<!DOCTYPE html>\n").ok_or("no doctype")?;
    let mut reader = Reader::from_str(body);
    reader.config_mut().check_end_names = true;
    reader.config_mut().allow_unmatched_ends = false;
    let mut out = Page::default();
    let mut ids = BTreeSet::new();
    let mut stack: Vec<String> = Vec::new();
    loop {
        match reader
            .read_event()
            .map_err(|e| format!("{e} at {}", reader.buffer_position()))?
        {
            Event::Start(tag) => {
                let name = check(&tag, &mut ids, &mut out)?;
                stack.push(name);
            }
            Event::Empty(tag) => {
                check(&tag, &mut ids, &mut out)?;
            }
            Event::End(_) => {
                stack.pop();
            }
            Event::Text(text) => {
                if stack.last().is_none_or(|name| name != "style") {
                    out.text.push_str(&text);
                    out.text.push('\n');
                }
            }
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                if !["amp", "lt", "gt", "quot", "#39"].contains(&name.as_str()) {
                    return Err(format!("reference {name}"));
                }
            }
            Event::Eof => break,
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    if !stack.is_empty() {
        return Err(format!("not closed: {stack:?}"));
    }
    Ok(out)
}

fn check(
    tag: &BytesStart<'_>,
    ids: &mut BTreeSet<String>,
    out: &mut Page,
) -> Result<String, String> {
    let name = tag.name().as_ref().to_owned();
    if !ELEMENTS.contains(&name.as_str()) {
        return Err(format!("element {name}"));
    }
    for attribute in tag.attributes().with_checks(true) {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.value.to_string();
        if !ATTRIBUTES.contains(&key.as_str()) {
            return Err(format!("attribute {key} of {name}"));
        }
        if value.contains('<') {
            return Err(format!("< in {key} of {name}"));
        }
        if key == "href" && !(value.starts_with('#') && value.len() < 20) {
            return Err(format!("link to {value}"));
        }
        if key == "fill" && !value.starts_with("url(#") {
            return Err(format!("fill {value}"));
        }
        if key == "id" && !ids.insert(value.clone()) {
            return Err(format!("id {value} twice"));
        }
    }
    *out.elements.entry(name.clone()).or_default() += 1;
    Ok(name)
}

#[test]
fn the_strict_reader_refuses_what_acts() {
    let page =
        |body: &str| format!("<!DOCTYPE html>\n<html lang=\"en\"><body>{body}</body></html>\n");
    assert!(read(&page("<p>fine</p>")).is_ok());
    for bad in [
        "<script>x</script>",
        "<p onclick=\"x\">x</p>",
        "<a href=\"https://e.example\">x</a>",
        "<p>not closed",
        "<img src=\"x\"/>",
        "<p>\u{202e}</p>",
        "<p>\u{1b}[2J</p>",
        "<p id=\"a\" id=\"b\">x</p>",
        "<p id=\"a\"/><p id=\"a\"/>",
        "<!-- comment -->",
    ] {
        assert!(read(&page(bad)).is_err(), "{bad}");
    }
}
