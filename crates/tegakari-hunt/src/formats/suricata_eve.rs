//! Suricata's EVE: one JSON object an event
//! (<https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>).

use tegakari_model::Telemetry as T;

use super::json_walk::fields;
use super::{LogFormat, RecordReader, Sniff, sniff_lines};
use crate::event::{Event, Role, SourceName};
use crate::fields::{Fields, network};
use crate::resume::State;
use crate::years::YearClock;
use crate::{Kinds, time_text};

/// EVE as JSON lines.
pub(super) struct SuricataEve;

impl LogFormat for SuricataEve {
    fn id(&self) -> &'static str {
        "suricata-eve"
    }

    fn about(&self) -> &'static str {
        "Suricata's EVE JSON (docs.suricata.io, EVE JSON format)"
    }

    fn shows(&self) -> &'static [T] {
        super::zeek::SHOWS
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff_lines(head, Sniff::Certain, |line| {
            let mut marks = 0;
            line.first() == Some(&b'{')
                && fields(line, |parent, key, _| {
                    marks |= match key {
                        b"event_type" if parent.is_empty() => 1,
                        b"timestamp" if parent.is_empty() => 2,
                        b"flow_id" | b"src_ip" | b"uptime" => 4,
                        _ => 0,
                    };
                })
                && marks == 7
        })
    }

    fn reader(&self, _years: YearClock) -> Box<dyn RecordReader> {
        Box::new(Reader::default())
    }
}

/// What the sensor says of itself, so that what it dropped since it last said so can be told.
#[derive(Default)]
struct Reader {
    /// Time in seconds, packets and of these dropped, since the sensor was started.
    last: Option<(i64, u64, u64)>,
}

/// From this share of dropped packets on, hours are not whole: as for Zeek, 1 %.
const LOSES: u64 = 100;
/// A sensor says so every few seconds; what is longer apart may be of two runs of it.
const LONGEST: i64 = 86_400;

impl Reader {
    /// Seconds before a record of statistics in which more packets were dropped than may be.
    fn loses(&mut self, second: i64, packets: u64, drops: u64) -> Option<u32> {
        let (before, had, lost) = self
            .last
            .replace((second, packets, drops))
            .unwrap_or((second, 0, 0));
        // Numbers that went down are those of a sensor that was started anew.
        let anew = packets < had || drops < lost;
        let (had, lost) = if anew { (0, 0) } else { (had, lost) };
        let (packets, drops) = (packets - had, drops - lost);
        let seconds = second.saturating_sub(before).clamp(0, LONGEST);
        let loses = drops > 0 && drops.saturating_mul(LOSES) >= packets.saturating_add(drops);
        loses.then(|| u32::try_from(seconds).unwrap_or(0))
    }
}

impl RecordReader for Reader {
    fn is_json(&self) -> bool {
        true
    }

    fn by_line(&mut self, _bytes: &[u8]) -> bool {
        true
    }

    fn joins(&self) -> bool {
        true
    }

    fn state(&self) -> Option<State> {
        // What was dropped since the last record of statistics is worked out from it: none, so that the first one of the
        // next run tells of all since the start.
        Some(State::default())
    }

