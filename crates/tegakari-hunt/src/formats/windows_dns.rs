//! The debug log of the Windows DNS server
//! (<https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn800669(v=ws.11)>):
//! `date time thread PACKET id UDP Rcv address … (3)www(7)example(3)com(0)`. With details, a packet has further lines.
//!
//! Names are written with the length of each label in front; the search joins them (see `records`). Dates are
//! written as the server's language has it: with AM or PM the month comes first, otherwise the day, unless a number
//! above twelve shows which it is.

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::token;
use super::{Frame, LogFormat, RecordReader, Sniff, head_lines, line_frame};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, network};
use crate::years::YearClock;
use crate::{Kinds, address, time_text};

/// The debug log.
pub(super) struct WindowsDns;

/// Which number of a date is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    MonthFirst,
    DayFirst,
}

/// A date and time: seconds of the day, and the numbers of the date with what tells them apart.
struct Stamp<'r> {
    numbers: [i32; 3],
    /// The first number is the year.
    year_first: bool,
    half_days: bool,
    second: i32,
    rest: &'r [u8],
}

fn number(text: &[u8], most: usize) -> Option<(i32, &[u8])> {
    let digits = text.iter().take(most).take_while(|b| b.is_ascii_digit());
    let digits = digits.count();
    let value = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((value, &text[digits..]))
}

fn stamp(line: &[u8]) -> Option<Stamp<'_>> {
    let (first, rest) = number(line, 8)?;
    let (numbers, rest) = if first > 9_999_999 {
        ([first / 10_000, first / 100 % 100, first % 100], rest)
    } else {
        let separator = *rest.first()?;
        if !matches!(separator, b'/' | b'.' | b'-') {
            return None;
        }
        let (second, rest) = number(&rest[1..], 2)?;
        if rest.first() != Some(&separator) {
            return None;
        }
        let (third, rest) = number(&rest[1..], 4)?;
        ([first, second, third], rest)
    };
    // A date in Hungarian or Korean ends with its separator too.
    let rest = rest.strip_prefix(b".").unwrap_or(rest).trim_ascii_start();
    let (mut hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let (word, after) = token(rest);
    let half_days = matches!(word, b"AM" | b"PM" | b"am" | b"pm");
    if half_days {
        hour = hour % 12
            + if word[0].eq_ignore_ascii_case(&b'p') {
                12
            } else {
                0
            };
    }
    let right = hour < 24 && minute < 60 && second <= 60;
    right.then_some(Stamp {
        numbers,
        year_first: numbers[0] > 31,
        half_days,
        second: hour * 3600 + minute * 60 + second,
        rest: if half_days { after } else { rest },
    })
}

impl Stamp<'_> {
    /// The order, when the numbers show it.
    fn order(&self) -> Option<Order> {
        let [first, second, _] = self.numbers;
        if self.year_first {
            None
        } else if first > 12 {
            Some(Order::DayFirst)
        } else if second > 12 {
            Some(Order::MonthFirst)
        } else {
            None
        }
    }

    fn time(&self, order: Order) -> Option<Timestamp> {
        let [a, b, c] = self.numbers;
        let (year, month, day) = match order {
            _ if self.year_first => (a, b, c),
            Order::MonthFirst => (c, a, b),
            Order::DayFirst => (c, b, a),
        };
        let year = if year < 100 { year + 2000 } else { year };
        let small = |value: i32| i8::try_from(value).ok();
        let year = i16::try_from(year).ok()?;
        time_text::from_civil(year, small(month)?, small(day)?, self.second, 0)
    }
}

/// Whether a line begins a record: time, thread, and what kind of record it is.
fn begins(line: &[u8]) -> bool {
    stamp(line).is_some_and(|stamp| {
        let (thread, rest) = token(stamp.rest);
        let (kind, _) = token(rest);
        !thread.is_empty()
            && thread.iter().all(u8::is_ascii_hexdigit)
            && kind.len() >= 3
            && kind.iter().all(|b| b.is_ascii_uppercase() || *b == b'-')
    })
}

