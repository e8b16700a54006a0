//! HTML, through the tokenizer of `html5ever`: pages as browsers save them.
//!
//! Blocks end where a browser would start a new line; scripts, styles, comments and page frames
//! (navigation, footers) are left out or set aside. No tree is built, so depth costs nothing.

use std::cell::RefCell;
use std::rc::Rc;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content, Link};
use tegakari_model::Problem;

mod attributes;

/// HTML pages.
pub(super) struct Html;

impl ReportFormat for Html {
    fn id(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "HTML pages (https://html.spec.whatwg.org), without their scripts and page frame"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let start = head
            .text
            .trim_start()
            .get(..512.min(head.text.trim_start().len()))
            .map_or_else(
                || head.text.chars().take(256).collect::<String>(),
                str::to_owned,
            );
        let start = start.to_ascii_lowercase();
        if start.starts_with("<!doctype html")
            || start.starts_with("<html")
            || start.contains("<html")
        {
            return Sniff::Certain;
        }
        let lower = head.text.to_ascii_lowercase();
        let tags = [
            "<p>", "<p ", "<div", "<table", "<li>", "<h1", "<h2", "<h3", "<br", "<a href", "<dl",
            "<ul", "<pre",
        ]
        .iter()
        .filter(|tag| lower.contains(**tag))
        .count();
        let called = name.rsplit_once('.').is_some_and(|(_, end)| {
            end.eq_ignore_ascii_case("html") || end.eq_ignore_ascii_case("htm")
        });
        if start.starts_with('<')
            && (tags >= 2 || start.starts_with("<table") || called && tags > 0)
        {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        piece(source.text(), 1, source.name, content);
    }
}

/// Reads a piece of HTML whose first line is line `first` of the source that is called `name`.
pub(super) fn piece(html: &str, first: u32, name: &str, content: &mut Content) {
    let page = Page {
        state: RefCell::new(State::new(std::mem::take(content))),
        skipped: first.saturating_sub(1),
    };
    let (text, end) = attributes::bounded(html);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(&*text));
    let tokenizer = Tokenizer::new(page, TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let mut state = tokenizer.sink.state.into_inner();
    state.flush();
    *content = state.content;
    if let Some(end) = end {
        let lost = html.len() - end;
        content.problems.push(
            Problem::new(
                name,
                "the page holds too many tags that do not end and was read only up to them",
                "open it in a browser and save it again, or save its text",
            )
            .losing_bytes(lost as u64),
        );
    }
}

/// Where a tag leads.
pub(super) fn target_of(tag: &str, name: &str) -> Option<String> {
    let mut content = Content::default();
    piece(&format!("{tag}-</a>"), 1, name, &mut content);
    let link = content.blocks.pop()?.links.pop()?;
    Some(link.target)
}

struct Page {
    state: RefCell<State>,
    /// Lines of the source above the first.
    skipped: u32,
}

impl TokenSink for Page {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        let line = u32::try_from(line)
            .unwrap_or(u32::MAX)
            .saturating_add(self.skipped);
        match token {
            Token::TagToken(tag) => return state.tag(&tag, line),
            Token::CharacterTokens(text) => state.characters(&text, line),
            Token::NullCharacterToken => state.characters("\u{FFFD}", line),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

struct State {
    content: Content,
    text: String,
    line: u32,
    kind: BlockKind,
    heading: u8,
    links: Vec<Link>,
    open_link: Option<(usize, String)>,
    /// Names of elements whose text is never shown, innermost last.
    hidden: Vec<String>,
    /// How deep in page frames.
    aside: u32,
    preformatted: u32,
    title: Option<String>,
    in_title: bool,
    rows: Vec<Table>,
    /// The place of the block that is the term of the list of definitions that is open.
    term: Option<usize>,
}

/// A cell, and over how many columns and rows it goes.
#[derive(Default)]
struct Cell {
    text: String,
    columns: usize,
    rows: usize,
    is_header: bool,
}

/// Longest text of a cell that is repeated in the rows it reaches into.
const REPEATED: usize = 300;
/// Columns and rows that one cell may cover.
const COVERED: usize = 500;

#[derive(Default)]
struct Table {
    cells: Vec<Cell>,
    in_cell: bool,
    /// Cells that reach down into the next rows: column, rows left, text.
    reaching: Vec<(usize, usize, String)>,
    /// Whether a row was written already.
    begun: bool,
    header: Option<Rc<Vec<String>>>,
    links: Vec<Link>,
    line: u32,
}

const HIDDEN: [&str; 9] = [
    "script", "style", "noscript", "template", "svg", "iframe", "object", "select", "math",
];
const ASIDES: [&str; 5] = ["nav", "footer", "aside", "header", "form"];
const BLOCKS: [&str; 26] = [
    "p",
    "div",
    "section",
    "article",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "main",
    "figure",
    "figcaption",
    "hr",
    "body",
    "html",
    "head",
    "address",
    "details",
    "summary",
    "fieldset",
    "tbody",
    "thead",
    "tfoot",
    "caption",
    "br",
];

impl State {
    fn new(content: Content) -> Self {
        Self {
            content,
            text: String::new(),
            line: 1,
            kind: BlockKind::Paragraph,
            heading: 0,
            links: Vec::new(),
            open_link: None,
            hidden: Vec::new(),
            aside: 0,
            preformatted: 0,
            title: None,
            in_title: false,
            rows: Vec::new(),
            term: None,
        }
    }

    fn tag(&mut self, tag: &Tag, line: u32) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        let opens = tag.kind == TagKind::StartTag;
        if HIDDEN.contains(&name) {
            if opens && !tag.self_closing && self.hidden.len() < 64 {
                self.hidden.push(name.to_owned());
            } else if let Some(i) = self.hidden.iter().rposition(|h| h == name) {
                self.hidden.truncate(i);
            }
            return match (opens, name) {
                (true, "script") => TokenSinkResult::RawData(RawKind::ScriptData),
                (true, "style" | "iframe" | "noscript") => {
                    TokenSinkResult::RawData(RawKind::Rawtext)
                }
                _ => TokenSinkResult::Continue,
            };
        }
        if !self.hidden.is_empty() {
            return TokenSinkResult::Continue;
        }
        match (name, opens) {
            ("title", true) => {
                self.flush();
                self.in_title = true;
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            ("title", false) => {
                self.in_title = false;
                let title = std::mem::take(&mut self.text);
                if self.title.is_none() && !title.trim().is_empty() {
                    self.title = Some(title.trim().to_owned());
                    self.content.title = self.title.clone();
                }
            }
            ("textarea", true) => return TokenSinkResult::RawData(RawKind::Rcdata),
            ("meta", true) => self.meta(tag),
            ("link", true) => {
                if attribute(tag, "rel").as_deref() == Some("canonical")
                    && let Some(href) = attribute(tag, "href")
                {
                    self.content.own_urls.push(href);
                }
            }
            ("html", true) => {
                if let Some(lang) = attribute(tag, "lang") {
                    self.content.language = crate::front_matter::language(&lang);
                }
            }
            ("a", true) => {
                self.close_link();
                if let Some(href) = attribute(tag, "href") {
                    self.open_link = Some((self.text.len(), href));
                }
            }
            ("a", false) => self.close_link(),
            ("code" | "kbd" | "tt" | "samp", _) if self.preformatted == 0 => self.text.push('`'),
            ("wbr", _) => {}
            ("td" | "th", _) => self.cell(name == "th", opens.then_some(tag)),
            ("tr", true) => self.row_start(line),
            ("tr", false) => self.row_end(),
            ("table", true) => {
                self.flush();
                self.content.new_group();
                if self.rows.len() < 16 {
                    self.rows.push(Table::default());
                }
            }
            ("table", false) => {
                self.row_end();
                self.rows.pop();
                self.content.new_group();
            }
            ("pre", true) => {
                self.flush();
                self.content.new_group();
                self.preformatted += 1;
            }
            ("pre", false) => {
                self.flush();
                self.preformatted = self.preformatted.saturating_sub(1);
                self.content.new_group();
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => {
                self.flush();
                self.kind = BlockKind::Heading;
                self.heading = name.as_bytes().get(1).map_or(1, |d| d - b'0');
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => self.flush(),
            ("li", true) => {
                self.flush();
                self.kind = BlockKind::ListItem;
            }
            ("li", false) => self.flush(),
            ("dt", _) if !self.in_cell() && self.preformatted == 0 => {
                self.flush();
                if opens {
                    self.term = Some(self.content.blocks.len());
                }
            }
            ("dd", true) if !self.in_cell() && self.preformatted == 0 => {
                self.flush();
                self.take_term();
            }
            _ if ASIDES.contains(&name) => {
                self.flush();
                if opens {
                    self.aside += 1;
                } else {
                    self.aside = self.aside.saturating_sub(1);
                }
            }
            _ if BLOCKS.contains(&name) => {
                if matches!(name, "ul" | "ol") && opens {
                    self.content.new_group();
                }
                if self.in_cell() || (self.preformatted > 0 && name == "br") {
                    self.text.push('\n');
                } else {
                    self.flush();
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn meta(&mut self, tag: &Tag) {
        let key = attribute(tag, "property")
            .or_else(|| attribute(tag, "name"))
            .unwrap_or_default()
            .to_ascii_lowercase();
        let Some(value) = attribute(tag, "content") else {
            return;
        };
        match key.as_str() {
            "article:published_time"
            | "date"
            | "dc.date"
            | "pubdate"
            | "publish_date"
            | "datepublished" => {
                self.content.published.get_or_insert(value);
            }
            "og:site_name" => {
                self.content.publisher.get_or_insert(value);
            }
            "og:url" => self.content.own_urls.push(value),
            _ => {}
        }
    }

    fn in_cell(&self) -> bool {
        self.rows.last().is_some_and(|t| t.in_cell)
    }

    fn characters(&mut self, text: &str, line: u32) {
        if !self.hidden.is_empty() {
            return;
        }
        if self.text.is_empty() {
            // The tokenizer counts lines up to the end of the token.
            self.line = line
                .saturating_sub(u32::try_from(text.matches('\n').count()).unwrap_or(0))
                .max(1);
        }
        if self.in_title {
            self.text.push_str(text);
            return;
        }
        if self.preformatted > 0 {
            self.text.push_str(text);
            return;
        }
        // White space collapses, as on the screen; a line feed inside is a space.
        let mut rest = text;
        while !rest.is_empty() {
            let blank = |c: char| c.is_ascii_whitespace();
            let word = rest.find(blank).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(word);
            self.text.push_str(word);
            rest = tail.trim_start_matches(blank);
            if rest.len() < tail.len() && !self.text.is_empty() && !self.text.ends_with([' ', '\n'])
            {
                self.text.push(' ');
            }
        }
    }

    fn close_link(&mut self) {
        if let Some((start, target)) = self.open_link.take() {
            let link = Link {
                start: start.min(self.text.len()),
                end: self.text.len(),
                target,
            };
            match self.rows.last_mut().filter(|t| t.in_cell) {
                Some(table) => table.links.push(Link {
                    start: 0,
                    end: 0,
                    ..link
                }),
                None => self.links.push(link),
            }
        }
    }

    /// A cell begins or ends; `opens` is the tag it begins with.
    fn cell(&mut self, is_header: bool, opens: Option<&Tag>) {
        let Some(table) = self.rows.last_mut() else {
            return;
        };
        let text = std::mem::take(&mut self.text);
        table.end_cell(&text);
        table.in_cell = opens.is_some();
        if let Some(tag) = opens {
            let number = |name: &str| {
                attribute(tag, name)
                    .and_then(|n| n.trim().parse::<usize>().ok())
                    .map_or(1, |n| n.clamp(1, COVERED))
            };
            table.cells.push(Cell {
                text: String::new(),
                columns: number("colspan"),
                rows: number("rowspan"),
                is_header,
            });
        }
    }

    fn row_start(&mut self, line: u32) {
        self.row_end();
        if let Some(table) = self.rows.last_mut() {
            table.line = line;
        }
    }

    fn row_end(&mut self) {
        let text = std::mem::take(&mut self.text);
        let Some(table) = self.rows.last_mut() else {
            self.text = text;
            return;
        };
        table.end_cell(&text);
        let links = std::mem::take(&mut table.links);
        let headings = table.cells.iter().filter(|c| c.is_header).count();
        let all_headings = headings == table.cells.len();
        // `<th>label</th><td>value</td>`: labels beside their values, no header above them.
        let beside = headings == 1 && table.cells.len() == 2;
        let one_cell = table.cells.len() == 1 && table.reaching.is_empty();
        let cells = table.row();
        if cells.is_empty() {
            return;
        }
        // A row of one cell over all columns is the title of the rows below it.
        let filled: Vec<&String> = cells.iter().filter(|c| !c.is_empty()).collect();
        if let ([title], 2..) = (filled.as_slice(), cells.len())
            && one_cell
            && links.is_empty()
            && title.chars().count() <= 80
            && !crate::lexicon::looks_like_value(title)
            && !title.ends_with(['.', '。'])
        {
            let heading = crate::lexicon::section_kind(title).is_some() && self.aside == 0;
            let (title, line) = ((*title).clone(), table.line);
            if heading {
                self.content.heading(6, &title, line);
            } else {
                let mut block = Block::new(BlockKind::Paragraph, title, line);
                block.aside = self.aside > 0;
                self.content.push(block);
            }
            return;
        }
        // Below such a title the columns may be named anew.
        let again = all_headings && cells.len() > 1 && headings > 1;
        let first = again || table.header.is_none() && (all_headings || !(table.begun || beside));
        let only_header = headings > 0;
        let values = cells.iter().any(|c| crate::lexicon::looks_like_value(c));
        let named = cells
            .iter()
            .filter(|c| crate::lexicon::field(c).is_some())
            .count();
        let values = values || !only_header && crate::lexicon::is_label_and_value(&cells);
        if first && !values && cells.len() > 1 && (only_header || named * 2 >= cells.len()) {
            table.header = Some(Rc::new(cells));
            return;
        }
        let mut block = Block::row(&cells, table.header.clone(), table.line);
        block.links = links;
        block.aside = self.aside > 0;
        table.begun = true;
        self.content.push(block);
    }

    /// Sets the term of a list of definitions before its definition, as a label: the block that was read last.
    fn take_term(&mut self) {
        const LONGEST: usize = 60;
        let is_term = |block: &Block| {
            block.text.len() <= LONGEST && !block.text.contains('\n') && block.links.is_empty()
        };
        if self.term.take().map(|at| at + 1) == Some(self.content.blocks.len())
            && self.content.blocks.last().is_some_and(is_term)
            && let Some(term) = self.content.blocks.pop()
        {
            self.text
                .push_str(term.text.trim_end_matches([':', '：', ' ']));
            self.text.push_str(": ");
        }
    }

    fn flush(&mut self) {
        if self.in_cell() {
            return;
        }
        self.close_link();
        let text = std::mem::take(&mut self.text);
        let links = std::mem::take(&mut self.links);
        let kind = std::mem::replace(&mut self.kind, BlockKind::Paragraph);
        if text.trim().is_empty() {
            return;
        }
        if self.preformatted > 0 {
            for (i, line) in text.split('\n').enumerate() {
                let number = self.line.saturating_add(u32::try_from(i).unwrap_or(0));
                self.content.push(Block::new(BlockKind::Code, line, number));
            }
            return;
        }
        if kind == BlockKind::Heading {
            self.content.heading(self.heading, &text, self.line);
            return;
        }
        let mut block = Block::new(kind, text.trim_end(), self.line);
        let length = block.text.len();
        block.links = links
            .into_iter()
            .map(|l| Link {
                start: l.start.min(length),
                end: l.end.min(length),
                ..l
            })
            .collect();
        block.aside = self.aside > 0;
        self.content.push(block);
    }
}

impl Table {
    /// The text of the cell that was open.
    fn end_cell(&mut self, text: &str) {
        if std::mem::take(&mut self.in_cell)
            && let Some(cell) = self.cells.last_mut()
        {
            text.trim().clone_into(&mut cell.text);
        }
    }

    /// The cells of the row that ends, with those that reach into it from above.
    fn row(&mut self) -> Vec<String> {
        let mut own = std::mem::take(&mut self.cells).into_iter().peekable();
        let mut out: Vec<String> = Vec::with_capacity(own.len());
        if own.peek().is_none() {
            return out;
        }
        while out.len() < COVERED {
            let column = out.len();
            if let Some((_, rows, text)) = self
                .reaching
                .iter_mut()
                .find(|(at, rows, _)| *at == column && *rows > 0)
            {
                *rows -= 1;
                out.push(text.clone());
                continue;
            }
            let Some(cell) = own.next() else { break };
            for covered in 0..cell.columns {
                let text = if covered == 0 { cell.text.as_str() } else { "" };
                if cell.rows > 1 {
                    let kept = if text.len() <= REPEATED { text } else { "" };
                    self.reaching
                        .push((column + covered, cell.rows - 1, kept.to_owned()));
                }
                out.push(text.to_owned());
            }
        }
        self.reaching.retain(|(_, rows, _)| *rows > 0);
        out
    }
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs
        .iter()
        .find(|a| &*a.name.local == name)
        .map(|a| a.value.to_string())
}
