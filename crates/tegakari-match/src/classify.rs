//! Which bytes belong to which class, as bit masks, 64 bytes at a time.
//!
//! Everything after this step walks bits instead of bytes. The vector code is written once, against the
//! safe `fearless_simd` crate, which chooses at run time what the processor has (AVX2, SSE4.2, NEON):
//! the halves of a byte are looked up in two tables of sixteen, and a byte has the classes that both
//! allow (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019, section 3.1.2). A table
//! does it byte by byte for the tail, and the test below holds the two together.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x32};

/// The classes of 64 consecutive bytes; bit `i` speaks of byte `i`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// ASCII letters, digits, `.`, `-`, `_`: what host names and plain file names are made of.
    pub(crate) host: u64,
    /// `.`
    pub(crate) dot: u64,
    /// Bytes of `host` that no dotted number can hold: letters, `-`, `_`.
    pub(crate) alpha: u64,
    /// `0-9`, `a-f`, `A-F`.
    pub(crate) hex: u64,
    /// `:`
    pub(crate) colon: u64,
    /// Where an encoded form may begin: `%`, `\`, `[`, `(`, `{`, `&`; and `@`, behind which a host may be a number.
    pub(crate) escape: u64,
    /// Bytes from 0x80 on: text that is not ASCII.
    pub(crate) high: u64,
    /// Bytes with which an anchor of the set may begin (see [`Beginnings`]).
    pub(crate) first: u64,
    /// Bytes that may be the second of one.
    pub(crate) second: u64,
}

/// Which bytes may be the first and which the second of an anchor, in either case: for each lower half of a byte the
/// upper halves with which it may be one, by their class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Beginnings {
    pub(crate) first: [u8; 16],
    pub(crate) second: [u8; 16],
}

/// Classes of upper halves: those of letters are the same in either case, all beyond ASCII are one.
const UPPER: [u8; 16] = [0, 0, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16];

impl Beginnings {
    /// Adds the beginning of an anchor.
    pub(crate) fn add(&mut self, word: &[u8]) {
        for (half, byte) in [&mut self.first, &mut self.second].into_iter().zip(word) {
            half[usize::from(byte & 15)] |= UPPER[usize::from(byte >> 4)];
        }
    }
}

const HOST: u8 = 1;
const DOT: u8 = 2;
const ALPHA: u8 = 4;
const HEX: u8 = 8;
const COLON: u8 = 16;
const ESCAPE: u8 = 32;
const HIGH: u8 = 64;

static TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let mut class = 0;
        if byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_' {
            class |= HOST | ALPHA;
        }
        if byte.is_ascii_digit() {
            class |= HOST;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        class |= match byte {
            b'.' => HOST | DOT,
            b':' => COLON,
            b'%' | b'\\' | b'[' | b'(' | b'{' | b'&' | b'@' => ESCAPE,
            0x80.. => HIGH,
            _ => 0,
        };
        table[i] = class;
        i += 1;
    }
    table
}

/// Whether `byte` can stand in a host name or plain file name.
#[inline]
pub(crate) fn is_host(byte: u8) -> bool {
    TABLE[usize::from(byte)] & HOST != 0
}

/// Replaces what `masks` holds by the classes of `text`. A last, partial word has no class past the
/// end, and one empty word follows, so that walkers may look one word ahead.
pub(crate) fn classify(text: &[u8], beginnings: &Beginnings, masks: &mut Vec<Masks>) {
    masks.clear();
    masks.reserve(text.len() / 64 + 2);
    dispatch!(Level::new(), simd => words(simd, text, beginnings, masks));
    masks.push(bytewise(text.chunks_exact(64).remainder(), beginnings));
    masks.push(Masks::default());
}

fn bytewise(text: &[u8], beginnings: &Beginnings) -> Masks {
    let mut masks = Masks::default();
    for (i, &byte) in text.iter().enumerate() {
        let class = u64::from(TABLE[usize::from(byte)]);
        masks.host |= (class & 1) << i;
        masks.dot |= (class >> 1 & 1) << i;
        masks.alpha |= (class >> 2 & 1) << i;
        masks.hex |= (class >> 3 & 1) << i;
        masks.colon |= (class >> 4 & 1) << i;
        masks.escape |= (class >> 5 & 1) << i;
        masks.high |= (class >> 6 & 1) << i;
        let (lower, upper) = (usize::from(byte & 15), UPPER[usize::from(byte >> 4)]);
        masks.first |= u64::from(beginnings.first[lower] & upper != 0) << i;
        masks.second |= u64::from(beginnings.second[lower] & upper != 0) << i;
    }
    masks
}

