//! Markup that cannot be anything but well-formed, with every text escaped.

use tegakari_model::Observable;

use crate::charts::{Drawing, svg};
use crate::escape;

/// A piece of finished HTML. Only this file makes one from characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// The finished characters.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Text, from whomever: escaped. Names such as `ws-014` and numbers with their `%` stay on one line.
pub(super) fn text(text: &str) -> Markup {
    let shown = escape::visible(text);
    let mut out = String::with_capacity(shown.len() + shown.len() / 8);
    let mut rest = shown.as_str();
    while let Some((before, unit, after)) = next_unit(rest) {
        out.push_str(&escape::markup(before));
        out.push_str("<span class=\"nb\">");
        out.push_str(&escape::markup(unit));
        out.push_str("</span>");
        rest = after;
    }
    out.push_str(&escape::markup(rest));
    Markup(out)
}

/// The next run of letters, digits, hyphens, dots and dashes that a browser might break although it
/// is one thing, with what stands before and after it.
fn next_unit(text: &str) -> Option<(&str, &str, &str)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "-.–".contains(c);
    let mut from = 0;
    while let Some(start) = text[from..].find(part).map(|i| from + i) {
        let tail = &text[start..];
        let mut length = tail.find(|c| !part(c)).unwrap_or(tail.len());
        let run = &tail[..length];
        let hyphenated = run.trim_matches(['-', '.']).contains('-');
        let number = run.ends_with(|c: char| c.is_ascii_digit());
        let percent = number && tail[length..].starts_with(" %");
        if percent {
            length += 2;
        }
        if (hyphenated || percent) && length <= 24 {
            return Some((&text[..start], &tail[..length], &tail[length..]));
        }
        from = start + length;
    }
    None
}

/// A text where no element may stand (`title`).
pub(super) fn plain(text: &str) -> Markup {
    Markup(escape::html(text))
}

/// Our own style sheet; it holds no `<` and no `&` (a test looks).
pub(super) fn style(css: &'static str) -> Markup {
    Markup(format!("<style>{css}</style>"))
}

/// A drawing as inline SVG.
pub(super) fn drawing(drawing: &Drawing) -> Markup {
    Markup(svg::draw(drawing))
}

/// Pieces after one another.
pub(super) fn all(pieces: impl IntoIterator<Item = Markup>) -> Markup {
    Markup(pieces.into_iter().map(|m| m.0).collect())
}

/// An element with attributes and content.
pub(super) fn tag(
    name: &'static str,
    attributes: &[(&'static str, &str)],
    content: impl IntoIterator<Item = Markup>,
) -> Markup {
    let mut out = open(name, attributes);
    out.push('>');
    for piece in content {
        out.push_str(&piece.0);
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    Markup(out)
}

/// An element that has no content (`meta`).
pub(super) fn void(name: &'static str, attributes: &[(&'static str, &str)]) -> Markup {
    let mut out = open(name, attributes);
    out.push_str("/>");
    Markup(out)
}

fn open(name: &'static str, attributes: &[(&'static str, &str)]) -> String {
    let mut out = format!("<{name}");
    for (key, value) in attributes {
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        out.push_str(&escape::html(value));
        out.push('"');
    }
    out
}

/// An element with a class and a text.
pub(super) fn words(name: &'static str, class: &str, content: &str) -> Markup {
    if class.is_empty() {
        tag(name, &[], [text(content)])
    } else {
        tag(name, &[("class", class)], [text(content)])
    }
}

/// An observable for reading: defanged, never a link, selected whole by one click; the exact value
/// stands in the `value` of the `data` element.
pub(super) fn value(observable: &Observable) -> Markup {
    tag(
        "data",
        &[("class", "v"), ("value", observable.value())],
        [text(&observable.defanged())],
    )
}

/// A log record with every occurrence of what was looked for marked.
pub(super) fn excerpt(record: &str, needle: &str) -> Markup {
    let lower = record.to_ascii_lowercase();
    let needle = needle.to_ascii_lowercase();
    let mut pieces = Vec::new();
    let mut from = 0;
    if needle.len() >= 3 {
        for (at, found) in lower.match_indices(&needle).take(20) {
            // ASCII lower-casing keeps every byte where it was.
            if let (Some(before), Some(hit)) =
                (record.get(from..at), record.get(at..at + found.len()))
            {
                pieces.push(text(before));
                pieces.push(words("mark", "", hit));
                from = at + found.len();
            }
        }
    }
    pieces.push(text(record.get(from..).unwrap_or("")));
    tag("code", &[("class", "x")], pieces)
}

/// A list of items.
pub(super) fn list(items: impl IntoIterator<Item = Markup>) -> Markup {
    let items: Vec<Markup> = items
        .into_iter()
        .map(|item| tag("li", &[], [item]))
        .collect();
    if items.is_empty() {
        return Markup::default();
    }
    tag("ul", &[], items)
}

/// Something to open: a summary line and what is behind it.
pub(super) fn details(summary: &str, content: impl IntoIterator<Item = Markup>) -> Markup {
    let mut pieces = vec![words("summary", "", summary)];
    pieces.extend(content);
    tag("details", &[], pieces)
}
