//! CSV with a header line: comma, semicolon, tab or bar; quoted fields may hold line ends (RFC 4180).
//! Columns are known by their names; without a name that means time, by their first values.

use tegakari_model::Telemetry as T;

use super::csv_fields::{Column, Gathered, meaning};
use super::{Columns, Cutter, Frame, LogFormat, RecordReader, Sniff};
use crate::event::SourceName;
use crate::fields::{Fields, json};
use crate::version_number::names_version;
use crate::years::YearClock;
use crate::{Event, address, time_text};

/// CSV with a header.
pub(super) struct CsvTable;

/// The separator of a header line, when it has one.
fn separator(line: &[u8]) -> Option<u8> {
    [b',', b'\t', b';', b'|']
        .into_iter()
        .map(|byte| (memchr::memchr_iter(byte, line).count(), byte))
        .max_by_key(|(count, byte)| (*count, *byte == b','))
        .filter(|(count, _)| *count > 0)
        .map(|(_, byte)| byte)
}

/// The fields of a row, without their quotes. Doubled quotes inside stay doubled.
fn cells(row: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let text = rest?;
        if text.first() == Some(&b'"') {
            let end = quoted_end(text);
            let after = text.get(end + 1..).unwrap_or_default();
            rest = memchr::memchr(separator, after).map(|next| &after[next + 1..]);
            return Some(&text[1..end]);
        }
        match memchr::memchr(separator, text) {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                Some(&text[..at])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// Calls `each` with the number and the text of every field that [`cells`] gives, up to `most`, of a row whose separators
/// were found. Gives how many there are.
#[inline]
fn cells_of<'r>(
    row: &'r [u8],
    columns: &Columns<'_>,
    most: usize,
    mut each: impl FnMut(usize, &'r [u8]),
) -> usize {
    let (mut column, mut count) = (0, 0);
    while count < most {
        let Some(text) = columns.get(row, column) else {
            break;
        };
        column += 1;
        if text.first() != Some(&b'"') {
            each(count, text);
            count += 1;
            continue;
        }
        // Separators do not count up to the closing quote.
        let rest = columns.from(row, column - 1).unwrap_or_default();
        let end = quoted_end(rest);
        each(count, &rest[1..end]);
        count += 1;
        let begun = row.len() - rest.len();
        while columns.end(column - 1).is_some_and(|at| at <= begun + end) {
            column += 1;
        }
    }
    count
}

/// Where the quote closes with which a text begins; the end of the text when it does not.
fn quoted_end(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match text.get(at..).and_then(|t| memchr::memchr(b'"', t)) {
            Some(found) if text.get(at + found + 1) == Some(&b'"') => at += found + 2,
            Some(found) => return at + found,
            None => return text.len(),
        }
    }
}

impl LogFormat for CsvTable {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "CSV with a header line, of any schema (RFC 4180; also with semicolons, tabs or bars)"
    }

    fn shows(&self) -> &'static [T] {
        &T::ALL
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = rows_of(head, 12);
        let Some((first, rows)) = lines.split_first() else {
            return Sniff::No;
        };
        if matches!(first.first(), Some(b'{' | b'[' | b'<')) {
            return Sniff::No;
        }
        let Some(separator) = separator(first) else {
            return Sniff::No;
        };
        let names: Vec<&[u8]> = cells(first, separator).collect();
        let named = names
            .iter()
            .filter(|name| meaning(name) != Column::Other)
            .count();
        let wordy = names.iter().all(|name| {
            name.len() <= 64
                && !name.is_empty()
                && time_text::any(name).is_none()
                && address::parse(name).is_none()
                && !name.iter().all(u8::is_ascii_digit)
        });
        let lengths = || rows.iter().map(|row| cells(row, separator).count());
        let most = |fit: usize| !rows.is_empty() && fit * 5 >= rows.len() * 4;
        let even = most(lengths().filter(|length| *length == names.len()).count());
        // Text with commas in it may be in a last column that nobody put in quotes.
        let longer = most(lengths().filter(|length| *length >= names.len()).count());
        if !wordy || names.len() < 2 || !(even || longer && named >= 2) {
            Sniff::No
        } else if even && named >= 2 {
            Sniff::Likely
        } else {
            Sniff::Weak
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader {
            separator: b',',
            columns: Vec::new(),
            names: Vec::new(),
            versions: Vec::new(),
            needs_time: true,
            header: true,
        })
    }
}

struct Reader {
    separator: u8,
    columns: Vec<Column>,
    /// Their names.
    names: Vec<Box<str>>,
    /// Columns of versions, by their place.
    versions: Vec<usize>,
    /// No column is called a time: the first row that holds one shows which it is.
    needs_time: bool,
    header: bool,
}

/// The first rows of a text, without a last one that may be cut.
fn rows_of(head: &[u8], most: usize) -> Vec<&[u8]> {
    let mut rows = Vec::new();
    let mut rest = head;
    while rows.len() < most {
        let Frame::Record { end, next } = row_frame(rest, false) else {
            break;
        };
        if !rest[..end].trim_ascii().is_empty() {
            rows.push(&rest[..end]);
        }
        rest = &rest[next..];
    }
    rows
}

