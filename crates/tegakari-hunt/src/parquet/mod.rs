//! Parquet files as text: a line of JSON for each row.
//!
//! Pages are uncompressed here and within limits ([`pages`]), and the description of the file is checked ([`thrift`]), before the library decodes
//! either. A damaged page costs the rows of its group that are not read yet.

mod pages;
mod thrift;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::LogicalType;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::RowGroupReader;
use parquet::record::reader::{ReaderIter, RowIter, TreeBuilder};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use crate::capture::push_json;
use crate::evtx::LOST;
use crate::held::{self, Held, PIECE, Told};
use crate::sqlite::shown;
use crate::unpack::Notes;

/// What a file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"PAR1";
/// What a file ends with whose description is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// The longest description of a file that is read.
const LONGEST_DESCRIPTION: usize = 64 << 20;
/// Groups of columns inside each other that are read.
const DEEPEST: usize = 32;
/// Rows that are decoded at once.
const AT_ONCE: usize = 256;

/// A group of rows.
struct Group {
    bytes: Bytes,
    description: Arc<ParquetMetaData>,
    index: usize,
}

impl RowGroupReader for Group {
    fn metadata(&self) -> &RowGroupMetaData {
        self.description.row_group(self.index)
    }

    fn num_columns(&self) -> usize {
        self.metadata().num_columns()
    }

    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let column = self.metadata().column(i);
        Ok(Box::new(pages::Pages::new(
            self.bytes.clone(),
            column.byte_range(),
            column.compression(),
            column.num_values(),
        )?))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, _: Option<Type>) -> Result<RowIter<'_>> {
        Err(ParquetError::NYI("rows are read by column".to_owned()))
    }
}

/// What stands for a panic of the library.
fn guarded<T>(what: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(what)).unwrap_or_else(|_| {
        Err(ParquetError::General(
            "it is not as it should be".to_owned(),
        ))
    })
}

/// The description at the end of a file.
fn description(bytes: &Bytes) -> Result<ParquetMetaData, String> {
    let cut = || "it ends too early: the description of its columns is at its end".to_owned();
    let end = bytes.len().checked_sub(8).filter(|end| *end >= 4);
    let end = end.ok_or_else(cut)?;
    if bytes[end + 4..] == *ENCRYPTED {
        return Err("its description is encrypted".to_owned());
    }
    if bytes[end + 4..] != *MAGIC {
        return Err(cut());
    }
    let length = [bytes[end], bytes[end + 1], bytes[end + 2], bytes[end + 3]];
    let length = u32::from_le_bytes(length) as usize;
    let start = end.checked_sub(length).filter(|start| *start >= 4);
    let start = start.ok_or_else(|| "the description of its columns is damaged".to_owned())?;
    if length > LONGEST_DESCRIPTION {
        return Err("the description of its columns is larger than 64 MiB".to_owned());
    }
    let footer = &bytes[start..end];
    if !thrift::describes(footer, DEEPEST) {
        return Err("the description of its columns is damaged".to_owned());
    }
    guarded(|| ParquetMetaDataReader::decode_metadata(footer))
        .map_err(|error| format!("the description of its columns is damaged: {error}"))
}

/// Reads a file as lines of JSON.
pub(crate) fn rows<'a>(inner: impl Read + 'a, notes: Notes) -> impl Read + 'a {
    Held::new(notes, move |_| State::new(held::all(inner)?.into()))
}

struct State {
    bytes: Bytes,
    description: Arc<ParquetMetaData>,
    /// The next group of rows.
    next: usize,
    /// Columns whose times are of no zone.
    local: BTreeSet<String>,
    rows: Option<ReaderIter>,
    /// Rows of the group that are still to come.
    left: u64,
    lost: u64,
    why: Option<String>,
    ended: bool,
}

impl State {
    fn new(bytes: Bytes) -> io::Result<Self> {
        let description = description(&bytes).map_err(io::Error::other)?;
        Ok(Self {
            bytes,
            local: local(&description),
            description: Arc::new(description),
            next: 0,
            rows: None,
            left: 0,
            lost: 0,
            why: None,
            ended: false,
        })
    }

    /// Opens the next group of rows; false when there is none.
    fn open(&mut self) -> bool {
        let index = self.next;
        if index >= self.description.num_row_groups() {
            return false;
        }
        self.next += 1;
        let group = Group {
            bytes: self.bytes.clone(),
            description: Arc::clone(&self.description),
            index,
        };
        self.left = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        let schema = self.description.file_metadata().schema_descr_ptr();
        match guarded(|| TreeBuilder::new().as_iter(schema, &group)) {
            Ok(rows) => self.rows = Some(rows),
            Err(error) => self.lose(&error),
        }
        true
    }

    fn lose(&mut self, error: &ParquetError) {
        self.lost = self.lost.saturating_add(self.left.max(1));
        self.why.get_or_insert_with(|| error.to_string());
        self.rows = None;
    }

    fn end(&mut self, notes: &Notes, out: &mut Vec<u8>) {
        self.ended = true;
        if let Some(why) = self.why.take() {
            mark(out);
            notes.add(
                format!("{} rows of the Parquet file could not be read: {why}", self.lost),
                "collect it again, or export it as CSV or JSON lines; what could be read was searched",
                self.lost,
                0,
            );
        }
    }
}

