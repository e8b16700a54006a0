//! JSON of any schema: an object a line, a list of objects, or objects over several lines.
//!
//! Time, host, addresses and kinds of telemetry are found by the names of fields; Windows events that
//! were exported as JSON are known by their channel and number.

use tegakari_model::Telemetry as T;

use super::csv_fields::{Column, Gathered, Rank, meaning};
use super::json_walk::{Shape, fields, fields_by_depth, object_end};
use super::windows_event::{self, WindowsFields};
use super::{Frame, LogFormat, RecordReader, Sniff, head_lines, line_frame};
use crate::Event;
use crate::event::SourceName;
use crate::fields::{Fields, json};
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
            known: Vec::new(),
            latest: 0,
            credit: MOST_CREDIT,
            records: 0,
        })
    }
}

struct Reader {
    /// Whether every line is an object of its own; known from the first one.
    a_line_each: Option<bool>,
    /// Nothing was read yet.
    begins: bool,
    /// Forms of records met lately, with what each of their values is.
    known: Vec<Known>,
    /// Which of them the last record was of.
    latest: usize,
    /// Goes up with each record of a known form, and down by more with each other: without any, only one record in
    /// [`SELDOM`] is compared and learnt from.
    credit: i32,
    records: u64,
}

/// The form of records, and what those of their values are that matter, by their numbers.
struct Known {
    shape: Shape,
    meant: Vec<(usize, Meant<Vec<u8>>)>,
}

/// Forms kept.
const MOST_SHAPES: usize = 8;
const MOST_CREDIT: i32 = 64;
/// What a record of no known form costs.
const MISS: i32 = 4;
const SELDOM: u64 = 64;

/// What a value of a record is to a hunt, by its key.
#[derive(Debug)]
enum Meant<K> {
    /// The number of the record in its file.
    Number,
    /// A time.
    Time(Rank),
    /// The name of a host; of two that are as good the first, or the last.
    Host(Rank, bool),
    /// A field of a Windows event.
    Windows(K),
    Named(Column),
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

/// What the name of a host is, by its key, what stands around it and how deep it stands. A record is about the machine
/// that it names itself: the deeper a name, the likelier it is about something else, such as a request.
fn host_by(parent: &[u8], key: &[u8], depth: usize) -> Option<Meant<&'static [u8]>> {
    let (rank, last) = match (parent, key) {
        // The head of a Windows event speaks for the whole of it, as if it stood around it.
        (b"System", b"Computer") => ((depth.saturating_sub(1), 0), false),
        (b"host", b"name" | b"hostname") => ((depth, 1), true),
        // What sees events often is not where they happen.
        (b"agent" | b"device" | b"observer", b"name" | b"hostname") => ((depth, 3), true),
        _ if meaning(key) == Column::Host => {
            // `request.host` is what was asked for.
            let may_be_of_a_request = depth > 0 && key.eq_ignore_ascii_case(b"host");
            ((depth, if may_be_of_a_request { 2 } else { 0 }), false)
        }
        _ => return None,
    };
    Some(Meant::Host(rank, last))
}

/// The same for the time of the record.
fn time_by(parent: &[u8], key: &[u8], depth: usize) -> Option<Meant<&'static [u8]>> {
    let rank = match (parent, key) {
        (b"TimeCreated", b"SystemTime") => (depth.saturating_sub(2), 0),
        (b"#attributes" | b"@attributes", b"SystemTime") => (depth.saturating_sub(3), 0),
        _ => match meaning(key) {
            Column::Time(rank) => (depth, rank),
            _ => return None,
        },
    };
    Some(Meant::Time(rank))
}

/// Whether this is what stands before a list in an object.
fn is_lead(record: &[u8]) -> bool {
    let text = record.trim_ascii();
    text.len() < LEAD && text.first() == Some(&b'{') && text.last() == Some(&b'[')
}

impl RecordReader for Reader {
    fn is_json(&self) -> bool {
        true
    }

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

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        json::of_json(record, fields);
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
        let mut found = Found::default();
        self.records += 1;
        let learns = self.credit > 0 || self.records.is_multiple_of(SELDOM);
        let whole = learns && self.read_known(record, &mut found)
            || self.read_any(record, learns, &mut found);
        found.describe(event);
        event.bad = !whole;
    }
}