impl LogFormat for WindowsDns {
    fn id(&self) -> &'static str {
        "windows-dns"
    }

    fn about(&self) -> &'static str {
        "Debug log of the Windows DNS server, with or without details (Microsoft, DNS Logging and Diagnostics)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::Dns, T::DnsAnswer, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 120);
        let titled = lines
            .iter()
            .take(3)
            .any(|line| line.starts_with(b"DNS Server log"));
        let packet =
            |line: &&&[u8]| begins(line) && memchr::memmem::find(line, b" PACKET ").is_some();
        let packets = lines.iter().filter(packet).count();
        if packets > 0 && (titled || packets * 5 >= lines.len() * 4) {
            Sniff::Certain
        } else if packets * 20 >= lines.len() && packets > 0 {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader { order: None })
    }
}

struct Reader {
    /// As far as the dates so far have shown it.
    order: Option<Order>,
}

/// The longest packet with all its details.
const MOST_LINES: usize = 20_000;

impl RecordReader for Reader {
    fn frame(&mut self, bytes: &[u8], last: bool) -> Frame {
        let Frame::Record { mut end, mut next } = line_frame(bytes, last) else {
            return Frame::More;
        };
        if !begins(&bytes[..end]) {
            return Frame::Record { end, next };
        }
        for _ in 0..MOST_LINES {
            if next == bytes.len() {
                break;
            }
            let Frame::Record {
                end: more,
                next: after,
            } = line_frame(&bytes[next..], last)
            else {
                return Frame::More;
            };
            let line = &bytes[next..next + more];
            if begins(line) {
                return Frame::Record { end, next };
            }
            if !line.is_empty() {
                end = next + more;
            }
            next += after;
        }
        if next == bytes.len() && !last {
            Frame::More
        } else {
            Frame::Record { end, next }
        }
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        if event.skip || event.bad {
            return;
        }
        let (kind, name) = question(record);
        match joined_labels(name) {
            Some(name) => network::of_dns_owned(record, name, kind, fields),
            None => fields.set_text(record),
        }
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        event.source = SourceName {
            format: "windows-dns",
            part: b"",
        };
        let line = memchr::memchr(b'\n', record).map_or(record, |at| &record[..at]);
        let Some(stamp) = stamp(line).filter(|_| begins(line)) else {
            // The title with its legend, and blank lines.
            event.skip = !line.first().is_some_and(u8::is_ascii_digit);
            event.bad = !event.skip;
            event.carries(&[T::Other]);
            event.origin = Some((Role::Sensor, Kinds::NONE));
            return;
        };
        self.order = stamp.order().or(self.order);
        let guess = if stamp.half_days {
            Order::MonthFirst
        } else {
            Order::DayFirst
        };
        event.time = stamp.time(self.order.unwrap_or(guess));
        event.bad = event.time.is_none();
        let (_thread, rest) = token(stamp.rest);
        let (kind, rest) = token(rest);
        event.detail = [b"windows-dns", kind];
        // The server writes it: what it asked of others, it asked for somebody else.
        event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
        if kind != b"PACKET" {
            event.carries(&[T::Other]);
            return;
        }
        if !has_name(line) {
            // Cut: what was asked for is not known.
            event.bad = true;
            event.carries(&[T::Other]);
            return;
        }
        event.carries(&[T::Dns]);
        let (mut received, mut machine): (Option<bool>, &[u8]) = (None, b"");
        let mut rest = rest;
        for _ in 0..6 {
            let (word, more) = token(rest);
            rest = more;
            match word {
                b"Rcv" => received = Some(true),
                b"Snd" => received = Some(false),
                word if address::parse(word).is_some() => {
                    machine = word;
                    break;
                }
                _ => {}
            }
        }
        let (_id, rest) = token(rest);
        let is_answer = token(rest).0 == b"R";
        // Questions that came in and answers that went out are those of clients.
        if received == Some(!is_answer) {
            let mut shows = Kinds::of(&[T::Dns]);
            if is_answer && memchr::memmem::find(record, b"ANSWER SECTION").is_some() {
                shows = shows.with(T::DnsAnswer);
                event.carries(&[T::DnsAnswer]);
            }
            event.party(machine, Role::Client, shows);
        }
    }
}

