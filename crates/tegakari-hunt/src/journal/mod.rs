//! Files of systemd's journal as text in its export format: a line a field, and a blank line behind each entry.
//!
//! Read from the bytes as they are (<https://systemd.io/JOURNAL_FILE_FORMAT/>), never opened. All objects are walked through
//! from the first on, so that an entry that no list names is found as well; where the walk comes to something that is no object, the lists
//! of entries say where those behind it are. A damaged object costs the entries that need it.

use std::collections::BTreeSet;
use std::io::{self, Read};

use crate::evtx::LOST;
use crate::held::{self, Held, PIECE, Told};
use crate::lz4;
use crate::unpack::Notes;

/// What a journal begins with.
pub(crate) const MAGIC: &[u8] = b"LPKSHHRH";
const HINT: &str =
    "collect it again, or look with `journalctl --verify`; what could be read was searched";
/// The longest field that is unpacked.
const LONGEST_FIELD: usize = 64 << 20;
/// Memory an xz stream may ask for.
const XZ_MEMORY: u64 = 128 << 20;
/// What stands in front of every object: its kind, its flags, its size.
const OBJECT_HEADER: usize = 16;
/// The least a header of the file has: the fields of the first version of the format.
const FILE_HEADER: usize = 208;

const XZ: u32 = 1;
const LZ4: u32 = 2;
const KEYED_HASH: u32 = 4;
const ZSTD: u32 = 8;
const COMPACT: u32 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Data,
    Entry,
    EntryArray,
    Other,
}

/// An object: where it is, what it is, and all its bytes.
#[derive(Clone, Copy)]
struct Object<'a> {
    kind: Kind,
    flags: u8,
    bytes: &'a [u8],
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    four.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    eight.try_into().ok().map(u64::from_le_bytes)
}

fn place_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64_at(bytes, at)?).ok()
}

/// A journal in memory.
struct Journal {
    bytes: Vec<u8>,
    /// Where its objects begin.
    first: usize,
    /// Offsets have four bytes instead of eight.
    compact: bool,
}

impl Journal {
    fn new(bytes: Vec<u8>) -> Result<Self, String> {
        let cut = || "its header is cut".to_owned();
        let incompatible = u32_at(&bytes, 12).ok_or_else(cut)?;
        let unknown = incompatible & !(XZ | LZ4 | KEYED_HASH | ZSTD | COMPACT);
        if unknown != 0 {
            return Err(format!(
                "it needs features of systemd that are not known here (flags {unknown:#x})"
            ));
        }
        let first = place_at(&bytes, 88).ok_or_else(cut)?;
        if first < FILE_HEADER || !first.is_multiple_of(8) {
            return Err("its header is damaged".to_owned());
        }
        Ok(Self {
            bytes,
            first,
            compact: incompatible & COMPACT != 0,
        })
    }

