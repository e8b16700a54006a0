//! WordprocessingML (ECMA-376 part 1, 17) as a stream: the body, notes, comments and page frames of a
//! Word document, and its styles.

use std::collections::{BTreeMap, HashMap};

use tegakari_model::Problem;

use super::docx::Relation;
use super::flow::{Flow, Paragraph};
use super::xml::{Node, Tag, Xml};
use crate::content::Content;

/// Styles that are followed from one to the one it is based on.
const BASED_ON: usize = 12;
/// Paragraphs inside each other (text boxes in text boxes) that are told apart.
const NESTED: usize = 32;
/// Half points from which on a whole line is set like a heading.
const LARGE: u32 = 28;

/// What a style says.
#[derive(Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    is_item: bool,
}

/// The styles of a document.
#[derive(Default)]
pub(super) struct Styles(HashMap<String, Style>);

/// What a style makes of a paragraph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    heading: Option<u8>,
    is_item: bool,
    is_title: bool,
    aside: bool,
}

impl Styles {
    pub(super) fn new(xml: &str) -> Self {
        let mut out = HashMap::new();
        let mut reader = Xml::new(xml);
        let mut open: Option<(String, Style)> = None;
        while let Some(node) = reader.next() {
            match node {
                Node::Open(tag) => match (tag.name(), &mut open) {
                    ("style", _) => {
                        open = tag.attribute("styleId").map(|id| (id, Style::default()));
                    }
                    ("name", Some((_, style))) => {
                        style.name = tag.attribute("val").unwrap_or_default().to_lowercase();
                    }
                    ("basedOn", Some((_, style))) => style.based_on = tag.attribute("val"),
                    ("outlineLvl", Some((_, style))) => {
                        style.outline = tag.attribute("val").and_then(|v| v.parse().ok());
                    }
                    ("numPr", Some((_, style))) => style.is_item = true,
                    _ => {}
                },
                Node::Close(end) if end.name() == "style" => out.extend(open.take()),
                _ => {}
            }
        }
        Self(out)
    }

    fn look(&self, id: &str) -> Look {
        let mut look = Look::default();
        let mut next = Some(id.to_owned());
        for step in 0..BASED_ON {
            let Some(id) = next.take() else { break };
            let style = self.0.get(&id);
            let lower = id.to_lowercase();
            let name = style.map_or(lower.as_str(), |s| s.name.as_str());
            if step == 0 {
                look.is_title = name == "title" || name == "表題";
                look.aside = name.starts_with("toc ") || name.starts_with("目次");
            }
            let outline = style.and_then(|s| s.outline);
            // 9 is body text: it ends the search.
            if let Some(level) = outline.or_else(|| level_of_name(name)) {
                look.heading = (level < 9).then_some(level + 1);
                break;
            }
            look.is_item |= name.starts_with("list ") || style.is_some_and(|s| s.is_item);
            next = style.and_then(|s| s.based_on.clone());
        }
        look.heading = look.heading.or(look.is_title.then_some(1));
        look.is_item &= look.heading.is_none();
        look
    }
}

/// The outline level, from 0, of a style that is called a heading in some language.
fn level_of_name(name: &str) -> Option<u8> {
    const NAMES: [&str; 16] = [
        "heading",
        "見出し",
        "überschrift",
        "titre",
        "título",
        "titolo",
        "título",
        "kop",
        "rubrik",
        "заголовок",
        "标题",
        "標題",
        "제목",
        "nagłówek",
        "nadpis",
        "otsikko",
    ];
    let rest = NAMES.iter().find_map(|n| name.strip_prefix(n))?;
    let level: u8 = rest.trim().parse().ok()?;
    (1..=9).contains(&level).then(|| level - 1)
}

/// A field that shows a result (17.16): its instruction may be a link.
#[derive(Default)]
struct FieldCode {
    instruction: String,
    shows: bool,
    linked: bool,
}

