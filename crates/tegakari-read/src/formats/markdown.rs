//! Markdown (CommonMark with tables), through `pulldown-cmark`.
//!
//! Inline code keeps its backticks: they say where a value ends. Front matter gives title and date. Blocks of
//! HTML, which many lists have their tables in, are read as HTML.

use std::rc::Rc;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Head, ReportFormat, Sniff, Source, has_extension, html};
use crate::content::{Block, BlockKind, Content, Link};
use crate::front_matter;

/// Markdown.
pub(super) struct Markdown;

impl ReportFormat for Markdown {
    fn id(&self) -> &'static str {
        "markdown"
    }

    fn about(&self) -> &'static str {
        "Markdown (CommonMark with tables, https://spec.commonmark.org), with front matter"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let mut marks = 0;
        if head.text.starts_with("---\n") || head.text.starts_with("---\r\n") {
            marks += 1;
        }
        let mut lines = head.text.lines().take(400).peekable();
        while let Some(line) = lines.next() {
            let line = line.trim_start();
            // Lists have remarks that look like headings: with links, and below each other.
            let remark = line.contains("://")
                || (!line.starts_with("##")
                    && lines
                        .peek()
                        .is_some_and(|next| next.starts_with('#') && !next.starts_with("##")));
            let heading = line.starts_with('#')
                && !remark
                && line.trim_start_matches('#').starts_with(' ')
                && line.bytes().take_while(|b| *b == b'#').count() <= 6;
            let table = line.starts_with('|') && line.contains("---");
            marks += usize::from(heading)
                + 2 * usize::from(table)
                + usize::from(line.starts_with("```"));
            marks += 2 * usize::from(line.contains("](http") || line.contains("](/"));
            marks += usize::from(line.contains("**"));
        }
        match (marks, has_extension(name, &["md", "markdown"])) {
            (2.., true) => Sniff::Certain,
            (_, true) => Sniff::Likely,
            (4.., false) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        let (front, body, skipped) = front_matter::split(text);
        front_matter::apply(front, content);
        front_matter::lists(front, content);
        let lines = Lines::new(body, skipped);
        let mut reader = Reader::new(source.name, content, &lines);
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_DEFINITION_LIST;
        for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
            reader.event(event, range.start, body);
        }
        reader.end_html();
        reader.flush();
    }
}

/// HTML between the Markdown.
#[derive(Default)]
struct Raw {
    text: String,
    /// The line it starts at.
    line: u32,
    /// Lines that it has so far.
    lines: u32,
    /// Tables that are open at its end: a blank line ends a block of HTML, but not the table.
    tables: i32,
    /// Whether a block of it is open.
    open: bool,
}

/// Line numbers of offsets.
struct Lines {
    starts: Vec<usize>,
    skipped: u32,
}

impl Lines {
    fn new(text: &str, skipped: u32) -> Self {
        let starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1))
            .collect();
        Self { starts, skipped }
    }

    fn of(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|s| *s <= offset);
        u32::try_from(line)
            .unwrap_or(u32::MAX)
            .saturating_add(self.skipped)
    }
}

struct Reader<'a> {
    content: &'a mut Content,
    lines: &'a Lines,
    text: String,
    line: u32,
    kind: BlockKind,
    links: Vec<Link>,
    open_links: Vec<(usize, String)>,
    heading: u8,
    code: bool,
    cells: Vec<String>,
    header: Option<Rc<Vec<String>>>,
    html: Raw,
    /// What the source is called.
    name: &'a str,
    /// Where emphasised text began.
    emphasis: Vec<usize>,
    /// The first block of the paragraph that is open.
    paragraph: Option<usize>,
    /// The term that the definitions below explain.
    term: String,
}

impl<'a> Reader<'a> {
    fn new(name: &'a str, content: &'a mut Content, lines: &'a Lines) -> Self {
        Self {
            content,
            lines,
            text: String::new(),
            line: 0,
            kind: BlockKind::Paragraph,
            links: Vec::new(),
            open_links: Vec::new(),
            heading: 0,
            code: false,
            cells: Vec::new(),
            header: None,
            paragraph: None,
            html: Raw::default(),
            name,
            emphasis: Vec::new(),
            term: String::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, offset: usize, body: &str) {
        if !self.html.text.is_empty() || self.html.open {
            match &event {
                Event::Html(html) => return self.more_html(html, offset),
                Event::Start(Tag::HtmlBlock) => return self.html.open = true,
                Event::End(TagEnd::HtmlBlock) => {
                    self.html.open = false;
                    if self.html.tables <= 0 {
                        self.end_html();
                    }
                    return;
                }
                // Rows that are indented below a blank line are code by the rules, and rows to the reader.
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented))
                | Event::End(TagEnd::CodeBlock)
                    if self.html.tables > 0 =>
                {
                    return;
                }
                Event::Text(text) if self.html.tables > 0 => return self.more_html(text, offset),
                _ => self.end_html(),
            }
        }
        if self.text.is_empty() && !matches!(event, Event::End(_)) {
            self.line = self.lines.of(offset);
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_lines(&text, offset),
            Event::Text(text) => {
                // `CLSID\{…}`: the backslash of a path escapes nothing.
                let escaped = offset
                    .checked_sub(1)
                    .and_then(|i| body.as_bytes().get(i))
                    .is_some_and(|b| *b == b'\\');
                if escaped && ends_in_path(&self.text) {
                    self.text.push('\\');
                }
                self.text.push_str(&text);
            }
            Event::Code(code) => {
                self.text.push('`');
                self.text.push_str(&code);
                self.text.push('`');
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(offset, body),
            Event::Html(html) | Event::InlineHtml(html) => self.inline_html(&html),
            Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
        }
    }

