//! The body of an office document, whatever program wrote it: paragraphs and tables in the order of the
//! page, turned into blocks.

use super::table::{COLUMNS, Row, Rows};
use crate::content::{Block, BlockKind, Content, Link};
use crate::lexicon;

/// Tables inside each other that are told apart.
const DEPTH: usize = 16;
/// Longest text that is repeated in the cells that a merged cell covers.
const REPEATED: usize = 300;

/// A paragraph being read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paragraph {
    pub(crate) text: String,
    pub(crate) links: Vec<Link>,
    /// Links whose text has begun.
    pub(crate) open: Vec<(usize, String)>,
    /// Its level, when its style makes it a heading.
    pub(crate) heading: Option<u8>,
    pub(crate) is_item: bool,
    /// The document's title by its style.
    pub(crate) is_title: bool,
    /// A table of contents and the like.
    pub(crate) aside: bool,
    /// Bytes of its text that are bold or large.
    pub(crate) strong: usize,
}

impl Paragraph {
    /// Begins a link at the end of the text.
    pub(crate) fn open_link(&mut self, target: String) {
        self.open.push((self.text.len(), target));
    }

    /// Ends the link begun last.
    pub(crate) fn close_link(&mut self) {
        if let Some((start, target)) = self.open.pop()
            && !target.is_empty()
        {
            self.links.push(Link {
                start,
                end: self.text.len(),
                target,
            });
        }
    }

    /// A heading by its look: short, bold or in words that announce a section, and no label or value.
    fn looks_like_heading(&self) -> bool {
        let text = self.text.trim();
        let strong = self.strong * 10 >= self.text.len() * 9;
        text.chars().count() <= 80
            && (strong || lexicon::section_kind(text.trim_end_matches([':', '：'])).is_some())
            && text.split_whitespace().count() <= 10
            && text.chars().any(char::is_alphabetic)
            && !text.contains(['\n', '\t', '|', '='])
            && !text.ends_with(['.', '。', '、', ',', ';', '!', '?'])
            && text
                .split_once([':', '：'])
                .is_none_or(|(_, rest)| rest.trim().is_empty())
            && !lexicon::looks_like_value(text)
            && lexicon::field(text.trim_end_matches([':', '：']))
                .is_none_or(|_| lexicon::section_kind(text).is_some())
    }
}

/// Paragraphs and tables on their way to blocks.
#[derive(Default)]
pub(crate) struct Flow {
    /// What part of the document this is, when it is not the body: all of it is set aside.
    about: Option<&'static str>,
    in_list: bool,
    tables: Vec<Table>,
    /// Tables deeper than are told apart.
    ignored: usize,
    count: u32,
}

#[derive(Default)]
struct Table {
    rows: Rows,
    number: u32,
    row: u32,
    cells: Vec<Vec<Paragraph>>,
    open: Option<Vec<Paragraph>>,
    is_header: bool,
    deleted: bool,
    /// Cells really there, not counting those a wide one covers.
    present: usize,
    /// Text in each column that reaches down.
    above: Vec<String>,
    /// Columns whose cell goes on from the row above, or starts to.
    merged: Vec<(usize, bool)>,
}

impl Flow {
    pub(crate) fn new(about: Option<&'static str>) -> Self {
        Self {
            about,
            ..Self::default()
        }
    }

    /// Takes a finished paragraph.
    pub(crate) fn paragraph(&mut self, mut paragraph: Paragraph, content: &mut Content) {
        while !paragraph.open.is_empty() {
            paragraph.close_link();
        }
        match self.tables.last_mut().and_then(|t| t.open.as_mut()) {
            Some(cell) => cell.push(paragraph),
            None => self.emit(paragraph, content),
        }
    }

