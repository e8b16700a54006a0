//! What Zeek's logs mean, whether written as JSON or as tab-separated text.
//! Fields: <https://docs.zeek.org/en/master/logs/index.html>.

use tegakari_model::Telemetry as T;

use crate::event::{Event, Role, SourceName};
use crate::{Kinds, time_text};

/// The fields of one record that a hunt needs, by their Zeek names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ZeekFields<'r> {
    pub(crate) path: &'r [u8],
    pub(crate) ts: &'r [u8],
    pub(crate) orig: &'r [u8],
    pub(crate) resp: &'r [u8],
    resp_port: &'r [u8],
    pub(crate) query: &'r [u8],
    pub(crate) answer: &'r [u8],
    pub(crate) method: &'r [u8],
    pub(crate) host: &'r [u8],
    pub(crate) uri: &'r [u8],
    pub(crate) user_agent: &'r [u8],
    pub(crate) server_name: &'r [u8],
    pub(crate) transmitter: &'r [u8],
    pub(crate) receiver: &'r [u8],
    pub(crate) client_addr: &'r [u8],
    pub(crate) assigned_addr: &'r [u8],
    pub(crate) host_name: &'r [u8],
    pub(crate) mime: &'r [u8],
    lost: &'r [u8],
    measured_over: &'r [u8],
    guess: &'static [u8],
}

/// What a field of a Zeek log is to a hunt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Ts,
    Path,
    Orig,
    Resp,
    RespPort,
    Query,
    Answer,
    Method,
    Host,
    Uri,
    UserAgent,
    ServerName,
    Transmitter,
    Receiver,
    FileId,
    Mime,
    ClientAddr,
    AssignedAddr,
    HostName,
    /// Its value does not matter, but it stands only in this log.
    Only(&'static [u8]),
    /// Share of traffic that the sensor lost, in percent.
    Lost,
    /// Seconds that this was measured over, before the time of the record.
    MeasuredOver,
    Other,
}

impl Field {
    /// The field with a Zeek name.
    pub(crate) fn of(key: &[u8]) -> Self {
        match key {
            b"ts" => Self::Ts,
            b"_path" => Self::Path,
            b"id.orig_h" => Self::Orig,
            b"id.resp_h" => Self::Resp,
            b"id.resp_p" => Self::RespPort,
            b"query" => Self::Query,
            b"qtype" | b"qtype_name" | b"rcode" => Self::Only(b"dns"),
            b"answers" => Self::Answer,
            b"method" => Self::Method,
            b"host" => Self::Host,
            b"uri" => Self::Uri,
            b"user_agent" => Self::UserAgent,
            b"server_name" => Self::ServerName,
            b"ssl_history" | b"cipher" => Self::Only(b"ssl"),
            b"tx_hosts" => Self::Transmitter,
            b"rx_hosts" => Self::Receiver,
            b"fuid" => Self::FileId,
            b"mime_type" => Self::Mime,
            b"client_addr" => Self::ClientAddr,
            b"assigned_addr" => Self::AssignedAddr,
            b"host_name" => Self::HostName,
            b"conn_state" => Self::Only(b"conn"),
            b"certificate.subject" => Self::Only(b"x509"),
            b"mailfrom" | b"rcptto" => Self::Only(b"smtp"),
            b"stratum" => Self::Only(b"ntp"),
            b"certStatus" => Self::Only(b"ocsp"),
            b"note" => Self::Only(b"notice"),
            b"percent_lost" => Self::Lost,
            b"ts_delta" => Self::MeasuredOver,
            _ => Self::Other,
        }
    }
}

impl<'r> ZeekFields<'r> {
    /// Takes one field. Unknown ones are ignored, except where they tell which log it is.
    pub(crate) fn take(&mut self, field: Field, value: &'r [u8]) {
        let value = if matches!(value, b"-" | b"(empty)") {
            b""
        } else {
            value
        };
        match field {
            Field::Ts => self.ts = value,
            Field::Path => self.path = value,
            Field::Orig => self.orig = value,
            Field::Resp => self.resp = value,
            Field::RespPort => self.resp_port = value,
            Field::Query => (self.query, self.guess) = (value, b"dns"),
            Field::Answer => {
                if self.answer.is_empty() || is_no_address(self.answer) {
                    self.answer = value;
                }
            }
            Field::Method => (self.method, self.guess) = (value, b"http"),
            Field::Host => self.host = value,
            Field::Uri => (self.uri, self.guess) = (value, b"http"),
            Field::UserAgent => self.user_agent = value,
            Field::ServerName => (self.server_name, self.guess) = (value, b"ssl"),
            Field::Transmitter => (self.transmitter, self.guess) = (value, b"files"),
            Field::Receiver => (self.receiver, self.guess) = (value, b"files"),
            Field::FileId => {
                if self.guess.is_empty() {
                    self.guess = b"files";
                }
            }
            Field::Mime => self.mime = value,
            Field::ClientAddr => (self.client_addr, self.guess) = (value, b"dhcp"),
            Field::AssignedAddr => (self.assigned_addr, self.guess) = (value, b"dhcp"),
            Field::HostName => self.host_name = value,
            Field::Only(log) => self.guess = log,
            Field::Lost => (self.lost, self.guess) = (value, b"capture_loss"),
            Field::MeasuredOver => self.measured_over = value,
            Field::Other => {}
        }
    }

    fn log(&self) -> &'r [u8] {
        if !self.path.is_empty() {
            self.path
        } else if !self.guess.is_empty() {
            self.guess
        } else {
            b"other"
        }
    }
}

/// Whether an answer is a name (CNAME) rather than an address: a later address is preferred.
fn is_no_address(answer: &[u8]) -> bool {
    crate::address::parse(answer).is_none()
}

