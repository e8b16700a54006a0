//! A sentence to numbered features: words, pairs of words, and runs of three to five letters, each
//! hashed. The trainer (`cargo xtask train-techniques`) and the reader call the same function, so
//! that what was learnt is what is asked for.
//!
//! One pass, no allocation. Words that every sentence has are left out; endings are cut so that
//! `encrypts`, `encrypted` and `encryption` are one word. Only ASCII letters and digits count:
//! Japanese has its own lexicon.

/// Bits of a feature number.
pub const BITS: u32 = 18;
/// How many feature numbers there are.
pub const BUCKETS: usize = 1 << BITS;

/// Longest word that is looked at; longer ones are hashes, keys or other values.
const LONGEST: usize = 28;

/// What kind of feature a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One word.
    Word,
    /// Two words that follow each other, words without content left out.
    Pair,
    /// Letters of a word, its ends marked.
    Letters,
}

/// Words without content, in order. Verbs that every description of behaviour has are among them.
const EMPTY: &[&str] = &[
    "a",
    "able",
    "about",
    "actor",
    "actors",
    "adversaries",
    "adversary",
    "after",
    "all",
    "also",
    "although",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "attacker",
    "attackers",
    "be",
    "because",
    "been",
    "before",
    "being",
    "both",
    "but",
    "by",
    "campaign",
    "can",
    "could",
    "did",
    "do",
    "does",
    "during",
    "each",
    "even",
    "for",
    "from",
    "further",
    "group",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "his",
    "how",
    "however",
    "i",
    "if",
    "in",
    "including",
    "into",
    "is",
    "it",
    "its",
    "like",
    "made",
    "malware",
    "many",
    "may",
    "might",
    "more",
    "most",
    "much",
    "must",
    "no",
    "not",
    "of",
    "off",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "others",
    "our",
    "out",
    "over",
    "own",
    "several",
    "she",
    "should",
    "since",
    "so",
    "some",
    "such",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "threat",
    "through",
    "to",
    "too",
    "two",
    "under",
    "until",
    "up",
    "us",
    "use",
    "used",
    "uses",
    "using",
    "variant",
    "variants",
    "various",
    "very",
    "via",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whose",
    "will",
    "with",
    "within",
    "would",
    "you",
    "your",
];

/// Calls `sink` with every feature of a text, repeated ones repeatedly. `rare` says which words, by
/// their number, are read letter by letter too.
pub fn extract(text: &str, rare: impl Fn(u32) -> bool, sink: &mut impl FnMut(u32, Kind)) {
    words(text, sink);
    letters(text, rare, sink);
}

/// Words and pairs of words.
pub fn words(text: &str, sink: &mut impl FnMut(u32, Kind)) {
    let mut before: Option<u32> = None;
    walk(text, |word| {
        let Some(word) = word else {
            before = None;
            return;
        };
        let stem = hash(0x811c_9dc5, stem(word.lower()));
        sink(bucket(stem), Kind::Word);
        if let Some(before) = before {
            let pair = before.rotate_left(13) ^ stem.wrapping_mul(0x9E37_79B1);
            sink(bucket(pair), Kind::Pair);
        }
        before = Some(stem);
    });
}

/// Runs of three to five letters of each word that is `rare`: what a word means that was hardly ever
/// seen is told by its parts; a common one speaks for itself, and quickly.
pub fn letters(text: &str, rare: impl Fn(u32) -> bool, sink: &mut impl FnMut(u32, Kind)) {
    walk(text, |word| {
        let Some(word) = word.filter(|w| !w.digits && w.length > 2) else {
            return;
        };
        if !rare(bucket(hash(0x811c_9dc5, stem(word.lower())))) {
            return;
        }
        let marked = word.marked();
        for first in 0..marked.len() - 2 {
            let mut letters = 0x5bd1_e995;
            for (n, byte) in marked.iter().skip(first).take(5).enumerate() {
                letters = step(letters, *byte);
                // A whole word with both marks says what the word itself said.
                if n >= 2 && n + 1 < marked.len() {
                    sink(bucket(letters), Kind::Letters);
                }
            }
        }
    });
}

/// A word in lower case.
struct Word {
    /// `_` before and after it: `_in` is a beginning, `in_` an end.
    buffer: [u8; LONGEST + 2],
    length: usize,
    digits: bool,
}

impl Word {
    fn marked(&self) -> &[u8] {
        self.buffer.get(..self.length + 2).unwrap_or_default()
    }

    fn lower(&self) -> &[u8] {
        self.buffer.get(1..=self.length).unwrap_or_default()
    }
}

