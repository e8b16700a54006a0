//! Names one slip away.
//!
//! Of pairs of actor names at edit distance 1 in public sources 18 of 24 are slips for one actor; at
//! distance 2, 29 of 33 are different actors. So: distance 1 only, long names only, never in a digit,
//! never in the distinguishing word of a vendor's family.

use crate::names::KnownName;
use crate::order::sort;
use crate::words::{name_family, words_of};

/// Shortest name, in letters of the folded form, for which a slip is considered.
const MIN_LETTERS: usize = 8;

/// Letters at either end by which candidates are found: one slip in a name of eight letters or more
/// cannot touch both ends.
const END: usize = 3;

/// Shortest distinguishing word of a family name in which a slip is believed: short ones are too
/// close to each other (`Salt`, `Silk`, `Volt`; `Mint`, `Pink`; `Vice`, `Hive`).
const MIN_FAMILY_WORD: usize = 8;

#[derive(Default)]
pub(crate) struct NearIndex {
    /// Indexes of long names, ordered by first and by last letters.
    by_start: Vec<([char; END], usize)>,
    by_end: Vec<([char; END], usize)>,
    /// The letters of each long name, by its index; empty for the others.
    letters: Vec<Box<[char]>>,
}

impl NearIndex {
    pub(crate) fn new(names: &[KnownName]) -> Self {
        let mut index = Self::default();
        for (i, name) in names.iter().enumerate() {
            let letters: Vec<char> = name.folded.chars().collect();
            if letters.len() < MIN_LETTERS {
                index.letters.push(Box::default());
                continue;
            }
            if let (Some(start), Some(end)) = (start_of(&letters), end_of(&letters)) {
                index.by_start.push((start, i));
                index.by_end.push((end, i));
            }
            index.letters.push(letters.into());
        }
        sort(&mut index.by_start);
        sort(&mut index.by_end);
        index
    }

    pub(crate) fn near<'a>(
        &self,
        names: &'a [KnownName],
        text: &str,
        folded: &str,
    ) -> Vec<&'a KnownName> {
        let letters: Vec<char> = folded.chars().take(101).collect();
        if letters.len() + 1 < MIN_LETTERS || letters.len() > 100 {
            return Vec::new();
        }
        let (Some(start), Some(end)) = (start_of(&letters), end_of(&letters)) else {
            return Vec::new();
        };
        // Many names begin or end alike; hardly any is one slip away.
        let is_near = |i: &usize| {
            let other = self.letters.get(*i);
            other.is_some_and(|other| one_slip(&letters, other))
        };
        let mut found: Vec<usize> = run(&self.by_start, start)
            .chain(run(&self.by_end, end))
            .filter(is_near)
            .collect();
        sort(&mut found);
        found.dedup();
        found
            .into_iter()
            .filter_map(|i| names.get(i))
            .filter(|name| plausible(text, &name.text))
            .collect()
    }
}

fn start_of(letters: &[char]) -> Option<[char; END]> {
    letters.get(..END)?.try_into().ok()
}

fn end_of(letters: &[char]) -> Option<[char; END]> {
    letters
        .get(letters.len().checked_sub(END)?..)?
        .try_into()
        .ok()
}

fn run(sorted: &[([char; END], usize)], key: [char; END]) -> impl Iterator<Item = usize> {
    let from = sorted.partition_point(|(k, _)| *k < key);
    let rest = sorted.get(from..).unwrap_or_default();
    rest.iter()
        .take_while(move |(k, _)| *k == key)
        .map(|(_, i)| *i)
}

/// Whether the two differ by exactly one letter added, dropped or replaced, or two neighbours swapped,
/// and no digit is touched.
fn one_slip(a: &[char], b: &[char]) -> bool {
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count()
        .min(a.len().min(b.len()) - start);
    let (Some(left), Some(right)) = (a.get(start..a.len() - end), b.get(start..b.len() - end))
    else {
        return false;
    };
    if left.iter().chain(right).any(char::is_ascii_digit) {
        return false;
    }
    match (left, right) {
        ([_], [_] | []) | ([], [_]) => true,
        ([x1, x2], [y1, y2]) => x1 == y2 && x2 == y1,
        _ => false,
    }
}

/// A slip in the distinguishing word of a family name is believed only when that word is long.
fn plausible(text: &str, known: &str) -> bool {
    let Some(family) = name_family(known) else {
        return true;
    };
    let written = words_of(text);
    // The family's word itself is misspelt: the distinguishing words are equal.
    if !written.iter().any(|w| w == family.word) {
        return true;
    }
    words_of(known)
        .iter()
        .filter(|w| *w != family.word)
        .all(|w| written.contains(w) || w.chars().count() >= MIN_FAMILY_WORD)
}

#[cfg(test)]
mod tests {
    use super::{one_slip, plausible};

    #[test]
    fn one_slip_is_one_letter() {
        for (a, b, want) in [
            ("lotusblossum", "lotusblossom", true),
            ("lotusblosom", "lotusblossom", true),
            ("lotusbolssom", "lotusblossom", true),
            ("lotusblossom", "lotusblossom", false),
            ("lotusblassum", "lotusblossom", false),
            ("unc52211a", "unc52212a", false),
            ("aaaaaaaaa", "aaaaaaaa", true),
        ] {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            assert_eq!(one_slip(&a, &b), want, "{a:?} {b:?}");
        }
    }

    #[test]
    fn family_names_differ_on_purpose() {
        assert!(!plausible("Silt Typhoon", "Salt Typhoon"));
        assert!(!plausible("Mice Spider", "Vice Spider"));
        assert!(plausible("Gold Northfielt", "Gold Northfield"));
        assert!(plausible("Salt Typhon", "Salt Typhoon"));
        assert!(plausible("Lotus Blossum", "Lotus Blossom"));
    }
}
