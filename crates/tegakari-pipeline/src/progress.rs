//! Telling somebody how far the work is, and hearing that they want it to stop.

/// Told about progress, from several threads at once.
pub trait Progress: Sync {
    /// The hunt begins: so many files with so many bytes (as stored, before unpacking).
    fn begin(&self, files: usize, bytes: u64);
    /// So many more bytes (as stored) were searched.
    fn bytes(&self, bytes: u64);
    /// A file of so many bytes (as stored) is done; these indicators (numbers in the plan) were seen in it.
    fn file_done(&self, stored_bytes: u64, seen: &[u32]);
    /// Another hunt is waited for, of the process with this number (empty when it is not known).
    fn waits(&self, process: &str) {
        let _ = process;
    }
    /// Whether to stop now and keep what was found.
    fn stop(&self) -> bool;
}

/// Tells nobody and never stops.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize, _: u64) {}
    fn bytes(&self, _: u64) {}
    fn file_done(&self, _: u64, _: &[u32]) {}
    fn stop(&self) -> bool {
        false
    }
}