/// Calls `each` with every word that has content, and with `None` where a value stands.
fn walk(text: &str, mut each: impl FnMut(Option<&Word>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = next_where(bytes, at, |b| b.is_ascii_alphanumeric()) {
        let end = next_where(bytes, start, |b| !b.is_ascii_alphanumeric()).unwrap_or(bytes.len());
        at = end;
        let letters = bytes.get(start..end).unwrap_or_default();
        if letters.len() > LONGEST {
            each(None);
            continue;
        }
        let mut buffer = [b'_'; LONGEST + 2];
        let mut digits = 0;
        for (to, from) in buffer.iter_mut().skip(1).zip(letters) {
            *to = from.to_ascii_lowercase();
            digits += usize::from(from.is_ascii_digit());
        }
        let length = letters.len();
        if digits == length && digits > 4 || digits > 3 && length > 9 {
            each(None);
            continue;
        }
        let word = Word {
            buffer,
            length,
            digits: digits > 0,
        };
        if !is_empty(word.lower()) {
            each(Some(&word));
        }
    }
}

fn next_where(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|b| is(*b)).map(|i| from + i)
}

/// For each first letter the lengths of the words without content, as bits: most words are told from
/// them by that.
const LENGTHS: [u16; 26] = {
    let mut out = [0; 26];
    let mut i = 0;
    while i < EMPTY.len() {
        let word = EMPTY[i].as_bytes();
        out[(word[0] - b'a') as usize] |= 1 << word.len();
        i += 1;
    }
    out
};

fn is_empty(word: &[u8]) -> bool {
    let Some(first) = word.first() else {
        return true;
    };
    if word.len() == 1 && !first.is_ascii_digit() {
        return true;
    }
    let lengths = LENGTHS.get(usize::from(first.wrapping_sub(b'a')));
    let may = word.len() < 16 && lengths.is_some_and(|l| l >> word.len() & 1 == 1);
    may && EMPTY.binary_search_by(|e| e.as_bytes().cmp(word)).is_ok()
}

/// A word without its ending. Crude, but the same on both sides: `using`, `uses`, `use` → `us`.
pub(crate) fn stem(word: &[u8]) -> &[u8] {
    let mut w = word;
    if w.len() > 3 && !w.ends_with(b"ss") && !w.ends_with(b"us") && !w.ends_with(b"is") {
        w = w.strip_suffix(b"s").unwrap_or(w);
    }
    if w.len() > 6 && (w.ends_with(b"tion") || w.ends_with(b"sion")) {
        return w.strip_suffix(b"ion").unwrap_or(w);
    }
    let cut = if w.len() > 5 {
        w.strip_suffix(b"ing")
    } else {
        None
    };
    let cut = cut.or_else(|| {
        if w.len() > 4 {
            w.strip_suffix(b"ed")
        } else {
            None
        }
    });
    if let Some(short) = cut {
        return match short {
            // `dropped` → `drop`, but `filling` → `fill`.
            [rest @ .., a, b] if a == b && !matches!(a, b'l' | b's' | b'e') && rest.len() > 1 => {
                short.get(..short.len() - 1).unwrap_or(short)
            }
            _ => short.strip_suffix(b"i").unwrap_or(short),
        };
    }
    if w.len() > 3 {
        w = w.strip_suffix(b"e").unwrap_or(w);
        w = w.strip_suffix(b"y").unwrap_or(w);
        w = w.strip_suffix(b"i").unwrap_or(w);
    }
    w
}

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn hash(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed, |h, b| step(h, *b))
}

/// The feature number of a hash: its best-mixed bits.
fn bucket(hash: u32) -> u32 {
    let mixed = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
    mixed >> (32 - BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_content_are_in_order() {
        assert!(EMPTY.is_sorted());
    }

    #[test]
    fn endings_are_cut_alike() {
        for row in [
            ["encrypts", "encrypted", "encrypting", "encryption"],
            ["execute", "executes", "executed", "execution"],
            ["copy", "copies", "copied", "copied"],
            ["drop", "drops", "dropped", "dropping"],
        ] {
            let stems: Vec<&[u8]> = row.iter().map(|w| stem(w.as_bytes())).collect();
            assert!(stems.windows(2).all(|w| w[0] == w[1]), "{row:?}");
        }
    }

    #[test]
    fn values_are_no_features() {
        let count = |text: &str| {
            let mut n = 0;
            extract(text, |_| true, &mut |_, _| n += 1);
            n
        };
        assert_eq!(count("c22f5a88f2922247dd1012fd6f809b2d"), 0);
        assert_eq!(count("the and of"), 0);
        assert!(count("dumps LSASS memory") > 20);
    }
}
