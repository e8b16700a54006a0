//! JSON of any schema: an object a line, a list of objects, or objects over several lines.
//!
//! Time, host, addresses and kinds of telemetry are found by the names of fields; Windows events that
//! were exported as JSON are known by their channel and number.

use tegakari_model::Telemetry as T;

use super::csv_fields::{Column, Gathered, meaning};
use super::json_walk::{fields, object_end};
use super::windows_event::{self, WindowsFields};
use super::{Frame, LogFormat, RecordReader, Sniff, head_lines, line_frame};
use crate::Event;
use crate::event::SourceName;
use crate::resume::State;
use crate::years::YearClock;

/// JSON of any schema.
pub(super) struct JsonLines;

impl LogFormat for JsonLines {
    fn id(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "JSON of any schema: an object a line, or a list of objects (jsonlines.org, RFC 8259)"
    }

    fn shows(&self) -> &'static [T] {
        &T::ALL
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let text = head.trim_ascii_start();
        match text.first() {
            Some(b'{') => {
                let lines = head_lines(head, 20);
                let whole = lines
                    .iter()
                    .filter(|line| fields(line, |_, _, _| {}))
                    .count();
                if whole * 5 >= lines.len() * 4 {
                    Sniff::Likely
                } else if object_end(text).is_some_and(|end| fields(&text[..end], |_, _, _| {})) {
                    Sniff::Weak
                } else {
                    Sniff::No
                }
            }
            Some(b'[') => {
                let inner = text[1..].trim_ascii_start();
                let first =
                    object_end(inner).is_some_and(|end| fields(&inner[..end], |_, _, _| {}));
                if inner.first() == Some(&b'{') && first {
                    Sniff::Likely
                } else {
                    Sniff::No
                }
            }
            _ => Sniff::No,
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader {
            a_line_each: None,
            begins: true,
        })
    }
}

struct Reader {
    /// Whether every line is an object of its own; known from the first one.
    a_line_each: Option<bool>,
    /// Nothing was read yet.
    begins: bool,
}

/// Enough to see whether a list stands in an object around it.
const LEAD: usize = 256;

fn last_or_long(bytes: &[u8], last: bool) -> bool {
    last || bytes.len() >= LEAD
}

/// Where the first object begins in a text that is one object around a list of records, as clouds export them:
/// `{"Records":[{`, `{"value":[{`.
fn list_in_object(bytes: &[u8]) -> Option<usize> {
    let head = &bytes[..bytes.len().min(LEAD)];
    let skip = |at: usize| {
        at + head[at..]
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count()
    };
    let at = skip(0);
    if head.get(at) != Some(&b'{') {
        return None;
    }
    let at = skip(at + 1);
    if head.get(at) != Some(&b'"') {
        return None;
    }
    let end = at + 1 + memchr::memchr(b'"', &head[at + 1..])?;
    let name = head[at + 1..end].to_ascii_lowercase();
    let known: [&[u8]; 9] = [
        b"records",
        b"value",
        b"events",
        b"items",
        b"logs",
        b"logevents",
        b"results",
        b"data",
        b"entries",
    ];
    if !known.contains(&name.as_slice()) {
        return None;
    }
    let at = skip(end + 1);
    if head.get(at) != Some(&b':') {
        return None;
    }
    let at = skip(at + 1);
    if head.get(at) != Some(&b'[') {
        return None;
    }
    let at = skip(at + 1);
    (head.get(at) == Some(&b'{')).then_some(at)
}

/// Names that exporters put around a host's name (`host.name`, `agent.hostname`).
fn is_host_object(parent: &[u8], key: &[u8]) -> bool {
    matches!(
        (parent, key),
        (
            b"host" | b"agent" | b"device" | b"observer",
            b"name" | b"hostname"
        ) | (b"System", b"Computer")
    )
}