/// Classes of the first look-up, one bit each: those that [`Masks`] has, or parts of them.
const LETTER_LOW: u8 = 1; // A-O, a-o
const LETTER_HIGH: u8 = 2; // P-Z, p-z
const HYPHEN: u8 = 4;
const UNDERSCORE: u8 = 8;
const DIGIT: u8 = 16;
const POINT: u8 = 32;
const HEX_LETTER: u8 = 64;
const DOUBLE_POINT: u8 = 128;
const LETTERS: u8 = LETTER_LOW | LETTER_HIGH | HYPHEN | UNDERSCORE;

/// Classes of the second look-up.
const SIGN: u8 = 1; // % & (
const BRACE: u8 = 2; // [ {
const BACKSLASH: u8 = 4;
const NOT_ASCII: u8 = 8;
const AT: u8 = 16;

/// What the lower and the upper half of a byte allow; a byte has the classes that both allow.
type Halves = ([u8; 16], [u8; 16]);

static FIRST: Halves = halves(&[
    (LETTER_LOW, &[4, 6], 1, 15),
    (LETTER_HIGH, &[5, 7], 0, 10),
    (HYPHEN, &[2], 13, 13),
    (UNDERSCORE, &[5], 15, 15),
    (DIGIT, &[3], 0, 9),
    (POINT, &[2], 14, 14),
    (HEX_LETTER, &[4, 6], 1, 6),
    (DOUBLE_POINT, &[3], 10, 10),
]);

static SECOND: Halves = halves(&[
    (SIGN, &[2], 5, 6),
    (SIGN, &[2], 8, 8),
    (BRACE, &[5, 7], 11, 11),
    (BACKSLASH, &[5], 12, 12),
    (AT, &[4], 0, 0),
    (NOT_ASCII, &[8, 9, 10, 11, 12, 13, 14, 15], 0, 15),
]);

/// Tables of (class, upper halves, first and last lower half). All rows of one class name the same
/// upper halves, so that none gains bytes from another.
const fn halves(rows: &[(u8, &[u8], u8, u8)]) -> Halves {
    let (mut low, mut high) = ([0; 16], [0; 16]);
    let mut row = 0;
    while row < rows.len() {
        let (class, uppers, first, last) = rows[row];
        let mut i = 0;
        while i < uppers.len() {
            high[uppers[i] as usize] |= class;
            i += 1;
        }
        let mut lower = first;
        while lower <= last {
            low[lower as usize] |= class;
            lower += 1;
        }
        row += 1;
    }
    (low, high)
}

/// The two look-ups as vectors.
#[derive(Clone, Copy)]
struct Tables<S: Simd> {
    first: (u8x32<S>, u8x32<S>),
    second: (u8x32<S>, u8x32<S>),
    /// First and second bytes of anchors by lower half, and the classes of upper halves.
    beginnings: (u8x32<S>, u8x32<S>, u8x32<S>),
}

impl<S: Simd> Tables<S> {
    #[inline(always)]
    fn new(simd: S, beginnings: &Beginnings) -> Self {
        let twice = |half: &[u8; 16]| {
            let mut bytes = [0; 32];
            bytes[..16].copy_from_slice(half);
            bytes[16..].copy_from_slice(half);
            u8x32::from_slice(simd, &bytes)
        };
        Self {
            first: (twice(&FIRST.0), twice(&FIRST.1)),
            second: (twice(&SECOND.0), twice(&SECOND.1)),
            beginnings: (
                twice(&beginnings.first),
                twice(&beginnings.second),
                twice(&UPPER),
            ),
        }
    }
}

