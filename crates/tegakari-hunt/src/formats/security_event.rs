//! Events of security products that are pairs of keys and values (CEF, LEEF): who, when, and what was shown.

use tegakari_model::Telemetry as T;

use super::csv_fields::Column;
use super::request_line::target;
use crate::Kinds;
use crate::event::{Event, Role};
use crate::time_text::{self, Bsd};

/// Telemetry that events of both formats can carry.
pub(crate) const SHOWS: &[T] = &[
    T::Flow,
    T::Dns,
    T::HttpHost,
    T::HttpUrl,
    T::UserAgent,
    T::FileName,
    T::Process,
    T::FileMd5,
    T::FileSha1,
    T::FileSha256,
    T::TransferHash,
    T::Alert,
    T::Other,
];

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// A time; the lower the number, the better it stands for the event.
    Time(u8),
    Source,
    SourceName,
    Destination,
    DestinationName,
    DestinationPort,
    /// The product that reports.
    Device,
    Url,
    Query,
    RequestHost,
    Hash,
    /// What was done about it.
    Action,
    /// Bytes of a connection, which only those who log connections count.
    Bytes,
    Shows(T),
    Nothing,
}

impl From<Column> for Field {
    fn from(column: Column) -> Self {
        match column {
            Column::Time(rank) => Self::Time(rank + 3),
            Column::Host => Self::SourceName,
            Column::Source => Self::Source,
            Column::Destination => Self::Destination,
            Column::DestinationPort => Self::DestinationPort,
            Column::Url => Self::Url,
            Column::Query => Self::Query,
            Column::RequestHost => Self::RequestHost,
            Column::Hash(_) => Self::Hash,
            Column::Shows(kind) => Self::Shows(kind),
            _ => Self::Nothing,
        }
    }
}

/// Words in the name of an event that is about a connection as such, not about something wrong with it.
const CONNECTION: [&[u8]; 7] = [
    b"traffic",
    b"connection",
    b"session",
    b"flow",
    b"accept",
    b"teardown",
    b"allow",
];

/// What one event says, gathered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'r> {
    pub(crate) time: Option<Bsd>,
    rank: Option<u8>,
    source: &'r [u8],
    source_name: &'r [u8],
    destination: &'r [u8],
    destination_name: &'r [u8],
    destination_port: bool,
    device: &'r [u8],
    url: &'r [u8],
    query: &'r [u8],
    request_host: &'r [u8],
    shows: Kinds,
    hashes: Kinds,
    connection: bool,
    /// It is told because something was wrong, so that nothing follows for what is right.
    alert: bool,
}

impl<'r> Said<'r> {
    /// The name or number of the event, where it says what the event is about.
    pub(crate) fn named(&mut self, name: &[u8]) {
        self.alert |= name.eq_ignore_ascii_case(b"threat");
        self.connection |= name.windows(4).any(|start| {
            CONNECTION
                .iter()
                .any(|word| start.eq_ignore_ascii_case(&word[..4]))
        }) && CONNECTION.iter().any(|word| {
            name.windows(word.len())
                .any(|part| part.eq_ignore_ascii_case(word))
        });
    }

