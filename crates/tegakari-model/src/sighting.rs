//! An indicator was seen in a log.

use serde::{Deserialize, Serialize};

use crate::{LogCitation, Telemetry, Timestamp};

/// How what stands in the log relates to the indicator. Ordered from the closest to the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same value in canonical form.
    Exact,
    /// A name below the indicator's domain (`a.evil.example` for `evil.example`).
    Subdomain,
    /// The host of a URL or of `host:port` is the indicator.
    Host,
    /// An address inside the indicator's network.
    InNetwork,
    /// The domain of a mail address is the indicator.
    MailDomain,
    /// The address as a reverse name (`4.3.2.1.in-addr.arpa`).
    ReverseName,
    /// The value with its dots, colon or `@` in brackets, so that nobody opens it (`evil[.]example`).
    Defanged,
    /// A longer path ends in the indicator (file names).
    PathEnd,
    /// Inside a longer value, at word borders (free text, command lines).
    Embedded,
    /// Only after decoding (percent codes, base64, records in digits).
    Decoded,
    /// Joined from several fields of one record (host and path).
    Joined,
}

/// All occurrences of one indicator on one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The machine, by the name used in [`crate::Coverage::assets`]; `None` when no record tells.
    pub asset: Option<String>,
    /// How many records hold it. Several log sources may each hold a record of one event.
    pub count: u64,
    /// Of these, records without a time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub count_without_time: u64,
    /// Earliest time of such a record.
    pub first: Option<Timestamp>,
    /// Latest time of such a record.
    pub last: Option<Timestamp>,
    /// Records by log source (`zeek-json dns`), sorted.
    pub by_source: Vec<(String, u64)>,
    /// The closest relation found.
    pub relation: Relation,
    /// Kinds of telemetry that showed it, sorted.
    pub telemetry: Vec<Telemetry>,
    /// Machines behind the asset on whose behalf it acted, as far as logs tell (clients of a proxy), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_behalf_of: Vec<String>,
    /// The first few records, in order of time, then file and line.
    pub examples: Vec<LogCitation>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}
