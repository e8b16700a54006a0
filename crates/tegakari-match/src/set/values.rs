//! The values that a tag leads to: in memory, or in the file of a set.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::Mutex;

use tegakari_model::{Observable, ObservableKind};

use super::{BLOCK, ENTRY, NAME, STORED};
use crate::compile::Stored;
use crate::names::{Name, Role};

/// Bytes that can be read at any place, by several threads at once: a file.
pub trait ReadAt: Send + Sync + std::fmt::Debug {
    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// When they cannot be read, or there are fewer.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
}

/// Names and stored values by their number.
#[derive(Debug)]
pub(crate) enum Values {
    /// Compiled in this process.
    Memory {
        names: Vec<Name>,
        values: Vec<Stored>,
        bytes: Vec<u8>,
    },
    /// In a file.
    File(FileValues),
}

impl Default for Values {
    fn default() -> Self {
        Self::Memory {
            names: Vec::new(),
            values: Vec::new(),
            bytes: Vec::new(),
        }
    }
}

impl Values {
    /// A name, and what it means.
    pub(crate) fn name(&self, id: u32) -> Option<(Role, u32, Cow<'_, [u8]>)> {
        match self {
            Self::Memory { names, bytes, .. } => {
                let name = names.get(id as usize)?;
                let text = slice(bytes, name.from, name.len)?;
                Some((name.role, name.id, Cow::Borrowed(text)))
            }
            Self::File(file) => {
                let (role, id, text) = file.name(id)?;
                Some((role, id, Cow::Owned(text)))
            }
        }
    }

    /// A stored value, and its entry.
    pub(crate) fn value(&self, id: u32) -> Option<(u32, Cow<'_, [u8]>)> {
        match self {
            Self::Memory { values, bytes, .. } => {
                let value = values.get(id as usize)?;
                let text = slice(bytes, value.from, value.len)?;
                Some((value.entry, Cow::Borrowed(text)))
            }
            Self::File(file) => {
                let (entry, text) = file.value(id)?;
                Some((entry, Cow::Owned(text)))
            }
        }
    }
}

fn slice(bytes: &[u8], from: u32, len: u16) -> Option<&[u8]> {
    bytes.get(from as usize..)?.get(..usize::from(len))
}

/// The values of a set in its file.
#[derive(Debug)]
pub(crate) struct FileValues {
    pub(super) file: Box<dyn ReadAt>,
    /// Where the values begin in the file, and how long they are.
    pub(super) base: u64,
    pub(super) len: u64,
    pub(super) names: u64,
    pub(super) values: u64,
    pub(super) entries: u64,
    pub(super) mark: u64,
    /// CRC-32 of each block, two in a word.
    pub(super) sums: Vec<u64>,
    /// The first thing that went wrong in reading.
    pub(super) failure: Mutex<Option<String>>,
}

impl FileValues {
    /// Checksums of the front, in which those of all blocks stand.
    pub(crate) fn mark(&self) -> u64 {
        self.mark
    }

    /// How many indicators the file lists.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// What went wrong, when something did: hits may then be missing.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.lock().ok().and_then(|failure| failure.clone())
    }

    /// An indicator of the set.
    pub(crate) fn entry(&self, id: u32) -> Option<Observable> {
        if u64::from(id) >= self.entries {
            return None;
        }
        let at = self.names * NAME + self.values * STORED + u64::from(id) * ENTRY;
        let record = self.bytes(at, ENTRY as usize)?;
        let (text, rest) = (self.text(&record)?, *record.get(6)?);
        let observable = ObservableKind::ALL
            .get(usize::from(rest))
            .zip(std::str::from_utf8(&text).ok())
            .and_then(|(kind, text)| Observable::new(*kind, text).ok());
        if observable.is_none() {
            self.fail("an indicator in it is not one".to_owned());
        }
        observable
    }

    fn name(&self, id: u32) -> Option<(Role, u32, Vec<u8>)> {
        if u64::from(id) >= self.names {
            return None;
        }
        let record = self.bytes(u64::from(id) * NAME, NAME as usize)?;
        let role = Role::of_code(*record.get(6)?)?;
        let id = u32::from_le_bytes(*record.get(7..)?.first_chunk()?);
        Some((role, id, self.text(&record)?))
    }

    fn value(&self, id: u32) -> Option<(u32, Vec<u8>)> {
        if u64::from(id) >= self.values {
            return None;
        }
        let at = self.names * NAME + u64::from(id) * STORED;
        let record = self.bytes(at, STORED as usize)?;
        let entry = u32::from_le_bytes(*record.get(6..)?.first_chunk()?);
        Some((entry, self.text(&record)?))
    }

    /// The text that the first six bytes of a record point to.
    fn text(&self, record: &[u8]) -> Option<Vec<u8>> {
        let from = u32::from_le_bytes(*record.first_chunk()?);
        let len = u16::from_le_bytes(*record.get(4..)?.first_chunk()?);
        let texts = self.names * NAME + self.values * STORED + self.entries * ENTRY;
        self.bytes(texts + u64::from(from), usize::from(len))
    }

    /// Bytes of the values, checked.
    fn bytes(&self, at: u64, len: usize) -> Option<Vec<u8>> {
        let end = at.checked_add(len as u64).filter(|end| *end <= self.len);
        let Some(end) = end else {
            self.fail("it points behind its end".to_owned());
            return None;
        };
        let block = BLOCK as u64;
        let blocks: Range<u64> = at / block..end.div_ceil(block);
        let from = blocks.start * block;
        let until = (blocks.end * block).min(self.len);
        let mut read = vec![0; usize::try_from(until.saturating_sub(from)).ok()?];
        if let Err(error) = self.file.read_at(self.base + from, &mut read) {
            self.fail(format!("it cannot be read: {error}"));
            return None;
        }
        for (number, bytes) in blocks.zip(read.chunks(BLOCK)) {
            if self.sum(number) != Some(crc32fast::hash(bytes)) {
                self.fail("its values are damaged (a checksum is wrong)".to_owned());
                return None;
            }
        }
        let start = usize::try_from(at - from).ok()?;
        read.get(start..start + len).map(<[u8]>::to_vec)
    }

    fn sum(&self, block: u64) -> Option<u32> {
        let word = self.sums.get(usize::try_from(block / 2).ok()?)?;
        Some((word >> (block % 2 * 32)) as u32)
    }

    fn fail(&self, why: String) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert(why);
        }
    }
}