    fn fields<'r>(&self, record: &'r [u8], _event: &Event<'r>, fields: &mut Fields<'r>) {
        network::of_suricata(record, fields);
    }

    fn read<'r>(&mut self, record: &'r [u8], event: &mut Event<'r>) {
        if record.trim_ascii().is_empty() {
            event.skip = true;
            return;
        }
        let (mut kind, mut sensor): (&[u8], &[u8]) = (b"", b"");
        let (mut source, mut destination): (&[u8], &[u8]) = (b"", b"");
        let (mut from_port, mut to_port): (&[u8], &[u8]) = (b"", b"");
        let (mut host, mut url): (&[u8], &[u8]) = (b"", b"");
        let (mut method, mut query, mut sni): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
        let (mut agent, mut mail) = (false, false);
        let mut answer: &[u8] = b"";
        let (mut packets, mut drops): (&[u8], &[u8]) = (b"", b"");
        let whole = fields(record, |parent, key, value| {
            let text = value.bytes();
            match (parent, key) {
                (b"", b"timestamp") => event.time = time_text::value(text),
                (b"", b"event_type") => kind = text,
                (b"", b"host") => sensor = text,
                (b"", b"src_ip") => source = text,
                (b"", b"dest_ip") => destination = text,
                (b"", b"src_port") => from_port = text,
                (b"", b"dest_port") => to_port = text,
                (b"http", b"hostname") => host = text,
                (b"http", b"url") => url = text,
                (b"http", b"http_method") => method = text,
                (b"http", b"http_user_agent") => agent = !text.is_empty(),
                (b"tls" | b"quic", b"sni") => sni = text,
                (b"smtp", b"mail_from" | b"rcpt_to") | (b"rcpt_to", _) => mail = true,
                (b"email", b"from" | b"to") => mail = true,
                (b"capture", b"kernel_packets") => packets = text,
                (b"capture", b"kernel_drops") => drops = text,
                (_, b"rrname") if query.is_empty() => query = text,
                (_, b"rdata") if answer.is_empty() => answer = text,
                (b"A" | b"AAAA", _) if answer.is_empty() => answer = text,
                (_, b"A" | b"AAAA") if answer.is_empty() => answer = text,
                _ => {}
            }
        });
        event.source = SourceName {
            format: "suricata-eve",
            part: kind,
        };
        event.detail = [kind, b""];
        if sensor.is_empty() {
            event.origin = Some((Role::Sensor, Kinds::NONE));
        } else {
            event.party(sensor, Role::Sensor, Kinds::NONE);
        }
        let mut server_shows = Kinds::NONE;
        let shows = match kind {
            b"flow" | b"netflow" => {
                event.both_ends = true;
                event.peer_port = to_port;
                server_shows = Kinds::of(&[T::Flow]);
                server_shows
            }
            b"dns" => {
                event.name = query;
                if from_port == b"53" && to_port != b"53" {
                    // The answer's packet: it goes back to the client.
                    std::mem::swap(&mut source, &mut destination);
                }
                // Without a name, or asked of everybody on the network, it is no look-up of the internet.
                let named = !query.is_empty() && !super::zeek::is_everybody(destination);
                let mut shows = if named {
                    Kinds::of(&[T::Dns])
                } else {
                    Kinds::NONE
                };
                if named && !answer.is_empty() {
                    shows = shows.with(T::DnsAnswer);
                    event.claim(answer, query, false);
                }
                event.carries = shows;
                event.party(source, Role::Client, shows);
                event.bad = !whole || event.time.is_none();
                return;
            }
            b"http" | b"http2" => {
                event.name = host;
                let tunnel = method == b"CONNECT";
                event.proxied = tunnel || url.starts_with(b"http:") || url.starts_with(b"http:\\/");
                if !event.proxied {
                    event.path = url;
                }
                let mut shows = Kinds::NONE;
                if !host.is_empty() {
                    shows = shows.with(T::HttpHost);
                }
                if !tunnel && !host.is_empty() {
                    shows = shows.with(T::HttpUrl);
                }
                if agent {
                    shows = shows.with(T::UserAgent);
                }
                shows
            }
            b"tls" | b"quic" => {
                event.name = sni;
                if sni.is_empty() {
                    Kinds::NONE
                } else {
                    Kinds::of(&[T::TlsName])
                }
            }
            b"fileinfo" => Kinds::of(&[T::TransferHash]),
            b"stats" => {
                let number = |text: &[u8]| -> Option<u64> {
                    std::str::from_utf8(text).ok().and_then(|t| t.parse().ok())
                };
                if let (Some(time), Some(packets), Some(drops)) =
                    (event.time, number(packets), number(drops))
                {
                    event.lossy = self.loses(time.as_second(), packets, drops);
                }
                Kinds::of(&[T::Other])
            }
            b"smtp" if mail => Kinds::of(&[T::Mail]),
            b"smtp" => Kinds::NONE,
            b"alert" | b"anomaly" => {
                event.both_ends = true;
                event.name = host;
                server_shows = Kinds::of(&[T::Alert]);
                server_shows
            }
            _ => Kinds::of(&[T::Other]),
        };
        event.carries = shows;
        event.party(source, Role::Client, shows);
        event.party(destination, Role::Server, server_shows);
        event.bad = !whole || event.time.is_none();
    }
}
