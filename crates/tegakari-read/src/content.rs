//! What every report format is turned into: blocks of text in reading order, and facts that a
//! structured format states outright. Scanners and judges see only this, never the format.

use std::rc::Rc;

use tegakari_model::{
    FileRecord, Language, Logic, NameKind, Observable, Problem, TechniqueId, Timestamp, Tlp,
};

pub use crate::typed::Refused;

/// Longest text of one block; longer ones are split at a space.
const BLOCK_LIMIT: usize = 16 * 1024;

/// Longest row of a table that is read by its columns.
const ROW_LIMIT: usize = 4 * BLOCK_LIMIT;

/// How much of a text makes a block: all of it, or up to a boundary of characters that does.
fn piece_of(text: &str) -> usize {
    if text.len() <= BLOCK_LIMIT {
        return text.len();
    }
    let mut cut = BLOCK_LIMIT;
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    // A space in the last quarter is a better place; a text without spaces is cut anyway.
    match text
        .get(cut * 3 / 4..cut)
        .and_then(|t| t.rfind([' ', '\n']))
    {
        Some(space) => cut * 3 / 4 + space + 1,
        None => cut,
    }
}

/// Stands in the text of a block where two lines of the source were put together to one value. It is
/// never seen: widths of characters are folded before anything reads values.
pub const JOINT: char = '\u{2064}';

/// What kind of text a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading; its text is the section of what follows.
    Heading,
    /// Running text, or a line of it.
    Paragraph,
    /// An item of a list.
    ListItem,
    /// A row of a table; its cells are [`Block::cells`].
    Row,
    /// A line of code or of a literal block.
    Code,
    /// A value inside a structured document.
    Value,
}

/// A link inside a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where its text starts in the block.
    pub start: usize,
    /// Where its text ends.
    pub end: usize,
    /// Where it leads.
    pub target: String,
}

/// The heading a block stands under, with those above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's text.
    pub title: String,
    /// Its depth, from 1.
    pub level: u8,
    /// Index of the section around it in [`Content::sections`].
    pub parent: Option<usize>,
}

/// A piece of the document that belongs together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What kind of text it is.
    pub kind: BlockKind,
    /// Its text as in the source; cells of a row are joined by tabs, wrapped lines by line feeds.
    pub text: String,
    /// Line of the source it starts at, from 1; 0 when the format has none.
    pub line: u32,
    /// Page it starts on, from 1; 0 when the format has none.
    pub page: u32,
    /// Place in a structured document (JSON pointer).
    pub path: Option<String>,
    /// Index into [`Content::sections`].
    pub section: Option<usize>,
    /// Byte ranges of the cells of a row.
    pub cells: Vec<(usize, usize)>,
    /// Header cells of the table that a row belongs to.
    pub header: Option<Rc<Vec<String>>>,
    /// Links in it.
    pub links: Vec<Link>,
    /// Which literal block, list or table it belongs to: blocks with the same number are neighbours.
    pub group: u32,
    /// Prose about the facts of a structured document, or a footer: links in it are for reading on.
    pub aside: bool,
    /// Which document inside the document it comes from: 0 is the document itself, `n` is the `n`th
    /// of [`Content::parts`].
    pub part: usize,
}

impl Block {
    /// A block with nothing but text.
    pub fn new(kind: BlockKind, text: impl Into<String>, line: u32) -> Self {
        Self {
            kind,
            text: text.into(),
            line,
            page: 0,
            path: None,
            section: None,
            cells: Vec::new(),
            header: None,
            links: Vec::new(),
            group: 0,
            aside: false,
            part: 0,
        }
    }

    /// A row of a table.
    pub fn row<S: AsRef<str>>(cells: &[S], header: Option<Rc<Vec<String>>>, line: u32) -> Self {
        let mut block = Self::new(BlockKind::Row, "", line);
        let cells = cells.iter().map(S::as_ref);
        block
            .text
            .reserve_exact(cells.clone().map(|c| c.len() + 1).sum());
        block.cells.reserve_exact(cells.len());
        for (i, cell) in cells.enumerate() {
            if i > 0 {
                block.text.push('\t');
            }
            let start = block.text.len();
            if cell.contains('\t') {
                block.text.push_str(&cell.replace('\t', " "));
            } else {
                block.text.push_str(cell);
            }
            block.cells.push((start, block.text.len()));
        }
        block.header = header;
        block
    }
}

