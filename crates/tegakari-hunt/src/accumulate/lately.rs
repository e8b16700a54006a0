//! The spellings of parties that were met lately, so that a look-up is one comparison.

use crate::words;

/// Numbers of parties by how records write them, for those met lately. A slot each, so that a look-up
/// is one comparison; the maps behind it know them all.
pub(super) struct Lately {
    /// Spellings of up to sixteen bytes: nearly all.
    pub(super) short: Vec<Short>,
    long: Vec<(Vec<u8>, Option<u32>)>,
}

/// A short spelling, as two words, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) words: (u64, u64),
    /// Its length, and whether others wrote it: what is ours is then looked at.
    pub(super) form: u32,
    /// [`NOBODY`] for one that is no machine of ours.
    pub(super) number: u32,
}

pub(super) const NOBODY: u32 = u32::MAX;

impl Short {
    /// Without a number; `None` for a spelling that is empty or too long.
    #[inline]
    pub(super) fn of(id: &[u8], by_others: bool) -> Option<Self> {
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let words = match (id.first_chunk(), id.last_chunk()) {
            // The two may overlap: with the length they still say all.
            (Some(first), Some(last)) if id.len() <= 16 => (word(first), word(last)),
            (None, _) if !id.is_empty() => (words::short(id), 0),
            _ => return None,
        };
        Some(Self {
            words,
            form: id.len() as u32 | u32::from(by_others) << 8,
            number: NOBODY,
        })
    }

    #[inline]
    pub(super) fn is(&self, other: &Self) -> bool {
        self.words == other.words && self.form == other.form
    }

    #[inline]
    pub(super) fn slot(&self) -> usize {
        Lately::slot(
            (self.words.0 ^ self.words.1.rotate_left(29))
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .rotate_left(31)
                ^ u64::from(self.form),
        )
    }
}

/// Slots, a power of two.
const LATELY: usize = 1 << 12;

impl Lately {
    pub(super) fn new() -> Self {
        let none = Short {
            words: (0, 0),
            form: 0,
            number: NOBODY,
        };
        Self {
            short: vec![none; LATELY],
            long: vec![(Vec::new(), None); LATELY],
        }
    }

    fn slot(hash: u64) -> usize {
        (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (LATELY - 1)
    }

    pub(super) fn long(&mut self, id: &[u8]) -> &mut (Vec<u8>, Option<u32>) {
        let mut hash = id.len() as u64;
        for chunk in id.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            hash ^= hash >> 32;
        }
        &mut self.long[Self::slot(hash)]
    }
}
