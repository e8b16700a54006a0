//! A hash for maps that are asked for every value or word of a document, cheaper than the standard one.
//!
//! Like that, it is keyed anew in every run, so that nobody can write a document whose values all fall together;
//! no result depends on it, because nothing goes through these maps in their order.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};

pub(crate) type QuickMap<K, V> = HashMap<K, V, Quick>;
pub(crate) type QuickSet<K> = HashSet<K, Quick>;

/// Makes hashers of one key.
#[derive(Debug, Clone)]
pub(crate) struct Quick(u64, u64);

impl Default for Quick {
    fn default() -> Self {
        let keys = RandomState::new();
        // The second is odd, so that a product with it loses nothing.
        Self(keys.hash_one(0), keys.hash_one(1) | 1)
    }
}

impl BuildHasher for Quick {
    type Hasher = Folder;

    fn build_hasher(&self) -> Folder {
        Folder {
            state: self.0,
            key: self.1,
        }
    }
}

/// Folds eight bytes at once into its state, by both halves of a product.
#[derive(Debug)]
pub(crate) struct Folder {
    state: u64,
    key: u64,
}

impl Folder {
    fn fold(&mut self, lanes: u64) {
        let product = u128::from(self.state ^ lanes) * u128::from(self.key);
        // The key comes in again, so that no lanes make a state that all others go on from.
        self.state = (product as u64 ^ (product >> 64) as u64).wrapping_add(self.key);
    }
}

impl Hasher for Folder {
    fn write(&mut self, bytes: &[u8]) {
        let (lanes, rest) = bytes.as_chunks::<8>();
        for lanes in lanes {
            self.fold(u64::from_le_bytes(*lanes));
        }
        let rest = rest.iter().rev().fold(0, |all, b| all << 8 | u64::from(*b));
        self.fold(rest ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, byte: u8) {
        self.fold(u64::from(byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.fold(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.fold(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.fold(number as u64);
    }

    fn finish(&self) -> u64 {
        let product = u128::from(self.state) * u128::from(self.key);
        product as u64 ^ (product >> 64) as u64
    }
}
