//! stub
/// Limits against hostile input. Everything read from outside passes through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Packings inside each other that are taken off.
    pub depth: usize,
    /// Unpacked bytes that are always allowed, whatever the ratio.
    pub free_bytes: u64,
    /// Unpacked bytes per packed byte allowed beyond `free_bytes`.
    pub ratio: u64,
    /// Unpacked bytes of one input allowed at all.
    pub unpacked_bytes: u64,
    /// Machines learned from logs that are kept.
    pub assets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 4,
            free_bytes: 1 << 30,
            ratio: 250,
            unpacked_bytes: 1 << 40,
            assets: 100_000,
        }
    }
}
