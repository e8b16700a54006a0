//! Packet captures, as `capture` turns them into text: a packet a line, cited by its number.

use tegakari_model::Telemetry as T;

use super::json_walk::fields;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// Packets.
pub(super) struct Pcap;

impl LogFormat for Pcap {
    fn id(&self) -> &'static str {
        "pcap"
    }

    fn about(&self) -> &'static str {
        "Packet captures, pcap and pcapng: addresses, DNS, TLS names and certificates, HTTP and hashes of its files (ietf-opsawg-pcap, -pcapng)"
    }

    fn shows(&self) -> &'static [T] {
        &[
            T::Flow,
            T::Dns,
            T::DnsAnswer,
            T::TlsName,
            T::Certificate,
            T::HttpHost,
            T::HttpUrl,
            T::UserAgent,
            T::TransferHash,
        ]
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            line.starts_with(b"{\"packet\":") && line.ends_with(b"}")
        })
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl RecordReader for Reader {
    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        describe(record, event);
    }
}

/// Fills in what the line of a packet or of a flow says.
pub(super) fn describe<'r>(record: &'r [u8], event: &mut Event<'r>) {
    event.source = SourceName {
        format: "pcap",
        part: b"",
    };
    let mut sampled = false;
    let (mut client, mut server): (&[u8], &[u8]) = (b"", b"");
    let mut shows = Kinds::of(&[T::Flow]);
    let whole = fields(record, |_, key, value| {
        let value = value.bytes();
        match key {
            b"packet" | b"flow" => {
                event.number = std::str::from_utf8(value).ok().and_then(|t| t.parse().ok());
            }
            b"ts" => event.time = time_text::epoch(value).map(|(time, _)| time),
            b"client" => client = value,
            b"server" => server = value,
            b"dns" => {
                shows = shows.with(T::Dns);
                event.name = value;
            }
            b"answers" => shows = shows.with(T::DnsAnswer),
            b"sni" => {
                shows = shows.with(T::TlsName);
                event.name = value;
            }
            b"certificates" => shows = shows.with(T::Certificate),
            b"host" => {
                shows = shows.with(T::HttpHost);
                event.name = value;
            }
            b"url" => shows = shows.with(T::HttpUrl),
            b"md5" => shows = shows.with(T::TransferHash),
            b"agent" => shows = shows.with(T::UserAgent),
            b"sampled" => sampled = true,
            _ => {}
        }
    });
    event.bad = !whole;
    event.carries = shows;
    event.both_ends = true;
    // Of flows that are sampled, those that are not seen prove nothing.
    let (of_client, of_server) = if sampled {
        (Kinds::of(&[T::Other]), Kinds::of(&[T::Other]))
    } else {
        (shows, Kinds::of(&[T::Flow]))
    };
    event.party(client, Role::Client, of_client);
    event.party(server, Role::Server, of_server);
    event.origin = Some((Role::Sensor, Kinds::NONE));
}