#[inline(always)]
fn words<S: Simd>(simd: S, text: &[u8], beginnings: &Beginnings, masks: &mut Vec<Masks>) {
    let tables = Tables::new(simd, beginnings);
    for word in text.chunks_exact(64) {
        let (low, high) = word.split_at(32);
        masks.push(half(simd, &tables, low).before(half(simd, &tables, high)));
    }
}

/// The classes of 32 bytes, in the lower halves of the masks.
#[inline(always)]
fn half<S: Simd>(simd: S, tables: &Tables<S>, bytes: &[u8]) -> Masks {
    let v = u8x32::from_slice(simd, bytes);
    let (lower, upper) = (v & 0x0F, v >> 4);
    let classes = |(low, high): (u8x32<S>, u8x32<S>)| {
        low.swizzle_dyn_within_blocks(lower) & high.swizzle_dyn_within_blocks(upper)
    };
    let (first, second) = (classes(tables.first), classes(tables.second));
    let uppers = tables.beginnings.2.swizzle_dyn_within_blocks(upper);
    let begin = |half: u8x32<S>| half.swizzle_dyn_within_blocks(lower) & uppers;
    let none = u8x32::splat(simd, 0);
    let any = |classes: u8x32<S>, of: u8| !(classes & of).simd_eq(none).to_bitmask() & 0xFFFF_FFFF;
    Masks {
        host: any(first, LETTERS | DIGIT | POINT),
        dot: any(first, POINT),
        alpha: any(first, LETTERS),
        hex: any(first, DIGIT | HEX_LETTER),
        colon: any(first, DOUBLE_POINT),
        escape: any(second, SIGN | BRACE | BACKSLASH | AT),
        high: any(second, NOT_ASCII),
        first: any(begin(tables.beginnings.0), u8::MAX),
        second: any(begin(tables.beginnings.1), u8::MAX),
    }
}

impl Masks {
    /// The classes of 32 bytes and of the 32 that follow.
    #[inline(always)]
    fn before(self, next: Self) -> Self {
        Self {
            host: self.host | next.host << 32,
            dot: self.dot | next.dot << 32,
            alpha: self.alpha | next.alpha << 32,
            hex: self.hex | next.hex << 32,
            colon: self.colon | next.colon << 32,
            escape: self.escape | next.escape << 32,
            high: self.high | next.high << 32,
            first: self.first | next.first << 32,
            second: self.second | next.second << 32,
        }
    }
}

/// The `len` bits (at most 64) of one class from bit `at` on, lowest first.
#[inline]
pub(crate) fn window(masks: &[Masks], at: usize, len: usize, class: impl Fn(&Masks) -> u64) -> u64 {
    let (word, shift) = (at / 64, at % 64);
    let low = masks.get(word).map_or(0, &class) >> shift;
    let high = if shift == 0 {
        0
    } else {
        masks.get(word + 1).map_or(0, &class) << (64 - shift)
    };
    let bits = low | high;
    if len >= 64 {
        bits
    } else {
        bits & ((1 << len) - 1)
    }
}

/// A run of name characters: its length, and classes of its last 64 bytes, the last in the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) len: usize,
    pub(crate) dots: u64,
    pub(crate) alpha: u64,
}

/// The run of name characters that ends just before `end`.
#[inline]
pub(crate) fn run_before(masks: &[Masks], end: usize) -> Run {
    let (word, shift) = (end / 64, end % 64);
    let none = Masks::default();
    let (low, high) = match word.checked_sub(1) {
        Some(before) => (
            masks.get(before).unwrap_or(&none),
            masks.get(word).unwrap_or(&none),
        ),
        None => (&none, masks.get(word).unwrap_or(&none)),
    };
    // The 64 bits below `end`.
    let below = |low: u64, high: u64| {
        if shift == 0 {
            low
        } else {
            low >> shift | high << (64 - shift)
        }
    };
    let len = (!below(low.host, high.host)).leading_zeros() as usize;
    let keep = if len == 0 { 0 } else { u64::MAX << (64 - len) };
    let len = if len < 64 {
        len
    } else {
        end - run_start(masks, end, |m| m.host)
    };
    Run {
        len,
        dots: below(low.dot, high.dot) & keep,
        alpha: below(low.alpha, high.alpha) & keep,
    }
}

