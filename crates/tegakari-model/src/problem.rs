//! Trouble that does not stop the work: it is collected, shown and counted.

use serde::{Deserialize, Serialize};

/// Something in the input could not be used. It costs what it says and nothing more.
///
/// An `Error` stops a command; a `Problem` never does. In logs a problem lowers visibility.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where: a file, with line, record or byte when known (`dns.log.gz:120`).
    pub place: String,
    /// What is wrong, in lower case without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: String,
    /// How many records were lost by it (0 when none, or when it cannot be counted).
    #[serde(default)]
    pub records_lost: u64,
    /// How many bytes were not read because of it, as far as known.
    #[serde(default)]
    pub bytes_lost: u64,
}

impl Problem {
    /// A problem that lost nothing that can be counted.
    pub fn new(place: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            hint: hint.into(),
            records_lost: 0,
            bytes_lost: 0,
        }
    }

    /// The same problem, having cost `records` records.
    pub fn losing_records(mut self, records: u64) -> Self {
        self.records_lost = records;
        self
    }

    /// The same problem, having cost `bytes` bytes.
    pub fn losing_bytes(mut self, bytes: u64) -> Self {
        self.bytes_lost = bytes;
        self
    }
}
