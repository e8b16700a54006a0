//! What a negative is worth: would a compromise have shown?

use serde::{Deserialize, Serialize};

use crate::{ObservableKind, TechniqueId, Telemetry};

/// How probable it is that at least one of the indicators looked for, or of the behaviours that rules were asked for,
/// would have been seen, if a machine had been compromised as the report describes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// For a machine of the organisation taken at random, 0 to 1.
    pub organisation: f64,
    /// For each machine, the weakest first, then by name.
    pub assets: Vec<AssetStrength>,
    /// What it was worked out from: one for each kind of indicator looked for, sorted by kind.
    pub kinds: Vec<KindPart>,
    /// What it was worked out from of the report's techniques, sorted by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<TechniquePart>,
    /// How far kinds of different families depend on each other: 0 not at all, 1 as far as they can.
    pub dependence: f64,
    /// The detection probabilities that took the place of assumed ones, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredDetection>,
    /// The changes that would raise it most for what they cost, each on top of those before it.
    pub improvements: Vec<Improvement>,
    /// How many machines the improvements were worked out on; fewer than there are when there are very many.
    pub improvements_from: u64,
}

/// The probability for one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetStrength {
    /// Its name in the coverage.
    pub asset: String,
    /// 0 to 1.
    pub probability: f64,
}

/// One kind of indicator as it enters a [`Strength`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindPart {
    /// The kind.
    pub kind: ObservableKind,
    /// How many of it were looked for. The kind counts once, however many there are.
    pub indicators: u64,
    /// The share of victims at which at least one of them is used: a stated prior, 0 to 1.
    pub used: f64,
    /// For how many hours in a row it is then to be seen.
    pub hours: u32,
    /// The share of machine-hours in which it would have shown.
    pub visible: f64,
}

/// One technique of the report as it enters a [`Strength`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TechniquePart {
    /// Its id.
    pub id: TechniqueId,
    /// Its name in ATT&CK.
    pub name: String,
    /// How many of the rules that were asked are for it. Without any it counts for nothing.
    pub rules: u64,
    /// The share of victims at which it is used, 0 to 1: a stated prior, less where the report may mean another one.
    pub used: f64,
    /// For how many hours in a row it is then to be seen.
    pub hours: u32,
    /// The probability that rules for it match the way in which it is carried out: a stated prior, 0 to 1.
    pub matched: f64,
    /// The share of machine-hours in which one of the rules had all that it needs.
    pub visible: f64,
}

/// A detection probability that a drill has measured.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct MeasuredDetection {
    /// The kind of telemetry.
    pub telemetry: Telemetry,
    /// On which machine; on every one that has no value of its own when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// The share of the traces that were seen, 0 to 1.
    pub probability: f64,
}

/// A thing that can be turned on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Query logging at the resolver.
    DnsLog,
    /// Flow records at the router or firewall.
    FlowRecords,
    /// Logging of requests at the web proxy.
    ProxyLog,
    /// Names of TLS connections, by a network sensor.
    TlsSensor,
    /// Auditing of process starts with command lines.
    ProcessAudit,
    /// Sysmon or its like: processes with hashes, files, registry, pipes.
    EndpointSensor,
    /// Collection of system events: services and tasks.
    SystemEvents,
    /// Logging at the mail gateway.
    MailLog,
    /// Rules of behaviour for the report's techniques, asked of the logs that are there.
    AskRules,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::DnsLog,
        Self::FlowRecords,
        Self::ProxyLog,
        Self::TlsSensor,
        Self::ProcessAudit,
        Self::EndpointSensor,
        Self::SystemEvents,
        Self::MailLog,
        Self::AskRules,
    ];

    /// What it shows of a machine.
    pub fn shows(self) -> &'static [Telemetry] {
        use Telemetry as T;
        match self {
            Self::DnsLog => &[T::Dns, T::DnsAnswer],
            Self::FlowRecords => &[T::Flow],
            Self::ProxyLog => &[T::HttpHost, T::HttpUrl, T::UserAgent],
            Self::TlsSensor => &[T::TlsName, T::Certificate],
            Self::ProcessAudit => &[T::Process, T::CommandLine],
            Self::EndpointSensor => &[
                T::Process,
                T::CommandLine,
                T::FileMd5,
                T::FileSha1,
                T::FileSha256,
                T::FileName,
                T::Registry,
                T::Pipe,
            ],
            Self::SystemEvents => &[T::Service, T::ScheduledTask],
            Self::MailLog => &[T::Mail],
            Self::AskRules => &[],
        }
    }

    /// Its name in tables of costs (`dns_log`).
    pub fn name(self) -> &'static str {
        match self {
            Self::DnsLog => "dns_log",
            Self::FlowRecords => "flow_records",
            Self::ProxyLog => "proxy_log",
            Self::TlsSensor => "tls_sensor",
            Self::ProcessAudit => "process_audit",
            Self::EndpointSensor => "endpoint_sensor",
            Self::SystemEvents => "system_events",
            Self::MailLog => "mail_log",
            Self::AskRules => "ask_rules",
        }
    }
}

/// A change that would raise a [`Strength`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Improvement {
    /// What to turn on.
    pub measure: Measure,
    /// On which machines, sorted.
    pub assets: Vec<String>,
    /// What it costs, in the unit of the table of costs: the work of turning on process auditing on one machine is 1.
    pub cost: f64,
    /// The organisation's probability before it.
    pub from: f64,
    /// And after it.
    pub to: f64,
}
