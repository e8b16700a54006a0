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

const TIME: &[u8] = b"__REALTIME_TIMESTAMP";
const SOURCE_TIME: &[u8] = b"_SOURCE_REALTIME_TIMESTAMP";
const HOST: &[u8] = b"_HOSTNAME";
const PROGRAM: &[u8] = b"SYSLOG_IDENTIFIER";
const MESSAGE: &[u8] = b"MESSAGE";
const COMMAND: &[u8] = b"_CMDLINE";

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
        if first
            && lines.iter().any(|line| {
                line.strip_prefix(TIME)
                    .is_some_and(|rest| rest.starts_with(b"="))
            })
        {
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

/// The longest value that is written with its length.
const LONGEST: usize = 64 << 20;

/// A field at the beginning of some bytes.
enum Field<'b> {
    /// Name and value, and where the next begins.
    Whole(&'b [u8], &'b [u8], usize),
    /// The blank line behind an entry.
    End,
    /// More bytes are needed.
    Cut,
}

/// Reads a field: `NAME=value` and a line end, or, for values with line ends, `NAME` and a line end, the length of the value in eight bytes (little-endian),
/// the value and a line end. What a value says begins no entry.
fn field(bytes: &[u8], last: bool) -> Field<'_> {
    let Some(end) = memchr::memchr(b'\n', bytes) else {
        return match last && !bytes.is_empty() {
            true => pair(bytes, bytes.len()),
            false => Field::Cut,
        };
    };
    let line = &bytes[..end];
    if line.is_empty() {
        return Field::End;
    }
    if line.contains(&b'=') || !is_name(line) {
        return pair(line, end + 1);
    }
    let from = end + 9;
    let length = bytes
        .get(end + 1..from)
        .and_then(|eight| eight.try_into().ok())
        .map(u64::from_le_bytes)
        .and_then(|length| usize::try_from(length).ok());
    match length {
        Some(length) if length <= LONGEST => match bytes.get(from..from + length) {
            Some(value) if bytes.get(from + length).is_none_or(|b| *b == b'\n') => {
                Field::Whole(line, value, (from + length + 1).min(bytes.len()))
            }
            None if !last => Field::Cut,
            // It is no length.
            _ => pair(line, end + 1),
        },
        None if !last && bytes.len() < from => Field::Cut,
        _ => pair(line, end + 1),
    }
}

fn pair(line: &[u8], next: usize) -> Field<'_> {
    match memchr::memchr(b'=', line) {
        Some(at) => Field::Whole(&line[..at], &line[at + 1..], next),
        None => Field::Whole(line, b"", next),
    }
}

fn is_name(line: &[u8]) -> bool {
    line.len() <= 64
        && line
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// Names and values of an entry.
fn fields_of(record: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || match field(record.get(at..)?, true) {
        Field::Whole(name, value, next) => {
            at += next;
            Some((name, value))
        }
        Field::End | Field::Cut => None,
    })
}

fn microseconds(text: &[u8]) -> Option<Timestamp> {
    time_text::epoch(text.trim_ascii()).map(|(time, _)| time)
}

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        let mut at = 0;
        loop {
            match field(bytes.get(at..).unwrap_or_default(), last) {
                Field::Whole(_, _, next) => at += next,
                Field::End => {
                    return Frame::Record {
                        end: at.saturating_sub(1),
                        next: at + 1,
                    };
                }
                Field::Cut if last && at > 0 => {
                    return Frame::Record {
                        end: bytes.len(),
                        next: bytes.len(),
                    };
                }
                Field::Cut => return Frame::More,
            }
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
        for (name, value) in fields_of(record) {
            match name {
                PROGRAM => program = value.trim_ascii(),
                MESSAGE => message = value,
                _ => {}
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
        for (name, value) in fields_of(record) {
            match name {
                TIME => event.time = event.time.or_else(|| microseconds(value)),
                SOURCE_TIME => event.time = microseconds(value).or(event.time),
                HOST => host = value.trim_ascii(),
                PROGRAM => program = value.trim_ascii(),
                COMMAND => carries = carries.with(T::CommandLine),
                _ => {}
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

#[cfg(test)]
mod tests {
    use super::{Frame, Reader, RecordReader, fields_of};

    fn binary(name: &str, value: &[u8]) -> Vec<u8> {
        let mut out = name.as_bytes().to_vec();
        out.push(b'\n');
        out.extend((value.len() as u64).to_le_bytes());
        out.extend_from_slice(value);
        out.push(b'\n');
        out
    }

    fn cut(bytes: &[u8]) -> Vec<&[u8]> {
        let (mut at, mut out) = (0, Vec::new());
        while let Frame::Record { end, next } = Reader.frame(&bytes[at..], true) {
            if end > 0 {
                out.push(&bytes[at..at + end]);
            }
            at += next;
            if at >= bytes.len() {
                break;
            }
        }
        out
    }

    #[test]
    fn a_value_with_line_ends_is_no_entry_of_its_own() {
        let forged = b"x\n\n__REALTIME_TIMESTAMP=1\n_HOSTNAME=innocent\nMESSAGE=evil.example\n\n";
        let mut text = b"__REALTIME_TIMESTAMP=1770000000000000\n_HOSTNAME=srv-0\n".to_vec();
        text.extend(binary("MESSAGE", forged));
        text.extend(b"PRIORITY=6\n\n__REALTIME_TIMESTAMP=1770000001000000\n_HOSTNAME=srv-1\n");
        // Ten bytes: the length holds a line end.
        text.extend(binary("MESSAGE", b"0123\n56789"));
        text.extend(b"\n");
        let entries = cut(&text);
        assert_eq!(entries.len(), 2);
        let all: Vec<_> = fields_of(entries[0]).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(all[2], (&b"MESSAGE"[..], &forged[..]));
        assert_eq!(all[3].0, b"PRIORITY");
        let second: Vec<_> = fields_of(entries[1]).collect();
        assert_eq!(second[2].1, b"0123\n56789");
        // However it is cut, there is an end, and no more than the first entry is whole.
        for end in 0..text.len() {
            assert!(cut(&text[..end]).len() <= 3, "{end}");
            if let Frame::Record { next, .. } = Reader.frame(&text[..end], false) {
                assert!(next <= end);
            }
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_no_length() {
        let text = b"_HOSTNAME=a\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx=1\n\n_HOSTNAME=b\n\n";
        assert_eq!(cut(text).len(), 2);
    }
}
