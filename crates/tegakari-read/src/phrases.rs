//! Many phrases in a text at once: names, countries, techniques.
//!
//! Phrases count only where a word starts, and most words begin no phrase. So the first word of every
//! phrase is kept in a small table, a word of the text is looked up there in a few instructions, and
//! only where it may begin a phrase the automaton is asked for the longest one that starts right there.

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

/// Bits in a table of beginnings.
const GATE: usize = 1 << 16;

/// Phrases ready to be searched for, without regard to the case of ASCII letters.
pub(crate) struct Phrases {
    automaton: AhoCorasick,
    /// First words of the phrases that start with a letter or digit of ASCII, hashed.
    words: Vec<u64>,
    /// The first three bytes of all others, hashed.
    others: Vec<u64>,
}

/// A phrase at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Index of the phrase as given to [`Phrases::new`].
    pub(crate) phrase: usize,
}

impl Phrases {
    /// Phrases shorter than two bytes are never found. `None` when there are more than an automaton holds.
    pub(crate) fn new<P: AsRef<str>>(phrases: &[P]) -> Option<Self> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .start_kind(StartKind::Anchored)
            .build(phrases.iter().map(AsRef::as_ref))
            .ok()?;
        let (mut words, mut others) = (vec![0; GATE / 64], vec![0; GATE / 64]);
        for phrase in phrases {
            let bytes = phrase.as_ref().as_bytes();
            let word = word_end(bytes, 0);
            if bytes.len() < 2 {
                continue;
            }
            if word > 0 {
                set(&mut words, word_key(bytes, 0, word));
            } else {
                set(&mut others, start_key(bytes, 0));
            }
        }
        Some(Self {
            automaton,
            words,
            others,
        })
    }

    /// Calls `take` for the longest phrase at each start of a word, from left to right. Where it says that
    /// the phrase counts, the search goes on behind it; otherwise at the next word.
    ///
    /// A phrase that begins with ASCII letters is found only where its first word is a whole word of the
    /// text: "rat" is not found in "rats".
    pub(crate) fn each(&self, text: &str, mut take: impl FnMut(Hit) -> bool) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            let end = word_end(bytes, at);
            let may = if end > at {
                has(&self.words, word_key(bytes, at, end))
            } else {
                // Continuation bytes start no phrase.
                *first & 0xC0 != 0x80 && has(&self.others, start_key(bytes, at))
            };
            if may && let Some(behind) = self.longest(text, at, &mut take) {
                // The rest of a word that the phrase ends in starts nothing.
                let inside = bytes.get(behind - 1).is_some_and(u8::is_ascii_alphanumeric);
                at = if inside {
                    word_end(bytes, behind)
                } else {
                    behind
                };
            } else {
                at = end.max(at + 1);
            }
        }
    }

    /// Where to go on behind the longest phrase at a place, if one is there and counts.
    fn longest(&self, text: &str, at: usize, take: &mut impl FnMut(Hit) -> bool) -> Option<usize> {
        let input = Input::new(text)
            .span(at..text.len())
            .anchored(Anchored::Yes);
        let found = self.automaton.try_find(input).ok()??;
        let hit = Hit {
            start: at,
            end: found.end(),
            phrase: found.pattern().as_usize(),
        };
        take(hit).then_some(found.end().max(at + 1))
    }
}

const LANES: u64 = 0x0101_0101_0101_0101;

