//! SQLite databases (browser history and the like) as text: a line of JSON for each row of each table.
//!
//! Read from the bytes as they are (<https://www.sqlite.org/fileformat2.html>), never opened: evidence stays as it is, a
//! damaged page costs the rows on it, and no SQL of a stranger is run. What was written but is only in the log beside the
//! database (WAL) yet is read in its place.

mod record;
mod schema;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use crate::capture::push_json;
use crate::held::{self, Held, PIECE, Told};
use crate::unpack::Notes;
pub(crate) use record::shown;
use record::{Encoding, Value};
use schema::Table;

/// What a database begins with.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";
/// What the log of a database begins with; the last bit is the byte order of its checksums.
pub(crate) const WAL_MAGIC: [[u8; 4]; 2] = [[0x37, 0x7f, 0x06, 0x82], [0x37, 0x7f, 0x06, 0x83]];
/// Trees deeper than this are none: four levels hold billions of rows.
const DEEPEST: usize = 32;

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_be_bytes([pair[0], pair[1]])))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// The pages of a database.
struct Pages {
    bytes: Vec<u8>,
    size: usize,
    usable: usize,
    encoding: Encoding,
    log: Vec<u8>,
    /// Pages that are newer in the log, by where they begin there.
    newer: HashMap<u32, usize>,
}

impl Pages {
    fn new(bytes: Vec<u8>, log: Vec<u8>) -> Option<Self> {
        let size = match u16_at(&bytes, 16)? {
            1 => 65_536,
            size => size,
        };
        if !size.is_power_of_two() || size < 512 {
            return None;
        }
        let usable = size - usize::from(*bytes.get(20)?);
        if usable < 480 {
            return None;
        }
        let newer = newer_pages(&log, size);
        let mut pages = Self {
            bytes,
            size,
            usable,
            encoding: Encoding::Utf8,
            log,
            newer,
        };
        pages.encoding = match pages.page(1).and_then(|page| u32_at(page, 56)) {
            Some(2) => Encoding::Utf16Little,
            Some(3) => Encoding::Utf16Big,
            _ => Encoding::Utf8,
        };
        Some(pages)
    }

    fn page(&self, number: u32) -> Option<&[u8]> {
        if let Some(&at) = self.newer.get(&number) {
            return self.log.get(at..at + self.size);
        }
        let at = (number.checked_sub(1)? as usize).checked_mul(self.size)?;
        self.bytes.get(at..at + self.size)
    }

    /// The payload of a cell that has `local` bytes of it on its page, at `at`, and the rest on pages of its own.
    fn payload(&self, page: &[u8], at: usize, length: usize, table: bool) -> Option<Vec<u8>> {
        let most = if table {
            self.usable - 35
        } else {
            (self.usable - 12) * 64 / 255 - 23
        };
        if length <= most {
            return page.get(at..at + length).map(<[u8]>::to_vec);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let wanted = least + (length - least) % (self.usable - 4);
        let local = if wanted <= most { wanted } else { least };
        let mut out = page.get(at..at + local)?.to_vec();
        let mut next = u32_at(page, at + local)?;
        let mut steps = 0;
        while out.len() < length {
            let overflow = self.page(next)?;
            let take = (length - out.len()).min(self.usable - 4);
            out.extend_from_slice(overflow.get(4..4 + take)?);
            next = u32_at(overflow, 0)?;
            steps += 1;
            if steps > self.bytes.len() / self.size + self.newer.len() + 1 {
                return None; // a ring
            }
        }
        Some(out)
    }
}

/// The pages in a log that were committed, each where its newest copy begins.
fn newer_pages(log: &[u8], size: usize) -> HashMap<u32, usize> {
    let mut newer = HashMap::new();
    if !WAL_MAGIC.iter().any(|magic| log.starts_with(magic))
        || u32_at(log, 8).map(|s| s as usize) != Some(size)
    {
        return newer;
    }
    let Some(salt) = log.get(16..24) else {
        return newer;
    };
    let mut open = Vec::new();
    let mut at = 32;
    // A frame of an earlier round has another salt, and ends what counts.
    while log.get(at + 8..at + 16) == Some(salt) && log.len() >= at + 24 + size {
        let (Some(page), Some(commit)) = (u32_at(log, at), u32_at(log, at + 4)) else {
            break;
        };
        open.push((page, at + 24));
        if commit != 0 {
            newer.extend(open.drain(..));
        }
        at += 24 + size;
    }
    newer
}

/// Where the walk through a tree is: pages and the next cell of each.
type Stack = Vec<(u32, usize)>;

/// One row as it is stored.
struct Row {
    /// `None` in tables without row ids.
    id: Option<i64>,
    values: Vec<Value>,
}

/// Takes the next row of a tree; `None` at its end. Damaged pages and cells are counted.
fn next_row(
    pages: &Pages,
    stack: &mut Stack,
    visited: &mut HashSet<u32>,
    lost: &mut u64,
) -> Option<Row> {
    loop {
        let (number, cell) = *stack.last()?;
        let Some(page) = pages.page(number) else {
            *lost += 1;
            stack.pop();
            continue;
        };
        let start = if number == 1 { 100 } else { 0 };
        let kind = page.get(start).copied().unwrap_or(0);
        let inner = matches!(kind, 2 | 5);
        let header = if inner { 12 } else { 8 };
        let cells = u16_at(page, start + 3).unwrap_or(0);
        if !matches!(kind, 2 | 5 | 10 | 13) || stack.len() > DEEPEST {
            *lost += 1;
            stack.pop();
            continue;
        }
        if cell >= cells + usize::from(inner) {
            stack.pop();
            continue;
        }
        if let Some(top) = stack.last_mut() {
            top.1 += 1;
        }
        if cell == cells {
            // The last child of an inner page.
            match u32_at(page, start + 8) {
                Some(child) if visited.insert(child) => stack.push((child, 0)),
                _ => *lost += 1,
            }
            continue;
        }
        let Some(at) = u16_at(page, start + header + 2 * cell) else {
            *lost += 1;
            continue;
        };
        if inner {
            match u32_at(page, at) {
                Some(child) if visited.insert(child) => stack.push((child, 0)),
                _ => *lost += 1,
            }
            if kind == 5 {
                continue;
            }
        }
        let row = cell_row(pages, page, if inner { at + 4 } else { at }, kind == 13);
        match row {
            Some(row) => return Some(row),
            None => *lost += 1,
        }
    }
}

fn cell_row(pages: &Pages, page: &[u8], mut at: usize, table: bool) -> Option<Row> {
    let length = usize::try_from(record::varint(page, &mut at)?).ok()?;
    if length > pages.bytes.len() + pages.log.len() {
        return None;
    }
    let id = if table {
        Some(record::varint(page, &mut at)?)
    } else {
        None
    };
    let payload = pages.payload(page, at, length, table)?;
    Some(Row {
        id,
        values: record::values(&payload, pages.encoding)?,
    })
}

/// Reads a database as lines of JSON, with the log beside it.
pub(crate) fn rows<'a>(
    inner: impl Read + 'a,
    beside: Option<Box<dyn Read + 'a>>,
    notes: Notes,
) -> impl Read + 'a {
    Held::new(notes, move |notes| {
        State::new(held::all(inner)?, beside, notes)
    })
}