impl Told for State {
    fn more(&mut self, notes: &Notes, out: &mut Vec<u8>) -> bool {
        while out.len() < PIECE && !self.ended {
            let Some(rows) = &mut self.rows else {
                if !self.open() {
                    self.end(notes, out);
                }
                continue;
            };
            let before = self.left;
            let local = &self.local;
            let (mut read, mut at) = (0, out.len());
            let done = guarded(|| {
                for _ in 0..AT_ONCE {
                    let Some(row) = rows.next() else {
                        return Ok(true);
                    };
                    write(&row?, local, out);
                    (read, at) = (read + 1, out.len());
                    if at >= PIECE {
                        break;
                    }
                }
                Ok(false)
            });
            out.truncate(at);
            self.left = before.saturating_sub(read);
            match done {
                Ok(true) => self.rows = None,
                Ok(false) => {}
                Err(error) => {
                    self.lose(&error);
                    mark(out);
                }
            }
        }
        !out.is_empty()
    }
}

/// Says in the text that something is missing here.
fn mark(out: &mut Vec<u8>) {
    out.extend_from_slice(LOST);
    out.push(b'\n');
}

/// One row as a line; `local` are the columns whose times are of no zone.
fn write(row: &Row, local: &BTreeSet<String>, out: &mut Vec<u8>) {
    members(row, local, out);
    out.push(b'\n');
}

/// The columns of times that are not of UTC but of wherever they were taken (`isAdjustedToUTC` is false).
fn local(description: &ParquetMetaData) -> BTreeSet<String> {
    let schema = description.file_metadata().schema_descr();
    let columns = schema.root_schema().get_fields().iter();
    columns
        .filter(|column| {
            matches!(
                column.get_basic_info().logical_type_ref(),
                Some(LogicalType::Timestamp(time)) if !time.is_adjusted_to_u_t_c
            )
        })
        .map(|column| column.name().to_owned())
        .collect()
}

fn members(row: &Row, local: &BTreeSet<String>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for (name, field) in row.get_column_iter() {
        if matches!(field, Field::Null) {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        out.push(b'"');
        push_json(name, out);
        out.extend_from_slice(b"\":");
        match local.contains(name).then(|| moment(field)).flatten() {
            // Without a zone, so that it is read as a time of none.
            Some(time) => string(&time.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string(), out),
            None => value(field, out),
        }
    }
    out.push(b'}');
}

/// The time of a column of times; nanoseconds have no kind of their own.
fn moment(field: &Field) -> Option<jiff::Timestamp> {
    match field {
        Field::TimestampMillis(n) => jiff::Timestamp::from_millisecond(*n).ok(),
        Field::TimestampMicros(n) => jiff::Timestamp::from_microsecond(*n).ok(),
        Field::Long(n) => jiff::Timestamp::from_nanosecond(i128::from(*n)).ok(),
        _ => None,
    }
}

fn list<'f>(fields: impl Iterator<Item = &'f Field>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        value(field, out);
    }
    out.push(b']');
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    push_json(text, out);
    out.push(b'"');
}

fn time(time: Result<jiff::Timestamp, jiff::Error>, number: i64, out: &mut Vec<u8>) {
    match time {
        Ok(time) => string(&time.to_string(), out),
        Err(_) => out.extend_from_slice(number.to_string().as_bytes()),
    }
}

fn value(field: &Field, out: &mut Vec<u8>) {
    match field {
        Field::Null => out.extend_from_slice(b"null"),
        Field::Str(text) => string(text, out),
        Field::Bytes(bytes) => string(&shown(bytes.data()), out),
        Field::TimestampMillis(n) => time(jiff::Timestamp::from_millisecond(*n), *n, out),
        Field::TimestampMicros(n) => time(jiff::Timestamp::from_microsecond(*n), *n, out),
        Field::Date(days) => {
            let seconds = i64::from(*days) * 86_400;
            match jiff::Timestamp::from_second(seconds) {
                Ok(day) => string(&day.strftime("%Y-%m-%d").to_string(), out),
                Err(_) => out.extend_from_slice(days.to_string().as_bytes()),
            }
        }
        Field::Float(number) => real(f64::from(*number), &number.to_string(), out),
        Field::Double(number) => real(*number, &number.to_string(), out),
        Field::Float16(number) => real(f64::from(*number), &number.to_string(), out),
        Field::Group(row) => members(row, &BTreeSet::new(), out),
        Field::ListInternal(items) => list(items.elements().iter(), out),
        Field::MapInternal(map) => {
            out.push(b'{');
            for (at, (key, field)) in map.entries().iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                match key {
                    Field::Str(text) => string(text, out),
                    Field::Bytes(bytes) => string(&shown(bytes.data()), out),
                    key => string(&key.to_string(), out),
                }
                out.push(b':');
                value(field, out);
            }
            out.push(b'}');
        }
        Field::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Field::Decimal(_) => string(&field.to_string(), out),
        Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_) => number(field, out),
    }
}

/// JSON has no word for what is no number.
fn real(number: f64, text: &str, out: &mut Vec<u8>) {
    if number.is_finite() {
        out.extend_from_slice(text.as_bytes());
    } else {
        string(text, out);
    }
}

fn number(field: &Field, out: &mut Vec<u8>) {
    let text = match field {
        Field::Byte(n) => n.to_string(),
        Field::Short(n) => n.to_string(),
        Field::Int(n) | Field::TimeMillis(n) => n.to_string(),
        Field::Long(n) | Field::TimeMicros(n) => n.to_string(),
        Field::UByte(n) => n.to_string(),
        Field::UShort(n) => n.to_string(),
        Field::UInt(n) => n.to_string(),
        Field::ULong(n) => n.to_string(),
        _ => return,
    };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests;