/// Reads one part of a Word document.
pub(super) struct Reader<'a> {
    styles: &'a Styles,
    links: &'a BTreeMap<String, Relation>,
    looks: HashMap<String, Look>,
    flow: Flow,
    paragraphs: Vec<Paragraph>,
    fields: Vec<FieldCode>,
    /// Whether a branch of each open choice was read already.
    choices: Vec<bool>,
    /// Elements open inside one that is left out.
    skipping: usize,
    /// Inside the properties of a paragraph, run, row or cell.
    properties: Vec<&'static str>,
    in_text: bool,
    in_instruction: bool,
    strong: bool,
    span: Vec<usize>,
    chunks: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        styles: &'a Styles,
        links: &'a BTreeMap<String, Relation>,
        about: Option<&'static str>,
    ) -> Self {
        Self {
            styles,
            links,
            looks: HashMap::new(),
            flow: Flow::new(about),
            paragraphs: Vec::new(),
            fields: Vec::new(),
            choices: Vec::new(),
            skipping: 0,
            properties: Vec::new(),
            in_text: false,
            in_instruction: false,
            strong: false,
            span: Vec::new(),
            chunks: Vec::new(),
        }
    }

    /// Reads the XML, and returns the ids of the documents that are merged in on opening.
    pub(super) fn read(mut self, xml: &str, place: &str, content: &mut Content) -> Vec<String> {
        let mut reader = Xml::new(xml);
        while let Some(node) = reader.next() {
            match node {
                Node::Open(_) if self.skipping > 0 => self.skipping += 1,
                Node::Close(_) if self.skipping > 0 => self.skipping -= 1,
                Node::Open(tag) => self.open(&tag, content),
                Node::Close(end) => self.close(end.name(), content),
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
        while let Some(paragraph) = self.paragraphs.pop() {
            self.flow.paragraph(paragraph, content);
        }
        self.flow.finish(content);
        self.chunks
    }

    fn text(&mut self, text: &str) {
        if self.in_instruction {
            if let Some(field) = self.fields.last_mut()
                && field.instruction.len() < 8192
            {
                field.instruction.push_str(text);
            }
        } else if self.in_text {
            self.add(text);
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
            if self.strong {
                paragraph.strong += text.len();
            }
        }
    }

    fn open(&mut self, tag: &Tag<'_>, content: &mut Content) {
        if let Some(properties) = self.properties.last().copied() {
            self.property(properties, tag);
            return;
        }
        match tag.name() {
            "p" if self.paragraphs.len() < NESTED => {
                self.paragraphs.push(Paragraph::default());
            }
            "pPr" => self.properties.push("pPr"),
            "rPr" => self.properties.push("rPr"),
            "trPr" => self.properties.push("trPr"),
            "tcPr" => self.properties.push("tcPr"),
            "tblPr" | "sectPr" | "sdtPr" | "tblGrid" | "rubyPr" => self.skipping = 1,
            "r" => self.strong = false,
            "t" => self.in_text = true,
            "instrText" => self.in_instruction = true,
            "tab" => self.add("\t"),
            "br" | "cr" => self.add("\n"),
            "noBreakHyphen" => self.add("-"),
            "tbl" => self.flow.open_table(content),
            "tr" => self.flow.open_row(content),
            "tc" => {
                self.flow.open_cell();
                self.span.push(1);
            }
            "hyperlink" => {
                let target = self.target(tag);
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.open_link(target);
                }
            }
            "fldSimple" => {
                let target = tag.attribute("instr").and_then(|i| hyperlink(&i));
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.open_link(target.unwrap_or_default());
                }
            }
            "fldChar" => self.field(&tag.attribute("fldCharType").unwrap_or_default()),
            // Deleted, moved away, or how to pronounce what stands below.
            "del" | "moveFrom" | "rt" => self.skipping = 1,
            "AlternateContent" => self.choices.push(false),
            "Choice" | "Fallback" => match self.choices.last_mut() {
                Some(taken) if *taken => self.skipping = 1,
                Some(taken) => *taken = true,
                None => {}
            },
            "altChunk" => self.chunks.extend(tag.attribute("id")),
            _ => {}
        }
    }

    /// An element inside properties.
    fn property(&mut self, of: &'static str, tag: &Tag<'_>) {
        let name = tag.name();
        match (of, name) {
            ("pPr", "pStyle") => {
                let id = tag.attribute("val").unwrap_or_default();
                let styles = self.styles;
                let look = *self
                    .looks
                    .entry(id)
                    .or_insert_with_key(|id| styles.look(id));
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.heading = look.heading;
                    paragraph.is_item = look.is_item;
                    paragraph.is_title = look.is_title;
                    paragraph.aside = look.aside;
                }
            }
            ("pPr", "outlineLvl") => {
                let level: Option<u8> = tag.attribute("val").and_then(|v| v.parse().ok());
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.heading = level.filter(|l| *l < 9).map(|l| l + 1);
                }
            }
            ("pPr", "numId") => {
                let listed = tag.attribute("val").is_some_and(|v| v != "0");
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.is_item = listed;
                }
            }
            ("pPr", "rPr") => self.properties.push("mark"),
            ("rPr", "b") => self.strong |= tag.is_on(),
            ("rPr", "sz") => {
                let size: Option<u32> = tag.attribute("val").and_then(|v| v.parse().ok());
                self.strong |= size.is_some_and(|s| s >= LARGE);
            }
            ("trPr", "tblHeader") if tag.is_on() => self.flow.mark_header(),
            ("trPr", "del") => self.flow.mark_deleted(),
            ("tcPr", "gridSpan") => {
                let span = tag.attribute("val").and_then(|v| v.parse().ok());
                if let (Some(last), Some(span)) = (self.span.last_mut(), span) {
                    *last = span;
                }
            }
            ("tcPr", "vMerge") => {
                let starts = tag.attribute("val").as_deref() == Some("restart");
                self.flow.mark_merged(starts);
            }
            // What properties were before a tracked change.
            (_, "pPrChange" | "rPrChange" | "tcPrChange" | "trPrChange") => self.skipping = 1,
            _ => {}
        }
    }

    fn close(&mut self, name: &str, content: &mut Content) {
        match name {
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.flow.paragraph(paragraph, content);
                }
            }
            "pPr" | "trPr" | "tcPr" | "rPr" if !self.properties.is_empty() => {
                self.properties.pop();
            }
            "t" => self.in_text = false,
            "instrText" => self.in_instruction = false,
            "tbl" => self.flow.close_table(content),
            "tr" => self.flow.close_row(content),
            "tc" => {
                let span = self.span.pop().unwrap_or(1);
                self.flow.close_cell(span);
            }
            "hyperlink" | "fldSimple" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.close_link();
                }
            }
            "AlternateContent" => {
                self.choices.pop();
            }
            _ => {}
        }
    }

    /// Where a link leads; places inside the document are none.
    fn target(&self, tag: &Tag<'_>) -> String {
        let relation = tag.attribute("id").and_then(|id| self.links.get(&id));
        relation.map_or_else(String::new, |r| r.target.clone())
    }

    fn field(&mut self, kind: &str) {
        match kind {
            "begin" if self.fields.len() < NESTED => self.fields.push(FieldCode::default()),
            "separate" => {
                if let (Some(field), Some(paragraph)) =
                    (self.fields.last_mut(), self.paragraphs.last_mut())
                    && !field.shows
                {
                    field.shows = true;
                    if let Some(target) = hyperlink(&field.instruction) {
                        field.linked = true;
                        paragraph.open_link(target);
                    }
                }
            }
            "end" => {
                let linked = self.fields.pop().is_some_and(|f| f.linked);
                if let Some(paragraph) = self.paragraphs.last_mut().filter(|_| linked) {
                    paragraph.close_link();
                }
            }
            _ => {}
        }
    }
}