/// Where the run of ASCII letters and digits ends that starts at `at`; `at` where none does.
pub(crate) fn word_end(bytes: &[u8], mut at: usize) -> usize {
    // Eight bytes at once: most words end among them, wherever that is.
    while let Some(lanes) = eight(bytes, at) {
        let other = !alphanumeric(lanes) & (LANES << 7);
        if other != 0 {
            return at + (other.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count()
}

fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    let lanes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(lanes.try_into().ok()?))
}

/// The high bit of every byte that is an ASCII letter or digit.
fn alphanumeric(lanes: u64) -> u64 {
    // Sums of seven bits never reach the next byte.
    let seven = lanes & (LANES * 0x7f);
    let small = seven | (LANES * 0x20);
    let between = |from: u8, to: u8| {
        let at_least = |b: u8| LANES * u64::from(0x80 - b);
        (at_least(from), at_least(to + 1))
    };
    let (a, z) = between(b'a', b'z');
    let (zero, nine) = between(b'0', b'9');
    let letters = (small + a) & !(small + z);
    let digits = (seven + zero) & !(seven + nine);
    (letters | digits) & !lanes & (LANES << 7)
}

/// A hash of a word: its length and its first eight bytes, in lower case.
fn word_key(bytes: &[u8], start: usize, end: usize) -> usize {
    let length = end - start;
    let first = match eight(bytes, start) {
        Some(lanes) if length < 8 => lanes & !(u64::MAX << (8 * length)),
        Some(lanes) => lanes,
        None => {
            let rest = bytes.get(start..end).unwrap_or_default();
            let byte = |i: usize| u64::from(rest.get(i).copied().unwrap_or(0)) << (8 * i);
            (0..8).map(byte).sum()
        }
    };
    // Sets the same bit in what follows a short word, whatever that is.
    let lower = first | (LANES * 0x20);
    let mixed = (lower ^ (length as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 48) as usize
}

/// A hash of up to three bytes from a place on.
fn start_key(bytes: &[u8], at: usize) -> usize {
    let byte = |i: usize| {
        let byte = bytes.get(at + i).copied().unwrap_or(0);
        u32::from(byte.to_ascii_lowercase()) << (8 * i)
    };
    ((byte(0) | byte(1) | byte(2)).wrapping_mul(0x9E37_79B1) >> 16) as usize
}

fn set(table: &mut [u64], key: usize) {
    if let Some(word) = table.get_mut(key / 64) {
        *word |= 1 << (key % 64);
    }
}

fn has(table: &[u64], key: usize) -> bool {
    table
        .get(key / 64)
        .is_some_and(|word| word >> (key % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::{Phrases, alphanumeric, word_end};

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let index = Phrases::new(phrases).unwrap();
        let mut out = Vec::new();
        index.each(text, |hit| {
            assert!(text[hit.start..hit.end].eq_ignore_ascii_case(phrases[hit.phrase]));
            out.push(text[hit.start..hit.end].to_owned());
            true
        });
        out
    }

    #[test]
    fn phrases_are_found_where_words_start() {
        let all = ["us", "black tech", "black", "ロータス", "apt10", ".net"];
        for (text, want) in [
            ("The Black Tech of the US", &["Black Tech", "US"][..]),
            ("the bus is blackened", &["black"]),
            ("日本のロータスとAPT10", &["ロータス", "APT10"]),
            ("a .NET loader", &[".NET"]),
            ("us", &["us"]),
            ("u", &[]),
            ("", &[]),
            ("xblack us.", &["us"]),
            ("BLACK  Black-tech", &["BLACK", "Black"]),
            (
                "攻撃者 ロータスブロッサムblack tech",
                &["ロータス", "black tech"],
            ),
        ] {
            assert_eq!(found(&all, text), want, "{text}");
        }
    }

    #[test]
    fn a_phrase_that_does_not_count_hides_none_behind_it() {
        let index = Phrases::new(&["black tech", "tech"]).unwrap();
        let mut out = Vec::new();
        index.each("black tech", |hit| {
            out.push(hit.start);
            false
        });
        assert_eq!(out, [0, 6]);
    }

    #[test]
    fn a_two_byte_phrase_of_any_script_is_found() {
        assert_eq!(found(&["é"], "é"), ["é"]);
        assert_eq!(found(&["a"], "a"), [""; 0]);
    }

    #[test]
    fn words_end_where_their_letters_end() {
        for byte in 0..=u8::MAX {
            let lanes = u64::from_le_bytes([b'a', byte, b'Z', b' ', b'0', byte, 0xFF, byte]);
            let got = alphanumeric(lanes).to_le_bytes().map(|b| b == 0x80);
            let is = byte.is_ascii_alphanumeric();
            assert_eq!(got, [true, is, true, false, true, is, false, is], "{byte}");
        }
        for (text, want) in [
            ("", 0),
            ("a", 1),
            (" a", 0),
            ("abcdefg h", 7),
            ("abcdefgh i", 8),
            ("abcdefghijklmnopq.", 17),
            ("abcdefghijklmnopq", 17),
        ] {
            assert_eq!(word_end(text.as_bytes(), 0), want, "{text}");
        }
    }
}