    /// Takes the value of one key.
    pub(crate) fn take(&mut self, field: Field, value: &'r [u8]) {
        let value = value.trim_ascii();
        if value.is_empty() || matches!(value, b"-" | b"N/A" | b"null" | b"(null)") {
            return;
        }
        let first = |known: &mut &'r [u8]| {
            if known.is_empty() {
                *known = value;
            }
        };
        match field {
            Field::Time(rank) => {
                if self.rank.is_none_or(|known| rank < known)
                    && let Some(time) = time_text::of_event(value)
                {
                    self.time = Some(time);
                    self.rank = Some(rank);
                }
            }
            Field::Source => first(&mut self.source),
            Field::SourceName => first(&mut self.source_name),
            Field::Destination => first(&mut self.destination),
            Field::DestinationName => first(&mut self.destination_name),
            Field::DestinationPort => self.destination_port = true,
            Field::Device => first(&mut self.device),
            Field::Url => first(&mut self.url),
            Field::Query => first(&mut self.query),
            Field::RequestHost => first(&mut self.request_host),
            Field::Hash => {
                let kind = match value.len() {
                    32 => T::FileMd5,
                    40 => T::FileSha1,
                    64 => T::FileSha256,
                    _ => return,
                };
                if value.iter().all(u8::is_ascii_hexdigit) {
                    self.hashes = self.hashes.with(kind);
                }
            }
            Field::Bytes => self.connection = true,
            Field::Action => {
                let stopped: [&[u8]; 7] = [
                    b"deny", b"denied", b"block", b"blocked", b"drop", b"reset", b"alert",
                ];
                let is = |word: &&[u8]| {
                    value
                        .get(..word.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(word))
                };
                self.alert |= stopped.iter().any(is);
            }
            Field::Shows(kind) => self.shows = self.shows.with(kind),
            Field::Nothing => {}
        }
    }

    /// Whether nothing says who or when.
    pub(crate) fn is_empty(&self) -> bool {
        self.time.is_none()
            && self.device.is_empty()
            && [self.source, self.source_name, self.destination]
                .iter()
                .all(|who| who.is_empty())
    }

    /// Makes the event. `relayed_by` is the host of the syslog line around it, if any.
    pub(crate) fn describe(&self, relayed_by: &'r [u8], event: &mut Event<'r>) {
        let mut shows = self.shows;
        if !self.query.is_empty() {
            shows = shows.with(T::Dns);
            event.name = self.query;
        }
        if !self.url.is_empty() {
            if !self.url.starts_with(b"/") || !self.request_host.is_empty() {
                shows = shows.with(T::HttpUrl);
            }
            if let Some(target) = target(b"GET", self.url) {
                event.name = target.host;
                shows = shows.with(T::HttpHost);
                if target.in_tls {
                    shows = shows.with_url_in_tls();
                }
            }
        }
        if event.name.is_empty() && !self.request_host.is_empty() {
            event.name = self.request_host;
            shows = shows.with(T::HttpHost);
            if self.url.starts_with(b"/") {
                event.path = self.url;
            }
        }
        if self.alert {
            event.carries = shows.and(self.hashes).with(T::Alert);
            let device = or(self.device, relayed_by);
            let alert = Kinds::of(&[T::Alert]);
            event.both_ends = true;
            event.claim(self.source, self.source_name, false);
            event.party(or(self.source, self.source_name), Role::Client, alert);
            event.party(
                or(self.destination, self.destination_name),
                Role::Server,
                alert,
            );
            event.party(device, Role::Sensor, Kinds::NONE);
            if device.is_empty() {
                event.origin = Some((Role::Sensor, Kinds::NONE));
            }
            return;
        }
        let device = or(self.device, relayed_by);
        let asks = !self.url.is_empty() || !self.query.is_empty() || !self.request_host.is_empty();
        let source = or(self.source, self.source_name);
        let destination = or(self.destination, self.destination_name);
        if !source.is_empty() && (asks || !destination.is_empty()) {
            self.between(source, destination, device, shows, event);
            return;
        }
        // One machine, and what a product on it reports.
        let shows = shows.and(self.hashes);
        let shows = if shows.is_empty() {
            Kinds::of(&[T::Other])
        } else {
            shows
        };
        event.carries = shows;
        let of_source = (self.source, self.source_name);
        let of_destination = (self.destination, self.destination_name);
        let (address, name) = if source.is_empty() {
            of_destination
        } else {
            of_source
        };
        let who = or(name, address);
        if who.is_empty() && device.is_empty() {
            event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
        } else if who.is_empty() {
            event.party(device, Role::Endpoint, shows);
        } else {
            event.claim(address, name, false);
            event.party(who, Role::Endpoint, shows);
            event.party(device, Role::Sensor, Kinds::NONE);
        }
    }

    /// Two machines, and a device that saw what passed between them.
    fn between(
        &self,
        source: &'r [u8],
        destination: &'r [u8],
        device: &'r [u8],
        mut shows: Kinds,
        event: &mut Event<'r>,
    ) {
        let mut of_server = Kinds::NONE;
        if !self.hashes.is_empty() {
            shows = shows.with(T::TransferHash);
        }
        if !destination.is_empty() {
            // What is only told when something is wrong does not show every connection.
            if self.connection && self.destination_port {
                shows = shows.with(T::Flow);
                of_server = Kinds::of(&[T::Flow]);
            } else if shows.is_empty() {
                shows = Kinds::of(&[T::Alert]);
                of_server = shows;
            }
        }
        if shows.is_empty() {
            shows = Kinds::of(&[T::Other]);
        }
        event.carries = shows;
        event.both_ends = true;
        event.claim(self.source, self.source_name, false);
        event.party(source, Role::Client, shows);
        event.party(destination, Role::Server, of_server);
        event.party(device, Role::Sensor, Kinds::NONE);
        if device.is_empty() {
            event.origin = Some((Role::Sensor, Kinds::NONE));
        }
    }
}

fn or<'r>(one: &'r [u8], other: &'r [u8]) -> &'r [u8] {
    if one.is_empty() { other } else { one }
}

/// The pairs of `key=value key=value …`, where a value may hold blanks and an equals sign in one is escaped, or
/// follows what cannot be a key.
pub(crate) fn pairs<'r>(text: &'r [u8], mut each: impl FnMut(&'r [u8], &'r [u8])) {
    let mut open: Option<(&[u8], usize)> = None;
    for at in memchr::memchr_iter(b'=', text) {
        if at > 0 && text[at - 1] == b'\\' {
            continue;
        }
        let from = open.map_or(0, |(_, from)| from);
        let start = memchr::memrchr(b' ', &text[from..at]).map(|blank| from + blank + 1);
        let start = match (start, open) {
            (Some(start), _) => start,
            (None, None) => 0,
            (None, Some(_)) => continue,
        };
        let key = &text[start..at];
        let fits =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']');
        if key.is_empty() || key.len() > 64 || !key.iter().all(fits) {
            continue;
        }
        if let Some((before, from)) = open {
            each(before, &text[from..start - 1]);
        }
        open = Some((key, at + 1));
    }
    if let Some((key, from)) = open {
        each(key, text[from..].trim_ascii_end());
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn pairs_end_where_the_next_key_begins() {
        let of = |text: &str| {
            let mut all = Vec::new();
            pairs(text.as_bytes(), |key, value| {
                let text = |bytes| std::str::from_utf8(bytes).unwrap().to_owned();
                all.push((text(key), text(value)));
            });
            all.iter()
                .map(|(k, v)| format!("{k}>{v}"))
                .collect::<Vec<_>>()
                .join(";")
        };
        for (text, want) in [
            (
                "src=10.0.0.5 msg=two words dst=1.2.3.4",
                "src>10.0.0.5;msg>two words;dst>1.2.3.4",
            ),
            (
                "request=http://a.example/?b=c&d=e act=ok",
                "request>http://a.example/?b=c&d=e;act>ok",
            ),
            (r"cs1=a\=b cs2=", r"cs1>a\=b;cs2>"),
            ("no pairs here", ""),
            ("=x", ""),
            ("a==b", "a>=b"),
            ("", ""),
        ] {
            assert_eq!(of(text), want, "{text}");
        }
    }
}