/// The first byte of the run of one class that ends just before `at`; `at` itself when there is none.
#[inline]
pub(crate) fn run_start(masks: &[Masks], at: usize, class: impl Fn(&Masks) -> u64) -> usize {
    let (mut word, shift) = (at / 64, at % 64);
    let below = if shift == 0 {
        0
    } else {
        u64::MAX >> (64 - shift)
    };
    let mut gaps = masks.get(word).map_or(u64::MAX, |m| !class(m)) & below;
    loop {
        if gaps != 0 {
            return word * 64 + 64 - gaps.leading_zeros() as usize;
        }
        if word == 0 {
            return 0;
        }
        word -= 1;
        gaps = !class(&masks[word]);
    }
}

/// One past the last byte of the run of one class that begins at `at`; `at` itself when there is none.
#[inline]
pub(crate) fn run_end(masks: &[Masks], at: usize, class: impl Fn(&Masks) -> u64) -> usize {
    let (mut word, shift) = (at / 64, at % 64);
    let mut keep = u64::MAX << shift;
    while let Some(mask) = masks.get(word) {
        let gaps = !class(mask) & keep;
        if gaps != 0 {
            return word * 64 + gaps.trailing_zeros() as usize;
        }
        keep = u64::MAX;
        word += 1;
    }
    masks.len() * 64
}

#[cfg(test)]
mod tests {
    use super::{Beginnings, bytewise, classify, run_before, run_end, run_start, window};
    use proptest::prelude::*;

    fn some() -> Beginnings {
        let mut beginnings = Beginnings::default();
        for word in [&b"Mozilla"[..], b"evil", b"1s", "日本".as_bytes()] {
            beginnings.add(word);
        }
        beginnings
    }

    proptest! {
        #[test]
        fn vector_and_table_agree(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut masks = Vec::new();
            classify(&text, &some(), &mut masks);
            for (word, mask) in text.chunks(64).zip(&masks) {
                prop_assert_eq!(*mask, bytewise(word, &some()));
            }
        }

        #[test]
        fn runs_end_where_the_class_ends(
            text in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'.'), Just(b' ')], 1..300),
            at in 0usize..300,
        ) {
            let at = at % text.len();
            let mut masks = Vec::new();
            classify(&text, &some(), &mut masks);
            let start = text[..at].iter().rposition(|b| *b == b' ').map_or(0, |p| p + 1);
            let end = text[at..].iter().position(|b| *b == b' ').map_or(text.len(), |p| at + p);
            prop_assert_eq!(run_start(&masks, at, |m| m.host), start);
            prop_assert_eq!(run_end(&masks, at, |m| m.host), end);
            let run = run_before(&masks, at);
            prop_assert_eq!(at - run.len, start);
            let last = &text[start.max(at.saturating_sub(64))..at];
            for (i, byte) in last.iter().rev().enumerate() {
                prop_assert_eq!(run.dots >> (63 - i) & 1 != 0, *byte == b'.');
                prop_assert_eq!(run.alpha >> (63 - i) & 1 != 0, *byte == b'a');
            }
            let dots = text[at..].iter().take(40).enumerate().fold(0u64, |bits, (i, b)| bits | u64::from(*b == b'.') << i);
            prop_assert_eq!(window(&masks, at, 40, |m| m.dot), dots);
        }
    }

    #[test]
    fn beginnings_are_found_in_either_case() {
        let text = b"mozilla MoZ x evil EV-1 1st \xe6\x97\xa5 zm";
        let mut masks = Vec::new();
        classify(text, &some(), &mut masks);
        let both = masks[0].first & masks[0].second >> 1;
        let found: Vec<u32> = (0..64).filter(|i| both >> i & 1 != 0).collect();
        assert_eq!(found, [0, 8, 14, 19, 24, 28]);
    }

    #[test]
    fn every_byte_has_the_class_of_the_table() {
        let all: Vec<u8> = (0..=255).collect();
        let mut masks = Vec::new();
        classify(&all, &some(), &mut masks);
        for (i, word) in all.chunks(64).enumerate() {
            assert_eq!(masks[i], bytewise(word, &some()), "word {i}");
        }
    }
}
