//! Where a fact comes from: every derived fact has a citation (ARCHITECTURE.md, invariant 5).

use serde::{Deserialize, Serialize};

use crate::{ReportId, Timestamp};

/// A place in a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportCitation {
    /// The report.
    pub report: ReportId,
    /// Line of the source text, from 1. For JSON documents, the line of nothing: see `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Page, from 1, for documents that have pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Place inside a structured document, as a JSON pointer (RFC 6901) or cell name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The heading of the section it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The words around it as they stand in the source, at most 200 characters.
    pub quote: String,
}

/// A place in a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogCitation {
    /// The file as the user named it; members of archives after `!` (`logs.zip!dns.log`).
    pub file: String,
    /// Line of the (unpacked, decoded) text, from 1.
    pub line: u64,
    /// Number of the record: the one it has itself (EventRecordID of a Windows event, packet of a capture, row id in
    /// the table of a database that `source` names), otherwise counted in the file from 1.
    pub record: u64,
    /// Id of the log format (`zeek-json`).
    pub format: String,
    /// What kind of records these are inside the format (`dns`, `Microsoft-Windows-Sysmon/Operational 22`).
    pub source: String,
    /// Time from the record itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The record, cut to at most 400 characters around what was found. Hostile text: escape it.
    pub excerpt: String,
}