/// What a structured format says an observable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// An indicator (STIX `indicator`, MISP `to_ids`).
    Indicator,
    /// Part of a rule whose other parts must hold as well: not enough alone.
    Part,
    /// Listed among the observables of the attack, but not for detection.
    Observed,
    /// A link for reading on (external references, MISP category "External analysis").
    Reference,
    /// An author's or organisation's contact.
    Research,
    /// Belongs to the victim.
    Victim,
    /// Harmless, as its maker says outright.
    Benign,
}

/// An observable that a structured format states outright.
#[derive(Debug, Clone)]
pub struct StatedObservable {
    /// The value.
    pub observable: Observable,
    /// What it is said to be.
    pub stated: Stated,
    /// Why, for the reasons of the mention.
    pub reason: String,
    /// Names tied to it.
    pub labels: Vec<String>,
    /// Words about it: description, comment, category.
    pub about: String,
    /// Start of its validity.
    pub first_seen: Option<Timestamp>,
    /// End of it.
    pub last_seen: Option<Timestamp>,
    /// From when on it is no longer valid.
    pub not_after: Option<Timestamp>,
    /// Where it stands (JSON pointer).
    pub path: String,
    /// Line, where the format has lines.
    pub line: Option<u32>,
    /// What it means something with only, in words; empty when it stands alone.
    pub only_with: Vec<String>,
}

impl StatedObservable {
    /// A value of which nothing more is said.
    pub fn new(
        observable: Observable,
        stated: Stated,
        reason: impl Into<String>,
        path: impl Into<String>,
    ) -> Self {
        Self {
            observable,
            stated,
            reason: reason.into(),
            labels: Vec::new(),
            about: String::new(),
            first_seen: None,
            last_seen: None,
            not_after: None,
            path: path.into(),
            line: None,
            only_with: Vec::new(),
        }
    }
}

/// A condition over several values that a structured format states.
#[derive(Debug, Clone)]
pub struct StatedComposite {
    /// Its maker's name for it.
    pub name: Option<String>,
    /// The condition.
    pub logic: Logic,
    /// Where it stands.
    pub path: String,
    /// Line, where the format has lines.
    pub line: Option<u32>,
}

/// A name that a structured format states with its kind.
#[derive(Debug, Clone)]
pub struct StatedName {
    /// As written.
    pub text: String,
    /// What it stands for.
    pub kind: NameKind,
    /// Where it stands.
    pub path: String,
}

/// A technique that a structured format states by id.
#[derive(Debug, Clone)]
pub struct StatedTechnique {
    /// The id as written.
    pub id: TechniqueId,
    /// The text that names it.
    pub quote: String,
    /// Where it stands.
    pub path: String,
}

/// A country or trade that a structured format states as a target.
#[derive(Debug, Clone)]
pub struct StatedTarget {
    /// As written.
    pub text: String,
    /// Whether it is said to be attacked.
    pub attacked: bool,
    /// Where it stands.
    pub path: String,
}

/// A document inside the document: a member of an archive, an attachment of a mail.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Its name inside the document that holds it.
    pub name: String,
    /// What it says about itself; the document around it says more.
    pub title: Option<String>,
    /// Likewise.
    pub publisher: Option<String>,
    /// Likewise, as written.
    pub published: Option<String>,
    /// Whether it is a list of indicators.
    pub is_list: bool,
    /// Where it is published.
    pub own_urls: Vec<String>,
}

/// What a file's own record says about it. Templates and programs fill it in, so that it counts only
/// where the text says nothing.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    /// Title.
    pub title: Option<String>,
    /// Company or author.
    pub author: Option<String>,
    /// When it was made, as written.
    pub date: Option<String>,
}

