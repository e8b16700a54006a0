//! File hashes of warning lists, by their first eight bytes.
//!
//! Sixty-four bits tell the thirty thousand entries apart from any hash met by accident (one in 10¹⁴).
//! Who wanted to make a file that meets one on purpose would need 2⁴⁹ attempts to gain that the tool
//! shows its hash with an objection instead of listing it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::order::sort;

/// Sorted by number of digits and prefix; differences of prefixes are not taken, because they do not shrink.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedHashes {
    /// For each kind of hash, by its hexadecimal digits: the prefixes as bytes, eight each, and the owners' set.
    kinds: Vec<(u8, Bytes, Vec<u16>)>,
    sets: Vec<Vec<u16>>,
}

type Bytes = Vec<u8>;

impl PackedHashes {
    pub(crate) fn pack(hashes: &BTreeMap<String, BTreeSet<u16>>) -> Self {
        let mut sets: Vec<Vec<u16>> = hashes
            .values()
            .map(|owners| owners.iter().copied().collect())
            .collect();
        sort(&mut sets);
        sets.dedup();
        let mut kinds: BTreeMap<u8, (Bytes, Vec<u16>)> = BTreeMap::new();
        for (hash, owners) in hashes {
            let (Some(prefix), Ok(digits)) = (prefix_of(hash), u8::try_from(hash.len())) else {
                continue;
            };
            let owners: Vec<u16> = owners.iter().copied().collect();
            let Ok(set) = sets.binary_search(&owners) else {
                continue;
            };
            let (bytes, set_of) = kinds.entry(digits).or_default();
            bytes.extend(prefix);
            set_of.push(u16::try_from(set).unwrap_or(u16::MAX));
        }
        Self {
            kinds: kinds
                .into_iter()
                .map(|(digits, (bytes, set_of))| (digits, bytes, set_of))
                .collect(),
            sets,
        }
    }

    /// The owners of a hash; empty when no list holds it.
    pub(crate) fn owners(&self, hash: &str) -> &[u16] {
        let Some(wanted) = prefix_of(hash) else {
            return &[];
        };
        let kind = self
            .kinds
            .iter()
            .find(|(digits, ..)| usize::from(*digits) == hash.len());
        let Some((_, bytes, set_of)) = kind else {
            return &[];
        };
        let (prefixes, _) = bytes.as_chunks::<8>();
        prefixes
            .binary_search(&wanted)
            .ok()
            .and_then(|at| set_of.get(at))
            .and_then(|set| self.sets.get(usize::from(*set)))
            .map_or(&[], Vec::as_slice)
    }
}

fn prefix_of(hash: &str) -> Option<[u8; 8]> {
    let mut out = [0; 8];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hash.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::PackedHashes;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_hash_is_found_under_its_own_length_only() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        let map = BTreeMap::from([(md5.to_owned(), BTreeSet::from([3_u16]))]);
        let packed = PackedHashes::pack(&map);
        assert_eq!(packed.owners(md5), [3]);
        assert!(
            packed
                .owners("d41d8cd98f00b204e9800998ecf8427e00000000")
                .is_empty()
        );
        assert!(packed.owners("d41d8cd98f00b205e9800998ecf8427e").is_empty());
        assert!(packed.owners("zz").is_empty());
    }
}
