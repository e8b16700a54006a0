//! The export format of systemd's journal (<https://systemd.io/JOURNAL_EXPORT_FORMATS/>): a line a field, and a blank line
//! behind each entry.

use tegakari_model::{Telemetry as T, Timestamp};

use super::{Frame, LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, linux};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// Entries of a journal.
pub(super) struct JournalExport;

const TIME: &[u8] = b"__REALTIME_TIMESTAMP=";
const SOURCE_TIME: &[u8] = b"_SOURCE_REALTIME_TIMESTAMP=";
const SEQUENCE: &[u8] = b"__SEQNUM=";
const HOST: &[u8] = b"_HOSTNAME=";
const PROGRAM: &[u8] = b"SYSLOG_IDENTIFIER=";
const MESSAGE: &[u8] = b"MESSAGE=";
const COMMAND: &[u8] = b"_CMDLINE=";

impl LogFormat for JournalExport {
    fn id(&self) -> &'static str {
        "journal-export"
    }

    fn about(&self) -> &'static str {
        "systemd's journal in its export format (`journalctl -o export`)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Logon, T::Mail, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 20);
        let field = |line: &[u8]| {
            memchr::memchr(b'=', line).is_some_and(|at| {
                line[..at]
                    .iter()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            })
        };
        let first = lines.first().is_some_and(|line| field(line));
        if first && lines.iter().any(|line| line.starts_with(TIME)) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

fn microseconds(text: &[u8]) -> Option<Timestamp> {
    time_text::epoch(text.trim_ascii()).map(|(time, _)| time)
}

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        match memchr::memmem::find(bytes, b"\n\n") {
            Some(at) => Frame::Record {
                end: at,
                next: at + 2,
            },
            None if last && !bytes.is_empty() => Frame::Record {
                end: bytes.len(),
                next: bytes.len(),
            },
            None => Frame::More,
        }
    }

    fn resume(&mut self, bytes: &[u8]) -> Option<usize> {
        memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2)
    }

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        let (mut program, mut message): (&[u8], &[u8]) = (b"", b"");
        for line in record.split(|b| *b == b'\n') {
            if let Some(text) = line.strip_prefix(PROGRAM) {
                program = text.trim_ascii();
            } else if let Some(text) = line.strip_prefix(MESSAGE) {
                message = text;
            }
        }
        linux::of_message(record, program, message, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "journal",
            part: b"",
        };
        let (mut host, mut program): (&[u8], &[u8]) = (b"", b"");
        let mut carries = Kinds::of(&[T::Other]);
        for line in record.split(|b| *b == b'\n') {
            if let Some(text) = line.strip_prefix(TIME) {
                event.time = event.time.or_else(|| microseconds(text));
            } else if let Some(text) = line.strip_prefix(SOURCE_TIME) {
                event.time = microseconds(text).or(event.time);
            } else if let Some(text) = line.strip_prefix(SEQUENCE) {
                let text = std::str::from_utf8(text.trim_ascii()).ok();
                event.serial = text.and_then(|text| text.parse().ok());
            } else if let Some(text) = line.strip_prefix(HOST) {
                host = text.trim_ascii();
            } else if let Some(text) = line.strip_prefix(PROGRAM) {
                program = text.trim_ascii();
            } else if line.starts_with(COMMAND) {
                carries = carries.with(T::CommandLine);
            }
        }
        // As in syslog: logons and mail are logged whole by those that handle them.
        let shows = match program {
            b"sshd" | b"login" | b"su" => Kinds::of(&[T::Logon]),
            program if program.starts_with(b"postfix") => Kinds::of(&[T::Mail]),
            _ => Kinds::of(&[T::Other]),
        };
        event.detail = [b"journal", program];
        event.carries = carries.and(shows);
        event.party(host, Role::Endpoint, shows);
        event.bad = event.time.is_none();
    }
}