/// Where a row ends: at a line end outside quotes.
fn row_frame(bytes: &[u8], last: bool) -> Frame {
    let mut at = 0;
    let mut quoted = false;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|t| memchr::memchr2(b'"', b'\n', t))
    {
        at += found;
        if bytes[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            let end = if at > 0 && bytes[at - 1] == b'\r' {
                at - 1
            } else {
                at
            };
            return Frame::Record { end, next: at + 1 };
        } else if at > 64 << 10 {
            // A quote that never closes would swallow the file: take it for a stray one.
            return super::line_frame(bytes, last);
        }
        at += 1;
    }
    if last && quoted {
        return super::line_frame(bytes, last);
    }
    if last && !bytes.is_empty() {
        let whole = bytes.len();
        return Frame::Record {
            end: whole,
            next: whole,
        };
    }
    Frame::More
}

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        row_frame(bytes, last)
    }

    fn joins(&self) -> bool {
        true
    }

    fn is_version(&self, record: &[u8], at: usize) -> bool {
        let mut cells = cells(record, self.separator).enumerate();
        !self.versions.is_empty()
            && cells.any(|(column, cell)| {
                let start = cell.as_ptr().addr().wrapping_sub(record.as_ptr().addr());
                at.checked_sub(start).is_some_and(|from| from < cell.len())
                    && self.versions.contains(&column)
            })
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        let cells = cells(record, self.separator).zip(&self.names);
        json::of_row(
            cells.map(|(cell, name)| (name.as_ref(), cell)),
            record,
            fields,
        );
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() || record.first() == Some(&b'#') {
            event.skip = true;
            return;
        }
        if self.header {
            self.header = false;
            self.separator = separator(record).unwrap_or(b',');
            self.columns = cells(record, self.separator)
                .take(4096)
                .map(meaning)
                .collect();
            self.names = cells(record, self.separator)
                .take(4096)
                .map(|name| String::from_utf8_lossy(name.trim_ascii()).into())
                .collect();
            self.versions = cells(record, self.separator)
                .take(4096)
                .enumerate()
                .filter(|(_, name)| names_version(name.trim_ascii()))
                .map(|(at, _)| at)
                .collect();
            self.needs_time = !self.columns.iter().any(|c| matches!(c, Column::Time(_)));
            event.skip = true;
            return;
        }
        if self.needs_time {
            let by_value = cells(record, self.separator).position(|cell| {
                time_text::iso(cell).is_some() || time_text::web_server(cell).is_some()
            });
            if let Some(column) = by_value.and_then(|at| self.columns.get_mut(at)) {
                *column = Column::Time(0);
                self.needs_time = false;
            }
        }
        let mut gathered = Gathered::default();
        let mut count = 0;
        for (cell, column) in cells(record, self.separator).zip(&self.columns) {
            gathered.take(*column, cell);
            count += 1;
        }
        self.describe(&gathered, count, event);
    }

    fn cutter(&mut self, bytes: &[u8]) -> Option<Cutter> {
        let separator = if self.header {
            // What the header will say, unless something stands before it.
            let Frame::Record { end, .. } = row_frame(bytes, false) else {
                return None;
            };
            separator(&bytes[..end])?
        } else {
            self.separator
        };
        Some(Cutter {
            separator,
            quote: Some(b'"'),
            most: usize::MAX,
        })
    }

    fn read_columns<'r>(&mut self, record: &'r [u8], columns: &Columns<'_>, event: &mut Event<'r>) {
        if self.header
            || self.needs_time
            || matches!(
                record.first(),
                None | Some(b'#' | b' ' | b'\t' | b'\r' | b'\x0c')
            )
            || columns.cutter().separator != self.separator
        {
            return self.read(record, event);
        }
        let mut gathered = Gathered::default();
        let count = cells_of(
            record,
            columns,
            self.columns.len(),
            |index, cell| match self.columns.get(index) {
                None | Some(Column::Other) => {}
                Some(column) => gathered.take(*column, cell),
            },
        );
        self.describe(&gathered, count, event);
    }
}

impl Reader {
    /// Makes the event of a row with so many fields.
    fn describe<'r>(&self, gathered: &Gathered<'r>, count: usize, event: &mut Event<'r>) {
        gathered.describe(event);
        event.source = SourceName {
            format: "csv",
            part: b"",
        };
        event.bad = count < self.columns.len() || gathered.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::{CsvTable, cells, cells_of};
    use crate::cuts::{Cuts, Cutter};
    use crate::formats::{LogFormat as _, Sniff};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_the_same_with_and_without_columns(
            row in proptest::collection::vec(
                prop_oneof![3 => Just(b','), 3 => Just(b'"'), 1 => Just(b'x'), 1 => Just(b' ')],
                0..40,
            ),
            most in 0usize..12,
        ) {
            let cutter = Cutter { separator: b',', quote: None, most: usize::MAX };
            let (mut cuts, mut frames) = (Cuts::default(), Vec::new());
            cuts.lines(&row, 0, true, cutter, &mut frames);
            let mut got = Vec::new();
            if let Some(columns) = cuts.columns(0, 0) {
                let count = cells_of(&row, &columns, most, |index, cell| got.push((index, cell)));
                prop_assert_eq!(count, got.len());
                let want: Vec<_> = cells(&row, b',').take(most).enumerate().collect();
                prop_assert_eq!(got, want);
            }
        }
    }

    #[test]
    fn rows_may_be_longer_than_a_header_that_names_what_logs_have() {
        let rows = "2025-03-04T00:00:00Z,h1,45.2.1.9,a note, not in quotes\n".repeat(3);
        let sniff = |header: &str| CsvTable.sniff(format!("{header}\n{rows}").as_bytes());
        assert_eq!(sniff("time,host,dst,note,rest"), Sniff::Likely);
        assert_eq!(sniff("time,host,dst,note"), Sniff::Weak);
        assert_eq!(sniff("one,two,three,four"), Sniff::No);
        assert_eq!(sniff("time,host,dst,note,rest,more"), Sniff::No);
    }
}
