//! Feeds: RSS (0.9x, 1.0, 2.0), Atom (RFC 4287) and JSON Feed. Every item is a section with its title,
//! its link for reading on, its date, and its text read as the HTML it is.

use serde_json::Value;
use tegakari_model::Problem;

use super::html::Html;
use super::nested::read_piece;
use super::plain::Plain;
use super::xml::{Node, Tag, Xml};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content};
use crate::front_matter;

/// Feeds.
pub(super) struct Feed;

impl ReportFormat for Feed {
    fn id(&self) -> &'static str {
        "feed"
    }

    fn about(&self) -> &'static str {
        "RSS, Atom (RFC 4287) and JSON Feed: every item with its title, link, date and text"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        let start = head
            .text
            .trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if start.starts_with('{') {
            let marked = head.text.contains("https://jsonfeed.org/version/");
            return if marked && head.text.contains("\"items\"") {
                Sniff::Certain
            } else {
                Sniff::No
            };
        }
        // The first element, past the declaration, comments and style sheets.
        let mut reader = Xml::new(start);
        let first = loop {
            match reader.next() {
                Some(Node::Open(tag)) => break tag,
                Some(Node::Text(text)) if text.trim().is_empty() => {}
                _ => return Sniff::No,
            }
        };
        match first.name() {
            "rss" | "RDF" if head.text.contains("<item") || head.text.contains("<channel") => {
                Sniff::Certain
            }
            "feed"
                if head.text.contains("w3.org/2005/Atom")
                    || head.text.contains("purl.org/atom") =>
            {
                Sniff::Certain
            }
            "item" | "entry" if start.starts_with('<') && head.text.contains("<title") => {
                Sniff::Likely
            }
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        let mut feed = if text
            .trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
            .starts_with('{')
        {
            json(source, text, content)
        } else {
            xml(source, text, content)
        };
        let newest = feed.items.iter().filter_map(|i| date(&i.date)).max();
        let one = feed.items.len() == 1;
        if one && let Some(item) = feed.items.first() {
            // A single item is the report.
            content.title = some(&title(source, &item.title)).or_else(|| some(&feed.title));
        } else {
            content.title = some(&feed.title);
        }
        content.published = newest.or_else(|| date(&feed.date));
        let publisher = some(&feed.author).or_else(|| some(&feed.title));
        content.publisher =
            publisher.map(|p| front_matter::known_publisher(&p).map_or(p, str::to_owned));
        content.own_urls.extend(some(&feed.link));
        for (i, item) in feed.items.iter_mut().enumerate() {
            item.write(source, &format!("item {}", i + 1), one, content);
        }
    }
}

fn some(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// A date as `2025-03-06`.
fn date(text: &str) -> Option<String> {
    front_matter::first_date(text).map(|(date, _)| date.0)
}

/// A title without the markup that many feeds put into it.
fn title(source: &Source<'_>, text: &str) -> String {
    if !text.contains(['<', '&']) {
        return some(text).unwrap_or_default();
    }
    let mut plain = Content::default();
    read_piece(source, &Html, text, None, &mut plain);
    let texts: Vec<&str> = plain.blocks.iter().map(|b| b.text.as_str()).collect();
    some(&texts.join(" ")).unwrap_or_default()
}

/// What a feed or an item says of itself.
#[derive(Default)]
struct Entry {
    title: String,
    link: String,
    date: String,
    author: String,
    /// The text in full, and in short.
    full: String,
    short: String,
    items: Vec<Entry>,
    /// Files that come with it.
    enclosures: Vec<String>,
    /// What is said of pictures and of other feeds.
    ignored: String,
}

impl Entry {
    fn write(&mut self, source: &Source<'_>, place: &str, alone: bool, content: &mut Content) {
        let title = title(source, &self.title);
        if !alone {
            content.heading(2, &title, 0);
        } else if !title.is_empty() {
            content.push(Block::new(BlockKind::Paragraph, title, 0));
        }
        content.new_group();
        let links = std::iter::once(&self.link).chain(&self.enclosures);
        for link in links.filter(|l| !l.trim().is_empty()) {
            let mut block = Block::new(BlockKind::Paragraph, link.trim(), 0);
            block.aside = true;
            block.path = Some(place.to_owned());
            content.push(block);
        }
        let text = if self.short.len() > self.full.len() {
            &self.short
        } else {
            &self.full
        };
        // Without any tag its lines are lines.
        let format: &dyn ReportFormat = if text.contains('<') { &Html } else { &Plain };
        read_piece(source, format, text, Some(place), content);
        content.new_group();
    }
}

/// Where the text of an element goes.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Title,
    Link,
    Date,
    Author,
    Full,
    Short,
    Ignored,
}

fn slot(tag: &Tag<'_>) -> Option<Slot> {
    // Pictures and sound have titles and texts of their own.
    if matches!(
        tag.prefix(),
        "media" | "itunes" | "podcast" | "geo" | "slash"
    ) {
        return None;
    }
    Some(match tag.name() {
        "title" => Slot::Title,
        "link" => Slot::Link,
        "pubDate" | "published" | "date" | "issued" | "updated" | "modified" | "lastBuildDate" => {
            Slot::Date
        }
        "creator" | "author" | "publisher" => Slot::Author,
        "encoded" | "content" => Slot::Full,
        "description" | "summary" | "subtitle" => Slot::Short,
        _ => return None,
    })
}