impl Reader {
    /// Reads a record that has the form of an earlier one.
    fn read_known<'r>(&mut self, record: &'r [u8], found: &mut Found<'r>) -> bool {
        for turn in 0..self.known.len() {
            let at = (self.latest + turn) % self.known.len();
            let Some(Known { shape, meant }) = self.known.get(at) else {
                continue;
            };
            let mut wanted = meant.iter().peekable();
            let fits = shape.values(record, |index, value| {
                while let Some((_, meant)) = wanted.next_if(|(at, _)| *at == index) {
                    found.take(meant, value.bytes());
                }
            });
            if fits {
                self.latest = at;
                self.credit = (self.credit + 1).min(MOST_CREDIT);
                return true;
            }
            *found = Found::default();
        }
        false
    }

    /// Reads any record, and learns its form if asked to.
    fn read_any<'r>(&mut self, record: &'r [u8], learns: bool, found: &mut Found<'r>) -> bool {
        let mut all = Vec::new();
        let mut index = 0;
        let whole = fields_by_depth(record, |parent, key, value, depth| {
            for meant in meant_by(parent, key, depth) {
                found.take(&meant, value.bytes());
                if learns {
                    all.push((index, meant));
                }
            }
            index += 1;
        });
        if learns {
            self.credit = (self.credit - MISS).max(0);
        }
        if whole
            && learns
            && let Some(shape) = Shape::of(record)
        {
            if self.known.len() >= MOST_SHAPES {
                self.known.remove(0);
            }
            let meant = all.into_iter().map(|(at, meant)| (at, meant.kept()));
            self.known.push(Known {
                shape,
                meant: meant.collect(),
            });
            self.latest = self.known.len() - 1;
        }
        whole
    }
}

impl Meant<&[u8]> {
    fn kept(self) -> Meant<Vec<u8>> {
        match self {
            Self::Number => Meant::Number,
            Self::Time(rank) => Meant::Time(rank),
            Self::Host(rank, last) => Meant::Host(rank, last),
            Self::Windows(key) => Meant::Windows(key.to_vec()),
            Self::Named(column) => Meant::Named(column),
        }
    }
}

/// The name of a field of a Windows event in the data of Wazuh's, which begin with a small letter.
fn of_wazuh(parent: &[u8], key: &[u8]) -> Option<&'static [u8]> {
    if parent != b"eventdata" {
        return None;
    }
    Some(match key {
        b"hashes" => b"Hashes",
        b"commandLine" => b"CommandLine",
        b"sourceIp" => b"SourceIp",
        b"sourceAddress" => b"SourceAddress",
        b"sourceHostname" => b"SourceHostname",
        b"destinationIp" => b"DestinationIp",
        b"destAddress" => b"DestAddress",
        b"destinationHostname" => b"DestinationHostname",
        b"initiated" => b"Initiated",
        b"direction" => b"Direction",
        b"queryName" => b"QueryName",
        b"queryResults" => b"QueryResults",
        b"workstationName" => b"WorkstationName",
        b"ipAddress" => b"IpAddress",
        _ => return None,
    })
}

/// What a value is, by its key, that of what stands around it, and how deep it stands.
fn meant_by<'k>(
    parent: &[u8],
    key: &'k [u8],
    depth: usize,
) -> impl Iterator<Item = Meant<&'k [u8]>> + use<'k> {
    let number = matches!(
        key,
        b"EventRecordID"
            | b"EventRecordId"
            | b"eventRecordID"
            | b"eventRecordId"
            | b"RecordNumber"
            | b"RecordId"
            | b"RecordID"
            | b"event_record_id"
            | b"winlog.record_id"
    ) || (parent, key) == (b"winlog", b"record_id");
    let windows = WindowsFields::has(key).then_some(key);
    let windows = windows
        .or_else(|| of_wazuh(parent, key))
        .map(Meant::Windows);
    let own = host_by(parent, key, depth).or_else(|| time_by(parent, key, depth));
    let named = own.or_else(|| {
        let named = match (parent, key) {
            (b"source" | b"src" | b"client", b"ip" | b"address") => Column::Source,
            (b"destination" | b"dst" | b"server", b"ip" | b"address") => Column::Destination,
            (b"destination" | b"dst" | b"server", b"port") => Column::DestinationPort,
            (b"url", b"full" | b"original") => Column::Url,
            (b"url", b"domain") => Column::RequestHost,
            (b"question", b"name") => Column::Query,
            (b"user_agent", b"original") => Column::Shows(T::UserAgent),
            (b"EventID", b"#text" | b"Value") => Column::WindowsId,
            (b"Provider", b"Name") => Column::WindowsProvider,
            // `Get-WinEvent | ConvertTo-Json`; nothing of it is used without the name of a log.
            (b"", b"Id") => Column::WindowsId,
            (b"event", b"code") | (b"", b"event.code") => Column::WindowsId,
            _ => meaning(key),
        };
        (named != Column::Other).then_some(Meant::Named(named))
    });
    let number = number.then_some(Meant::Number);
    number.into_iter().chain(windows).chain(named)
}

