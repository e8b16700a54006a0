//! Windows events as XML: what `wevtutil`, the event viewer and most forwarders write.
//!
//! Records are `<Event>` elements over several lines, or many on one line, with or without an
//! `<Events>` root. Fields are found without an XML parser: the elements wanted cannot stand inside
//! text, where `<` is always escaped.

use memchr::memmem::Finder;
use tegakari_model::Telemetry;

use super::windows_event::{SHOWS, WindowsFields, describe};
use super::{Frame, LogFormat, RecordReader, Sniff};
use crate::fields::{Fields, windows};
use crate::years::YearClock;
use crate::{Event, time_text};

/// The event XML of Windows.
pub(super) struct WindowsXml;

const END: &[u8] = b"</Event>";

impl LogFormat for WindowsXml {
    fn id(&self) -> &'static str {
        "windows-event-xml"
    }

    fn about(&self) -> &'static str {
        "Windows events as XML: Security, System, Sysmon, PowerShell and others (schemas.microsoft.com/win/2004/08/events), and event files (EVTX)"
    }

    fn shows(&self) -> &'static [Telemetry] {
        SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let text = head.trim_ascii_start();
        if text.first() != Some(&b'<') {
            return Sniff::No;
        }
        let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
        if has(b"<Event ") && has(b"schemas.microsoft.com/win/2004/08/events") {
            Sniff::Certain
        } else if has(b"<Event>") && has(b"<EventID") {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader {
            end: Finder::new(END),
            data: Finder::new(b"<Data Name="),
            time: Finder::new(b"SystemTime="),
            id: Finder::new(b"<EventID"),
            number: Finder::new(b"<EventRecordID>"),
            channel: Finder::new(b"<Channel>"),
            computer: Finder::new(b"<Computer>"),
            provider: Finder::new(b"<Provider Name="),
            start: Finder::new(b"<Event"),
        })
    }
}

struct Reader {
    end: Finder<'static>,
    data: Finder<'static>,
    time: Finder<'static>,
    id: Finder<'static>,
    number: Finder<'static>,
    channel: Finder<'static>,
    computer: Finder<'static>,
    provider: Finder<'static>,
    start: Finder<'static>,
}

/// The text in quotes (of either kind) that starts at `at`.
fn quoted(text: &[u8], at: usize) -> &[u8] {
    let Some(&quote @ (b'"' | b'\'')) = text.get(at) else {
        return b"";
    };
    let rest = &text[at + 1..];
    memchr::memchr(quote, rest).map_or(b"", |end| &rest[..end])
}

/// The text of the element whose start tag ends at or after `at`.
fn content(text: &[u8], at: usize) -> &[u8] {
    let Some(rest) = text.get(at..) else {
        return b"";
    };
    let Some(open) = memchr::memchr(b'>', rest) else {
        return b"";
    };
    if open > 0 && rest[open - 1] == b'/' {
        return b"";
    }
    let rest = &rest[open + 1..];
    memchr::memchr(b'<', rest).map_or(b"", |end| &rest[..end])
}

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        match self.end.find(bytes) {
            Some(at) => {
                let end = at + END.len();
                // The line end belongs to this record, so that the next one starts on its own line.
                let mut next = end;
                while matches!(bytes.get(next), Some(b'\r' | b'\n')) {
                    next += 1;
                }
                Frame::Record { end, next }
            }
            None if last && !bytes.is_empty() => Frame::Record {
                end: bytes.len(),
                next: bytes.len(),
            },
            None => Frame::More,
        }
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        windows::of_xml(record, fields);
    }

    fn resume(&mut self, bytes: &[u8]) -> Option<usize> {
        self.end.find(bytes).map(|at| at + END.len())
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        let mut windows = WindowsFields::default();
        let Some(start) = self.start.find_iter(record).find(|at| {
            matches!(
                record.get(at + 6),
                Some(b' ' | b'>' | b'\r' | b'\n' | b'\t')
            )
        }) else {
            // What follows the last event: the end of the root element.
            event.skip = true;
            return;
        };
        let record = &record[start..];
        if let Some(at) = self.provider.find(record) {
            windows.provider = quoted(record, at + 15);
        }
        if let Some(at) = self.id.find(record) {
            windows.id = content(record, at).trim_ascii();
            // Its own number stands close behind, among the other fields of the system.
            let near = &record[at..record.len().min(at + 1024)];
            if let Some(at) = self.number.find(near) {
                let text = std::str::from_utf8(content(near, at).trim_ascii());
                event.number = text.ok().and_then(|text| text.parse().ok());
            }
        }
        if let Some(at) = self.time.find(record) {
            event.time = time_text::iso(quoted(record, at + 11)).map(|(time, _)| time);
        }
        if let Some(at) = self.channel.find(record) {
            windows.channel = content(record, at);
        }
        if let Some(at) = self.computer.find(record) {
            windows.computer = content(record, at).trim_ascii();
        }
        for at in self.data.find_iter(record) {
            let name = quoted(record, at + 11);
            windows.take(name, content(record, at + 11 + name.len()));
        }
        describe(&windows, event);
        event.bad = !record.ends_with(END) || windows.computer.is_empty() || event.time.is_none();
    }
}
