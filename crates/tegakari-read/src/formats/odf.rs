//! OpenDocument text and sheets (ISO/IEC 26300), read from their XML: both hold the same paragraphs and
//! tables.

use std::collections::BTreeMap;

use calamine::Dimensions;
use tegakari_model::Problem;

use super::docx::fields;
use super::flow::{Flow, Paragraph};
use super::package::{Kind, Package, kind};
use super::sheet::{Grid, float};
use super::xml::{Node, Tag, Xml};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::Content;
use crate::front_matter;

/// Paragraphs inside each other (frames, notes) that are told apart.
const NESTED: usize = 32;
/// How often a repeated row with something in it is read.
const REPEATED: u32 = 1000;
/// Cells of one document that are read.
const CELLS: u64 = 8_000_000;

/// OpenDocument texts, presentations and sheets.
pub(super) struct Odf;

impl ReportFormat for Odf {
    fn id(&self) -> &'static str {
        "odf"
    }

    fn about(&self) -> &'static str {
        "OpenDocument texts and sheets (ODT, ODS, ISO/IEC 26300); tracked deletions left out"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        match kind(head.whole) {
            Some(Kind::OpenDocument | Kind::OpenSheet) => Sniff::Certain,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let Some(mut package) = Package::open(source, content) else {
            return;
        };
        let text = package.text("content.xml", content);
        if text.is_empty() {
            content.problems.push(Problem::new(
                source.name,
                "the document has no text",
                "it may be locked or cut off; save it anew",
            ));
        }
        content.is_list = kind(source.bytes) == Some(Kind::OpenSheet);
        let page = package.text("styles.xml", content);
        let mut styles = Styles::default();
        styles.read(&page);
        styles.read(&text);
        Reader::new(&styles, None).read(&text, source.name, content);
        drop(text);
        let first = content.blocks.len();
        Reader::new(&styles, Some("page frame")).read(&page, source.name, content);
        let added = content.blocks.get(first..).unwrap_or_default();
        let marking = added.iter().find_map(|b| front_matter::tlp_in(&b.text));
        content.tlp = content.tlp.max(marking);
        let meta = fields(&package.text("meta.xml", content));
        let get = |name: &str| meta.get(name).filter(|t| !t.is_empty()).cloned();
        content.properties.title = get("title");
        content.properties.author = get("creator").or_else(|| get("initial-creator"));
        content.properties.date = get("date").or_else(|| get("creation-date"));
    }
}

/// What styles make of text.
#[derive(Debug, Clone, Default)]
struct Style {
    parent: String,
    strong: bool,
    hidden: bool,
}

#[derive(Default)]
struct Styles(BTreeMap<String, Style>);

impl Styles {
    fn read(&mut self, xml: &str) {
        let mut reader = Xml::new(xml);
        let mut open: Option<(String, Style)> = None;
        while let Some(node) = reader.next() {
            match node {
                Node::Open(tag) => match (tag.name(), &mut open) {
                    ("style", _) => {
                        let style = Style {
                            parent: tag.attribute("parent-style-name").unwrap_or_default(),
                            ..Style::default()
                        };
                        open = tag.attribute("name").map(|name| (name, style));
                    }
                    ("text-properties", Some((_, style))) => {
                        let bold = tag
                            .attribute("font-weight")
                            .is_some_and(|w| w == "bold" || w == "700");
                        let large = tag
                            .attribute("font-size")
                            .and_then(|s| s.trim_end_matches("pt").parse::<f32>().ok())
                            .is_some_and(|s| s >= 14.0);
                        style.strong |= bold || large;
                    }
                    ("table-properties", Some((_, style))) => {
                        style.hidden = tag.attribute("display").as_deref() == Some("false");
                    }
                    // The body has begun: no styles follow.
                    ("body", _) => return,
                    _ => {}
                },
                Node::Close(end) if end.name() == "style" => self.0.extend(open.take()),
                _ => {}
            }
        }
    }

    fn is_strong(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|s| s.strong)
    }

    fn is_title(&self, name: &str) -> bool {
        name == "Title" || self.0.get(name).is_some_and(|s| s.parent == "Title")
    }

    fn is_hidden(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|s| s.hidden)
    }
}

/// A sheet being read.
struct SheetTable {
    name: String,
    grid: Grid,
    row: u32,
    column: u32,
    row_repeats: u32,
    cell_repeats: u32,
    /// Cells that cover those below them.
    merged: Vec<Dimensions>,
    /// The value behind what the cell shows.
    value: Option<String>,
    text: String,
}

struct Reader<'a> {
    styles: &'a Styles,
    flow: Flow,
    notes: Flow,
    paragraphs: Vec<Paragraph>,
    /// Of each paragraph and span, whether it is bold or large.
    strong: Vec<bool>,
    lists: u32,
    skipping: usize,
    /// Depth in notes and comments.
    aside: u32,
    /// Depth in tables of contents.
    index: u32,
    /// In the body, or in a header or footer of a page.
    active: u32,
    in_sheet: bool,
    sheet: Option<SheetTable>,
    span: Vec<usize>,
    cells: u64,
}

