//! Many phrases in a text at once: names, countries, techniques.
//!
//! Phrases count only where a word starts, which few bytes of a text are, and most words begin like no
//! phrase. So a small table of beginnings decides in a few instructions whether the automaton is asked
//! at all; it is asked for the longest phrase that starts right there.

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

/// Bits in the table of beginnings.
const GATE: usize = 1 << 16;

/// Phrases ready to be searched for, without regard to the case of ASCII letters.
pub(crate) struct Phrases {
    automaton: AhoCorasick,
    /// Beginnings of three bytes, hashed.
    three: Vec<u64>,
    /// Whole phrases of two bytes, hashed likewise.
    two: Vec<u64>,
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
        let (mut three, mut two) = (vec![0; GATE / 64], vec![0; GATE / 64]);
        for phrase in phrases {
            match *phrase.as_ref().as_bytes() {
                [a, b] => set(&mut two, key(a, b, 0)),
                [a, b, c, ..] => set(&mut three, key(a, b, c)),
                _ => {}
            }
        }
        Some(Self {
            automaton,
            three,
            two,
        })
    }

    /// Calls `take` for the longest phrase at each start of a word, from left to right. Where it says that
    /// the phrase counts, the search goes on behind it; otherwise at the next word.
    pub(crate) fn each(&self, text: &str, mut take: impl FnMut(Hit) -> bool) {
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut in_word = false;
        while let [a, rest @ ..] = bytes.get(at..).unwrap_or_default() {
            let inside = in_word;
            in_word = a.is_ascii_alphanumeric();
            // Continuation bytes start no phrase.
            if (inside && in_word) || *a & 0xC0 == 0x80 {
                at += 1;
                continue;
            }
            let (b, c) = match rest {
                [b, c, ..] => (*b, *c),
                [b] => (*b, 0),
                [] => break,
            };
            if !(has(&self.three, key(*a, b, c)) || has(&self.two, key(*a, b, 0))) {
                at += 1;
                continue;
            }
            let input = Input::new(text)
                .span(at..bytes.len())
                .anchored(Anchored::Yes);
            match self.automaton.try_find(input) {
                Ok(Some(found))
                    if take(Hit {
                        start: at,
                        end: found.end(),
                        phrase: found.pattern().as_usize(),
                    }) =>
                {
                    at = found.end().max(at + 1);
                    in_word = bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
                }
                _ => at += 1,
            }
        }
    }
}

fn key(a: u8, b: u8, c: u8) -> usize {
    let bytes = u32::from_le_bytes([
        a.to_ascii_lowercase(),
        b.to_ascii_lowercase(),
        c.to_ascii_lowercase(),
        0,
    ]);
    (bytes.wrapping_mul(0x9E37_79B1) >> 16) as usize
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
    use super::Phrases;

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
}