/// Whether this is what stands before a list in an object.
fn is_lead(record: &[u8]) -> bool {
    let text = record.trim_ascii();
    text.len() < LEAD && text.first() == Some(&b'{') && text.last() == Some(&b'[')
}

impl RecordReader for Reader {
    fn joins(&self) -> bool {
        true
    }

    fn by_line(&mut self, bytes: &[u8]) -> bool {
        *self.a_line_each.get_or_insert_with(|| {
            let line = memchr::memchr(b'\n', bytes).map_or(bytes, |at| &bytes[..at]);
            bytes.trim_ascii_start().first() == Some(&b'{')
                && list_in_object(bytes).is_none()
                && fields(line, |_, _, _| {})
        })
    }

    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        if self.by_line(bytes) {
            return line_frame(bytes, last);
        }
        if self.begins && last_or_long(bytes, last) {
            self.begins = false;
            if let Some(lead) = list_in_object(bytes) {
                // What stands before the list is a record without fields.
                return Frame::Record {
                    end: lead,
                    next: lead,
                };
            }
        }
        match object_end(bytes) {
            Some(end) => {
                let mut next = end;
                while matches!(
                    bytes.get(next),
                    Some(b',' | b' ' | b'\r' | b'\n' | b'\t' | b']')
                ) {
                    next += 1;
                }
                Frame::Record { end, next }
            }
            None => line_frame(b"", last),
        }
    }

    fn state(&self) -> Option<State> {
        (self.a_line_each == Some(true)).then(State::default)
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        let start = if self.a_line_each == Some(false) {
            memchr::memchr(b'{', record).unwrap_or(0)
        } else {
            0
        };
        let record = &record[start..];
        if record
            .trim_ascii()
            .iter()
            .all(|b| matches!(b, b'[' | b']' | b',' | b'}'))
            || is_lead(record)
        {
            event.skip = true;
            return;
        }
        let mut gathered = Gathered::default();
        let mut windows = WindowsFields::default();
        let mut any_host: &[u8] = b"";
        let mut number = None;
        let whole = fields(record, |parent, key, value| {
            let text = value.bytes();
            if matches!(
                key,
                b"EventRecordID" | b"RecordNumber" | b"RecordId" | b"event_record_id"
            ) {
                number = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
            }
            windows.take(key, text);
            if is_host_object(parent, key) {
                any_host = text;
                return;
            }
            let named = match (parent, key) {
                (b"source" | b"src" | b"client", b"ip" | b"address") => Column::Source,
                (b"destination" | b"dst" | b"server", b"ip" | b"address") => Column::Destination,
                (b"destination" | b"dst" | b"server", b"port") => Column::DestinationPort,
                (b"url", b"full" | b"original") => Column::Url,
                (b"url", b"domain") => Column::RequestHost,
                (b"question", b"name") => Column::Query,
                (b"user_agent", b"original") => Column::Shows(T::UserAgent),
                (b"TimeCreated" | b"#attributes" | b"@attributes", b"SystemTime") => {
                    Column::Time(0)
                }
                (b"EventID", b"#text" | b"Value") => Column::WindowsId,
                (b"Provider", b"Name") => Column::WindowsProvider,
                _ => meaning(key),
            };
            match named {
                Column::WindowsChannel => windows.channel = text,
                Column::WindowsId => windows.id = text,
                Column::WindowsProvider => windows.provider = text,
                Column::Host if text.is_empty() => {}
                _ => gathered.take(named, text),
            }
        });
        if gathered.host.is_empty() {
            gathered.host = any_host;
        }
        if !windows.channel.is_empty() && !windows.id.is_empty() && !gathered.host.is_empty() {
            windows.computer = gathered.host;
            event.number = number;
            event.time = gathered.time;
            windows_event::describe(&windows, event);
        } else {
            gathered.describe(event);
            event.source = SourceName {
                format: "json",
                part: b"",
            };
        }
        event.bad = !whole;
    }
}
