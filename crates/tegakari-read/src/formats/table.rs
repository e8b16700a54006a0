//! Rows of a table whose header has to be found: office documents and sheets put titles above it,
//! several tables below each other, and group names between rows.

use std::rc::Rc;

use crate::content::{Block, BlockKind, Content, Link};
use crate::lexicon;

/// Widest row that is kept; sheets are formatted to their last column.
pub(crate) const COLUMNS: usize = 1024;

/// A table being read.
#[derive(Default)]
pub(crate) struct Rows {
    header: Option<Rc<Vec<String>>>,
    /// Whether a row with values was seen since the last gap.
    begun: bool,
    /// A row `name | word`: a header, or the first of lines with label and value. The next row tells.
    pending: Option<Row>,
}

/// A row with what is known about it.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    /// The format says that this is the header.
    pub(crate) is_header: bool,
    pub(crate) links: Vec<Link>,
    pub(crate) path: Option<String>,
    pub(crate) line: u32,
    pub(crate) aside: bool,
}

impl Rows {
    /// Takes the next row.
    pub(crate) fn push(&mut self, mut row: Row, content: &mut Content) {
        row.cells.truncate(COLUMNS);
        if let Some(pending) = self.pending.take() {
            let first = row.cells.first().map_or("", |c| c.trim());
            if first.is_empty() || lexicon::field(first).is_some() {
                Self::row(&self.header, pending, content);
            } else {
                self.start(&pending);
            }
        }
        let filled = || row.cells.iter().filter(|c| !c.trim().is_empty());
        let count = filled().count();
        if count == 0 {
            // Below a gap another table may start.
            self.begun = false;
            content.new_group();
            return;
        }
        let values = filled().any(|c| lexicon::looks_like_value(c.trim()))
            || !row.is_header && lexicon::is_label_and_value(&row.cells);
        let named = filled()
            .filter(|c| lexicon::field(c.trim()).is_some())
            .count();
        if !values {
            // One cell in a table of several is a title or the name of a group, unless it only names a
            // column.
            let announces = filled().any(|c| lexicon::section_kind(c.trim()).is_some());
            if count == 1 && row.cells.len() > 1 && (named == 0 || announces) {
                self.title(&row, content);
                return;
            }
            let enough = if self.begun {
                // In the middle only a row of nothing but names is a new header.
                named > 1 && named == count
            } else {
                row.is_header || named * 2 >= count
            };
            // Labels stand above each other in the first of two columns.
            let label = count == 2 && named == 1 && row.cells.len() == 2 && !row.is_header;
            if enough && label && self.header.is_none() {
                self.pending = Some(row);
                return;
            }
            if enough && !label {
                self.start(&row);
                return;
            }
        }
        self.begun |= values;
        Self::row(&self.header, row, content);
    }

    /// The end of the table.
    pub(crate) fn finish(mut self, content: &mut Content) {
        if let Some(pending) = self.pending.take() {
            Self::row(&self.header, pending, content);
        }
    }

    /// A header was found.
    fn start(&mut self, row: &Row) {
        let names: Vec<String> = row.cells.iter().map(|c| flat(c)).collect();
        self.header = Some(Rc::new(names));
        self.begun = true;
    }

    fn row(header: &Option<Rc<Vec<String>>>, row: Row, content: &mut Content) {
        let mut block = Block::row(&row.cells, header.clone(), row.line);
        block.links = row.links;
        block.path = row.path;
        block.aside = row.aside;
        content.push(block);
    }

    fn title(&mut self, row: &Row, content: &mut Content) {
        let text = row.cells.iter().map(|c| c.trim()).find(|c| !c.is_empty());
        let text = text.unwrap_or("");
        let short = text.chars().count() <= 80 && !text.ends_with(['.', '。']);
        if short && lexicon::section_kind(text).is_some() && !row.aside {
            content.heading(6, text, row.line);
            return;
        }
        let mut block = Block::new(BlockKind::Paragraph, text, row.line);
        block.links = row
            .links
            .iter()
            .map(|l| Link {
                start: 0,
                end: 0,
                target: l.target.clone(),
            })
            .collect();
        block.path = row.path.clone();
        block.aside = row.aside;
        content.push(block);
    }
}

/// A header cell on one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Row, Rows};
    use crate::content::{BlockKind, Content};

    fn check(rows: &[&[&str]], want: &[(&str, Option<&str>)]) {
        let mut content = Content::default();
        let mut table = Rows::default();
        for cells in rows {
            let row = Row {
                cells: cells.iter().map(|c| (*c).to_owned()).collect(),
                ..Row::default()
            };
            table.push(row, &mut content);
        }
        table.finish(&mut content);
        let got: Vec<(String, Option<String>)> = content
            .blocks
            .iter()
            .map(|b| {
                let kind = match b.kind {
                    BlockKind::Heading => "# ",
                    BlockKind::Paragraph => "p ",
                    _ => "",
                };
                let header = b.header.as_ref().map(|h| h.join("|"));
                (format!("{kind}{}", b.text.replace('\t', "|")), header)
            })
            .collect();
        let want: Vec<(String, Option<String>)> = want
            .iter()
            .map(|(t, h)| ((*t).to_owned(), h.map(str::to_owned)))
            .collect();
        assert_eq!(got, want, "{rows:?}");
    }

    #[test]
    fn the_header_is_found_where_it_is() {
        check(
            &[&["Domain", "Note"], &["evil.example", "x"]],
            &[("evil.example|x", Some("Domain|Note"))],
        );
        check(
            &[
                &["Indicators of Compromise", ""],
                &["", ""],
                &["IP address", "Port"],
                &["192.0.2.1", "443"],
            ],
            &[
                ("# Indicators of Compromise", None),
                ("192.0.2.1|443", Some("IP address|Port")),
            ],
        );
        check(
            &[
                &["SHA256", "File name"],
                &["e".repeat(64).as_str(), "a.exe"],
                &["Domain", "Type"],
                &["evil.example", "c2"],
            ],
            &[
                (
                    &format!("{}|a.exe", "e".repeat(64)),
                    Some("SHA256|File name"),
                ),
                ("evil.example|c2", Some("Domain|Type")),
            ],
        );
        // Label and value, one record below the other.
        check(
            &[&["Filename", "loader"], &["Size", "12"]],
            &[("Filename|loader", None), ("Size|12", None)],
        );
    }
}
