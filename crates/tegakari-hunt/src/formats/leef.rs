//! Events in the Log Event Extended Format, bare or in syslog lines (IBM QRadar, LEEF 1.0 and 2.0):
//! `LEEF:2.0|vendor|product|version|id|separator|key=value…`.

use tegakari_model::Telemetry as T;

use super::csv_fields::meaning;
use super::security_event::{Field, SHOWS, Said, pairs};
use super::{LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, SourceName};
use crate::fields::{Fields, network};
use crate::years::YearClock;

/// The Log Event Extended Format.
pub(super) struct Leef;

impl LogFormat for Leef {
    fn id(&self) -> &'static str {
        "leef"
    }

    fn about(&self) -> &'static str {
        "Events in the Log Event Extended Format, bare or in syslog (IBM QRadar LEEF 1.0 and 2.0)"
    }

    fn shows(&self) -> &'static [T] {
        SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| message(line).is_some())
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(syslog::Reader::new(years))
    }
}

/// What stands between two pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Byte(u8),
    /// A tab as rsyslog rewrites it.
    EscapedTab,
    /// Tabs that became blanks on the way.
    Blank,
}

/// The parts of an event.
pub(super) struct Message<'r> {
    product: &'r [u8],
    id: &'r [u8],
    separator: Separator,
    attributes: &'r [u8],
}

/// The event in a line, which stands behind a time, a host and perhaps a tag.
pub(super) fn message(line: &[u8]) -> Option<Message<'_>> {
    let at = memchr::memmem::find(&line[..line.len().min(256)], b"LEEF:")?;
    let mut rest = &line[at + 5..];
    let mut parts: [&[u8]; 5] = [b""; 5];
    for part in &mut parts {
        let bar = memchr::memchr(b'|', rest)?;
        *part = &rest[..bar];
        rest = &rest[bar + 1..];
    }
    let [version, _, product, _, id] = parts;
    if !version.first().is_some_and(u8::is_ascii_digit) || version.len() > 4 || product.is_empty() {
        return None;
    }
    let mut separator = Separator::Byte(b'\t');
    // Version 2 may name the separator, as itself or as a number.
    if let Some(bar) = memchr::memchr(b'|', &rest[..rest.len().min(7)])
        && version[0] != b'1'
    {
        if let Some(byte) = named_separator(&rest[..bar]) {
            separator = Separator::Byte(byte);
        }
        rest = &rest[bar + 1..];
    }
    if separator == Separator::Byte(b'\t') && memchr::memchr(b'\t', rest).is_none() {
        separator = match memchr::memmem::find(rest, b"#011") {
            Some(_) => Separator::EscapedTab,
            None => Separator::Blank,
        };
    }
    Some(Message {
        product,
        id,
        separator,
        attributes: rest,
    })
}

/// `^`, `x5E` or `0x5E`.
fn named_separator(text: &[u8]) -> Option<u8> {
    if let [byte] = text {
        return Some(*byte);
    }
    let digits = text.strip_prefix(b"0").unwrap_or(text).strip_prefix(b"x")?;
    let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    u8::try_from(value).ok()
}

impl<'r> Message<'r> {
    fn pairs(&self, mut each: impl FnMut(&'r [u8], &'r [u8])) {
        let mut one = |pair: &'r [u8]| {
            if let Some(at) = memchr::memchr(b'=', pair) {
                each(pair[..at].trim_ascii(), &pair[at + 1..]);
            }
        };
        match self.separator {
            Separator::Byte(byte) => self.attributes.split(|b| *b == byte).for_each(one),
            Separator::EscapedTab => {
                let mut from = 0;
                for at in memchr::memmem::find_iter(self.attributes, b"#011") {
                    one(&self.attributes[from..at]);
                    from = at + 4;
                }
                one(&self.attributes[from..]);
            }
            Separator::Blank => pairs(self.attributes, each),
        }
    }
}

impl<'r> Message<'r> {
    /// Gives the fields of the event.
    pub(super) fn fields(&self, record: &'r [u8], fields: &mut Fields<'r>) {
        fields.add_bytes("device_product", self.product);
        fields.add_bytes("event_id", self.id);
        self.pairs(|key, value| fields.add_escaped(key, value));
        network::of_product("leef", record, NAMES, fields);
    }
}

/// What rules call the predefined keys, and those that proxies add to them.
const NAMES: &[(&str, &str)] = &[
    ("src_ip", "src"),
    ("src_port", "srcPort"),
    ("dst_ip", "dst"),
    ("dst_port", "dstPort"),
    ("username", "usrName"),
    ("action", "action"),
    ("protocol", "proto"),
    ("c-uri", "url"),
    ("c-uri", "URL"),
    ("c-uri", "request"),
    ("cs-method", "method"),
    ("cs-method", "requestMethod"),
    ("c-useragent", "userAgent"),
    ("cs-host", "dstHostName"),
    ("query", "query"),
];

/// The meaning of a predefined key.
fn field(key: &[u8]) -> Field {
    match key {
        b"devTime" => Field::Time(0),
        b"src" | b"identSrc" => Field::Source,
        b"identHostName" | b"srcHostName" => Field::SourceName,
        b"dst" => Field::Destination,
        b"dstHostName" => Field::DestinationName,
        b"dstPort" => Field::DestinationPort,
        b"devName" | b"deviceName" | b"dvchost" => Field::Device,
        b"srcBytes" | b"dstBytes" | b"totalBytes" => Field::Bytes,
        b"fileHash" => Field::Hash,
        b"path" | b"process" | b"file" | b"command" | b"start" | b"created" => Field::Nothing,
        _ => meaning(key).into(),
    }
}

/// Fills in what an event says. `relayed_by` is the host of its syslog line; gives the event's own time.
pub(super) fn describe<'r>(
    message: &Message<'r>,
    relayed_by: &'r [u8],
    event: &mut Event<'r>,
) -> Option<crate::time_text::Bsd> {
    event.source = SourceName {
        format: "leef",
        part: message.product,
    };
    event.detail = [message.product, message.id];
    let mut said = Said::default();
    said.named(message.id);
    message.pairs(|key, value| {
        if key == b"cat" {
            said.named(value);
        }
        said.take(field(key), value);
    });
    event.bad = said.is_empty() && relayed_by.is_empty();
    said.describe(relayed_by, event);
    said.time
}
