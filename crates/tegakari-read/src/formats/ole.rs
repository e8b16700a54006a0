//! Compound files (MS-CFB), which older Office programs write: mails of Outlook (MS-OXMSG) and workbooks
//! of Excel 97. Word 97 is not read, and said so.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Reader as _, SheetVisible, Xls};
use cfb::CompoundFile;
use tegakari_model::Problem;

use super::html::Html;
use super::nested::{Skipped, read_part, read_piece};
use super::plain::Plain;
use super::sheet::{Grid, float, moment};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content};
use crate::decode::decode;
use crate::front_matter;

const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Cells between the corners of all sheets together: `calamine` holds every one of them.
const CELLS: u64 = 4_000_000;
/// Attachments of one mail that are read.
const ATTACHMENTS: usize = 500;

/// What a compound file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workbook,
    Message,
}

fn kind(bytes: &[u8]) -> Option<Kind> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let file = CompoundFile::open(Cursor::new(bytes)).ok()?;
    if file.is_stream("/Workbook") || file.is_stream("/Book") {
        Some(Kind::Workbook)
    } else if file.is_stream("/__properties_version1.0") {
        Some(Kind::Message)
    } else {
        None
    }
}

/// Whether the bytes are a compound file that is read.
pub(crate) fn is_read(bytes: &[u8]) -> bool {
    kind(bytes).is_some()
}

/// Excel 97 workbooks.
pub(super) struct Workbook;

impl ReportFormat for Workbook {
    fn id(&self) -> &'static str {
        "xls"
    }

    fn about(&self) -> &'static str {
        "Excel 97 workbooks (XLS, MS-XLS)"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::Workbook) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        content.is_list = true;
        let mut problem = |what: String| {
            content.problems.push(
                Problem::new(
                    source.name,
                    what,
                    "save it as XLSX, or save its sheets as CSV",
                )
                .losing_records(1),
            );
        };
        if !is_sparse_enough(source.bytes) {
            problem(format!("the sheets span more than {CELLS} cells"));
            return;
        }
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut workbook = Xls::new(Cursor::new(source.bytes))?;
            let sheets = workbook.sheets_metadata().to_vec();
            let mut out = Vec::new();
            for sheet in sheets {
                if let Ok(range) = workbook.worksheet_range(&sheet.name) {
                    let merged = workbook
                        .merge_cells_by_sheet_name(&sheet.name)
                        .unwrap_or_default();
                    out.push((sheet, range, merged));
                }
            }
            Ok::<_, calamine::XlsError>(out)
        }));
        let sheets = match read {
            Ok(Ok(sheets)) => sheets,
            Ok(Err(error)) => {
                problem(format!("the workbook cannot be read: {error}"));
                return;
            }
            Err(_) => {
                problem("the workbook breaks the reader".to_owned());
                return;
            }
        };
        for (sheet, range, merged) in sheets {
            if sheet.visible != SheetVisible::Visible {
                content.problems.push(Problem::new(
                    format!("{}!{}", source.name, sheet.name),
                    "the sheet is hidden, and was read like the others",
                    "check that its values are meant to be used",
                ));
            }
            let (top, left) = range.start().unwrap_or((0, 0));
            let mut grid = Grid::default();
            for (row, column, value) in range.used_cells() {
                let text = match value {
                    Data::String(text) => text.trim().to_owned(),
                    Data::Int(number) => number.to_string(),
                    Data::Float(number) => float(*number),
                    Data::Bool(true) => "TRUE".to_owned(),
                    Data::Bool(false) => "FALSE".to_owned(),
                    Data::DateTime(date) => moment(date),
                    Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
                    Data::Error(_) | Data::Empty => continue,
                };
                if !text.is_empty() {
                    let row = u32::try_from(row).unwrap_or(u32::MAX);
                    let column = u32::try_from(column).unwrap_or(u32::MAX);
                    grid.set(top.saturating_add(row), left.saturating_add(column), text);
                }
            }
            grid.merge(&merged);
            grid.write(&sheet.name, content);
        }
    }
}