struct State {
    pages: Pages,
    tables: std::vec::IntoIter<Table>,
    table: Option<Table>,
    stack: Stack,
    visited: HashSet<u32>,
    row: u64,
    lost: u64,
    told: bool,
}

impl State {
    fn new(bytes: Vec<u8>, beside: Option<Box<dyn Read + '_>>, notes: &Notes) -> io::Result<Self> {
        let mut log = Vec::new();
        if let Some(beside) = beside
            && beside.take(held::MOST_HELD).read_to_end(&mut log).is_err()
        {
            log.clear();
            notes.add(
                "the log beside the database (WAL) could not be read: the newest rows are missing",
                "check its permissions",
                0,
                0,
            );
        }
        let size = bytes.len();
        let pages =
            Pages::new(bytes, log).ok_or_else(|| io::Error::other("its header is damaged"))?;
        let told = pages.page(1).and_then(|page| u32_at(page, 28)).unwrap_or(0) as usize;
        if told.saturating_mul(pages.size) > size && pages.newer.is_empty() {
            notes.add(
                "the database ends too early",
                "collect it again; what could be read was searched",
                0,
                (told.saturating_mul(pages.size) - size) as u64,
            );
        }
        let (tables, lost) = schema::tables(&pages);
        Ok(Self {
            pages,
            tables: tables.into_iter(),
            table: None,
            stack: Vec::new(),
            visited: HashSet::new(),
            row: 0,
            lost,
            told: false,
        })
    }

    /// Tells once what was damaged.
    fn end(&mut self, notes: &Notes) {
        if self.lost > 0 && !std::mem::replace(&mut self.told, true) {
            notes.add(
                format!("{} pages or rows of the database are damaged", self.lost),
                "collect it again; what could be read was searched",
                self.lost,
                0,
            );
        }
    }
}

impl Told for State {
    fn more(&mut self, notes: &Notes, out: &mut Vec<u8>) -> bool {
        while out.len() < PIECE {
            let Some(table) = &self.table else {
                let Some(table) = self.tables.next() else {
                    self.end(notes);
                    return !out.is_empty();
                };
                self.stack = vec![(table.root, 0)];
                self.visited = HashSet::from([table.root]);
                self.row = 0;
                self.table = Some(table);
                continue;
            };
            let row = next_row(
                &self.pages,
                &mut self.stack,
                &mut self.visited,
                &mut self.lost,
            );
            match row {
                Some(row) => {
                    self.row += 1;
                    write(table, &row, self.row, out);
                }
                None => self.table = None,
            }
        }
        true
    }
}

/// One row as a line.
fn write(table: &Table, row: &Row, ordinal: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"table\":\"");
    push_json(&table.name, out);
    let id = row.id.map_or(ordinal.to_string(), |id| id.to_string());
    out.extend_from_slice(format!("\",\"row\":{id}").as_bytes());
    for (at, value) in row.values.iter().enumerate() {
        let value = match (value, row.id) {
            (Value::Null, Some(id)) if table.id_column == Some(at) => Value::Integer(id),
            (Value::Null, _) => continue,
            (value, _) => value.clone(),
        };
        out.extend_from_slice(b",\"");
        match table.columns.get(at) {
            Some(name) => push_json(name, out),
            None => out.extend_from_slice(format!("column {}", at + 1).as_bytes()),
        }
        out.extend_from_slice(b"\":");
        match value {
            Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Real(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Text(text) => {
                out.push(b'"');
                push_json(&text, out);
                out.push(b'"');
            }
            Value::Null => {}
        }
    }
    out.extend_from_slice(b"}\n");
}