    fn emit(&mut self, paragraph: Paragraph, content: &mut Content) {
        if paragraph.text.trim().is_empty() {
            content.new_group();
            return;
        }
        let aside = self.about.is_some() || paragraph.aside;
        if paragraph.is_title && !aside && content.title.is_none() {
            content.title = Some(
                paragraph
                    .text
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
        let level = match paragraph.heading {
            _ if aside => None,
            Some(level) => Some(level),
            None if !paragraph.is_item && paragraph.looks_like_heading() => Some(6),
            None => None,
        };
        if let Some(level) = level {
            self.in_list = false;
            let text = paragraph.text.trim();
            let text = if paragraph.heading.is_none() {
                text.trim_end_matches([':', '：'])
            } else {
                text
            };
            content.heading(level, text, 0);
            return;
        }
        if paragraph.is_item != self.in_list {
            content.new_group();
            self.in_list = paragraph.is_item;
        }
        let kind = if paragraph.is_item {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        };
        let mut block = Block::new(kind, paragraph.text, 0);
        block.links = paragraph.links;
        block.aside = aside;
        block.path = self.about.map(str::to_owned);
        content.push(block);
    }

    /// A table begins. What stands before it in the same cell comes first.
    pub(crate) fn open_table(&mut self, content: &mut Content) {
        let before = self
            .tables
            .last_mut()
            .and_then(|t| t.open.as_mut())
            .map(std::mem::take);
        for paragraph in before.into_iter().flatten() {
            self.emit(paragraph, content);
        }
        if self.tables.len() >= DEPTH {
            self.ignored += 1;
            return;
        }
        content.new_group();
        self.in_list = false;
        self.count += 1;
        self.tables.push(Table {
            number: self.count,
            ..Table::default()
        });
    }

    pub(crate) fn close_table(&mut self, content: &mut Content) {
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        self.close_row(content);
        if let Some(table) = self.tables.pop() {
            table.rows.finish(content);
        }
        content.new_group();
    }

    /// The table that cells and rows belong to now.
    fn table(&mut self) -> Option<&mut Table> {
        if self.ignored > 0 {
            return None;
        }
        self.tables.last_mut()
    }

    pub(crate) fn open_row(&mut self, content: &mut Content) {
        self.close_row(content);
        if let Some(table) = self.table() {
            table.row += 1;
        }
    }

    /// The format says that the row is a header.
    pub(crate) fn mark_header(&mut self) {
        if let Some(table) = self.table() {
            table.is_header = true;
        }
    }

    /// The row was deleted under change tracking.
    pub(crate) fn mark_deleted(&mut self) {
        if let Some(table) = self.table() {
            table.deleted = true;
        }
    }

    /// A cell begins.
    pub(crate) fn open_cell(&mut self) {
        self.close_cell(1);
        if let Some(table) = self.table() {
            table.open = Some(Vec::new());
        }
    }

    /// The open cell reaches down: `true` where it starts, `false` where it goes on.
    pub(crate) fn mark_merged(&mut self, starts: bool) {
        if let Some(table) = self.table() {
            let column = table.cells.len();
            table.merged.push((column, starts));
        }
    }

    /// The open cell ends, having covered some columns.
    pub(crate) fn close_cell(&mut self, columns: usize) {
        let Some(table) = self.table() else { return };
        if let Some(cell) = table.open.take() {
            table.present += 1;
            table.cells.push(cell);
            let covered = columns.clamp(1, COLUMNS) - 1;
            if table.cells.len() + covered <= COLUMNS {
                table.cells.extend(std::iter::repeat_n(Vec::new(), covered));
            }
        }
    }

    pub(crate) fn close_row(&mut self, content: &mut Content) {
        self.close_cell(1);
        let about = self.about;
        let Some(table) = self.table() else { return };
        let cells = std::mem::take(&mut table.cells);
        let is_header = std::mem::take(&mut table.is_header);
        let present = std::mem::take(&mut table.present);
        let merged = std::mem::take(&mut table.merged);
        if std::mem::take(&mut table.deleted) || cells.is_empty() {
            return;
        }
        // A frame around text, or a page laid out in columns, is no table.
        let frame = present == 1
            || cells
                .iter()
                .any(|c| c.len() > 1 && c.iter().any(|p| p.heading.is_some()));
        if frame {
            for paragraph in cells.into_iter().flatten() {
                self.emit(paragraph, content);
            }
            return;
        }
        let mut row = Row {
            is_header,
            path: Some(match about {
                Some(about) => format!("{about}, table {} row {}", table.number, table.row),
                None => format!("table {} row {}", table.number, table.row),
            }),
            aside: about.is_some(),
            ..Row::default()
        };
        for cell in cells {
            let mut text = String::new();
            for paragraph in cell {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(paragraph.text.trim());
                row.links.extend(paragraph.links.into_iter().map(|l| Link {
                    start: 0,
                    end: 0,
                    ..l
                }));
            }
            row.cells.push(text.trim().to_owned());
        }
        // A row of nothing but what reaches down into it says nothing of its own.
        let own = row.cells.iter().any(|c| !c.is_empty());
        for (column, starts) in merged {
            if !own {
                break;
            }
            if table.above.len() <= column {
                table.above.resize(column + 1, String::new());
            }
            let (Some(cell), Some(above)) =
                (row.cells.get_mut(column), table.above.get_mut(column))
            else {
                continue;
            };
            if starts {
                above.clear();
                if cell.len() <= REPEATED {
                    above.push_str(cell);
                }
            } else if cell.is_empty() {
                cell.push_str(above);
            }
        }
        table.rows.push(row, content);
    }

    /// The end of the document: what is still open ends too.
    pub(crate) fn finish(mut self, content: &mut Content) {
        while !self.tables.is_empty() || self.ignored > 0 {
            self.close_table(content);
        }
    }
}