impl<'a> Reader<'a> {
    fn new(styles: &'a Styles, about: Option<&'static str>) -> Self {
        Self {
            styles,
            flow: Flow::new(about),
            notes: Flow::new(Some("notes")),
            paragraphs: Vec::new(),
            strong: Vec::new(),
            lists: 0,
            skipping: 0,
            aside: 0,
            index: 0,
            active: 0,
            in_sheet: false,
            sheet: None,
            span: Vec::new(),
            cells: CELLS,
        }
    }

    fn read(mut self, xml: &str, place: &str, content: &mut Content) {
        let mut notes = Content::default();
        let mut reader = Xml::new(xml);
        while let Some(node) = reader.next() {
            match node {
                Node::Open(_) if self.skipping > 0 => self.skipping += 1,
                Node::Close(_) if self.skipping > 0 => self.skipping -= 1,
                Node::Open(tag) => self.open(&tag, place, content),
                Node::Close(end) => self.close(end.name(), content, &mut notes),
                Node::Text(text) if self.skipping == 0 => self.text(&text),
                Node::Text(_) => {}
            }
        }
        if let Some(error) = reader.error {
            content.problems.push(Problem::new(
                place,
                format!("the XML of the document breaks off: {error}"),
                "what stands before it was read; save the document anew",
            ));
        }
        if let Some(sheet) = self.sheet.take() {
            sheet.grid.write(&sheet.name, content);
        }
        while let Some(paragraph) = self.paragraphs.pop() {
            self.flow.paragraph(paragraph, content);
        }
        self.flow.finish(content);
        self.notes.finish(&mut notes);
        content.close_section();
        content.include(notes, None);
    }

