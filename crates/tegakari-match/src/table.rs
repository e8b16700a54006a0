//! From a 64-bit key to the few things that may bear it: a one-word Bloom filter first, then a table.
//!
//! Nearly every question is answered "no" by the filter with one cache line touched. What passes is
//! looked up by a 32-bit tag, and the caller compares the value itself: a tag is never proof.

/// Constant of the key mixing; any odd number with well spread bits does.
pub(crate) const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes `word` into `hash`: a folded 64 by 64 bit product.
#[inline]
pub(crate) fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word) * u128::from(SPREAD);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The key of a byte string, as it stands.
pub(crate) fn key_of(bytes: &[u8]) -> u64 {
    let mut hash = mix(SPREAD, bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash.rotate_left(17), u64::from_le_bytes(word));
    }
    hash
}

/// A set of (key, id) pairs. Equal keys may bear several ids.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// 16 bits a key, three of them set per key, all in one word.
    filter: Vec<u64>,
    /// Open addressing at three quarters full: tag in the upper half, id + 1 in the lower; 0 is free.
    slots: Vec<u64>,
}

impl Table {
    /// Builds the table from pairs in the order in which ids shall come out for one key.
    pub(crate) fn new(pairs: &[(u64, u32)]) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        let mut table = Self {
            filter: vec![0; pairs.len() / 4 + 1],
            slots: vec![0; pairs.len() + pairs.len() / 3 + 1],
        };
        for &(key, id) in pairs {
            let word = place(filter_key(key), table.filter.len());
            table.filter[word] |= filter_bits(key);
            let mut at = place(key, table.slots.len());
            while table.slots[at] != 0 {
                at = if at + 1 == table.slots.len() {
                    0
                } else {
                    at + 1
                };
            }
            table.slots[at] = key << 32 | (u64::from(id) + 1);
        }
        table
    }

    /// Filter and slots, as they are kept in files.
    pub(crate) fn parts(&self) -> (&[u64], &[u64]) {
        (&self.filter, &self.slots)
    }

    /// From filter and slots; `None` when a question to it might never end.
    pub(crate) fn of_parts(filter: Vec<u64>, slots: Vec<u64>) -> Option<Self> {
        let right = slots.is_empty() && filter.is_empty() || slots.contains(&0);
        right.then_some(Self { filter, slots })
    }

    /// Whether the table holds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.filter.is_empty()
    }

    /// Whether an id with this key may exist.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        if self.filter.is_empty() {
            return false;
        }
        let bits = filter_bits(key);
        self.filter[place(filter_key(key), self.filter.len())] & bits == bits
    }

    /// The ids that may bear this key; the caller compares.
    #[inline]
    pub(crate) fn candidates(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        let mut at = place(key, self.slots.len().max(1));
        let tag = key & 0xFFFF_FFFF;
        std::iter::from_fn(move || {
            loop {
                let slot = *self.slots.get(at)?;
                if slot == 0 {
                    return None;
                }
                at = if at + 1 == self.slots.len() {
                    0
                } else {
                    at + 1
                };
                if slot >> 32 == tag {
                    return Some((slot as u32) - 1);
                }
            }
        })
    }
}

/// Where among `len` places a key belongs: by its upper bits, without a division.
#[inline]
fn place(key: u64, len: usize) -> usize {
    ((u128::from(key) * len as u128) >> 64) as usize
}

#[inline]
fn filter_key(key: u64) -> u64 {
    key.rotate_left(32)
}

#[inline]
fn filter_bits(key: u64) -> u64 {
    // Other bits than those that choose the word.
    1 << (key >> 34 & 63) | 1 << (key >> 40 & 63) | 1 << (key >> 46 & 63)
}

#[cfg(test)]
mod tests {
    use super::{Table, key_of};

    #[test]
    fn what_was_put_in_comes_out() {
        let pairs: Vec<(u64, u32)> = (0..10_000u32)
            .map(|i| (key_of(&(i % 9_000).to_le_bytes()), i))
            .collect();
        let table = Table::new(&pairs);
        for &(key, id) in &pairs {
            assert!(table.may_hold(key));
            assert!(table.candidates(key).any(|other| other == id));
        }
    }

    #[test]
    fn the_filter_lets_few_strangers_through() {
        let pairs: Vec<(u64, u32)> = (0..50_000u32)
            .map(|i| (key_of(&i.to_le_bytes()), i))
            .collect();
        let table = Table::new(&pairs);
        let passed = (0..100_000u64)
            .filter(|i| table.may_hold(key_of(&i.to_be_bytes())))
            .count();
        assert!(passed < 3_000, "{passed} of 100,000");
    }

    #[test]
    fn an_empty_table_holds_nothing() {
        let table = Table::new(&[]);
        assert!(!table.may_hold(1) && table.candidates(1).next().is_none());
    }
}
