//! What kind of question a record can answer.

use serde::{Deserialize, Serialize};

use crate::ObservableKind;

/// A kind of telemetry, as fine as an indicator needs it: whether a DNS record or a flow record was
/// kept decides whether a domain or an address could have been seen.
///
/// ATT&CK's data components are coarser for networks (one "Network Traffic Content" for DNS, HTTP and
/// TLS) and do not tell whether a process record carries hashes, so each kind names its component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telemetry {
    /// Connections: addresses and ports.
    Flow,
    /// Names asked of a resolver.
    Dns,
    /// Addresses answered by a resolver.
    DnsAnswer,
    /// Host names of web requests (proxy, HTTP log, web server).
    HttpHost,
    /// Full URLs of web requests.
    HttpUrl,
    /// User agents of web requests.
    UserAgent,
    /// Host names in TLS handshakes (SNI).
    TlsName,
    /// X.509 certificates seen.
    Certificate,
    /// Hashes of files carried over the network in the clear. Weaker than hashes on the machine.
    TransferHash,
    /// Processes started, with image path.
    Process,
    /// Command lines, of processes or shells.
    CommandLine,
    /// MD5 of files run or loaded.
    FileMd5,
    /// SHA-1 of files run or loaded.
    FileSha1,
    /// SHA-256 of files run or loaded.
    FileSha256,
    /// Names and paths of files written, run or loaded.
    FileName,
    /// Registry keys and values changed.
    Registry,
    /// Services installed.
    Service,
    /// Scheduled tasks created.
    ScheduledTask,
    /// Named pipes.
    Pipe,
    /// Logons and authentications.
    Logon,
    /// Sender, recipient and subject of mail.
    Mail,
    /// Alerts of another tool (IDS, antivirus).
    Alert,
    /// Anything else that is text.
    Other,
}

impl Telemetry {
    /// Every kind, in the order of columns in the visibility grid.
    pub const ALL: [Self; 23] = [
        Self::Flow,
        Self::Dns,
        Self::DnsAnswer,
        Self::HttpHost,
        Self::HttpUrl,
        Self::UserAgent,
        Self::TlsName,
        Self::Certificate,
        Self::TransferHash,
        Self::Process,
        Self::CommandLine,
        Self::FileMd5,
        Self::FileSha1,
        Self::FileSha256,
        Self::FileName,
        Self::Registry,
        Self::Service,
        Self::ScheduledTask,
        Self::Pipe,
        Self::Logon,
        Self::Mail,
        Self::Alert,
        Self::Other,
    ];

    /// The ATT&CK data component (v18 names) it belongs to.
    pub fn data_component(self) -> &'static str {
        match self {
            Self::Flow => "Network Traffic Flow",
            Self::Dns
            | Self::DnsAnswer
            | Self::HttpHost
            | Self::HttpUrl
            | Self::UserAgent
            | Self::TlsName
            | Self::TransferHash => "Network Traffic Content",
            Self::Certificate => "Certificate Registration",
            Self::Process => "Process Creation",
            Self::CommandLine => "Command Execution",
            Self::FileMd5 | Self::FileSha1 | Self::FileSha256 => "File Metadata",
            Self::FileName => "File Creation",
            Self::Registry => "Windows Registry Key Modification",
            Self::Service => "Service Creation",
            Self::ScheduledTask => "Scheduled Job Creation",
            Self::Pipe => "Named Pipe Metadata",
            Self::Logon => "Logon Session Creation",
            Self::Mail | Self::Alert | Self::Other => "Application Log Content",
        }
    }

    /// A short English name, for column heads (`dns`, `file sha256`).
    pub fn label(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Dns => "dns",
            Self::DnsAnswer => "dns answer",
            Self::HttpHost => "http host",
            Self::HttpUrl => "http url",
            Self::UserAgent => "user agent",
            Self::TlsName => "tls name",
            Self::Certificate => "certificate",
            Self::TransferHash => "transfer hash",
            Self::Process => "process",
            Self::CommandLine => "command line",
            Self::FileMd5 => "file md5",
            Self::FileSha1 => "file sha1",
            Self::FileSha256 => "file sha256",
            Self::FileName => "file name",
            Self::Registry => "registry",
            Self::Service => "service",
            Self::ScheduledTask => "scheduled task",
            Self::Pipe => "pipe",
            Self::Logon => "logon",
            Self::Mail => "mail",
            Self::Alert => "alert",
            Self::Other => "other",
        }
    }

    /// The kinds of telemetry any one of which would have shown an observable of this kind.
    /// Empty: no log we can read would ever show it.
    ///
    /// Conservative: a kind is listed only when it shows *every* use of such an observable by the
    /// machine that it covers, as far as the protocol allows. Hashes carried over the network are not
    /// listed for hashes, because TLS hides almost all of them.
    pub fn that_would_show(kind: ObservableKind) -> &'static [Self] {
        use ObservableKind as K;
        match kind {
            K::Ipv4 | K::Ipv6 | K::Cidr => &[Self::Flow],
            K::Domain => &[Self::Dns, Self::HttpHost, Self::TlsName],
            K::Url => &[Self::HttpUrl],
            K::Email => &[Self::Mail],
            K::Md5 => &[Self::FileMd5],
            K::Sha1 => &[Self::FileSha1],
            K::Sha256 => &[Self::FileSha256],
            // Process starts never show libraries, documents or scripts, so they prove no absence.
            K::FileName | K::FilePath => &[Self::FileName],
            K::RegistryKey => &[Self::Registry],
            K::UserAgent => &[Self::UserAgent],
            K::NamedPipe => &[Self::Pipe],
            K::ServiceName => &[Self::Service],
            K::CommandLine => &[Self::CommandLine],
            K::Sha512
            | K::Mutex
            | K::Cve
            | K::Asn
            | K::DetectionName
            | K::Wallet
            | K::Mac
            | K::Ja3
            | K::Imphash
            | K::Ssdeep
            | K::Package
            | K::YaraRule => &[],
        }
    }
}
