//! A set of indicators in a file: compiled once, loaded in milliseconds, however many it holds.
//!
//! The front of the file holds what every token of a log is asked: filters, tables, addresses, texts. It is read
//! whole, some fifteen bytes an indicator. The values behind it stay in the file and are read when one is compared,
//! a block at a time, which is after a match of filter and tag only. Nothing is mapped: a map of a file that somebody
//! shortens kills the process, needs `unsafe`, and saves the time of one read (measured in docs/performance.md).
//!
//! All numbers are little-endian, 64 bits wide in the front. Layout, version 2:
//!
//! ```text
//! 0    magic "TGKRSET2"
//! 8    length of the front in words
//! 16   length of the values in bytes
//! 24   CRC-32 of the front, and in the upper half of these 24 bytes
//! 32   front: see `write` and `read`, which list it in the same order
//! …    values: names, stored values, entries, their text; blocks of 4 KiB, whose CRC-32 are in the front
//! ```
//!
//! The same values give the same bytes, in whatever order they were given.

mod read;
mod values;
mod write;

pub use read::SetError;
pub use values::ReadAt;

pub(crate) use read::read;
pub(crate) use values::{FileValues, Values};
pub(crate) use write::write;

/// The first bytes of a file, with the version.
const MAGIC: [u8; 8] = *b"TGKRSET2";
/// Bytes before the front.
const HEADER: u64 = 32;
/// The values are checked in blocks of this many bytes.
const BLOCK: usize = 4096;
/// Bytes of a name, a stored value and an entry among the values.
const NAME: u64 = 11;
const STORED: u64 = 10;
const ENTRY: u64 = 7;
