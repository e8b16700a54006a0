//! A sorted table of short texts, each with the set of owners that list it; compact on disk and in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::order::sort_by;

/// What is written: texts joined by line feeds in byte order, and for each the number of its owner set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedTable {
    texts: String,
    sets: Vec<Vec<u16>>,
    set_of: Vec<u16>,
}

/// The table ready for look-ups.
#[derive(Debug, Default)]
pub(crate) struct Table {
    packed: PackedTable,
    /// Start of each text.
    starts: Vec<u32>,
}

impl PackedTable {
    /// Packs texts with their owners. Texts with line feeds are left out: no name, address or path has one.
    pub(crate) fn pack(entries: &BTreeMap<String, BTreeSet<u16>>) -> Self {
        let mut numbers: BTreeMap<&BTreeSet<u16>, u32> = BTreeMap::new();
        for owners in entries.values() {
            *numbers.entry(owners).or_default() += 1;
        }
        // Frequent sets get small numbers, which compress best; ties in order of content.
        let mut by_use: Vec<(&BTreeSet<u16>, u32)> = numbers.into_iter().collect();
        sort_by(&mut by_use, |a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let numbers: BTreeMap<&BTreeSet<u16>, u16> = by_use
            .iter()
            .enumerate()
            .map(|(i, (set, _))| (*set, u16::try_from(i).unwrap_or(u16::MAX)))
            .collect();
        let mut packed = Self {
            sets: by_use
                .iter()
                .map(|(set, _)| set.iter().copied().collect())
                .collect(),
            ..Self::default()
        };
        for (text, owners) in entries {
            let Some(number) = numbers.get(owners) else {
                continue;
            };
            if text.is_empty() || text.contains('\n') {
                continue;
            }
            packed.texts.push_str(text);
            packed.texts.push('\n');
            packed.set_of.push(*number);
        }
        packed
    }
}

impl PackedTable {
    /// Every text with its owners, in order of text.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &[u16])> {
        let texts = self.texts.lines();
        texts.zip(&self.set_of).filter_map(|(text, set)| {
            let owners = self.sets.get(usize::from(*set))?;
            Some((text, owners.as_slice()))
        })
    }
}

impl Table {
    pub(crate) fn new(packed: PackedTable) -> Self {
        let mut starts = vec![0_u32];
        for (at, _) in packed.texts.match_indices('\n') {
            starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        starts.pop();
        Self { packed, starts }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.starts.len()
    }

    fn text(&self, at: usize) -> &str {
        let start = self.starts.get(at).copied().unwrap_or(0) as usize;
        let end = match self.starts.get(at + 1) {
            Some(next) => *next as usize,
            None => self.packed.texts.len(),
        };
        // Without the line feed.
        self.packed
            .texts
            .get(start..end.saturating_sub(1))
            .unwrap_or("")
    }

    /// The owners of exactly this text; empty when it is not in the table.
    pub(crate) fn owners(&self, text: &str) -> &[u16] {
        let (mut low, mut high) = (0, self.starts.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.text(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let set = self.packed.set_of.get(middle).copied().unwrap_or(u16::MAX);
                    return self
                        .packed
                        .sets
                        .get(usize::from(set))
                        .map_or(&[], Vec::as_slice);
                }
            }
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::{PackedTable, Table};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_text_is_found_and_no_other() {
        let entries: BTreeMap<String, BTreeSet<u16>> = [("a", 1), ("a.b", 2), ("b", 1), ("zz", 3)]
            .into_iter()
            .map(|(t, n)| (t.to_owned(), BTreeSet::from([n])))
            .collect();
        let table = Table::new(PackedTable::pack(&entries));
        assert_eq!(table.len(), 4);
        for (text, owners) in &entries {
            let want: Vec<u16> = owners.iter().copied().collect();
            assert_eq!(table.owners(text), want, "{text}");
        }
        for text in ["", "0", "a.", "aa", "b\n", "zzz", "a.b.c"] {
            assert!(table.owners(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn an_empty_or_broken_table_has_no_texts() {
        assert!(Table::default().owners("a").is_empty());
        let broken = PackedTable {
            texts: "a\nb".into(),
            sets: vec![],
            set_of: vec![7],
        };
        let table = Table::new(broken);
        assert!(table.owners("a").is_empty());
        assert!(table.owners("b").is_empty());
    }
}