    /// A tag inside a paragraph; its text arrives as text events.
    fn inline_html(&mut self, html: &str) {
        let tag = html.trim_start_matches('<').to_ascii_lowercase();
        let name = tag
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '/'))
            .next()
            .unwrap_or("");
        match name {
            "br" | "br/" | "p" | "/p" => self.text.push('\n'),
            "td" | "th" => self.text.push('\t'),
            "code" | "/code" | "kbd" | "/kbd" => self.text.push('`'),
            "a" => {
                if let Some(target) = html::target_of(html, self.name) {
                    self.open_links.push((self.text.len(), target));
                }
            }
            "/a" => self.end_link(),
            _ => {}
        }
    }

    /// More of a block of HTML.
    fn more_html(&mut self, html: &str, offset: usize) {
        let line = self.lines.of(offset);
        if self.html.text.is_empty() {
            self.html.line = line;
            self.html.lines = 0;
        }
        // Blank lines between its blocks count.
        while self.html.line.saturating_add(self.html.lines) < line {
            self.html.text.push('\n');
            self.html.lines += 1;
        }
        let lower = html.to_ascii_lowercase();
        let count = |tag: &str| i32::try_from(lower.matches(tag).count()).unwrap_or(i32::MAX);
        self.html.tables = self
            .html
            .tables
            .saturating_add(count("<table"))
            .saturating_sub(count("</table"));
        self.html.lines = self
            .html
            .lines
            .saturating_add(u32::try_from(html.matches('\n').count()).unwrap_or(0));
        self.html.text.push_str(html);
    }

    /// The HTML that was gathered is read.
    fn end_html(&mut self) {
        let raw = std::mem::take(&mut self.html);
        if !raw.text.trim().is_empty() {
            self.flush();
            html::piece(&raw.text, raw.line, self.name, self.content);
        }
    }

    fn end_link(&mut self) {
        if let Some((start, target)) = self.open_links.pop() {
            self.links.push(Link {
                start: start.min(self.text.len()),
                end: self.text.len().max(start),
                target,
            });
        }
    }

    /// Lists written one a line are lines of their own; wrapped prose is one block.
    fn line_break(&mut self, offset: usize, body: &str) {
        let next = body.get(offset..).unwrap_or("").trim_start();
        let next = next.lines().next().unwrap_or("");
        let alone = |line: &str| {
            crate::lexicon::looks_like_value(line)
                || super::super::scan::label_and_value(line).is_some()
        };
        let last = self.text.rsplit('\n').next().unwrap_or("");
        if self.kind != BlockKind::Heading
            && (alone(next) || alone(last))
            && self.open_links.is_empty()
            && self.cells.is_empty()
        {
            let kind = self.kind;
            self.flush();
            self.kind = kind;
        } else {
            self.text.push('\n');
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::HtmlBlock => {
                self.flush();
                self.kind = BlockKind::Paragraph;
                self.html.open = true;
            }
            Tag::Heading { level, .. } => {
                self.flush();
                self.kind = BlockKind::Heading;
                self.heading = match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    HeadingLevel::H3 => 3,
                    HeadingLevel::H4 => 4,
                    HeadingLevel::H5 => 5,
                    HeadingLevel::H6 => 6,
                };
            }
            Tag::Paragraph if self.kind != BlockKind::ListItem || !self.text.trim().is_empty() => {
                self.flush();
                self.paragraph = Some(self.content.blocks.len());
            }
            Tag::List(_) => {
                self.flush();
                self.content.new_group();
            }
            Tag::Item => {
                self.flush();
                self.kind = BlockKind::ListItem;
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.content.new_group();
                self.code = true;
            }
            Tag::Table(_) => {
                self.flush();
                self.content.new_group();
                self.header = None;
            }
            Tag::TableHead | Tag::TableRow => {
                self.flush();
                self.cells.clear();
            }
            Tag::TableCell => self.text.clear(),
            Tag::Emphasis | Tag::Strong => self.emphasis.push(self.text.len()),
            Tag::DefinitionListTitle => self.flush(),
            Tag::DefinitionListDefinition => {
                self.flush();
                self.kind = BlockKind::ListItem;
                if !self.term.is_empty() {
                    self.text.push_str(&self.term);
                    self.text.push_str(": ");
                }
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.open_links
                    .push((self.text.len(), dest_url.into_string()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let text = std::mem::take(&mut self.text);
                let links = std::mem::take(&mut self.links);
                self.content.heading(self.heading, &text, self.line);
                if let Some(block) = self
                    .content
                    .blocks
                    .last_mut()
                    .filter(|_| !text.trim().is_empty())
                {
                    block.links = links
                        .into_iter()
                        .map(|link| Link {
                            start: 0,
                            end: 0,
                            ..link
                        })
                        .collect();
                }
                self.kind = BlockKind::Paragraph;
            }
            TagEnd::Paragraph => {
                let lines = self.kind == BlockKind::Paragraph;
                self.flush();
                self.kind = BlockKind::Paragraph;
                if let Some(first) = self.paragraph.take().filter(|_| lines) {
                    self.content.set_apart(first);
                }
            }
            TagEnd::Item => {
                self.flush();
                self.kind = BlockKind::Paragraph;
            }
            TagEnd::List(_) => {
                self.flush();
                self.kind = BlockKind::Paragraph;
                self.content.new_group();
            }
            TagEnd::Emphasis | TagEnd::Strong => self.end_emphasis(),
            TagEnd::DefinitionListTitle => {
                self.term = std::mem::take(&mut self.text).trim().to_owned();
                self.links.clear();
            }
            TagEnd::DefinitionListDefinition => {
                self.flush();
                self.kind = BlockKind::Paragraph;
            }
            TagEnd::DefinitionList => {
                self.term.clear();
                self.content.new_group();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.content.new_group();
            }
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead => {
                let cells = std::mem::take(&mut self.cells);
                // A header row that holds values is a row like the others.
                if cells.iter().any(|c| crate::lexicon::looks_like_value(c)) {
                    self.row(&cells);
                } else {
                    self.header = Some(Rc::new(cells));
                }
            }
            TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                self.row(&cells);
            }
            TagEnd::Table => {
                self.header = None;
                self.content.new_group();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// Emphasis holds the words of a file name together: *Provisional Agenda.docx*.
    fn end_emphasis(&mut self) {
        let Some(from) = self.emphasis.pop() else {
            return;
        };
        let inner = self.text.get(from..).unwrap_or("");
        let named = inner.contains(' ')
            && inner.len() <= 120
            && !inner.contains(['`', '\n', ':'])
            && inner.rsplit_once('.').is_some_and(|(_, last)| {
                crate::lexicon::ending(last) == crate::lexicon::Ending::File
            });
        if named {
            let inner = self.text.split_off(from);
            self.text.push('`');
            self.text.push_str(&inner);
            self.text.push('`');
        }
    }

    fn row(&mut self, cells: &[String]) {
        let mut block = Block::row(cells, self.header.clone(), self.line);
        // Offsets of links inside cells are lost with the cells; their targets are not.
        block.links = std::mem::take(&mut self.links)
            .into_iter()
            .map(|link| Link {
                start: 0,
                end: 0,
                ..link
            })
            .collect();
        self.content.push(block);
    }

    fn code_lines(&mut self, text: &str, offset: usize) {
        let first = self.lines.of(offset);
        for (i, line) in text.lines().enumerate() {
            let number = first.saturating_add(u32::try_from(i).unwrap_or(0));
            self.content.push(Block::new(BlockKind::Code, line, number));
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let links = std::mem::take(&mut self.links);
        if text.trim().is_empty() && links.is_empty() {
            return;
        }
        if text.trim().is_empty() {
            // An image alone: keep what it points to.
            let mut block = Block::new(BlockKind::Paragraph, "[image]", self.line);
            block.links = links
                .into_iter()
                .map(|l| Link {
                    start: 0,
                    end: 0,
                    ..l
                })
                .collect();
            self.content.push(block);
            return;
        }
        if self.kind == BlockKind::Paragraph && links.is_empty() && is_bold_heading(&text) {
            self.content
                .heading(6, text.trim().trim_end_matches(':'), self.line);
            return;
        }
        let mut block = Block::new(self.kind, text, self.line);
        block.links = links;
        self.content.push(block);
    }
}

/// Whether a text ends in the middle of a Windows path or registry key.
fn ends_in_path(text: &str) -> bool {
    let last = text.rsplit(char::is_whitespace).next().unwrap_or("");
    last.contains('\\') && last.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// A paragraph that only announces a section (`Indicators of Compromise:`).
fn is_bold_heading(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() <= 60
        && !text.contains('\n')
        && !text.contains("://")
        && !text.ends_with(['.', '。'])
        && text
            .split_once([':', '：'])
            .is_none_or(|(_, rest)| rest.trim().is_empty())
        && !crate::lexicon::looks_like_value(text)
        && (crate::lexicon::section_kind(text.trim_end_matches(':')).is_some()
            || matches!(
                text.trim_end_matches(':').to_ascii_lowercase().as_str(),
                "other" | "others" | "miscellaneous" | "その他"
            ))
}
