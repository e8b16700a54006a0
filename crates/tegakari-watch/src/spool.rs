//! How far an output has sent what waits for it on the disk.

use serde::{Deserialize, Serialize};

/// Kept beside the spool. What lies between the two places may have arrived, or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolMark {
    /// Bytes of the spool that were sent and confirmed.
    pub sent: u64,
    /// Bytes up to which sending was tried.
    pub tried: u64,
}

impl SpoolMark {
    /// Whether what begins at a place of the spool may have arrived before.
    pub fn is_doubtful(&self, at: u64) -> bool {
        at < self.tried
    }
}
