//! SQLite databases, as `sqlite` turns them into text: a row a line, cited by its table and row id.

use tegakari_model::{Telemetry as T, Timestamp};

use super::json_walk::fields;
use super::request_line::target;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// Rows of a database.
pub(super) struct Sqlite;

impl LogFormat for Sqlite {
    fn id(&self) -> &'static str {
        "sqlite"
    }

    fn about(&self) -> &'static str {
        "SQLite databases of any schema, such as browsers' histories, with their WAL (sqlite.org/fileformat2.html)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpHost, T::HttpUrl, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            line.starts_with(b"{\"table\":\"")
                && memchr::memmem::find(line, b"\",\"row\":").is_some()
                && line.ends_with(b"}")
        })
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

/// Seconds from 1601, where Chrome's and Windows' clocks begin, to 1970.
const FROM_1601: i64 = 11_644_473_600;
/// Seconds from 1970 to 2001, where Apple's begin.
const TO_2001: i64 = 978_307_200;

/// Whether a column is one of times, by its name.
fn is_time(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [
        &b"time"[..],
        b"date",
        b"_at",
        b"_utc",
        b"timestamp",
        b"lastmodified",
    ]
    .iter()
    .any(|part| memchr::memmem::find(&name, part).is_some())
}

/// A time as programs keep it in a database: text, or a count from 1970, 1601 (Chrome) or 2001 (Safari).
fn time(value: &[u8], apple: bool) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?;
    if let Ok(number) = text.parse::<f64>()
        && let whole @ 1.. = number.trunc() as i64
    {
        return match whole {
            // Microseconds from 1601 for any time since 1970.
            11_644_473_600_000_000..=20_000_000_000_000_000 => {
                Timestamp::from_microsecond(whole - FROM_1601 * 1_000_000).ok()
            }
            100_000_000..=978_307_199 if apple => Timestamp::from_second(whole + TO_2001).ok(),
            _ => time_text::epoch(value).map(|(time, _)| time),
        };
    }
    time_text::value(value)
}

struct Reader;

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        let mut shows = Kinds::of(&[T::Other]);
        let mut table: &[u8] = b"";
        let whole = fields(record, |_, key, value| {
            let value = value.bytes();
            match key {
                b"table" if table.is_empty() => table = value,
                b"row" if event.number.is_none() => {
                    event.number = std::str::from_utf8(value).ok().and_then(|t| t.parse().ok());
                }
                _ if is_time(key) => {
                    let read = time(value, table.starts_with(b"history_"));
                    event.time = event.time.max(read);
                }
                _ => {
                    if let Some(target) = target(b"GET", value) {
                        shows = shows.with(T::HttpHost).with_url_in_tls();
                        event.name = target.host;
                    }
                }
            }
        });
        event.bad = !whole;
        event.source = SourceName {
            format: "sqlite",
            part: b"",
        };
        event.detail = [table, b""];
        event.carries = shows;
        event.origin = Some((Role::Endpoint, shows));
    }
}