/// A document, format removed.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Blocks in reading order.
    pub blocks: Vec<Block>,
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Title, where the format has a place for one.
    pub title: Option<String>,
    /// Publisher, likewise.
    pub publisher: Option<String>,
    /// Date of publication as written, likewise.
    pub published: Option<String>,
    /// Language, likewise.
    pub language: Option<Language>,
    /// Marking, likewise.
    pub tlp: Option<Tlp>,
    /// Where the document itself is published: its host is the publisher's.
    pub own_urls: Vec<String>,
    /// Whether the format itself is a list of indicators (CSV of indicators, feed).
    pub is_list: bool,
    /// Observables stated outright.
    pub observables: Vec<StatedObservable>,
    /// Conditions over several values.
    pub composites: Vec<StatedComposite>,
    /// File records stated outright.
    pub files: Vec<FileRecord>,
    /// Names stated outright.
    pub names: Vec<StatedName>,
    /// Techniques stated outright.
    pub techniques: Vec<StatedTechnique>,
    /// Targets stated outright.
    pub targets: Vec<StatedTarget>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Values that are not wholly of the type they are said to be.
    pub refused: Vec<Refused>,
    /// Documents inside this one, those inside them too.
    pub parts: Vec<Part>,
    /// What counts where the text says nothing.
    pub properties: Properties,
    group: u32,
    /// Nothing that follows belongs to the last section, until the next heading.
    closed: bool,
}

