//! The extended log format of the W3C (<https://www.w3.org/TR/WD-logfile.html>), as IIS, gateways and content networks
//! write it: a line `#Fields:` names the columns, which blanks or tabs separate.

use tegakari_model::{Telemetry as T, Timestamp};

use super::request_line::target;
use super::{LogFormat, RecordReader, Sniff, head_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, web};
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// W3C extended logs.
pub(super) struct W3c;

const FIELDS: &[u8] = b"#Fields:";

/// What a column is to a hunt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Time,
    Both,
    Client,
    ServerName,
    Method,
    Host,
    Stem,
    Query,
    Uri,
    Agent,
    Other,
}

fn column(name: &[u8]) -> Column {
    match name.to_ascii_lowercase().as_slice() {
        b"date" => Column::Date,
        b"time" => Column::Time,
        b"gmttime" | b"timestamp" | b"x-timestamp" | b"date-time" => Column::Both,
        b"c-ip" => Column::Client,
        b"s-computername" => Column::ServerName,
        b"cs-method" => Column::Method,
        b"cs-host" | b"cs(host)" | b"x-host-header" => Column::Host,
        b"cs-uri-stem" | b"cs-uri-path" => Column::Stem,
        b"cs-uri-query" => Column::Query,
        b"cs-uri" | b"c-uri" => Column::Uri,
        b"cs(user-agent)" | b"c-agent" => Column::Agent,
        _ => Column::Other,
    }
}

impl LogFormat for W3c {
    fn id(&self) -> &'static str {
        "w3c"
    }

    fn about(&self) -> &'static str {
        "W3C extended logs: IIS, proxies, gateways, content networks (w3.org/TR/WD-logfile.html)"
    }

    fn shows(&self) -> &'static [T] {
        &[T::HttpHost, T::HttpUrl, T::UserAgent, T::Other]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let lines = head_lines(head, 40);
        let first = lines.first().is_some_and(|line| line.starts_with(b"#"));
        let named = lines.iter().any(|line| {
            line.strip_prefix(FIELDS).is_some_and(|names| {
                words(names)
                    .any(|name| column(name) == Column::Time || column(name) == Column::Both)
            })
        });
        if first && named {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader::default())
    }
}

/// The fields of a line: between tabs when it has any, otherwise between blanks; quoted ones may hold blanks.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let tabs = memchr::memchr(b'\t', line).is_some();
    let separator = if tabs { b'\t' } else { b' ' };
    let mut rest = line.trim_ascii();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if rest.first() == Some(&b'"')
            && let Some(end) = memchr::memchr(b'"', &rest[1..])
        {
            let word = &rest[1..=end];
            rest = rest[end + 2..]
                .strip_prefix(&[separator])
                .unwrap_or(&rest[end + 2..]);
            return Some(word);
        }
        let end = memchr::memchr(separator, rest).unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(word)
    })
}

/// The time in two columns.
fn joined(date: &[u8], time: &[u8]) -> Option<Timestamp> {
    let mut text = [0; 40];
    let length = date.len() + 1 + time.len();
    if date.len() != 10 || length > text.len() {
        return None;
    }
    text[..10].copy_from_slice(date);
    text[10] = b' ';
    text[11..length].copy_from_slice(time);
    time_text::iso(&text[..length]).map(|(time, _)| time)
}

#[derive(Default)]
struct Reader {
    columns: Vec<Column>,
    /// Their names, in lower case.
    names: Vec<Box<str>>,
}

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn joins(&self) -> bool {
        true
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        web::of_w3c(record, &self.names, words(record), fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() || record.first() == Some(&b'#') {
            if let Some(names) = record.strip_prefix(FIELDS) {
                let text = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase().into();
                self.names = words(names).map(text).collect();
                self.columns = words(names).map(column).collect();
            }
            event.skip = true;
            return;
        }
        event.source = SourceName {
            format: "w3c",
            part: b"",
        };
        let none: &[u8] = b"";
        let (mut date, mut time, mut client, mut server) = (none, none, none, none);
        let (mut method, mut uri) = (none, none);
        let mut shows = Kinds::NONE;
        let mut count = 0;
        for (word, column) in words(record).zip(&self.columns) {
            count += 1;
            if word == b"-" {
                continue;
            }
            match column {
                Column::Date => date = word,
                Column::Time => time = word,
                Column::Both => event.time = time_text::value(word),
                Column::Client => client = word,
                Column::ServerName => server = word,
                Column::Method => method = word,
                Column::Host => event.name = word,
                Column::Stem => event.path = word,
                Column::Query => event.query = word,
                Column::Uri => uri = word,
                Column::Agent => shows = shows.with(T::UserAgent),
                Column::Other => {}
            }
        }
        event.time = event.time.or_else(|| joined(date, time));
        event.bad = count < self.columns.len() || event.time.is_none();
        if let Some(target) = target(method, uri) {
            event.name = target.host;
            shows = shows.with(T::HttpHost);
            if target.in_tls {
                shows = shows.with_url_in_tls();
            }
        }
        if !event.path.is_empty() || !uri.is_empty() {
            shows = shows.with(T::HttpUrl);
        }
        event.carries = shows.and(Kinds::of(&[T::Other]));
        // A gateway logs what our machines ask for; a web server what is asked of it, which shows of its visitors
        // nothing but this.
        let other = Kinds::of(&[T::Other]);
        let asked = if uri.is_empty() { other } else { shows };
        event.party(client, Role::Client, asked);
        if server.is_empty() {
            event.origin = Some((Role::Endpoint, other));
        } else {
            event.party(server, Role::Endpoint, other);
        }
    }
}