/// Whether the corners of the sheets are near enough to each other. Two cells in opposite corners would
/// otherwise cost what the whole sheet costs.
fn is_sparse_enough(bytes: &[u8]) -> bool {
    let Ok(mut file) = CompoundFile::open(Cursor::new(bytes)) else {
        return false;
    };
    let stream = file
        .open_stream("/Workbook")
        .or_else(|_| file.open_stream("/Book"));
    let mut records = Vec::new();
    if stream.is_ok_and(|s| {
        s.take(bytes.len() as u64)
            .read_to_end(&mut records)
            .is_err()
    }) {
        return false;
    }
    if !are_of_a_sheet(&records) {
        return false;
    }
    let number = |at: usize| {
        let bytes = records.get(at..at + 2)?;
        Some(u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]))
    };
    let (mut rows, mut columns) = ((u16::MAX, 0), (u16::MAX, 0));
    let mut total = 0u64;
    let mut at = 0;
    // MS-XLS 2.1.4: records of type, length and data.
    while let (Some(kind), Some(length)) = (number(at), number(at + 2)) {
        let length = usize::from(length);
        match kind {
            // The beginning of a sheet.
            0x0809 | 0x0409 | 0x0209 | 0x0009 => {
                (rows, columns) = ((u16::MAX, 0), (u16::MAX, 0));
            }
            // Cells: formula, numbers, strings, truth values, and rows of them.
            0x0006 | 0x0206 | 0x0406 | 0x00bd | 0x00d6 | 0x00fd | 0x0203 | 0x0204 | 0x0205
            | 0x027e | 0x0003 | 0x0004 | 0x0005 | 0x0002 | 0x00be => {
                if let (Some(row), Some(column)) = (number(at + 4), number(at + 6)) {
                    // A row of numbers says its last column at its end.
                    let last = if kind == 0x00bd || kind == 0x00be {
                        number((at + 2 + length).max(at + 4))
                            .unwrap_or(column)
                            .max(column)
                    } else {
                        column
                    };
                    rows = (rows.0.min(row), rows.1.max(row));
                    columns = (columns.0.min(column), columns.1.max(last));
                }
            }
            // Its end.
            0x000a if rows.0 <= rows.1 && columns.0 <= columns.1 => {
                let area =
                    (u64::from(rows.1 - rows.0) + 1) * (u64::from(columns.1 - columns.0) + 1);
                total = total.saturating_add(area);
                (rows, columns) = ((u16::MAX, 0), (u16::MAX, 0));
            }
            _ => {}
        }
        at += 4 + length;
    }
    if rows.0 <= rows.1 && columns.0 <= columns.1 {
        let area = (u64::from(rows.1 - rows.0) + 1) * (u64::from(columns.1 - columns.0) + 1);
        total = total.saturating_add(area);
    }
    total <= CELLS
}

/// Whether no record of dimensions (MS-XLS 2.4.90) declares more cells than a sheet has: memory for them is
/// asked for at once, and where there is none the process ends. Offsets of sheets may point anywhere, so that
/// such a record is looked for everywhere.
fn are_of_a_sheet(records: &[u8]) -> bool {
    const SHEET: u64 = 65_536 * 256;
    let declared = |at: usize| -> Option<u64> {
        let length = usize::from(u16::from_le_bytes([
            *records.get(at + 2)?,
            *records.get(at + 3)?,
        ]));
        let short = |i: usize| -> Option<u64> {
            let at = at + 4 + i;
            Some(u64::from(u16::from_le_bytes([
                *records.get(at)?,
                *records.get(at + 1)?,
            ])))
        };
        let long = |i: usize| Some(short(i)? | (short(i + 2)? << 16));
        let (top, bottom, left, right) = match length {
            10 => (short(0)?, short(2)?, short(4)?, short(6)?),
            14 | 16 => (long(0)?, long(4)?, short(8)?, short(10)?),
            _ => return None,
        };
        if bottom == 0 || right == 0 {
            return None;
        }
        let left = if left > 0xFF || right < left { 0 } else { left };
        // Its end before its beginning: the difference goes round.
        let rows = bottom.checked_sub(top).unwrap_or(u64::MAX);
        let columns = right.checked_sub(left).unwrap_or(u64::MAX);
        Some(rows.saturating_mul(columns))
    };
    memchr::memmem::find_iter(records, &[0x00, 0x02])
        .all(|at| declared(at).is_none_or(|cells| cells <= SHEET))
}

/// Mails of Outlook.
pub(super) struct OutlookMessage;