/// Whether the line of a packet holds a whole name behind its flags and type: `… NOERROR] A  (1)x(0)`.
/// Type and name at the end of a line: `… A      (4)evil(3)com(0)`.
fn question(record: &[u8]) -> (&[u8], &[u8]) {
    let line = memchr::memchr(b'\n', record).map_or(record, |at| &record[..at]);
    let line = line.trim_ascii_end();
    let start = memchr::memrchr(b' ', line).map_or(0, |at| at + 1);
    let before = line[..start].trim_ascii_end();
    let kind = memchr::memrchr(b' ', before).map_or(before, |at| &before[at + 1..]);
    (kind, &line[start..])
}

/// `(4)evil(3)com(0)` as `evil.com`.
fn joined_labels(mut text: &[u8]) -> Option<String> {
    let mut out = String::new();
    loop {
        let close = memchr::memchr(b')', text.strip_prefix(b"(").map(|_| text)?)?;
        let length: usize = std::str::from_utf8(&text[1..close]).ok()?.parse().ok()?;
        if length == 0 {
            return (!out.is_empty()).then_some(out);
        }
        let label = text.get(close + 1..close.checked_add(1)?.checked_add(length)?)?;
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&String::from_utf8_lossy(label));
        text = &text[close + 1 + length..];
    }
}

fn has_name(line: &[u8]) -> bool {
    let Some(flags) = memchr::memchr(b']', line) else {
        return false;
    };
    let (_type, name) = token(&line[flags + 1..]);
    let name = name.trim_ascii();
    name.starts_with(b"(") && name.ends_with(b"(0)")
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, WindowsDns};
    use crate::event::Event;
    use crate::years::YearClock;
    use tegakari_model::TimeRange;

    fn times(lines: &[&str]) -> Vec<String> {
        let mut reader = WindowsDns.reader(YearClock::new(TimeRange::default()));
        let mut of = |line: &str| {
            let line = format!(
                "{line} 0F8C PACKET  000000D4F3A8A3B0 UDP Rcv 10.0.0.5 3f2a   Q [0001   D   NOERROR] A      (1)x(0)"
            );
            let mut event = Event::default();
            reader.read(line.as_bytes(), &mut event);
            event.time.map_or("none".to_owned(), |t| t.to_string())
        };
        lines.iter().map(|line| of(line)).collect()
    }

    #[test]
    fn a_packet_whose_name_is_cut_shows_no_query() {
        for (end, bad) in [
            ("(1)x(0)", false),
            ("(0)", false),
            ("(11)evil-dom", true),
            ("", true),
        ] {
            let line = format!(
                "2/13/2026 4:05:06 PM 0F8C PACKET  000000D4F3A8A3B0 UDP Rcv 10.0.0.5 3f2a   Q [0001   D   NOERROR] A      {end}"
            );
            let mut event = Event::default();
            let mut reader = WindowsDns.reader(YearClock::new(TimeRange::default()));
            reader.read(line.as_bytes(), &mut event);
            assert_eq!(event.bad, bad, "{end}");
        }
    }

    #[test]
    fn dates_are_read_in_the_order_of_the_server() {
        assert_eq!(
            times(&["2/3/2026 4:05:06 PM", "2/13/2026 12:05:06 AM"]),
            ["2026-02-03T16:05:06Z", "2026-02-13T00:05:06Z"]
        );
        assert_eq!(
            times(&[
                "03/02/2026 04:05:06",
                "13/02/2026 04:05:06",
                "04/03/2026 04:05:06 AM"
            ]),
            [
                "2026-02-03T04:05:06Z",
                "2026-02-13T04:05:06Z",
                "2026-03-04T04:05:06Z"
            ]
        );
        assert_eq!(
            times(&[
                "2026/02/03 4:05:06",
                "20260203 04:05:06",
                "03.02.2026 04:05:06",
                "99/99/2026 04:05:06"
            ]),
            [
                "2026-02-03T04:05:06Z",
                "2026-02-03T04:05:06Z",
                "2026-02-03T04:05:06Z",
                "none"
            ]
        );
    }
}
