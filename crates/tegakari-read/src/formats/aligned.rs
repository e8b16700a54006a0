//! Tables that plain text draws with blanks: names of columns, a ruler of hyphens below them, and cells
//! that begin where the ruler's pieces do.
//!
//! ```text
//!   IP address        First seen    Purpose
//!   ----------------  ------------  -------
//!   192.0.2.1         2026-02-19    C2
//! ```

use std::rc::Rc;

use crate::content::{Block, Content};

/// Where the columns of a table begin.
#[derive(Debug, PartialEq)]
pub(super) struct Columns(Vec<usize>);

/// Most columns of such a table.
const MOST: usize = 32;

/// The columns below a line that is a ruler: two or more runs of hyphens, and blanks between them.
pub(super) fn ruler(line: &str) -> Option<Columns> {
    if !line.bytes().all(|b| matches!(b, b'-' | b'=' | b' ' | b'+')) {
        return None;
    }
    let pieces = pieces(line, 1);
    let whole = pieces.iter().all(|(_, piece)| piece.len() >= 3);
    ((2..=MOST).contains(&pieces.len()) && whole)
        .then(|| Columns(pieces.into_iter().map(|(start, _)| start).collect()))
}

impl Columns {
    /// The cells of a line, by where each begins; a cell that is too long for its column moves the others.
    fn cells(&self, line: &str) -> Vec<String> {
        let mut cells = vec![String::new(); self.0.len()];
        let mut last = 0;
        for (start, piece) in pieces(line, 2) {
            // Cells may begin a sign or two off their column.
            let at = self.0.partition_point(|column| *column <= start + 2);
            let at = at.saturating_sub(1).max(last);
            last = at;
            let Some(cell) = cells.get_mut(at) else {
                continue;
            };
            if !cell.is_empty() {
                cell.push_str("  ");
            }
            cell.push_str(piece);
        }
        cells
    }

    /// The header of the table.
    pub(super) fn header(&self, line: &str) -> Rc<Vec<String>> {
        Rc::new(self.cells(line))
    }
}

/// A table being read.
pub(super) struct Table {
    columns: Columns,
    header: Rc<Vec<String>>,
    /// The last row and its line, to which lines without a first cell belong.
    row: Option<(Vec<String>, u32)>,
}

impl Table {
    pub(super) fn new(columns: Columns, header: Rc<Vec<String>>) -> Self {
        Self {
            columns,
            header,
            row: None,
        }
    }

    /// Takes the next line, which is not blank.
    pub(super) fn line(&mut self, line: &str, number: u32, content: &mut Content) {
        if ruler(line).is_some() {
            return;
        }
        let cells = self.columns.cells(line);
        let goes_on = cells.first().is_some_and(String::is_empty);
        if let Some((row, _)) = self.row.as_mut().filter(|_| goes_on) {
            for (cell, more) in row.iter_mut().zip(cells) {
                if !more.is_empty() && cell.len() < 4096 {
                    if !cell.is_empty() {
                        cell.push('\n');
                    }
                    cell.push_str(&more);
                }
            }
            return;
        }
        self.flush(content);
        self.row = Some((cells, number));
    }

    fn flush(&mut self, content: &mut Content) {
        if let Some((row, number)) = self.row.take() {
            content.push(Block::row(&row, Some(Rc::clone(&self.header)), number));
        }
    }

    /// The end of the table.
    pub(super) fn finish(mut self, content: &mut Content) {
        self.flush(content);
        content.new_group();
    }
}

/// The stretches of a line between runs of at least so many blanks, with the column each begins in.
fn pieces(line: &str, blanks: usize) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut column = 0;
    let mut open: Option<(usize, usize)> = None;
    let mut gap = 0;
    for (i, c) in line.char_indices() {
        if c == ' ' || c == '\t' {
            gap += 1;
            column += 1;
            continue;
        }
        if let Some((start, at)) = open.filter(|_| gap >= blanks) {
            out.push((start, line.get(at..i).unwrap_or("").trim_end()));
            open = None;
        }
        open = open.or(Some((column, i)));
        gap = 0;
        column += if c.is_ascii() { 1 } else { 2 };
    }
    if let Some((start, at)) = open {
        out.push((start, line.get(at..).unwrap_or("").trim_end()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Columns, ruler};

    #[test]
    fn a_ruler_has_several_pieces() {
        assert_eq!(ruler("  -----  ---  ----"), Some(Columns(vec![2, 9, 14])));
        for line in ["----------", "- - -", "a ---- ----", ""] {
            assert_eq!(ruler(line), None, "{line}");
        }
    }

    #[test]
    fn cells_begin_where_their_column_does() {
        let columns = ruler("  ------------------  ------------  -------").unwrap();
        for (line, want) in [
            (
                "  192.0.2.1           2026-02-19    C2",
                ["192.0.2.1", "2026-02-19", "C2"],
            ),
            (
                "  2001:db8:5600:24:a81::c3   2026-04-01   C2",
                ["2001:db8:5600:24:a81::c3", "2026-04-01", "C2"],
            ),
            (
                "                                    and more",
                ["", "", "and more"],
            ),
            (
                "  evil.example                      C2",
                ["evil.example", "", "C2"],
            ),
        ] {
            assert_eq!(columns.cells(line), want, "{line}");
        }
    }
}
