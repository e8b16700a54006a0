//! Words of small sets, found wherever one begins in a text, without regard to the case of ASCII letters.
//!
//! A word that begins with a letter or digit of ASCII is found only where a word of the text begins, but it may
//! end inside one: "exfiltrat" is found in "exfiltrated". So only the first three bytes of each word of the text
//! are looked up, and most begin nothing; an automaton would read every byte, and has to be built.

use crate::phrases::word_end;

/// Bits of the gate's number.
const BITS: u32 = 14;

/// Words ready to be searched for.
pub(crate) struct Openings {
    /// Which hashes of first bytes any word has.
    gate: Box<[u64; (1 << BITS) / 64]>,
    /// The first bytes of each word with its index, in order.
    heads: Vec<(u32, u32)>,
    words: Vec<&'static str>,
    /// Bytes other than letters and digits that begin a word.
    others: [bool; 256],
    /// Words of two bytes.
    shorts: bool,
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
        let mut heads = Vec::with_capacity(words.len());
        let mut others = [false; 256];
        let mut shorts = false;
        for (i, word) in (0..).zip(&words) {
            let bytes = word.as_bytes();
            let Some(first) = bytes.first().filter(|_| bytes.len() > 1) else {
                continue;
            };
            others[usize::from(*first)] |= !first.is_ascii_alphanumeric();
            shorts |= bytes.len() == 2;
            let head = head(bytes, 0);
            let (at, bit) = slot(head);
            gate[at] |= bit;
            heads.push((head, i));
        }
        heads.sort_unstable();
        Self {
            gate,
            heads,
            words,
            others,
            shorts,
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
            let end = word_end(bytes, at);
            if end > at {
                self.open(bytes, at, &mut found);
                at = end;
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

    /// Adds the words that stand at a place.
    fn open(&self, bytes: &[u8], at: usize, found: &mut Vec<Opening>) {
        let head = head(bytes, at);
        self.of_head(head, bytes, at, found);
        if self.shorts && head & 0xFF != 0 {
            self.of_head(head & !0xFF, bytes, at, found);
        }
    }

    fn of_head(&self, head: u32, bytes: &[u8], at: usize, found: &mut Vec<Opening>) {
        let (slot, bit) = slot(head);
        if self.gate[slot] & bit == 0 {
            return;
        }
        let from = self.heads.partition_point(|(one, _)| *one < head);
        let same = self.heads.get(from..).unwrap_or_default().iter();
        for (_, word) in same.take_while(|(one, _)| *one == head) {
            let index = *word as usize;
            let word = self.word(index);
            let here = bytes.get(at..at + word.len());
            if here.is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes())) {
                found.push(Opening {
                    start: at,
                    end: at + word.len(),
                    word: index,
                });
            }
        }
    }
}

/// The first three bytes in lower case as a number, with zeros where there are fewer.
fn head(bytes: &[u8], at: usize) -> u32 {
    let byte = |i: usize| {
        let byte = bytes.get(at + i).copied().unwrap_or(0);
        u32::from(byte.to_ascii_lowercase())
    };
    byte(0) << 16 | byte(1) << 8 | byte(2)
}

/// The place of some first bytes in the gate.
fn slot(head: u32) -> (usize, u64) {
    let hash = (head.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize;
    (hash / 64, 1 << (hash % 64))
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
    }
}
