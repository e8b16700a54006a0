//! Reading on where an earlier run stopped.

use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::on_behalf::fingerprint;

/// Bytes before a mark by which it is known again.
pub const BEFORE_MARK: usize = 4096;

/// How far a file was searched: up to the end of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Bytes of the file, its packings taken off.
    pub bytes: u64,
    /// Fingerprint of the bytes before it, [`BEFORE_MARK`] at most.
    pub before: u64,
    pub(crate) lines: u64,
    pub(crate) records: u64,
    /// The format it was read as.
    pub(crate) format: String,
    pub(crate) state: State,
}

/// What a reader has to know to read on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Year and month of the last record, in logs that do not write years.
    pub(crate) year: Option<(i16, Option<i8>)>,
}

/// What the search of one file gave.
#[derive(Debug, Default)]
pub struct Searched {
    /// What was found up to the mark, or in all of it when there is none.
    pub outcome: Outcome,
    /// What was found behind the mark: a last record that may not be whole yet.
    pub rest: Option<Outcome>,
    /// The stream ended early or was damaged, so that another attempt may give more.
    pub cut: bool,
    /// Where to go on; `None` when the file must be read from its start the next time.
    pub mark: Option<Mark>,
}

/// The fingerprint of the bytes before a mark.
pub fn print_before_mark(bytes: &[u8]) -> u64 {
    fingerprint(&[&bytes[bytes.len().saturating_sub(BEFORE_MARK)..]])
}