/// What was found in a record.
#[derive(Default)]
struct Found<'r> {
    gathered: Gathered<'r>,
    windows: WindowsFields<'r>,
    number: Option<u64>,
}

impl<'r> Found<'r> {
    fn take<K: AsRef<[u8]>>(&mut self, meant: &Meant<K>, text: &'r [u8]) {
        match meant {
            Meant::Number => {
                self.number = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
            }
            Meant::Time(rank) => self.gathered.take_time(*rank, text),
            Meant::Host(rank, last) => self.gathered.take_host(*rank, *last, text),
            Meant::Windows(key) => self.windows.take(key.as_ref(), text),
            Meant::Named(Column::WindowsChannel) => self.windows.channel = text,
            Meant::Named(Column::WindowsId) => self.windows.id = text,
            Meant::Named(Column::WindowsProvider) => self.windows.provider = text,
            Meant::Named(column) => self.gathered.take(*column, text),
        }
    }

    fn describe(mut self, event: &mut Event<'r>) {
        let windows = &mut self.windows;
        let host = self.gathered.host;
        if !windows.channel.is_empty() && !windows.id.is_empty() && !host.is_empty() {
            windows.computer = host;
            event.number = self.number;
            event.time = self.gathered.time;
            windows_event::describe(windows, event);
        } else {
            self.gathered.describe(event);
            event.source = SourceName {
                format: "json",
                part: b"",
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonLines, LogFormat, SELDOM};
    use crate::Event;
    use crate::years::YearClock;
    use proptest::prelude::*;
    use tegakari_model::TimeRange;

    const LINES: [&str; 9] = [
        r#"{"ts":"2026-01-05T00:00:00.091Z","host":"ws-0305","event":"x","pid":2368,"cmdline":"\"a\" /c b","sha256":""}"#,
        r#"{"ts":"2026-01-05T00:00:01.091Z","host":"ws-0306","event":"x","pid":1,"cmdline":"","sha256":"5d41402abc4b2a76b9719d911017c592ae5d41402abc4b2a76b9719d911017c5"}"#,
        r#"{"@timestamp":"2026-01-05T01:00:00Z","host":{"name":"ws-1"},"source":{"ip":"10.0.0.1","port":4},"url":{"domain":"a.example"}}"#,
        r#"{"Channel":"Security","EventID":4624,"Computer":"DC-1","EventRecordID":77,"Direction":"%%14593","SystemTime":"2026-01-05T01:00:00Z"}"#,
        r#"{"time":1767571200,"src":"10.0.0.1","dst":"203.0.113.9","dport":443,"query":null,"tags":["a",{"b":2}]}"#,
        r#"{"http":{"request":{"host":"www.shop.example"}},"time":"2025-03-04T00:00:00Z","host":"h1","d":"45.2.1.9"}"#,
        r#"{"file":{"timestamp":"2001-01-01T00:00:00Z"},"@timestamp":"2025-03-04T00:00:00Z","host":{"name":"h1"},"agent":{"name":"a1"}}"#,
        r#"{"a":[{"host":"w","time":"2001-01-01T00:00:00Z"}],"time":"","ts":"2025-03-04T00:00:00Z","host":"-","computer":"h1"}"#,
        r##"{"Event":{"EventData":{"UtcTime":"2001-01-01 00:00:00","Workstation":"w"},"System":{"Channel":"Security","EventID":4776,"Computer":"h1","TimeCreated":{"#attributes":{"SystemTime":"2025-03-04T00:00:00Z"}}}}}"##,
    ];

    proptest! {
        #[test]
        fn what_was_learnt_changes_no_event(
            picks in proptest::collection::vec(
                (0..LINES.len(), proptest::option::of((0usize..160, any::<u8>(), any::<bool>()))),
                1..30,
            ),
        ) {
            let lines: Vec<Vec<u8>> = picks
                .into_iter()
                .map(|(pick, change)| {
                    let mut line = LINES[pick].as_bytes().to_vec();
                    match change {
                        Some((at, byte, true)) if at < line.len() => line.insert(at, byte),
                        Some((at, byte, false)) if at < line.len() => line[at] = byte,
                        Some((at, _, _)) if at % 2 == 0 => line.truncate(at / 2),
                        _ => {}
                    }
                    line
                })
                .collect();
            let new = || JsonLines.reader(YearClock::new(TimeRange::default()));
            let mut learning = new();
            for line in &lines {
                let (mut event, mut alone) = (Event::default(), Event::default());
                learning.read(line, &mut event);
                new().read(line, &mut alone);
                prop_assert_eq!(format!("{event:?}"), format!("{alone:?}"));
            }
        }
    }

    /// Time and machine of a record, read anew and by the form of one like it.
    fn who_and_when(line: &str) -> (Option<String>, Option<String>) {
        let mut reader = JsonLines.reader(YearClock::new(TimeRange::default()));
        let mut both = Vec::new();
        for _ in 0..2 {
            let mut event = Event::default();
            reader.read(line.as_bytes(), &mut event);
            let host = event.parties().next();
            both.push((
                event.time().map(|time| time.to_string()),
                host.map(|party| String::from_utf8_lossy(party.id).into_owned()),
            ));
        }
        assert_eq!(both[0], both[1], "{line}");
        both.swap_remove(0)
    }

    proptest! {
        #[test]
        fn the_order_of_keys_says_nothing_of_who_and_when(
            members in Just(vec![
                r#""a":[{"host":"w","time":"2001-01-01T00:00:00Z"}]"#,
                r#""http":{"request":{"host":"www.shop.example","computer":"x"}}"#,
                r#""request":{"host":"www.shop.example"}"#,
                r#""file":{"timestamp":"2002-01-01T00:00:00Z"}"#,
                r#""agent":{"name":"a1"}"#,
                r#""@timestamp":"2025-03-04T00:00:00Z""#,
                r#""created":"2003-01-01T00:00:00Z""#,
                r#""host":{"name":"h1"}"#,
            ]).prop_shuffle(),
            own in any::<bool>(),
        ) {
            let mut line = members.join(",");
            if own {
                line = line.replace(r#""host":{"name":"h1"}"#, r#""host":"h1""#);
            }
            let want = (Some("2025-03-04T00:00:00Z".to_owned()), Some("h1".to_owned()));
            prop_assert_eq!(who_and_when(&format!("{{{line}}}")), want);
        }
    }

    #[test]
    fn the_time_and_host_of_the_record_are_those_that_stand_highest() {
        for line in &LINES[5..] {
            let want = (
                Some("2025-03-04T00:00:00Z".to_owned()),
                Some("h1".to_owned()),
            );
            assert_eq!(who_and_when(line), want, "{line}");
        }
        // What stands deeper still is better than nothing.
        for (line, time, host) in [
            (
                r#"{"http":{"request":{"host":"w"}},"d":1}"#,
                None,
                Some("w"),
            ),
            (
                r#"{"file":{"timestamp":"2001-01-01T00:00:00Z"},"time":"soon","host":""}"#,
                Some("2001-01-01T00:00:00Z"),
                None,
            ),
            (
                r#"{"host":{"name":"collector"},"winlog":{"computer_name":"dc"}}"#,
                None,
                Some("dc"),
            ),
        ] {
            let want = (time.map(str::to_owned), host.map(str::to_owned));
            assert_eq!(who_and_when(line), want, "{line}");
        }
    }

    #[test]
    fn a_log_without_a_form_is_read_and_the_next_one_is_learnt() {
        let mut reader = JsonLines.reader(YearClock::new(TimeRange::default()));
        for turn in 0..4 * SELDOM {
            let line = format!(r#"{{"time":1767571200,"k{turn}":1,"host":"h{turn}"}}"#);
            let mut event = Event::default();
            reader.read(line.as_bytes(), &mut event);
            assert!(!event.is_bad() && event.time().is_some());
        }
        for turn in 0..4 * SELDOM {
            let line = format!(r#"{{"time":1767571200,"host":"h{turn}"}}"#);
            let mut event = Event::default();
            reader.read(line.as_bytes(), &mut event);
            let host = event.parties().next().map(|party| party.id.to_vec());
            assert_eq!(host, Some(format!("h{turn}").into_bytes()));
        }
    }
}