fn xml(source: &Source<'_>, text: &str, content: &mut Content) -> Entry {
    let mut feed = Entry::default();
    let mut item: Option<(Entry, usize)> = None;
    let mut reader = Xml::new(text);
    let mut depth = 0usize;
    let mut current = String::new();
    // The element whose text is collected: its slot, depth, and whether it holds elements (XHTML).
    let mut open: Option<(Slot, usize, bool)> = None;
    while let Some(node) = reader.next() {
        match node {
            Node::Open(tag) => {
                depth += 1;
                current.clear();
                current.push_str(tag.name());
                let inside = item.as_ref().map(|(_, at)| *at);
                let entry = item.as_mut().map_or(&mut feed, |(i, _)| i);
                if let Some((slot, _, inline)) = open {
                    let into = field(entry, slot);
                    if inline {
                        // Put together again for the reader of HTML.
                        let link = tag
                            .attribute("href")
                            .map(|h| format!(" href=\"{}\"", h.replace('"', "%22")));
                        into.push_str(&format!("<{}{}>", tag.name(), link.unwrap_or_default()));
                    }
                    continue;
                }
                if matches!(tag.name(), "item" | "entry")
                    && tag.prefix() != "media"
                    && inside.is_none()
                {
                    item = Some((Entry::default(), depth));
                    continue;
                }
                let direct = inside.is_none_or(|at| depth == at + 1);
                // A channel's picture has a title and a link too.
                let slot = slot(&tag).filter(|_| direct && (inside.is_some() || depth <= 3));
                if matches!(tag.name(), "image" | "textinput" | "textInput" | "source") && direct {
                    open = Some((Slot::Ignored, depth, false));
                    continue;
                }
                if tag.name() == "enclosure" && direct {
                    entry.enclosures.extend(tag.attribute("url"));
                }
                let Some(slot) = slot else { continue };
                if slot == Slot::Link {
                    let rel = tag.attribute("rel").unwrap_or_default();
                    if let Some(href) = tag.attribute("href") {
                        if matches!(rel.as_str(), "" | "alternate") && entry.link.is_empty() {
                            entry.link = href;
                        }
                        continue;
                    }
                }
                let kind = tag.attribute("type").unwrap_or_default();
                let first = field(entry, slot).trim().is_empty();
                // The date of publication says more than that of the last change.
                let better = matches!(tag.name(), "pubDate" | "published" | "issued");
                if first || better || slot == Slot::Full {
                    field(entry, slot).clear();
                    open = Some((slot, depth, kind == "xhtml"));
                }
            }
            Node::Text(text) => {
                let entry = item.as_mut().map_or(&mut feed, |(i, _)| i);
                if let Some((slot, at, inline)) = open
                    && (inline || at == depth || (slot == Slot::Author && current == "name"))
                {
                    let into = field(entry, slot);
                    if inline {
                        into.push_str(&text.replace('&', "&amp;").replace('<', "&lt;"));
                    } else {
                        into.push_str(&text);
                    }
                }
            }
            Node::Close(end) => {
                let entry = item.as_mut().map_or(&mut feed, |(i, _)| i);
                match open {
                    Some((slot, at, _)) if at == depth => {
                        // Names of several authors stay apart.
                        field(entry, slot).push('\n');
                        open = None;
                    }
                    Some((slot, _, true)) => {
                        field(entry, slot).push_str(&format!("</{}>", end.name()));
                    }
                    Some(_) => {}
                    None => {
                        if item.as_ref().is_some_and(|(_, at)| *at == depth)
                            && let Some((done, _)) = item.take()
                        {
                            feed.items.push(done);
                        }
                    }
                }
                depth = depth.saturating_sub(1);
            }
        }
    }
    // What a broken feed left open is read as far as it goes.
    feed.items.extend(item.map(|(i, _)| i));
    if let Some(error) = reader.error {
        content.problems.push(Problem::new(
            source.name,
            format!("the feed breaks off: {error}"),
            "what stands before it was read; fetch the feed again",
        ));
    }
    feed
}

fn field(entry: &mut Entry, slot: Slot) -> &mut String {
    match slot {
        Slot::Title => &mut entry.title,
        Slot::Link => &mut entry.link,
        Slot::Date => &mut entry.date,
        Slot::Author => &mut entry.author,
        Slot::Full => &mut entry.full,
        Slot::Short => &mut entry.short,
        Slot::Ignored => &mut entry.ignored,
    }
}

/// JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
fn json(source: &Source<'_>, text: &str, content: &mut Content) -> Entry {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            content.problems.push(Problem::new(
                format!("{}:{}", source.name, error.line()),
                "not valid JSON, read as plain text",
                "fetch the feed again; it may be cut off",
            ));
            super::plain::lines(text, content);
            return Entry::default();
        }
    };
    let get = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.unwrap_or("").to_owned()
    };
    let author = |value: &Value| {
        let list = value.get("authors").and_then(Value::as_array);
        let one = list.and_then(|l| l.first()).or_else(|| value.get("author"));
        one.map_or_else(String::new, |a| get(a, "name"))
    };
    let items = document.get("items").and_then(Value::as_array);
    let items = items.into_iter().flatten().map(|item| {
        let plain = get(item, "content_text");
        Entry {
            title: get(item, "title"),
            link: get(item, "url"),
            date: get(item, "date_published"),
            author: author(item),
            full: get(item, "content_html"),
            short: if plain.is_empty() {
                get(item, "summary")
            } else {
                plain
            },
            items: Vec::new(),
            enclosures: some(&get(item, "external_url")).into_iter().collect(),
            ignored: String::new(),
        }
    });
    Entry {
        title: get(&document, "title"),
        link: get(&document, "home_page_url"),
        author: author(&document),
        items: items.collect(),
        ..Entry::default()
    }
}