    fn text(&mut self, text: &str) {
        // White space collapses (part 3, 6.1.2); what is meant is written as elements.
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        let before = paragraph.text.len();
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\r' | '\n') {
                if !paragraph.text.is_empty() && !paragraph.text.ends_with([' ', '\n', '\t']) {
                    paragraph.text.push(' ');
                }
            } else {
                paragraph.text.push(c);
            }
        }
        if self.strong.contains(&true) {
            paragraph.strong += paragraph.text.len() - before;
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn open(&mut self, tag: &Tag<'_>, place: &str, content: &mut Content) {
        match (tag.prefix(), tag.name()) {
            (_, "body") => self.active += 1,
            (
                "style",
                "header" | "footer" | "header-first" | "footer-first" | "header-left"
                | "footer-left",
            ) => {
                self.active += 1;
            }
            _ if self.active == 0 => {}
            ("office", "spreadsheet") => self.in_sheet = true,
            // Kept deletions, how words are pronounced, what pictures show, who wrote a comment and when.
            (
                _,
                "tracked-changes" | "ruby-text" | "desc" | "forms" | "shapes" | "note-citation"
                | "creator" | "date",
            ) if !matches!((tag.prefix(), tag.name()), ("text", "date" | "creator")) => {
                self.skipping = 1;
            }
            ("svg", "title") => self.skipping = 1,
            (_, "p" | "h") if self.paragraphs.len() < NESTED => {
                let style = tag.attribute("style-name").unwrap_or_default();
                let is_title = self.styles.is_title(&style);
                let level = tag.attribute("outline-level").and_then(|l| l.parse().ok());
                let heading = match tag.name() {
                    "h" => Some(level.unwrap_or(1)),
                    _ if is_title => Some(1),
                    _ => None,
                };
                self.strong.push(self.styles.is_strong(&style));
                self.paragraphs.push(Paragraph {
                    heading,
                    is_item: self.lists > 0 && heading.is_none(),
                    is_title,
                    aside: self.index > 0,
                    ..Paragraph::default()
                });
            }
            (_, "span") => {
                let style = tag.attribute("style-name").unwrap_or_default();
                self.strong.push(self.styles.is_strong(&style));
            }
            ("text", "a") => {
                let target = tag.attribute("href").unwrap_or_default();
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    // Places inside the document are no links.
                    paragraph.open_link(if target.starts_with('#') {
                        String::new()
                    } else {
                        target
                    });
                }
            }
            ("text", "s") => {
                let count: usize = tag.attribute("c").and_then(|c| c.parse().ok()).unwrap_or(1);
                self.add(&" ".repeat(count.min(80)));
            }
            ("text", "tab") => self.add("\t"),
            ("text", "line-break") => self.add("\n"),
            ("text", "list") => self.lists += 1,
            ("text", "note") | ("office", "annotation") => self.aside += 1,
            ("text", "table-of-content" | "illustration-index" | "alphabetical-index") => {
                self.index += 1
            }
            ("table", name) if self.in_sheet => self.open_sheet(name, tag, place, content),
            ("table", "table") => self.flow.open_table(content),
            ("table", "table-row") => self.flow.open_row(content),
            ("table", "table-cell") => {
                self.flow.open_cell();
                let rows: usize = number(tag, "number-rows-spanned");
                if rows > 1 {
                    self.flow.mark_merged(true);
                }
                self.span.push(number(tag, "number-columns-repeated"));
            }
            ("table", "covered-table-cell") => {
                // A cell that another covers, from above or from the left.
                self.flow.open_cell();
                self.flow.mark_merged(false);
                self.span.push(number(tag, "number-columns-repeated"));
            }
            _ => {}
        }
    }

    fn open_sheet(&mut self, name: &str, tag: &Tag<'_>, place: &str, content: &mut Content) {
        match (name, &mut self.sheet) {
            ("table", None) => {
                let name = tag.attribute("name").unwrap_or_default();
                let style = tag.attribute("style-name").unwrap_or_default();
                if self.styles.is_hidden(&style) {
                    content.problems.push(Problem::new(
                        format!("{place}!{name}"),
                        "the sheet is hidden, and was read like the others",
                        "check that its values are meant to be used",
                    ));
                }
                self.sheet = Some(SheetTable {
                    name,
                    grid: Grid::default(),
                    row: 0,
                    column: 0,
                    row_repeats: 1,
                    cell_repeats: 1,
                    merged: Vec::new(),
                    value: None,
                    text: String::new(),
                });
            }
            ("table-row", Some(sheet)) => {
                sheet.column = 0;
                sheet.row_repeats = number(tag, "number-rows-repeated")
                    .try_into()
                    .unwrap_or(u32::MAX);
            }
            ("table-cell" | "covered-table-cell", Some(sheet)) => {
                sheet.cell_repeats = number(tag, "number-columns-repeated")
                    .try_into()
                    .unwrap_or(u32::MAX);
                sheet.text.clear();
                let down: usize = number(tag, "number-rows-spanned");
                if down > 1 {
                    let down = u32::try_from(down - 1).unwrap_or(u32::MAX);
                    sheet.merged.push(Dimensions {
                        start: (sheet.row, sheet.column),
                        end: (sheet.row.saturating_add(down), sheet.column),
                    });
                }
                // What a cell shows depends on where it was saved; dates and numbers do not.
                sheet.value = match tag.attribute("value-type").as_deref() {
                    Some("date") => tag
                        .attribute("date-value")
                        .map(|d| d.trim_end_matches("T00:00:00").replace('T', " ")),
                    Some("float" | "currency") => tag
                        .attribute("value")
                        .and_then(|v| v.parse().ok())
                        .map(float),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str, content: &mut Content, notes: &mut Content) {
        match name {
            "body" | "header" | "footer" | "header-first" | "footer-first" | "header-left"
            | "footer-left" => {
                self.active = self.active.saturating_sub(1);
            }
            "p" | "h" => {
                self.strong.pop();
                let Some(paragraph) = self.paragraphs.pop() else {
                    return;
                };
                if let Some(sheet) = self.sheet.as_mut().filter(|_| self.aside == 0) {
                    if !sheet.text.is_empty() {
                        sheet.text.push('\n');
                    }
                    sheet.text.push_str(paragraph.text.trim());
                } else if self.aside > 0 {
                    self.notes.paragraph(paragraph, notes);
                } else {
                    self.flow.paragraph(paragraph, content);
                }
            }
            "span" => {
                self.strong.pop();
            }
            "a" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.close_link();
                }
            }
            "list" => self.lists = self.lists.saturating_sub(1),
            "note" | "annotation" => self.aside = self.aside.saturating_sub(1),
            "table-of-content" | "illustration-index" | "alphabetical-index" => {
                self.index = self.index.saturating_sub(1);
            }
            "spreadsheet" => self.in_sheet = false,
            _ if self.in_sheet => self.close_sheet(name, content),
            "table" => self.flow.close_table(content),
            "table-row" => self.flow.close_row(content),
            "table-header-rows" => {}
            "table-cell" | "covered-table-cell" => {
                let span = self.span.pop().unwrap_or(1);
                self.flow.close_cell(span);
            }
            _ => {}
        }
    }

    fn close_sheet(&mut self, name: &str, content: &mut Content) {
        match (name, &mut self.sheet) {
            ("table", sheet) => {
                if let Some(mut sheet) = sheet.take() {
                    sheet.grid.merge(&sheet.merged);
                    sheet.grid.write(&sheet.name, content);
                }
            }
            ("table-row", Some(sheet)) => sheet.row = sheet.row.saturating_add(sheet.row_repeats),
            ("table-cell" | "covered-table-cell", Some(sheet)) => {
                let text = sheet
                    .value
                    .take()
                    .unwrap_or_else(|| std::mem::take(&mut sheet.text));
                if !text.is_empty() {
                    for row in 0..sheet.row_repeats.min(REPEATED) {
                        for column in 0..sheet.cell_repeats.min(REPEATED) {
                            if self.cells == 0 {
                                break;
                            }
                            self.cells -= 1;
                            sheet.grid.set(
                                sheet.row.saturating_add(row),
                                sheet.column.saturating_add(column),
                                text.clone(),
                            );
                        }
                    }
                }
                sheet.column = sheet.column.saturating_add(sheet.cell_repeats);
            }
            _ => {}
        }
    }
}

/// A count that is 1 when nothing is said.
fn number(tag: &Tag<'_>, name: &str) -> usize {
    tag.attribute(name)
        .and_then(|n| n.parse().ok())
        .unwrap_or(1)
}