impl Content {
    /// Opens a section and keeps its heading as a block.
    pub fn heading(&mut self, level: u8, text: &str, line: u32) {
        let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return;
        }
        // Walk up from the last section: at most as many steps as levels of headings.
        let mut parent = self.open_section();
        self.closed = false;
        while let Some(section) = parent.and_then(|i| self.sections.get(i)) {
            if section.level < level {
                break;
            }
            parent = section.parent;
        }
        self.sections.push(Section {
            title,
            level,
            parent,
        });
        self.group += 1;
        self.push(Block::new(BlockKind::Heading, text, line));
    }

    /// What follows belongs to no section until the next heading.
    pub fn close_section(&mut self) {
        self.closed = true;
    }

    fn open_section(&self) -> Option<usize> {
        self.sections.len().checked_sub(1).filter(|_| !self.closed)
    }

    /// Starts a new list, table or literal block.
    pub fn new_group(&mut self) {
        self.group += 1;
    }

    /// Makes the blocks from `first` on a group of their own, where they are several: the lines of one paragraph.
    pub fn set_apart(&mut self, first: usize) {
        let blocks = self.blocks.get_mut(first..).unwrap_or_default();
        if blocks.len() > 1 {
            self.group += 1;
            for block in blocks {
                block.group = self.group;
            }
            self.group += 1;
        }
    }

    /// Adds a block to the section that is open.
    pub fn push(&mut self, mut block: Block) {
        if block.text.trim().is_empty() {
            return;
        }
        if block.section.is_none() {
            block.section = self.open_section();
        }
        block.group = self.group;
        if block.text.len() > ROW_LIMIT && !block.cells.is_empty() {
            // No table has such rows; without its cells the text can be split like any other.
            block.cells.clear();
            block.header = None;
            block.kind = BlockKind::Paragraph;
        }
        if block.text.len() <= BLOCK_LIMIT || !block.cells.is_empty() {
            self.blocks.push(block);
            return;
        }
        let whole = std::mem::take(&mut block.text);
        let links = std::mem::take(&mut block.links);
        let first = self.blocks.len();
        let mut from = 0;
        let mut ends = Vec::new();
        while from < whole.len() {
            let rest = whole.get(from..).unwrap_or_default();
            let text = rest.get(..piece_of(rest)).unwrap_or(rest);
            from += text.len();
            ends.push(from);
            let lines = u32::try_from(text.matches('\n').count()).unwrap_or(0);
            self.blocks.push(Block {
                text: text.to_owned(),
                ..block.clone()
            });
            if block.line > 0 {
                block.line = block.line.saturating_add(lines);
            }
        }
        // A link belongs to the piece that it ends in.
        for link in links {
            let piece = ends.partition_point(|end| *end < link.end);
            let piece = piece.min(ends.len().saturating_sub(1));
            let before = piece.checked_sub(1).and_then(|i| ends.get(i)).copied();
            let before = before.unwrap_or(0);
            if let Some(block) = self.blocks.get_mut(first + piece) {
                block.links.push(Link {
                    start: link.start.saturating_sub(before),
                    end: link.end - before,
                    ..link
                });
            }
        }
    }

    /// Takes over the blocks and facts of a piece of this document that was read apart (the HTML of a
    /// mail or feed item), under the section that is open. What the piece says about itself stays out.
    pub fn include(&mut self, inner: Self, place: Option<&str>) {
        let open = self.open_section();
        let level = open
            .and_then(|i| self.sections.get(i))
            .map_or(0, |s| s.level);
        self.take_over(inner, open, level, 0, place);
    }

    /// Takes over a document that stands on its own inside this one. Places in it are cited after its
    /// name.
    pub fn adopt(&mut self, inner: Self, part: Part) {
        let name = part.name.clone();
        self.parts.push(part);
        self.take_over(inner, None, 0, self.parts.len(), Some(&name));
    }

    fn take_over(
        &mut self,
        inner: Self,
        parent: Option<usize>,
        level: u8,
        part: usize,
        place: Option<&str>,
    ) {
        // All fields are named, so that a new one cannot be forgotten here.
        let Self {
            blocks,
            sections,
            title: _,
            publisher: _,
            published: _,
            language: _,
            tlp,
            own_urls: _,
            is_list: _,
            observables,
            composites,
            files,
            names,
            techniques,
            targets,
            problems,
            refused,
            parts,
            properties: _,
            group,
            closed: _,
        } = inner;
        let within = |path: &str| match place {
            Some(place) if path.is_empty() => place.to_owned(),
            Some(place) => format!("{place}!{path}"),
            None => path.to_owned(),
        };
        let first = self.sections.len();
        self.sections
            .extend(sections.into_iter().map(|section| Section {
                level: section.level.saturating_add(level),
                parent: section.parent.map_or(parent, |i| Some(i + first)),
                ..section
            }));
        // Parts of the part come after it, those of a piece after all others.
        let deeper = self.parts.len();
        self.group += 1;
        let groups = self.group;
        self.blocks.extend(blocks.into_iter().map(|mut block| {
            block.section = block.section.map_or(parent, |i| Some(i + first));
            block.group += groups;
            block.part = if block.part == 0 {
                part
            } else {
                block.part + deeper
            };
            if place.is_some() {
                block.path = Some(within(block.path.as_deref().unwrap_or("")));
            }
            block
        }));
        self.group += group + 1;
        self.parts.extend(parts.into_iter().map(|part| Part {
            name: within(&part.name),
            ..part
        }));
        // The narrowest marking holds for all.
        self.tlp = self.tlp.max(tlp);
        self.observables
            .extend(observables.into_iter().map(|mut one| {
                one.path = within(&one.path);
                one
            }));
        self.composites
            .extend(composites.into_iter().map(|mut one| {
                one.path = within(&one.path);
                one
            }));
        self.files.extend(files.into_iter().map(|mut file| {
            for citation in &mut file.citations {
                citation.path = Some(within(citation.path.as_deref().unwrap_or("")));
            }
            file
        }));
        self.names.extend(names.into_iter().map(|mut one| {
            one.path = within(&one.path);
            one
        }));
        self.techniques
            .extend(techniques.into_iter().map(|mut one| {
                one.path = within(&one.path);
                one
            }));
        self.targets.extend(targets.into_iter().map(|mut one| {
            one.path = within(&one.path);
            one
        }));
        self.problems.extend(problems);
        self.refused.extend(refused.into_iter().map(|mut one| {
            one.path = within(&one.path);
            one
        }));
    }

    /// The beginning and the end alone, where a document says what it is.
    pub(crate) fn edges(&self) -> Self {
        const FIRST: usize = 20;
        const LAST: usize = 8;
        let count = self.blocks.len();
        let last = count.saturating_sub(LAST).max(FIRST.min(count));
        Self {
            blocks: self
                .blocks
                .iter()
                .take(FIRST)
                .chain(self.blocks.iter().skip(last))
                .cloned()
                .collect(),
            sections: self.sections.iter().take(1).cloned().collect(),
            title: self.title.clone(),
            publisher: self.publisher.clone(),
            published: self.published.clone(),
            tlp: self.tlp,
            own_urls: self.own_urls.clone(),
            properties: self.properties.clone(),
            ..Self::default()
        }
    }

    /// The titles of the section a block stands under, innermost first.
    pub fn section_titles(&self, section: Option<usize>) -> impl Iterator<Item = &str> {
        let mut next = section;
        std::iter::from_fn(move || {
            let section = self.sections.get(next?)?;
            next = section.parent;
            Some(section.title.as_str())
        })
        .take(8)
    }
}
