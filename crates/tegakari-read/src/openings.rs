//! Words of small sets, found wherever one begins in a text, without regard to the case of ASCII letters.
//!
//! A word that begins with a letter or digit of ASCII is found only where a word of the text begins, but it may
//! end inside one: "exfiltrat" is found in "exfiltrated". So only the first three bytes of each word of the text
//! are looked up, and most begin nothing; an automaton would read every byte, and has to be built.

use crate::phrases::word_end;

/// Bits of the gate's number, and of that of a list.
const BITS: u32 = 14;
const LISTS: u32 = 10;

/// Words ready to be searched for.
pub(crate) struct Openings {
    /// Which hashes of first bytes any word of three or more has.
    gate: Box<[u64; (1 << BITS) / 64]>,
    /// Where each list of such words starts in `lists`.
    starts: Vec<u32>,
    /// Indexes of words by the hashes of their first bytes.
    lists: Vec<u32>,
    /// Words of two bytes: the two, and the index.
    shorts: Vec<(u32, u32)>,
    words: Vec<&'static str>,
    /// Bytes other than letters and digits that begin a word.
    others: [bool; 256],
}

/// A word at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Index of the word as given to [`Openings::new`].
    pub(crate) word: usize,
}

impl Openings {
    /// Words shorter than two bytes are never found.
    pub(crate) fn new(words: Vec<&'static str>) -> Self {
        let mut gate = Box::new([0; (1 << BITS) / 64]);
        let mut hashes = Vec::with_capacity(words.len());
        let mut others = [false; 256];
        let mut shorts = Vec::new();
        for (i, word) in (0..).zip(&words) {
            let bytes = word.as_bytes();
            let Some(first) = bytes.first().filter(|_| bytes.len() > 1) else {
                continue;
            };
            others[usize::from(*first)] |= !first.is_ascii_alphanumeric();
            let head = head(bytes, 0);
            if bytes.len() == 2 {
                shorts.push((head & 0xFFFF, i));
                continue;
            }
            let hash = hash(head);
            gate[hash / 64] |= 1 << (hash % 64);
            hashes.push((hash >> (BITS - LISTS), i));
        }
        hashes.sort_unstable();
        let starts = (0..=1 << LISTS)
            .map(|list| hashes.partition_point(|(one, _)| *one < list) as u32)
            .collect();
        Self {
            gate,
            starts,
            lists: hashes.into_iter().map(|(_, word)| word).collect(),
            shorts,
            words,
            others,
        }
    }

    /// A word by its index.
    pub(crate) fn word(&self, index: usize) -> &'static str {
        self.words.get(index).copied().unwrap_or_default()
    }

    /// All words in a text in order of where they end, of those that end at one place the longest first.
    pub(crate) fn find(&self, text: &str) -> Vec<Opening> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            if first.is_ascii_alphanumeric() {
                self.open(bytes, at, &mut found);
                at = word_end(bytes, at);
                continue;
            }
            if self.others[usize::from(*first)] {
                self.open(bytes, at, &mut found);
            }
            at += 1;
        }
        if found.len() > 1 {
            found.sort_unstable_by_key(|one| (one.end, one.start, one.word));
        }
        found
    }

    /// The first in the list of the words that stand anywhere in a text, also inside its words.
    pub(crate) fn first_inside(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        for at in 0..bytes.len() {
            self.open(bytes, at, &mut found);
        }
        found.iter().map(|one| one.word).min()
    }

    /// Adds the words that stand at a place.
    fn open(&self, bytes: &[u8], at: usize, found: &mut Vec<Opening>) {
        let head = head(bytes, at);
        let hash = hash(head);
        if self.gate[hash / 64 % (1 << BITS >> 6)] >> (hash % 64) & 1 == 1 {
            let list = hash >> (BITS - LISTS);
            let bounds = self.starts.get(list).zip(self.starts.get(list + 1));
            let words = bounds.and_then(|(a, b)| self.lists.get(*a as usize..*b as usize));
            for word in words.unwrap_or_default() {
                self.compare(*word, bytes, at, found);
            }
        }
        for (short, word) in &self.shorts {
            if *short == head & 0xFFFF {
                self.compare(*word, bytes, at, found);
            }
        }
    }

    fn compare(&self, index: u32, bytes: &[u8], at: usize, found: &mut Vec<Opening>) {
        let index = index as usize;
        let word = self.word(index).as_bytes();
        let end = at + word.len();
        let last = bytes.get(end - 1).zip(word.last());
        if last.is_some_and(|(here, last)| here.eq_ignore_ascii_case(last))
            && bytes[at..end].eq_ignore_ascii_case(word)
        {
            found.push(Opening {
                start: at,
                end,
                word: index,
            });
        }
    }
}

/// The first three bytes as a number that is the same in either case, with blanks where there are fewer.
fn head(bytes: &[u8], at: usize) -> u32 {
    let bytes = match bytes.get(at..at + 4) {
        Some(four) => four.try_into().unwrap_or_default(),
        None => {
            let mut four = [0; 4];
            let rest = bytes.get(at..).unwrap_or_default();
            for (to, from) in four.iter_mut().zip(rest) {
                *to = *from;
            }
            four
        }
    };
    (u32::from_le_bytes(bytes) | 0x20_2020) & 0xFF_FFFF
}

fn hash(head: u32) -> usize {
    (head.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::Openings;

    #[test]
    fn words_are_found_in_order_of_their_ends() {
        let words = vec![
            "c2",
            "c2 server",
            "server",
            "exfil",
            "通信",
            "信先",
            "(our",
            "c2",
        ];
        let openings = Openings::new(words.clone());
        let found = |text: &str| -> Vec<&str> {
            let hits = openings.find(text);
            for hit in &hits {
                assert!(text[hit.start..hit.end].eq_ignore_ascii_case(words[hit.word]));
            }
            hits.iter().map(|hit| words[hit.word]).collect()
        };
        for (text, want) in [
            ("A C2 server", &["c2", "c2", "c2 server", "server"][..]),
            ("exfiltrated, not unexfiltrated", &["exfil"]),
            ("通信先はC2", &["通信", "信先", "c2", "c2"]),
            ("(our) c", &["(our"]),
            ("", &[]),
        ] {
            assert_eq!(found(text), want, "{text}");
        }
        for (text, want) in [
            ("unexfiltrated", Some(3)),
            ("xserverC2", Some(0)),
            ("exfi", None),
        ] {
            assert_eq!(openings.first_inside(text), want, "{text}");
        }
    }
}