/// From this share of lost traffic on, in percent, an hour of the sensor is not whole.
const LOSSY: f64 = 1.0;
/// Seconds over which a sensor measures what it lost; more is a mistake.
const MOST_MEASURED: f64 = 7.0 * 86_400.0;

/// Whether an address is of all machines of a network: what is asked there (mDNS, LLMNR, NetBIOS) is not asked of a
/// resolver, and shows no name of the internet.
pub(crate) fn is_everybody(address: &[u8]) -> bool {
    match crate::address::parse(address) {
        Some(std::net::IpAddr::V4(v4)) => v4.is_multicast() || v4.octets()[3] == 255,
        Some(std::net::IpAddr::V6(v6)) => v6.is_multicast(),
        None => false,
    }
}

/// Makes the event of one record.
pub(crate) fn describe<'r>(format: &'static str, fields: &ZeekFields<'r>, event: &mut Event<'r>) {
    let log = fields.log();
    event.source = SourceName { format, part: log };
    event.detail = [log, b""];
    event.time = time_text::value(fields.ts);
    event.origin = Some((Role::Sensor, Kinds::NONE));
    let (orig, resp) = (fields.orig, fields.resp);
    let lost = std::str::from_utf8(fields.lost)
        .ok()
        .and_then(|text| text.parse::<f64>().ok());
    if lost.is_some_and(|percent| percent >= LOSSY) {
        let seconds = std::str::from_utf8(fields.measured_over)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|seconds| (0.0..=MOST_MEASURED).contains(seconds));
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a week"
        )]
        let seconds = seconds.map(|seconds| seconds.ceil() as u32);
        event.lossy = Some(seconds.unwrap_or(0));
    }
    match log {
        b"conn" => {
            event.carries(&[T::Flow]);
            event.peer_port = fields.resp_port;
            event.both_ends = true;
            event.party(orig, Role::Client, Kinds::of(&[T::Flow]));
            event.party(resp, Role::Server, Kinds::of(&[T::Flow]));
        }
        b"dns" => {
            // Without a name it is no look-up that would have shown one.
            let mut shows = if is_everybody(resp) || fields.query.is_empty() {
                Kinds::NONE
            } else {
                Kinds::of(&[T::Dns])
            };
            if !fields.answer.is_empty() && shows != Kinds::NONE {
                shows = shows.with(T::DnsAnswer);
                event.claim(fields.answer, fields.query, false);
            }
            event.carries = shows;
            event.name = fields.query;
            event.party(orig, Role::Client, shows);
        }
        b"http" => {
            let tunnel = fields.method == b"CONNECT";
            let absolute = fields.uri.starts_with(b"http:") || fields.uri.starts_with(b"https:");
            event.proxied = tunnel || absolute;
            let mut shows = Kinds::NONE;
            if !fields.host.is_empty() {
                shows = shows.with(T::HttpHost);
            }
            if !tunnel && !fields.host.is_empty() && !fields.uri.is_empty() {
                shows = shows.with(T::HttpUrl);
            }
            if !fields.user_agent.is_empty() {
                shows = shows.with(T::UserAgent);
            }
            event.carries = shows;
            event.name = fields.host;
            if !event.proxied {
                event.path = fields.uri;
            }
            event.party(orig, Role::Client, shows);
            event.party(resp, Role::Server, Kinds::NONE);
        }
        b"ssl" => {
            let shows = if fields.server_name.is_empty() {
                Kinds::NONE
            } else {
                Kinds::of(&[T::TlsName])
            };
            event.carries = shows;
            event.name = fields.server_name;
            event.party(orig, Role::Client, shows);
            event.party(resp, Role::Server, Kinds::NONE);
        }
        b"files" => {
            let certificate = matches!(
                fields.mime,
                b"application/x-x509-user-cert"
                    | b"application/pkix-cert"
                    | b"application/x-x509-ca-cert"
            );
            let kind = if certificate {
                T::Certificate
            } else {
                T::TransferHash
            };
            event.carries(&[kind]);
            let (to, from) = if fields.receiver.is_empty() {
                (orig, resp)
            } else {
                (fields.receiver, fields.transmitter)
            };
            event.both_ends = true;
            event.party(to, Role::Client, Kinds::of(&[kind]));
            event.party(from, Role::Server, Kinds::of(&[kind]));
        }
        b"x509" => event.carries(&[T::Certificate]),
        b"dhcp" => {
            event.carries(&[T::Other]);
            let address = if fields.assigned_addr.is_empty() {
                fields.client_addr
            } else {
                fields.assigned_addr
            };
            event.party(address, Role::Client, Kinds::of(&[T::Other]));
            event.claim(address, fields.host_name, true);
        }
        b"smtp" => {
            event.carries(&[T::Mail]);
            event.party(orig, Role::Client, Kinds::of(&[T::Mail]));
            event.party(resp, Role::Server, Kinds::of(&[T::Mail]));
        }
        b"notice" | b"weird" | b"intel" | b"signatures" => {
            event.carries(&[T::Alert]);
            event.party(orig, Role::Client, Kinds::of(&[T::Alert]));
            event.party(resp, Role::Server, Kinds::of(&[T::Alert]));
        }
        _ => {
            event.carries(&[T::Other]);
            event.party(orig, Role::Client, Kinds::of(&[T::Other]));
            event.party(resp, Role::Server, Kinds::of(&[T::Other]));
        }
    }
}

/// Telemetry that Zeek can carry.
pub(crate) const SHOWS: &[T] = &[
    T::Flow,
    T::Dns,
    T::DnsAnswer,
    T::HttpHost,
    T::HttpUrl,
    T::UserAgent,
    T::TlsName,
    T::Certificate,
    T::TransferHash,
    T::Mail,
    T::Alert,
    T::Other,
];
