//! Which bytes belong to which class, as bit masks, 64 bytes at a time.
//!
//! Everything after this step walks bits instead of bytes. The vector code goes through the safe
//! `wide` crate (SSE2 or NEON, whatever the target has); a table does the same byte by byte for the
//! tail, and the test below holds the two together.

use wide::u8x16;

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
    /// Where an encoded form may begin: `%`, `\`, `[`, `(`, `{`, `&`.
    pub(crate) escape: u64,
    /// Bytes from 0x80 on: text that is not ASCII.
    pub(crate) high: u64,
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
            b'%' | b'\\' | b'[' | b'(' | b'{' | b'&' => ESCAPE,
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
pub(crate) fn classify(text: &[u8], masks: &mut Vec<Masks>) {
    masks.clear();
    masks.reserve(text.len() / 64 + 2);
    let mut words = text.chunks_exact(64);
    for word in &mut words {
        masks.push(vector(word));
    }
    masks.push(bytewise(words.remainder()));
    masks.push(Masks::default());
}

fn bytewise(text: &[u8]) -> Masks {
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
    }
    masks
}

#[inline]
fn vector(word: &[u8]) -> Masks {
    let mut masks = Masks::default();
    for (i, lane) in word.chunks_exact(16).enumerate() {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(lane);
        let v = u8x16::new(bytes);
        let at = i * 16;
        let bits = |hit: u8x16| u64::from(hit.to_bitmask()) << at;
        let is = |byte: u8| v.simd_eq(u8x16::splat(byte));
        // `x - low <= span`, unsigned: one subtraction, one minimum, one comparison.
        let within = |x: u8x16, low: u8, span: u8| {
            let off = x - u8x16::splat(low);
            off.min(u8x16::splat(span)).simd_eq(off)
        };
        let folded = v | u8x16::splat(0x20);
        let dot = is(b'.');
        let digit = within(v, b'0', 9);
        // 0x0D and 0x5B..0x60 fold onto other bytes, none of them a letter.
        let alpha = within(folded, b'a', 25) | is(b'-') | is(b'_');
        masks.dot |= bits(dot);
        masks.alpha |= bits(alpha);
        masks.host |= bits(alpha | digit | dot);
        masks.hex |= bits(digit | within(folded, b'a', 5));
        masks.colon |= bits(is(b':'));
        // `[` and `{` differ by 0x20 only, and so do a few bytes that nobody writes.
        let escape = folded.simd_eq(u8x16::splat(b'{')) | is(b'\\') | is(b'(') | within(v, b'%', 1);
        masks.escape |= bits(escape);
        masks.high |= bits(v);
    }
    masks
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
    use super::{bytewise, classify, run_end, run_start, window};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn vector_and_table_agree(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut masks = Vec::new();
            classify(&text, &mut masks);
            for (word, mask) in text.chunks(64).zip(&masks) {
                prop_assert_eq!(*mask, bytewise(word));
            }
        }

        #[test]
        fn runs_end_where_the_class_ends(
            text in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'.'), Just(b' ')], 1..300),
            at in 0usize..300,
        ) {
            let at = at % text.len();
            let mut masks = Vec::new();
            classify(&text, &mut masks);
            let start = text[..at].iter().rposition(|b| *b == b' ').map_or(0, |p| p + 1);
            let end = text[at..].iter().position(|b| *b == b' ').map_or(text.len(), |p| at + p);
            prop_assert_eq!(run_start(&masks, at, |m| m.host), start);
            prop_assert_eq!(run_end(&masks, at, |m| m.host), end);
            let dots = text[at..].iter().take(40).enumerate().fold(0u64, |bits, (i, b)| bits | u64::from(*b == b'.') << i);
            prop_assert_eq!(window(&masks, at, 40, |m| m.dot), dots);
        }
    }

    #[test]
    fn every_byte_has_the_class_of_the_table() {
        let all: Vec<u8> = (0..=255).collect();
        let mut masks = Vec::new();
        classify(&all, &mut masks);
        for (i, word) in all.chunks(64).enumerate() {
            assert_eq!(masks[i], bytewise(word), "word {i}");
        }
    }
}
