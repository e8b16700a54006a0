//! Tables that plain text draws with tabs below names of columns, one tab a cell or as many as it takes to
//! stand in line.
//!
//! ```text
//! File name⇥⇥MD5⇥⇥⇥Type
//! mod_udp.so⇥⇥827d507aa3bd…⇥SALTWATER
//! ```

use std::rc::Rc;

use crate::content::{Block, Content};
use crate::lexicon;

/// Most columns of such a table.
const MOST: usize = 32;

/// A table being read.
pub(super) struct Table {
    /// Names of columns where each tab ends a cell.
    strict: Rc<Vec<String>>,
    /// The same where several tabs are one.
    drawn: Rc<Vec<String>>,
}

/// The table below a line that names columns, when the next line is a row of it.
pub(super) fn table(line: &str, next: &str) -> Option<Table> {
    if !line.contains('\t') || !next.contains('\t') {
        return None;
    }
    let table = Table {
        strict: Rc::new(cells(line, false)),
        drawn: Rc::new(cells(line, true)),
    };
    let names = || table.drawn.iter().filter(|cell| !cell.is_empty());
    let known = names().filter(|c| lexicon::field(c).is_some()).count();
    let header = (2..=MOST).contains(&table.drawn.len())
        && known >= 2
        && known * 2 >= names().count()
        && !names().any(|cell| lexicon::looks_like_value(cell));
    (header && table.row(next).is_some()).then_some(table)
}

impl Table {
    fn row(&self, line: &str) -> Option<(Vec<String>, &Rc<Vec<String>>)> {
        [(false, &self.strict), (true, &self.drawn)]
            .into_iter()
            .map(|(drawn, header)| (cells(line, drawn), header))
            .find(|(cells, header)| cells.len() == header.len())
    }

    /// Takes the next line; `false` when it is no row of this table.
    pub(super) fn line(&self, line: &str, number: u32, content: &mut Content) -> bool {
        let Some((cells, header)) = self.row(line) else {
            return false;
        };
        content.push(Block::row(&cells, Some(Rc::clone(header)), number));
        true
    }
}

/// The cells of a line. A tab at its end begins no cell where tabs are for the eye.
fn cells(line: &str, drawn: bool) -> Vec<String> {
    let line = if drawn { line.trim_end() } else { line };
    let mut out: Vec<String> = Vec::new();
    for (i, cell) in line.split('\t').enumerate() {
        if drawn && i > 0 && cell.trim().is_empty() {
            continue;
        }
        if out.len() > MOST {
            break;
        }
        out.push(cell.trim().to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cells, table};
    use crate::content::Content;

    #[test]
    fn several_tabs_are_one_where_they_draw() {
        assert_eq!(
            cells("1\ta.sh\t\t\tN/A\tScript\t", true),
            ["1", "a.sh", "N/A", "Script"]
        );
        assert_eq!(cells("\tName\t\tMD5", true), ["", "Name", "MD5"]);
        assert_eq!(cells("a\t\tb", false), ["a", "", "b"]);
    }

    #[test]
    fn a_header_names_columns_and_has_a_row() {
        let row = "8\tpd\t\t\t177add288b289d43236d2dba33e65956\tShell";
        let header = "\tFile Name\t\tMD5 Hash\t\t\tType";
        assert!(table(header, row).is_some());
        assert!(table(header, "8\tpd").is_none(), "too few cells");
        assert!(table(row, row).is_none(), "values are no names");
        assert!(table("some words\tmore words", "a\tb").is_none());
        let mut content = Content::default();
        assert!(table(header, row).unwrap().line(row, 2, &mut content));
        let block = content.blocks.first().unwrap();
        assert_eq!(block.text, "8\tpd\t177add288b289d43236d2dba33e65956\tShell");
        assert!(block.header.is_some());
    }
}
