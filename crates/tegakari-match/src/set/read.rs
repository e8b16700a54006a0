//! Reading a set from a file. Nothing in it is trusted: lengths, numbers and tables are checked before they are used.

use std::fmt;
use std::sync::Mutex;

use tegakari_model::ObservableKind;

use super::{BLOCK, ENTRY, FileValues, HEADER, MAGIC, NAME, ReadAt, STORED, Values};
use crate::address::{Addresses, Network};
use crate::classify::Beginnings;
use crate::compile::Sets;
use crate::endings::Endings;
use crate::names::LastLabels;
use crate::table::Table;
use crate::text::{Frame, Text};

/// Why a file is not taken as a set of indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetError(String);

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetError {}

fn error<T>(what: impl Into<String>) -> Result<T, SetError> {
    Err(SetError(what.into()))
}

fn damaged<T>(what: &str) -> Result<T, SetError> {
    error(format!("it is damaged: {what}"))
}

/// Words read at a time.
const PIECE: usize = 8 << 10;

/// The front, read from its beginning.
struct Front<'f> {
    file: &'f dyn ReadAt,
    at: u64,
    left: u64,
    sum: crc32fast::Hasher,
    buffer: Vec<u8>,
}

impl Front<'_> {
    fn number(&mut self) -> Result<u64, SetError> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn words(&mut self) -> Result<Vec<u64>, SetError> {
        let len = self.number()?;
        self.take(len)
    }

    /// A number of things that take `words` words each, at the least.
    fn count(&mut self, words: u64) -> Result<u64, SetError> {
        let count = self.number()?;
        match count.checked_mul(words) {
            Some(all) if all <= self.left => Ok(count),
            _ => damaged("a list is longer than the file"),
        }
    }

    fn take(&mut self, words: u64) -> Result<Vec<u64>, SetError> {
        if words > self.left {
            return damaged("a list is longer than the file");
        }
        let mut taken = Vec::with_capacity(usize::try_from(words).unwrap_or_default());
        let mut wanted = words;
        while wanted > 0 {
            let now = usize::try_from(wanted).unwrap_or(PIECE).min(PIECE);
            self.buffer.resize(8 * now, 0);
            if let Err(why) = self.file.read_at(self.at, &mut self.buffer) {
                return error(format!("it cannot be read: {why}"));
            }
            self.sum.update(&self.buffer);
            taken.extend(
                self.buffer
                    .chunks_exact(8)
                    .filter_map(|word| word.first_chunk())
                    .map(|word| u64::from_le_bytes(*word)),
            );
            self.at += 8 * now as u64;
            self.left -= now as u64;
            wanted -= now as u64;
        }
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, SetError> {
        let len = self.number()?;
        let words = self.take(len.div_ceil(8))?;
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    fn table(&mut self) -> Result<Table, SetError> {
        let (filter, slots) = (self.words()?, self.words()?);
        match Table::of_parts(filter, slots) {
            Some(table) => Ok(table),
            None => damaged("a table has no free slot"),
        }
    }

    /// Words of which there are `len` or none.
    fn exactly(&mut self, len: usize, or_none: bool) -> Result<Vec<u64>, SetError> {
        let words = self.words()?;
        if words.len() == len || or_none && words.is_empty() {
            Ok(words)
        } else {
            damaged("a list has the wrong length")
        }
    }
}

/// The sets in `file`, and how many entries of each kind there are.
pub(crate) fn read(file: Box<dyn ReadAt>) -> Result<(Sets, Vec<(ObservableKind, u64)>), SetError> {
    let mut header = [0; HEADER as usize];
    if let Err(why) = file.read_at(0, &mut header) {
        return error(format!("it is no set of indicators: {why}"));
    }
    if header[..7] != MAGIC[..7] {
        return error("it is no set of indicators (make one with `tegakari indicators build`)");
    }
    if header[..8] != MAGIC {
        return error(
            "it is a set of indicators of another version: build it again with this program",
        );
    }
    let number = |at: usize| {
        let bytes = header.get(at..).and_then(|rest| rest.first_chunk::<8>());
        u64::from_le_bytes(bytes.copied().unwrap_or_default())
    };
    let (words, len, sums) = (number(8), number(16), number(24));
    if sums >> 32 != u64::from(crc32fast::hash(&header[..24])) {
        return damaged("the checksum of its head is wrong");
    }
    let base = words
        .checked_mul(8)
        .and_then(|front| front.checked_add(HEADER));
    let Some(base) = base.filter(|base| base.checked_add(len).is_some()) else {
        return damaged("it says that it is larger than any file");
    };
    // The last byte, so that a file that was cut is told at once.
    if let Some(last) = (base + len).checked_sub(1)
        && file.read_at(last, &mut [0]).is_err()
    {
        return damaged("it was cut");
    }
    let mut front = Front {
        file: &*file,
        at: HEADER,
        left: words,
        sum: crc32fast::Hasher::new(),
        buffer: Vec::new(),
    };
    let counts = front.exactly(3 + ObservableKind::ALL.len(), false)?;
    let sums_of_blocks = front.words()?;
    let mut sets = sets(&mut front)?;
    if front.left != 0 {
        return damaged("there is more in it than there should be");
    }
    if front.sum.finalize() != sums as u32 {
        return damaged("a checksum is wrong");
    }
    let [names, values, entries, kinds @ ..] = counts.as_slice() else {
        return damaged("a list has the wrong length");
    };
    let records = [(names, NAME), (values, STORED), (entries, ENTRY)]
        .iter()
        .try_fold(0u64, |sum, (count, size)| {
            count.checked_mul(*size)?.checked_add(sum)
        });
    let blocks = len.div_ceil(BLOCK as u64);
    if records.is_none_or(|records| records > len)
        || sums_of_blocks.len() as u64 != blocks.div_ceil(2)
    {
        return damaged("its values are shorter than it says");
    }
    let kinds = ObservableKind::ALL
        .into_iter()
        .zip(kinds.iter().copied())
        .filter(|(_, count)| *count > 0)
        .collect();
    sets.values = Values::File(FileValues {
        base,
        len,
        names: *names,
        values: *values,
        entries: *entries,
        mark: sums,
        sums: sums_of_blocks,
        failure: Mutex::new(None),
        file,
    });
    Ok((sets, kinds))
}

fn sets(front: &mut Front<'_>) -> Result<Sets, SetError> {
    let name_table = front.table()?;
    let value_table = front.table()?;
    let word_table = front.table()?;
    let Some(last_labels) = LastLabels::of_words(&front.words()?) else {
        return damaged("a list has the wrong length");
    };
    let Some(endings) = Endings::of_parts(front.number()?, front.words()?) else {
        return damaged("a list has the wrong length");
    };
    let word_starts = front.exactly(1024, true)?;
    let beginnings = match (front.bytes()?.try_into(), front.bytes()?.try_into()) {
        (Ok(first), Ok(second)) => Beginnings { first, second },
        _ => return damaged("a list has the wrong length"),
    };
    let longest_name = front.number()?.min(1 << 16) as usize;
    let shortest_word = front.number()?.min(1 << 16) as usize;
    let flags = front.number()?;
    let flag = |bit: u32| flags >> bit & 1 != 0;
    let addresses = addresses(front)?;
    let mut macs = std::collections::HashMap::new();
    for _ in 0..front.count(2)? {
        macs.insert(front.number()?, front.number()? as u32);
    }
    let mut texts = Vec::new();
    for _ in 0..front.count(3)? {
        let (place, frame, needle) = (front.number()?, front.number()?, front.bytes()?);
        let anchor = ((place >> 16) as u16, place as u16);
        let Some(frame) = Frame::of_code(frame) else {
            return damaged("a text is of no known kind");
        };
        if anchor.0 >= anchor.1 || usize::from(anchor.1) > needle.len() {
            return damaged("a text has no anchor");
        }
        texts.push(Text {
            needle: needle.into(),
            anchor,
            entry: (place >> 32) as u32,
            frame,
        });
    }
    Ok(Sets {
        values: Values::default(),
        name_table,
        last_labels,
        endings,
        longest_name,
        value_table,
        addresses,
        macs,
        digest_lengths: [flag(3), flag(4), flag(5), flag(6)],
        texts,
        word_table,
        word_starts,
        beginnings,
        shortest_word,
        beyond_ascii: flag(0),
        entities: flag(1),
        unusual_urls: flag(2),
    })
}

fn addresses(front: &mut Front<'_>) -> Result<Addresses, SetError> {
    let v4 = front
        .words()?
        .into_iter()
        .map(|word| ((word >> 32) as u32, word as u32))
        .collect();
    let v4_table = front.table()?;
    let mut v6 = Vec::new();
    for _ in 0..front.count(3)? {
        let address = u128::from(front.number()?) << 64 | u128::from(front.number()?);
        v6.push((address, front.number()? as u32));
    }
    let v6_table = front.table()?;
    let mut networks = Vec::new();
    for _ in 0..front.count(3)? {
        let address = u128::from(front.number()?) << 64 | u128::from(front.number()?);
        let word = front.number()?;
        networks.push(Network {
            address,
            bits: (word >> 32) as u8,
            entry: word as u32,
        });
    }
    let network_table = front.table()?;
    let (v4_bits, v6_bits) = (front.bytes()?, front.bytes()?);
    if v4_bits.iter().any(|bits| *bits > 32) || v6_bits.iter().any(|bits| *bits > 128) {
        return damaged("a network is longer than an address");
    }
    if v4_bits.len() > 33 || v6_bits.len() > 129 {
        return damaged("a list has the wrong length");
    }
    Ok(Addresses {
        v4,
        v4_table,
        v6,
        v6_table,
        networks,
        network_table,
        v4_bits,
        v6_bits,
        v4_halves: front.exactly(1024, true)?,
    })
}
