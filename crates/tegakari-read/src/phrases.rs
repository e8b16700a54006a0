//! Many phrases in a text at once: names, countries, techniques.
//!
//! Phrases count only where a word starts, and most words begin no phrase. So phrases lie sorted by a
//! hash of how they begin (the first word, or the first two letters of other scripts), and a small table
//! of bits tells in a few instructions that a word of the text begins none. Nothing is built but these
//! lists, which matters more than it seems: an automaton over all names took longer to build than most
//! reports take to read.

/// Bits of a hash that choose the list a phrase is in.
const BITS: u32 = 16;
/// How many lists there are.
const LISTS: usize = 1 << BITS;
/// How many pairs of bytes there are.
const PAIRS: usize = 1 << 16;
/// Bytes by which phrases that start with no ASCII letter are found, where they are that long.
const LONG: usize = 6;
/// Likewise for shorter ones: the first letter of Japanese and Chinese.
const SHORT: usize = 3;

/// Phrases ready to be searched for, without regard to the case of ASCII letters.
pub(crate) struct Phrases {
    /// Which lists are not empty.
    gate: Box<[u64; LISTS / 64]>,
    /// Where each list starts in `entries`.
    starts: Vec<u32>,
    /// Lists of phrases, in each the longest first.
    entries: Vec<Entry>,
    /// The phrases themselves, one after the other.
    text: String,
    /// Bytes other than letters and digits that begin a phrase.
    others: [bool; 256],
    /// These with the byte that follows, in lower case: a bit for each two.
    pairs: Box<[u64; PAIRS / 64]>,
    /// Longest phrase, in bytes, that is found by [`SHORT`].
    shortest: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Hash of its beginning.
    key: u64,
    /// Where it stands in the text of all, and how long it is.
    from: u32,
    length: u32,
    /// Its index as given.
    phrase: u32,
    /// The two bytes behind its first word, in lower case; 0 where it has none, or no word first.
    next: u16,
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
    /// Phrases shorter than two bytes are never found. `None` when they are more than can be numbered.
    pub(crate) fn new<P: AsRef<str>>(phrases: &[P]) -> Option<Self> {
        let mut entries = Vec::with_capacity(phrases.len());
        let mut text = String::new();
        let mut others = [false; 256];
        let mut pairs = Box::new([0; PAIRS / 64]);
        let mut shortest = 0;
        for (i, phrase) in phrases.iter().enumerate() {
            let phrase = phrase.as_ref();
            let bytes = phrase.as_bytes();
            let Some(first) = bytes.first().filter(|_| bytes.len() > 1) else {
                continue;
            };
            let word = word_end(bytes, 0);
            let next = if word > 0 { two(bytes, word) } else { 0 };
            let key = if word > 0 {
                word_key(bytes, 0, word)
            } else {
                others[usize::from(*first)] = true;
                let pair = pair(bytes, 0).unwrap_or(0);
                pairs[pair / 64] |= 1 << (pair % 64);
                if bytes.len() < LONG {
                    shortest = shortest.max(bytes.len());
                    start_key(bytes, 0, SHORT.min(bytes.len()))
                } else {
                    start_key(bytes, 0, LONG)
                }
            };
            entries.push(Entry {
                key,
                from: u32::try_from(text.len()).ok()?,
                length: u32::try_from(bytes.len()).ok()?,
                phrase: u32::try_from(i).ok()?,
                next,
            });
            text.push_str(phrase);
        }
        // Of equal phrases the first given holds.
        entries.sort_unstable_by_key(|e| (list(e.key), std::cmp::Reverse(e.length), e.phrase));
        let mut gate = Box::new([0; LISTS / 64]);
        let mut starts = vec![0_u32; LISTS + 1];
        for entry in &entries {
            let list = list(entry.key);
            if let (Some(bits), Some(count)) = (gate.get_mut(list / 64), starts.get_mut(list + 1)) {
                *bits |= 1 << (list % 64);
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Some(Self {
            gate,
            starts,
            entries,
            text,
            others,
            pairs,
            shortest,
        })
    }

    /// Calls `take` for the longest phrase at each start of a word, from left to right. Where it says that
    /// the phrase counts, the search goes on behind it; otherwise at the next word.
    ///
    /// A phrase that begins with ASCII letters is found only where its first word is a whole word of the
    /// text: "rat" is not found in "rats".
    pub(crate) fn each(&self, text: &str, take: impl FnMut(Hit) -> bool) {
        let mut starts = Starts::new([Some(self)]);
        starts.read(text);
        self.each_from(text, starts.of(0), take);
    }

    /// [`Phrases::each`] where the places at which phrases may begin are known already.
    pub(crate) fn each_from(
        &self,
        text: &str,
        starts: &[Start],
        mut take: impl FnMut(Hit) -> bool,
    ) {
        let bytes = text.as_bytes();
        let mut behind = 0;
        for Start { at, key, next } in starts {
            let at = *at;
            if at < behind {
                continue;
            }
            let found = match key {
                Some(key) => self.longest(bytes, at, *key, *next),
                None => self.longest_other(bytes, at),
            };
            let taken = found.filter(|(length, phrase)| {
                take(Hit {
                    start: at,
                    end: at + length,
                    phrase: *phrase,
                })
            });
            if let Some((length, _)) = taken {
                behind = at + length;
                // The rest of a word that the phrase ends in starts nothing.
                if bytes[behind - 1].is_ascii_alphanumeric() {
                    behind = word_end(bytes, behind);
                }
            }
        }
    }

    /// Whether a phrase may begin with a word or start of this key.
    fn may_begin(&self, key: u64) -> bool {
        let list = list(key);
        self.gate[list / 64 % (LISTS / 64)] >> (list % 64) & 1 == 1
    }

    /// Whether a phrase may begin with the two bytes at a place, the first of which is no letter or digit.
    fn may_begin_otherwise(&self, bytes: &[u8], at: usize) -> bool {
        pair(bytes, at).is_some_and(|pair| self.pairs[pair / 64] >> (pair % 64) & 1 == 1)
    }

    /// The longest phrase with this key that stands at a place: its length and its index.
    fn longest(&self, bytes: &[u8], at: usize, key: u64, next: u16) -> Option<(usize, usize)> {
        if !self.may_begin(key) {
            return None;
        }
        let list = list(key);
        let (from, to) = (*self.starts.get(list)?, *self.starts.get(list + 1)?);
        let entries = self.entries.get(from as usize..to as usize)?;
        let rest = bytes.get(at..)?;
        // Many begin with a common word, and nearly all of these go on otherwise.
        let same = |e: &&Entry| e.key == key && (e.next == 0 || e.next == next);
        let found = entries.iter().filter(same).find(|e| {
            let phrase = self.text.as_bytes().get(e.from as usize..);
            let phrase = phrase.and_then(|p| p.get(..e.length as usize));
            let here = rest.get(..e.length as usize);
            phrase.is_some_and(|p| here.is_some_and(|h| h.eq_ignore_ascii_case(p)))
        })?;
        Some((found.length as usize, found.phrase as usize))
    }

    fn longest_other(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        self.longest(bytes, at, start_key(bytes, at, LONG), 0)
            .or_else(|| {
                let short = |length| self.longest(bytes, at, start_key(bytes, at, length), 0);
                match self.shortest {
                    0 => None,
                    _ => short(SHORT).or_else(|| short(2)),
                }
            })
    }
}

/// A place at which a phrase may begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    at: usize,
    /// That of the word there; `None` where no word begins.
    key: Option<u64>,
    /// The two bytes behind the word, in lower case.
    next: u16,
}

/// The places of a text at which phrases of several sets may begin: the words of a text are told apart once,
/// and most of them begin no phrase of any set.
pub(crate) struct Starts<'p, const N: usize> {
    sets: [Option<&'p Phrases>; N],
    /// The gates of all sets in one.
    gate: Box<[u64; LISTS / 64]>,
    /// Bytes other than letters and digits that begin a phrase of any.
    others: [bool; 256],
    of: [Vec<Start>; N],
}

impl<'p, const N: usize> Starts<'p, N> {
    pub(crate) fn new(sets: [Option<&'p Phrases>; N]) -> Self {
        let mut gate = Box::new([0; LISTS / 64]);
        let mut others = [false; 256];
        for set in sets.iter().flatten() {
            for (any, one) in gate.iter_mut().zip(set.gate.iter()) {
                *any |= one;
            }
            for (any, one) in others.iter_mut().zip(&set.others) {
                *any |= one;
            }
        }
        Self {
            sets,
            gate,
            others,
            of: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// Reads a text, in place of the one before.
    pub(crate) fn read(&mut self, text: &str) {
        for starts in &mut self.of {
            starts.clear();
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            if first.is_ascii_alphanumeric() {
                let (end, key) = word(bytes, at);
                let list = list(key);
                if self.gate[list / 64 % (LISTS / 64)] >> (list % 64) & 1 == 1 {
                    for (starts, set) in self.of.iter_mut().zip(&self.sets) {
                        if set.is_some_and(|set| set.may_begin(key)) {
                            let (key, next) = (Some(key), two(bytes, end));
                            starts.push(Start { at, key, next });
                        }
                    }
                }
                // What ends a word mostly is a blank, which begins nothing.
                let blank = bytes.get(end) == Some(&b' ') && !self.others[usize::from(b' ')];
                at = end + usize::from(blank);
                continue;
            }
            if self.others[usize::from(*first)] {
                for (starts, set) in self.of.iter_mut().zip(&self.sets) {
                    if set.is_some_and(|set| set.may_begin_otherwise(bytes, at)) {
                        let (key, next) = (None, 0);
                        starts.push(Start { at, key, next });
                    }
                }
            }
            at += 1;
        }
    }

    /// Where phrases of one of the sets may begin, in order.
    pub(crate) fn of(&self, set: usize) -> &[Start] {
        self.of.get(set).map_or(&[], Vec::as_slice)
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

/// The two bytes at a place in lower case as a number; 0 where there are fewer.
fn two(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some([a, b]) => u16::from_le_bytes([a.to_ascii_lowercase(), b.to_ascii_lowercase()]),
        _ => 0,
    }
}

/// The number of the two bytes at a place, the second in lower case.
fn pair(bytes: &[u8], at: usize) -> Option<usize> {
    let [first, second] = bytes.get(at..at.checked_add(2)?)? else {
        return None;
    };
    Some(usize::from(*first) << 8 | usize::from(second.to_ascii_lowercase()))
}

/// Where the word ends that starts at a place, as [`word_end`], and its hash, as [`word_key`]: most words are read at
/// once with what follows them.
fn word(bytes: &[u8], at: usize) -> (usize, u64) {
    let Some(lanes) = eight(bytes, at) else {
        let end = word_end(bytes, at);
        return (end, word_key(bytes, at, end));
    };
    let other = !alphanumeric(lanes) & (LANES << 7);
    if other == 0 {
        let end = word_end(bytes, at + 8);
        return (end, word_hash(lanes, end - at));
    }
    let length = (other.trailing_zeros() / 8) as usize;
    let word = lanes & !(u64::MAX << (8 * length));
    (at + length, word_hash(word, length))
}

/// A hash of a word: its length and its first eight bytes, in lower case.
fn word_key(bytes: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    let first = match eight(bytes, start) {
        Some(lanes) if length < 8 => lanes & !(u64::MAX << (8 * length)),
        Some(lanes) => lanes,
        None => packed(bytes.get(start..end).unwrap_or_default()),
    };
    word_hash(first, length)
}

fn word_hash(first: u64, length: usize) -> u64 {
    // Sets the same bit in what follows a short word, whatever that is.
    mixed((first | (LANES * 0x20)) ^ (length as u64) << 56)
}

/// A hash of at most so many bytes from a place on, in lower case.
fn start_key(bytes: &[u8], at: usize, most: usize) -> u64 {
    let mut first = [0; LONG];
    let rest = bytes.get(at..).unwrap_or_default();
    for (to, from) in first.iter_mut().zip(rest).take(most) {
        *to = from.to_ascii_lowercase();
    }
    mixed(packed(&first) ^ (most as u64) << 48)
}

/// At most eight bytes as a number.
fn packed(bytes: &[u8]) -> u64 {
    let lanes = bytes.iter().take(8).enumerate();
    lanes.map(|(i, b)| u64::from(*b) << (8 * i)).sum()
}

fn mixed(lanes: u64) -> u64 {
    let lanes = lanes.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (lanes ^ (lanes >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

/// The list that a key is in: its best-mixed bits.
fn list(key: u64) -> usize {
    (key >> (64 - BITS)) as usize
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
            ("the bus is blackened", &[]),
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