    fn object(&self, at: usize) -> Option<Object<'_>> {
        if at < self.first || !at.is_multiple_of(8) {
            return None;
        }
        let kind = match *self.bytes.get(at)? {
            1 => Kind::Data,
            3 => Kind::Entry,
            6 => Kind::EntryArray,
            2 | 4 | 5 | 7 => Kind::Other,
            _ => return None,
        };
        let size = place_at(&self.bytes, at + 8)?;
        if size < OBJECT_HEADER {
            return None;
        }
        Some(Object {
            kind,
            flags: self.bytes[at + 1],
            bytes: self.bytes.get(at..at.checked_add(size)?)?,
        })
    }

    /// Walks through the objects; gives where the entries are, and where the walk came to something that is no object.
    fn walk(&self) -> (BTreeSet<usize>, Option<usize>) {
        let mut entries = BTreeSet::new();
        let mut at = self.first;
        while let Some(object) = self.object(at) {
            if object.kind == Kind::Entry {
                entries.insert(at);
            }
            at = (at + object.bytes.len()).next_multiple_of(8);
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        // Files are made larger, with zeros, before objects are written.
        (entries, rest.iter().any(|b| *b != 0).then_some(at))
    }

    /// Adds the entries that the lists of entries name.
    fn listed(&self, entries: &mut BTreeSet<usize>) {
        let mut at = place_at(&self.bytes, 176).unwrap_or(0);
        let mut seen = BTreeSet::new();
        while at != 0 && seen.insert(at) {
            let Some(list) = self.object(at).filter(|o| o.kind == Kind::EntryArray) else {
                return;
            };
            entries.extend(
                self.offsets(list.bytes, 24, 0)
                    .filter(|at| self.object(*at).is_some_and(|o| o.kind == Kind::Entry)),
            );
            at = place_at(list.bytes, 16).unwrap_or(0);
        }
    }

    /// Offsets from `from` on, behind each of which `between` bytes are passed over (where offsets have eight bytes). Unused places are zero.
    fn offsets<'a>(
        &self,
        bytes: &'a [u8],
        from: usize,
        between: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let (width, step) = match self.compact {
            true => (4, 4),
            false => (8, 8 + between),
        };
        let items = bytes.get(from..).unwrap_or_default();
        items
            .chunks_exact(step)
            .filter_map(move |item| match width {
                4 => u32_at(item, 0).and_then(|at| usize::try_from(at).ok()),
                _ => place_at(item, 0),
            })
            .filter(|at| *at != 0)
    }

    /// A field of an entry, `NAME=value`, as its data object holds it.
    fn field(&self, at: usize, unpacked: &mut Vec<u8>) -> Option<()> {
        let object = self.object(at).filter(|o| o.kind == Kind::Data)?;
        let payload = object.bytes.get(if self.compact { 72 } else { 64 }..)?;
        unpacked.clear();
        let most = LONGEST_FIELD as u64 + 1;
        match u32::from(object.flags & 7) {
            0 => unpacked.extend_from_slice(payload),
            1 => {
                let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, 0).ok()?;
                let decoder = liblzma::bufread::XzDecoder::new_stream(payload, stream);
                decoder.take(most).read_to_end(unpacked).ok()?;
            }
            2 => {
                let length = place_at(payload, 0).filter(|length| *length <= LONGEST_FIELD)?;
                lz4::unpack(payload.get(8..)?, unpacked, length).ok()?;
                if unpacked.len() != length {
                    return None;
                }
            }
            4 => {
                let decoder = zstd::stream::read::Decoder::with_buffer(payload).ok()?;
                decoder
                    .single_frame()
                    .take(most)
                    .read_to_end(unpacked)
                    .ok()?;
            }
            _ => return None,
        }
        (unpacked.len() <= LONGEST_FIELD).then_some(())
    }

    /// Appends an entry; false when something of it could not be read.
    fn write(&self, at: usize, field: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
        let Some(entry) = self.object(at).map(|o| o.bytes) else {
            return false;
        };
        let (Some(number), Some(time), Some(monotonic), Some(boot)) = (
            u64_at(entry, 16),
            u64_at(entry, 24),
            u64_at(entry, 32),
            entry.get(40..56),
        ) else {
            return false;
        };
        let start = out.len();
        line(out, b"__REALTIME_TIMESTAMP=", time.to_string().as_bytes());
        line(
            out,
            b"__MONOTONIC_TIMESTAMP=",
            monotonic.to_string().as_bytes(),
        );
        line(out, b"__SEQNUM=", number.to_string().as_bytes());
        line(
            out,
            b"__SEQNUM_ID=",
            hex(self.bytes.get(72..88).unwrap_or_default()).as_bytes(),
        );
        line(out, b"_BOOT_ID=", hex(boot).as_bytes());
        let mut whole = true;
        let mut fields = 0;
        for at in self.offsets(entry, 64, 8) {
            if out.len() - start > LONGEST_FIELD {
                whole = false;
                break;
            }
            let Some(()) = self.field(at, field) else {
                whole = false;
                continue;
            };
            let Some(equals) = memchr::memchr(b'=', field).filter(|at| is_name(&field[..*at]))
            else {
                whole = false;
                continue;
            };
            // It stands in the entry itself.
            if &field[..equals] != b"_BOOT_ID" {
                line(out, &field[..=equals], &field[equals + 1..]);
                fields += 1;
            }
        }
        if fields == 0 {
            out.truncate(start);
            return false;
        }
        out.push(b'\n');
        whole
    }
}

fn is_name(name: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    !name.is_empty() && name.iter().all(allowed)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A field as a line: what would end it early is a blank.
fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend(value.iter().map(|b| match b {
        b'\n' | b'\r' | 0 => b' ',
        b => *b,
    }));
    out.push(b'\n');
}

/// Reads a journal as text.
pub(crate) fn entries<'a>(inner: impl Read + 'a, notes: Notes) -> impl Read + 'a {
    Held::new(notes, move |notes| State::new(held::all(inner)?, notes))
}

struct State {
    journal: Journal,
    /// The entries, in the order in which they were written.
    entries: std::vec::IntoIter<(u64, usize)>,
    /// Entries of which something could not be read, or which are missing.
    lost: u64,
    field: Vec<u8>,
    ended: bool,
}

impl State {
    fn new(bytes: Vec<u8>, notes: &Notes) -> io::Result<Self> {
        let journal = Journal::new(bytes).map_err(io::Error::other)?;
        let (mut found, damaged) = journal.walk();
        journal.listed(&mut found);
        if let Some(at) = damaged {
            notes.add(
                format!("the journal is damaged at byte {at}: entries behind it are read only where its lists name them"),
                HINT,
                0,
                0,
            );
        }
        let mut entries: Vec<(u64, usize)> = found
            .into_iter()
            .map(|at| (u64_at(&journal.bytes, at + 16).unwrap_or(0), at))
            .collect();
        entries.sort_unstable();
        let told = u64_at(&journal.bytes, 152).unwrap_or(0);
        let most = (journal.bytes.len() / 64) as u64;
        Ok(Self {
            lost: told.min(most).saturating_sub(entries.len() as u64),
            journal,
            entries: entries.into_iter(),
            field: Vec::new(),
            ended: false,
        })
    }
}

impl Told for State {
    fn more(&mut self, notes: &Notes, out: &mut Vec<u8>) -> bool {
        while out.len() < PIECE {
            let Some((_, at)) = self.entries.next() else {
                if std::mem::replace(&mut self.ended, true) {
                    break;
                }
                if self.lost > 0 {
                    notes.add(
                        format!(
                            "{} entries of the journal are damaged or missing",
                            self.lost
                        ),
                        HINT,
                        self.lost,
                        0,
                    );
                    mark(out);
                }
                break;
            };
            if !self.journal.write(at, &mut self.field, out) {
                self.lost += 1;
                mark(out);
            }
        }
        !out.is_empty()
    }
}

/// Says in the text that something is missing here.
fn mark(out: &mut Vec<u8>) {
    out.extend_from_slice(LOST);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