impl ReportFormat for OutlookMessage {
    fn id(&self) -> &'static str {
        "msg"
    }

    fn about(&self) -> &'static str {
        "mails of Outlook (MSG, MS-OXMSG): the body and every attachment"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::Message) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let streams = match streams(source) {
            Ok(streams) => streams,
            Err(error) => {
                content.problems.push(Problem::new(
                    source.name,
                    format!("the mail cannot be opened: {error}"),
                    "save it again, as EML if possible",
                ));
                return;
            }
        };
        let mut skipped = Skipped::default();
        message(source, &streams, "", content, &mut skipped);
        skipped.report(source.name, content);
    }
}

/// All streams by their path, as far as the budget goes.
fn streams(source: &Source<'_>) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut file = CompoundFile::open(Cursor::new(source.bytes))?;
    let paths: Vec<_> = file
        .walk()
        .filter(cfb::Entry::is_stream)
        .map(|e| e.path().to_owned())
        .collect();
    let mut out = BTreeMap::new();
    for path in paths {
        let stream = file.open_stream(&path)?;
        let (bytes, _) = source.unpack(stream.len(), stream);
        out.insert(path.to_string_lossy().into_owned(), bytes);
    }
    Ok(out)
}

/// A property of the message at a path: Unicode, 8-bit or bytes (MS-OXMSG 2.1.3).
fn property(streams: &BTreeMap<String, Vec<u8>>, at: &str, id: &str) -> Option<String> {
    let stream = |kind: &str| streams.get(&format!("{at}/__substg1.0_{id}{kind}"));
    let text = if let Some(wide) = stream("001F") {
        let units: Vec<u16> = wide
            .chunks_exact(2)
            .filter_map(|c| Some(u16::from_le_bytes([*c.first()?, *c.get(1)?])))
            .collect();
        String::from_utf16_lossy(&units)
    } else {
        decode(stream("001E").or_else(|| stream("0102"))?)
            .text
            .into_owned()
    };
    let text = text.trim_matches('\0').trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn message(
    source: &Source<'_>,
    streams: &BTreeMap<String, Vec<u8>>,
    at: &str,
    content: &mut Content,
    skipped: &mut Skipped,
) {
    let get = |id: &str| property(streams, at, id);
    // The headers of the transport say when and from whom; without them the properties do.
    let headers = get("007D").unwrap_or_default();
    let header = |name: &str| {
        let line = headers.lines().find(|l| {
            l.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        })?;
        line.get(name.len()..).map(|t| t.trim().to_owned())
    };
    if let Some(subject) = get("0037") {
        content.tlp = front_matter::tlp_in(&subject);
        let mut block = Block::new(BlockKind::Paragraph, subject.as_str(), 0);
        block.path = Some("Subject".to_owned());
        content.push(block);
        content.new_group();
        content.title = Some(subject);
    }
    let sender = get("0C1A").or_else(|| get("0042"));
    let address = get("5D01")
        .or_else(|| get("0C1F"))
        .filter(|a| a.contains('@'));
    content.publisher = sender
        .or(address)
        .map(|name| front_matter::known_publisher(&name).map_or(name, str::to_owned));
    content.published = header("Date:");
    let html = get("1013").unwrap_or_default();
    let plain = get("1000").unwrap_or_default();
    let mut rich = Content::default();
    read_piece(source, &Html, &html, None, &mut rich);
    let read: usize = rich.blocks.iter().map(|b| b.text.len()).sum();
    if plain.len() > 2 * read {
        read_piece(source, &Plain, &plain, None, content);
    } else {
        content.include(rich, None);
    }
    for i in 0..ATTACHMENTS {
        let folder = format!("{at}/__attach_version1.0_#{i:08X}");
        let inside = format!("{folder}/");
        if streams
            .range(inside.clone()..)
            .next()
            .is_none_or(|(k, _)| !k.starts_with(&inside))
        {
            break;
        }
        let name = property(streams, &folder, "3707")
            .or_else(|| property(streams, &folder, "3704"))
            .unwrap_or_else(|| format!("part {}", i + 1));
        match streams.get(&format!("{folder}/__substg1.0_37010102")) {
            Some(bytes) => read_part(source, &name, bytes, content, skipped),
            // A mail in a mail is a folder of the same file.
            None => skipped.add(&name, "an embedded mail or object"),
        }
    }
}
