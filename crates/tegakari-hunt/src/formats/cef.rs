//! Events in the Common Event Format, bare or in syslog lines
//! (OpenText/ArcSight CEF Implementation Standard): `CEF:0|vendor|product|version|id|name|severity|key=value …`.

use tegakari_model::Telemetry as T;

use super::csv_fields::meaning;
use super::security_event::{Field, SHOWS, Said, pairs};
use super::{Decoded, LogFormat, RecordReader, Sniff, sniff_lines, syslog};
use crate::event::{Event, SourceName};
use crate::fields::{Fields, network};
use crate::resume::State;
use crate::years::YearClock;

/// The Common Event Format.
pub(super) struct Cef;

impl LogFormat for Cef {
    fn id(&self) -> &'static str {
        "cef"
    }

    fn about(&self) -> &'static str {
        "Events in the Common Event Format, bare or in syslog (ArcSight CEF Implementation Standard)"
    }

    fn shows(&self) -> &'static [T] {
        SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| message(line).is_some())
    }

    fn reader(&self, years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader(syslog::Reader::new(years)))
    }
}

struct Reader(syslog::Reader);

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn joins(&self) -> bool {
        true
    }

    fn decodes_lines(&self) -> bool {
        true
    }

    fn decoded(&self, record: &[u8], each: &mut dyn FnMut(&Decoded)) {
        if memchr::memmem::find(record, b"\\=").is_some() {
            each(&unescaped(record));
        }
    }

    fn state(&self) -> Option<State> {
        self.0.state()
    }

    fn fields<'r>(&self, record: &'r [u8], event: &Event<'r>, fields: &mut Fields<'r>) {
        self.0.fields(record, event, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        self.0.read(record, event);
    }
}

/// A record without the backslashes that the format puts before its own signs.
fn unescaped(record: &[u8]) -> Decoded {
    let mut text = Decoded {
        text: Vec::with_capacity(record.len()),
        origins: vec![(0, 0)],
    };
    let mut at = 0;
    while let Some(&byte) = record.get(at) {
        if byte == b'\\' && matches!(record.get(at + 1), Some(b'=' | b'|' | b'\\')) {
            at += 1;
            text.origins.push((text.text.len(), at));
        }
        text.text.extend(record.get(at));
        at += 1;
    }
    text
}

/// The parts of an event.
pub(super) struct Message<'r> {
    product: &'r [u8],
    id: &'r [u8],
    name: &'r [u8],
    extension: &'r [u8],
}

/// The event in a line, which stands behind a time, a host and perhaps a tag.
pub(super) fn message(line: &[u8]) -> Option<Message<'_>> {
    let at = memchr::memmem::find(&line[..line.len().min(256)], b"CEF:")?;
    let rest = &line[at + 4..];
    let version = memchr::memchr(b'|', rest.get(..5)?)?;
    if version == 0
        || !rest[..version]
            .iter()
            .all(|b| b.is_ascii_digit() || *b == b'.')
    {
        return None;
    }
    let mut rest = &rest[version + 1..];
    let mut parts: [&[u8]; 6] = [b""; 6];
    for part in &mut parts {
        let bar = memchr::memchr_iter(b'|', rest).find(|&bar| bar == 0 || rest[bar - 1] != b'\\');
        // The severity may end the line.
        let end = bar.unwrap_or(rest.len());
        *part = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    let [_, product, _, id, name, _] = parts;
    (!product.is_empty()).then_some(Message {
        product,
        id,
        name,
        extension: rest,
    })
}

impl<'r> Message<'r> {
    /// Gives the fields of the event.
    pub(super) fn fields(&self, record: &'r [u8], fields: &mut Fields<'r>) {
        fields.add_bytes("device_product", self.product);
        fields.add_bytes("device_event_class_id", self.id);
        fields.add_bytes("name", self.name);
        pairs(self.extension, |key, value| fields.add_escaped(key, value));
        network::of_product("cef", record, NAMES, fields);
    }
}

/// What rules call the keys of the extension dictionary.
const NAMES: &[(&str, &str)] = &[
    ("src_ip", "src"),
    ("src_ip", "sourceAddress"),
    ("src_port", "spt"),
    ("src_port", "sourcePort"),
    ("dst_ip", "dst"),
    ("dst_ip", "destinationAddress"),
    ("dst_port", "dpt"),
    ("dst_port", "destinationPort"),
    ("username", "suser"),
    ("username", "duser"),
    ("username", "sourceUserName"),
    ("username", "destinationUserName"),
    ("action", "act"),
    ("action", "deviceAction"),
    ("protocol", "proto"),
    ("protocol", "transportProtocol"),
    ("c-uri", "request"),
    ("c-uri", "requestURL"),
    ("c-uri", "requestUrl"),
    ("cs-method", "requestMethod"),
    ("c-useragent", "requestClientApplication"),
    ("cs-host", "dhost"),
    ("cs-host", "destinationHostName"),
    ("query", "destinationDnsDomain"),
];

/// The meaning of a key of the extension dictionary, short or long.
fn field(key: &[u8]) -> Field {
    match key {
        b"rt" | b"deviceReceiptTime" => Field::Time(0),
        b"start" | b"startTime" => Field::Time(1),
        b"end" | b"endTime" => Field::Time(2),
        b"src" | b"sourceAddress" | b"c6a2" => Field::Source,
        b"shost" | b"sourceHostName" => Field::SourceName,
        b"dst" | b"destinationAddress" | b"c6a3" => Field::Destination,
        b"dhost" | b"destinationHostName" => Field::DestinationName,
        b"dpt" | b"destinationPort" => Field::DestinationPort,
        b"dvchost" | b"deviceHostName" | b"dvc" | b"deviceAddress" => Field::Device,
        b"request" | b"requestURL" | b"requestUrl" => Field::Url,
        b"requestClientApplication" => Field::Shows(T::UserAgent),
        b"destinationDnsDomain" => Field::Query,
        b"fname" | b"fileName" | b"filePath" => Field::Shows(T::FileName),
        b"fileHash" => Field::Hash,
        b"sproc" | b"dproc" | b"sourceProcessName" | b"destinationProcessName" => {
            Field::Shows(T::Process)
        }
        b"act" | b"deviceAction" => Field::Action,
        b"in" | b"out" | b"bytesIn" | b"bytesOut" => Field::Bytes,
        // What these mean is told by a label that every vendor words anew.
        b"cs1" | b"cs2" | b"cs3" | b"cs4" | b"cs5" | b"cs6" => Field::Hash,
        b"host" | b"path" | b"process" | b"site" | b"file" | b"command" => Field::Nothing,
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
        format: "cef",
        part: message.product,
    };
    event.detail = [message.name, message.id];
    let mut said = Said::default();
    said.named(message.name);
    said.named(message.id);
    pairs(message.extension, |key, value| said.take(field(key), value));
    event.bad = said.is_empty() && relayed_by.is_empty();
    said.describe(relayed_by, event);
    said.time
}
