//! CSV and TSV: appendices of indicators. Header cells tell what the columns hold.

use std::rc::Rc;

use super::{Head, ReportFormat, Sniff, Source, has_extension};
use crate::content::{Block, BlockKind, Content};
use crate::lexicon;
use tegakari_model::{Problem, Tlp};

/// CSV and TSV.
pub(super) struct Csv;

impl ReportFormat for Csv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "CSV and TSV tables of indicators (RFC 4180; comma, semicolon, tab or bar)"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let named = has_extension(name, &["csv", "tsv"]);
        let Some((delimiter, columns)) = delimiter(head.text) else {
            return Sniff::No;
        };
        let first = head
            .text
            .lines()
            .find(|l| !l.trim().is_empty() && !is_comment(l))
            .unwrap_or("");
        let header = first
            .split(char::from(delimiter))
            .filter(|c| lexicon::field(c.trim_matches(['"', ' ', '\u{FEFF}'])).is_some())
            .count();
        match (header, named) {
            (1.., true) => Sniff::Certain,
            (2.., false) if columns >= 2 => Sniff::Likely,
            (_, true) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter_of(text))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        content.is_list = true;
        content.new_group();
        let mut header: Option<Rc<Vec<String>>> = None;
        let mut marking = None;
        let mut record = ::csv::StringRecord::new();
        let mut rows = 0u64;
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = error.position().map_or(0, ::csv::Position::line);
                    content.problems.push(
                        Problem::new(
                            format!("{}:{line}", source.name),
                            "the row is not valid CSV",
                            "check the quotation marks of this row",
                        )
                        .losing_records(1),
                    );
                    // A reader that makes no progress would loop.
                    if reader.is_done() {
                        break;
                    }
                    continue;
                }
            }
            let cells: Vec<&str> = record
                .iter()
                .map(|c| c.trim().trim_start_matches('\u{FEFF}'))
                .collect();
            if cells.iter().all(|c| c.is_empty()) {
                if header.is_none() {
                    // Lists below each other, as a sheet holds them.
                    content.new_group();
                }
                continue;
            }
            let line = record.position().map_or(0, |p| line_of(text, p));
            // Remarks of the publisher above the table.
            if rows == 0 && cells.first().is_some_and(|c| is_comment(c)) && !names_columns(&cells) {
                continue;
            }
            rows += 1;
            // Only the first row can be the header.
            if rows == 1
                && cells.iter().any(|c| lexicon::field(c).is_some())
                && !cells.iter().any(|c| lexicon::looks_like_value(c))
            {
                marking = cells.iter().position(|c| c.eq_ignore_ascii_case("tlp"));
                header = Some(Rc::new(cells.into_iter().map(str::to_owned).collect()));
                continue;
            }
            let filled = cells.iter().filter(|c| !c.is_empty()).count();
            if header.is_none() && filled == 1 && cells.len() > 1 {
                // A sheet of lines, not of columns.
                let text = cells.iter().find(|c| !c.is_empty()).copied();
                let text = text.unwrap_or("");
                content.push(Block::new(BlockKind::Paragraph, text, line));
                continue;
            }
            if let Some(marking) = marking.and_then(|n| Tlp::parse(cells.get(n)?)) {
                content.tlp = content.tlp.max(Some(marking));
            }
            content.push(Block::row(&cells, header.clone(), line));
        }
    }
}

/// The line that a record begins on. The reader counts the end of a line with two characters, and empty lines, with
/// the record behind them.
fn line_of(text: &str, position: &::csv::Position) -> u32 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.as_bytes().get(from..).unwrap_or_default();
    let ends = skipped.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    let lines = ends.filter(|b| **b == b'\n').count() as u64;
    u32::try_from(position.line() + lines).unwrap_or(u32::MAX)
}

/// `# generated at …`
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Whether a comment is the header: `# first_seen,ip,malware`.
fn names_columns(cells: &[&str]) -> bool {
    let known = |c: &&str| lexicon::field(c.trim_start_matches('#')).is_some();
    cells.len() > 1 && cells.iter().copied().filter(|c| known(c)).count() * 2 >= cells.len()
}

/// The separator of a whole text.
pub(crate) fn delimiter_of(text: &str) -> u8 {
    delimiter(text.get(..super::HEAD).unwrap_or(text)).map_or(b',', |(delimiter, _)| delimiter)
}

/// The separator that cuts the first lines most evenly, and into how many columns.
fn delimiter(text: &str) -> Option<(u8, usize)> {
    let lines = records(text);
    if lines.len() < 2 {
        return None;
    }
    [b',', b'\t', b';', b'|']
        .into_iter()
        .filter_map(|d| {
            let counts: Vec<usize> = lines.iter().map(|l| outside_quotes(l, d)).collect();
            let first = *counts.first()?;
            let even = counts.iter().filter(|c| **c == first).count();
            (first > 0 && even * 3 >= counts.len() * 2).then_some((d, first + 1))
        })
        .max_by_key(|(_, columns)| *columns)
}

/// Lines of a cell in quotation marks.
const CELL_LINES: usize = 64;

/// The first records of a text; a cell in quotation marks may go on over several lines.
fn records(text: &str) -> Vec<&str> {
    let mut records = Vec::new();
    let mut from = None;
    let mut lines = 0;
    let mut quotes = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if from.is_none() && (line.trim().is_empty() || is_comment(line)) {
            continue;
        }
        let first = *from.get_or_insert(start);
        quotes += line.bytes().filter(|b| *b == b'"').count();
        lines += 1;
        if quotes % 2 == 0 || lines >= CELL_LINES {
            records.extend(text.get(first..at).map(str::trim_end));
            (from, lines, quotes) = (None, 0, 0);
            if records.len() == 20 {
                break;
            }
        }
    }
    records.extend(from.and_then(|first| text.get(first..)).map(str::trim_end));
    records
}

fn outside_quotes(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|b| {
            quoted ^= *b == b'"';
            *b == delimiter && !quoted
        })
        .count()
}
