//! Actors and software by reference; what is known about them lives in `tegakari-knowledge`.

use serde::{Deserialize, Serialize};

/// A record about an intrusion set in one source: `attack:G0030`, `misp:<uuid>`, `microsoft:<name>`.
/// Two sources' records are never one actor merely because they share a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorId(pub String);

/// A record about malware or a tool in one source: `attack:S1210`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SoftwareId(pub String);

/// An intrusion set as shown to people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActorRef {
    /// The record.
    pub id: ActorId,
    /// Its name in that source.
    pub name: String,
    /// Other names that source gives, sorted.
    pub aliases: Vec<String>,
}

/// What a name in a report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// An intrusion set (ATT&CK Group).
    IntrusionSet,
    /// Malware.
    Malware,
    /// A dual-use tool.
    Tool,
    /// A campaign.
    Campaign,
}
