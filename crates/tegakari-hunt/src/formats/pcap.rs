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
        "Packet captures, pcap and pcapng: addresses, DNS, TLS names and certificates, HTTP (ietf-opsawg-pcap, -pcapng)"
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
        event.source = SourceName {
            format: "pcap",
            part: b"",
        };
        let (mut client, mut server): (&[u8], &[u8]) = (b"", b"");
        let mut shows = Kinds::of(&[T::Flow]);
        let whole = fields(record, |_, key, value| {
            let value = value.bytes();
            match key {
                b"packet" => {
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
                b"agent" => shows = shows.with(T::UserAgent),
                _ => {}
            }
        });
        event.bad = !whole;
        event.carries = shows;
        event.both_ends = true;
        event.party(client, Role::Client, shows);
        event.party(server, Role::Server, Kinds::of(&[T::Flow]));
        event.origin = Some((Role::Sensor, Kinds::NONE));
    }
}
