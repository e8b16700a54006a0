//! Shell history with times: of bash (`#epoch` before each command, HISTTIMEFORMAT) and of zsh
//! (`: epoch:duration;command`, EXTENDED_HISTORY). The folder says whose machine it is.

use tegakari_model::Telemetry as T;

use super::{Frame, LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, linux};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// History files.
pub(super) struct ShellHistory;

fn bash_time(line: &[u8]) -> bool {
    line.strip_prefix(b"#").is_some_and(|digits| {
        (9..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
    })
}

fn zsh_time(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b": ")?;
    let colon = memchr::memchr(b':', rest)?;
    let digits = &rest[..colon];
    let right = (9..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    (right && memchr::memchr(b';', rest).is_some()).then_some(digits)
}

impl LogFormat for ShellHistory {
    fn id(&self) -> &'static str {
        "shell-history"
    }

    fn about(&self) -> &'static str {
        "Shell history with times, of bash (HISTTIMEFORMAT) and zsh (EXTENDED_HISTORY)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::CommandLine]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 40);
        let bash = lines.iter().filter(|line| bash_time(line)).count();
        let zsh = lines.iter().filter(|line| zsh_time(line).is_some()).count();
        if lines.first().is_some_and(|line| bash_time(line)) && bash * 4 >= lines.len()
            || zsh * 2 > lines.len()
        {
            Sniff::Certain
        } else if bash > 1 {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        let first = memchr::memchr(b'\n', bytes);
        let starts = first.is_some_and(|at| bash_time(bytes[..at].trim_ascii_end()));
        if !starts {
            return super::line_frame(bytes, last);
        }
        // Up to the next time: a command may have several lines.
        let mut at = first.unwrap_or(0) + 1;
        while let Some(end) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            if bash_time(bytes[at..at + end].trim_ascii_end()) {
                return Frame::Record {
                    end: at - 1,
                    next: at,
                };
            }
            at += end + 1;
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

    fn state(&self) -> Option<State> {
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        linux::of_appliance("shell-history", record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "shell-history",
            part: b"",
        };
        event.carries(&[T::CommandLine]);
        // Commands typed are not all commands run: carried, but no proof for the machine.
        event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
        let line = memchr::memchr(b'\n', record).map_or(record, |at| &record[..at]);
        let digits = if bash_time(line.trim_ascii_end()) {
            Some(&line.trim_ascii_end()[1..])
        } else {
            zsh_time(line)
        };
        event.time = digits.and_then(time_text::epoch).map(|(time, _)| time);
    }
}