/// The target of a field `HYPERLINK "https://…" \o "tip"` (17.16.5.25).
fn hyperlink(instruction: &str) -> Option<String> {
    let rest = instruction.trim_start();
    let word = rest.get(..9)?;
    if !word.eq_ignore_ascii_case("HYPERLINK") {
        return None;
    }
    let rest = rest.get(9..)?.trim_start();
    let target = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split_whitespace().next()?,
    };
    (!target.starts_with('\\') && !target.is_empty()).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Styles, hyperlink};

    #[test]
    fn headings_are_known_by_outline_and_by_name_in_any_language() {
        let styles = Styles::new(
            r#"<w:styles xmlns:w="w">
            <w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>
            <w:style w:styleId="My"><w:name w:val="Big"/><w:basedOn w:val="1"/></w:style>
            <w:style w:styleId="Out"><w:name w:val="Out"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
            <w:style w:styleId="Body"><w:name w:val="Body"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
            <w:style w:styleId="J"><w:name w:val="見出し 2"/></w:style>
            <w:style w:styleId="Loop"><w:name w:val="x"/><w:basedOn w:val="Loop"/></w:style>
            <w:style w:styleId="L"><w:name w:val="List Bullet"/></w:style>
            </w:styles>"#,
        );
        for (id, want) in [
            ("1", Some(1)),
            ("My", Some(1)),
            ("Out", Some(3)),
            ("Body", None),
            ("J", Some(2)),
            ("Loop", None),
            ("Heading3", Some(3)),
            ("L", None),
        ] {
            assert_eq!(styles.look(id).heading, want, "{id}");
        }
        assert!(styles.look("L").is_item);
    }

    #[test]
    fn a_field_tells_its_link() {
        for (code, want) in [
            (
                " HYPERLINK \"https://e.example/\" \\o \"tip\" ",
                Some("https://e.example/"),
            ),
            ("HYPERLINK https://e.example", Some("https://e.example")),
            ("HYPERLINK \\l \"_Toc1\"", None),
            ("PAGE", None),
            ("ＨＹＰＥＲ", None),
        ] {
            assert_eq!(hyperlink(code).as_deref(), want);
        }
    }
}
