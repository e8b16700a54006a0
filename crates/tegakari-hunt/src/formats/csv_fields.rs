//! Columns of any schema: which one is a time, a host, an address, a hash. Shared by CSV and JSON
//! readers, where the names of columns are all there is to go by.

use tegakari_model::Telemetry as T;

use crate::Kinds;

/// What a column means to a hunt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// A time; the lower the number, the better it stands for the record.
    Time(u8),
    Host,
    Source,
    Destination,
    SourcePort,
    DestinationPort,
    Shows(T),
    Query,
    Url,
    RequestHost,
    Hash(T),
    WindowsChannel,
    WindowsId,
    WindowsProvider,
    /// The number of an event in its log.
    RecordNumber,
    Other,
}

/// The meaning of a column by its name. Case, blanks, dots and underscores do not matter.
pub(crate) fn meaning(name: &[u8]) -> Column {
    let mut plain = [0_u8; 40];
    let mut length = 0;
    for byte in name {
        if byte.is_ascii_alphanumeric() {
            if length == plain.len() {
                return Column::Other;
            }
            plain[length] = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    match &plain[..length] {
        b"timestamp" | b"time" | b"ts" | b"datetime" | b"eventtime" | b"timestampms"
        | b"timecreated" | b"eventtimestamp" | b"utctime" | b"timestamputc" | b"timeutc"
        | b"realtimetimestamp" | b"generatedtime" | b"timegenerated" | b"systemtime"
        | b"unixtime" | b"epoch" | b"stime" => Column::Time(0),
        b"date" | b"created" | b"createdat" | b"starttime" | b"start" | b"firstseen"
        | b"published" | b"receivedtime" | b"logtime" | b"eventdate" | b"occurredat" => {
            Column::Time(1)
        }
        b"host" | b"hostname" | b"computer" | b"computername" | b"device" | b"devicename"
        | b"machine" | b"machinename" | b"asset" | b"endpoint" | b"agenthostname"
        | b"hosthostname" | b"dvc" | b"dvchostname" | b"deviceid" | b"srchost" | b"sourcehost"
        | b"sourcehostname" | b"workstation" | b"clientname" | b"clienthostname" => Column::Host,
        b"src" | b"srcip" | b"source" | b"sourceip" | b"sourceaddress" | b"srcaddr"
        | b"clientip" | b"cip" | b"client" | b"idorigh" | b"sip" | b"sourceipaddress"
        | b"ipsrc" | b"localip" | b"localaddress" | b"srcaddress" | b"sa" => Column::Source,
        b"dst"
        | b"dstip"
        | b"destination"
        | b"destip"
        | b"destinationip"
        | b"destinationaddress"
        | b"dstaddr"
        | b"idresph"
        | b"dip"
        | b"ipdst"
        | b"remoteip"
        | b"remoteaddress"
        | b"destaddr"
        | b"dstaddress"
        | b"serverip"
        | b"da" => Column::Destination,
        b"srcport" | b"sourceport" | b"sport" | b"spt" | b"idorigp" | b"localport" | b"sp" => {
            Column::SourcePort
        }
        b"dstport" | b"destport" | b"destinationport" | b"dport" | b"dpt" | b"idrespp"
        | b"remoteport" | b"dp" => Column::DestinationPort,
        b"query" | b"queryname" | b"dnsquery" | b"qname" | b"rrname" | b"dnsquestionname" => {
            Column::Query
        }
        b"url" | b"uri" | b"path" | b"requesturl" | b"httpurl" | b"csuristem" | b"urlfull"
        | b"uripath" | b"requesturi" => Column::Url,
        b"domain"
        | b"httphost"
        | b"cshost"
        | b"urldomain"
        | b"hostheader"
        | b"servername"
        | b"destinationhostname"
        | b"desthost"
        | b"site" => Column::RequestHost,
        b"useragent" | b"httpuseragent" | b"csuseragent" | b"ua" => Column::Shows(T::UserAgent),
        b"cmdline" | b"commandline" | b"processcommandline" | b"command" | b"cmd" => {
            Column::Shows(T::CommandLine)
        }
        b"image" | b"imagepath" | b"processname" | b"processpath" | b"process" | b"exe"
        | b"newprocessname" | b"processexecutable" => Column::Shows(T::Process),
        b"filename" | b"filepath" | b"targetfilename" | b"file" => Column::Shows(T::FileName),
        b"registrykey" | b"targetobject" | b"registrypath" => Column::Shows(T::Registry),
        b"servicename" => Column::Shows(T::Service),
        b"sni" | b"tlssni" | b"tlsservername" => Column::Shows(T::TlsName),
        b"md5" | b"filemd5" | b"processmd5" | b"md5hash" | b"hashmd5" => Column::Hash(T::FileMd5),
        b"sha1" | b"filesha1" | b"sha1hash" | b"hashsha1" => Column::Hash(T::FileSha1),
        b"sha256" | b"filesha256" | b"processsha256" | b"sha256hash" | b"hashsha256" => {
            Column::Hash(T::FileSha256)
        }
        b"sender" | b"senderaddress" | b"recipient" | b"mailfrom" | b"rcptto" | b"subject" => {
            Column::Shows(T::Mail)
        }
        b"channel" | b"logname" | b"winlogchannel" => Column::WindowsChannel,
        b"eventid" | b"winlogeventid" => Column::WindowsId,
        b"eventrecordid" | b"recordid" | b"recordnumber" | b"winlogrecordid" => {
            Column::RecordNumber
        }
        b"providername" | b"sourcename" | b"winlogprovidername" => Column::WindowsProvider,
        _ => Column::Other,
    }
}

/// How well a value stands for the whole record: how deep in it, and then by what rule. The lower, the better.
pub(crate) type Rank = (usize, u8);

/// Columns of one record, gathered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gathered<'r> {
    time_rank: Option<Rank>,
    pub(crate) time: Option<tegakari_model::Timestamp>,
    unzoned: bool,
    host_rank: Option<Rank>,
    pub(crate) host: &'r [u8],
    source: &'r [u8],
    destination: &'r [u8],
    ports: u8,
    shows: Kinds,
    hashes: Kinds,
    query: &'r [u8],
    url: &'r [u8],
    request_host: &'r [u8],
    channel: &'r [u8],
    number: Option<u64>,
}

impl<'r> Gathered<'r> {
    /// Takes a time, unless there is one that stands better for the record.
    pub(crate) fn take_time(&mut self, rank: Rank, value: &[u8]) {
        if self.time_rank.is_none_or(|known| rank < known)
            && let Some((time, zoned)) = crate::time_text::value_zoned(value.trim_ascii())
        {
            self.time = Some(time);
            self.unzoned = !zoned;
            self.time_rank = Some(rank);
        }
    }

    /// Takes a host, unless there is one that stands better for the record; of two that are as good the first, or the
    /// `last`.
    pub(crate) fn take_host(&mut self, rank: Rank, last: bool, value: &'r [u8]) {
        let value = value.trim_ascii();
        let better = |known| rank < known || last && rank == known;
        if !matches!(value, b"" | b"-") && self.host_rank.is_none_or(better) {
            self.host = value;
            self.host_rank = Some(rank);
        }
    }

    /// Takes the value of one column.
    pub(crate) fn take(&mut self, column: Column, value: &'r [u8]) {
        let value = value.trim_ascii();
        if value.is_empty() || value == b"-" {
            return;
        }
        match column {
            Column::Time(rank) => self.take_time((0, rank), value),
            Column::Host => self.take_host((0, 0), false, value),
            Column::Source if self.source.is_empty() => self.source = value,
            Column::Destination if self.destination.is_empty() => self.destination = value,
            Column::SourcePort => self.ports |= 1,
            Column::DestinationPort => self.ports |= 2,
            Column::Shows(kind) => self.shows = self.shows.with(kind),
            Column::Hash(kind) => {
                let length = match kind {
                    T::FileMd5 => 32,
                    T::FileSha1 => 40,
                    _ => 64,
                };
                if value.len() == length {
                    self.hashes = self.hashes.with(kind);
                }
            }
            Column::Query => self.query = value,
            Column::Url if self.url.is_empty() => self.url = value,
            Column::RequestHost => self.request_host = value,
            Column::WindowsChannel => self.channel = value,
            Column::RecordNumber => {
                self.number = std::str::from_utf8(value).ok().and_then(|t| t.parse().ok());
            }
            _ => {}
        }
    }

    /// Whether nothing says who or when.
    pub(crate) fn is_empty(&self) -> bool {
        self.time.is_none() && self.host.is_empty() && self.source.is_empty()
    }

    /// Makes the event. A host that stands beside a bare path is the host of a request, not a machine
    /// of ours; an address alone makes the machine behind it a client that others saw.
    pub(crate) fn describe(&self, event: &mut crate::Event<'r>) {
        use crate::event::Role;
        event.time = self.time;
        event.unzoned = self.unzoned;
        // Numbers go on within a log of a machine; without its name they are of nobody knows what.
        if !self.channel.is_empty() && self.number.is_some() {
            event.serial = self.number;
            event.detail[0] = self.channel;
        }
        let bare_path = self.url.starts_with(b"/") || self.url.starts_with(b"\\/");
        let mut host = self.host;
        let mut request_host = self.request_host;
        if bare_path && request_host.is_empty() && !host.is_empty() && !self.source.is_empty() {
            (request_host, host) = (host, b"");
        }
        let mut shows = self.shows;
        if !self.query.is_empty() {
            shows = shows.with(T::Dns);
            event.name = self.query;
        }
        if !self.url.is_empty() {
            // A path without a host is none of a web request, as far as anybody can tell.
            if !bare_path || !request_host.is_empty() {
                shows = shows.with(T::HttpUrl);
            }
            let absolute = super::request_line::target(b"GET", self.url);
            if let Some(target) = absolute {
                event.name = target.host;
                shows = shows.with(T::HttpHost);
                if target.in_tls {
                    shows = shows.with_url_in_tls();
                }
            }
        }
        if !request_host.is_empty() {
            event.name = request_host;
            if !self.url.is_empty() {
                shows = shows.with(T::HttpHost);
            }
            if bare_path {
                event.path = self.url;
            }
        }
        let flow = !self.source.is_empty() && !self.destination.is_empty() && self.ports & 2 != 0;
        if flow {
            shows = shows.with(T::Flow);
        }
        let watched = host.is_empty()
            || (flow && !self.source.is_empty() && self.hashes.is_empty() && self.shows.is_empty());
        if watched && !self.source.is_empty() {
            // Seen by a device in between, which `host` names if anything does.
            if !self.hashes.is_empty() {
                shows = shows.with(T::TransferHash);
            }
            let shows = if shows.is_empty() {
                Kinds::of(&[T::Other])
            } else {
                shows
            };
            event.carries = shows;
            event.both_ends = flow;
            event.party(self.source, Role::Client, shows);
            let server = if flow {
                Kinds::of(&[T::Flow])
            } else {
                Kinds::NONE
            };
            event.party(self.destination, Role::Server, server);
            event.party(host, Role::Sensor, Kinds::NONE);
            if host.is_empty() {
                event.origin = Some((Role::Sensor, Kinds::NONE));
            }
            return;
        }
        shows = shows.and(self.hashes);
        if shows.is_empty() {
            shows = Kinds::of(&[T::Other]);
        }
        event.carries = shows;
        event.peer = self.destination;
        // What others did to files of a machine is no record of all that is written there.
        let shows = if self.source.is_empty() || flow {
            shows
        } else {
            shows.without(Kinds::of(&[T::FileName])).with(T::Other)
        };
        if host.is_empty() {
            event.origin = Some((Role::Endpoint, Kinds::of(&[T::Other])));
        } else {
            event.party(host, Role::Endpoint, shows);
        }
    }
}
