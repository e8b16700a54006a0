//! Bytes taken eight at a time, where setting up a vector search costs more than it saves.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The highest bit of each byte of `word` that is zero, exactly.
#[inline]
pub(crate) fn zeros(word: u64) -> u64 {
    !((word & !HIGH).wrapping_add(!HIGH) | word) & HIGH
}

/// The highest bit of each byte of `word` that is `byte`.
#[inline]
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    zeros(word ^ (ONES * u64::from(byte)))
}

/// The first of two bytes in `text` from `at` on.
#[inline]
pub(crate) fn find_either(text: &[u8], mut at: usize, one: u8, other: u8) -> Option<usize> {
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = equal(word, one) | equal(word, other);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    let found = rest.iter().position(|b| *b == one || *b == other)?;
    Some(at + found)
}

/// The word with ASCII letters in lower case.
#[inline]
pub(crate) fn lowercase(word: u64) -> u64 {
    let seven = word & !HIGH;
    let from_a = seven.wrapping_add(ONES * (0x80 - b'A' as u64));
    let past_z = seven.wrapping_add(ONES * (0x80 - b'Z' as u64 - 1));
    let upper = from_a & !past_z & !word & HIGH;
    word | upper >> 2
}

/// At most eight bytes as a word, lowest first.
#[inline]
pub(crate) fn short(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let Some(all) = bytes.first_chunk::<8>() {
        u64::from_le_bytes(*all)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u64::from(first) | u64::from(last) << (8 * (len - 4))
    } else {
        bytes
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte))
    }
}

/// Whether two texts are the same; quick for short ones.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && if one.len() <= 8 {
            short(one) == short(other)
        } else {
            one == other
        }
}

/// The first eight bytes of `bytes` as decimal digits; `None` when one is none.
#[inline]
pub(crate) fn eight_digits(bytes: &[u8]) -> Option<u32> {
    let word = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    (not_digits(word) == 0).then(|| number(word))
}

/// Whether all of `bytes` are decimal digits.
#[inline]
pub(crate) fn are_digits(bytes: &[u8]) -> bool {
    bytes.chunks(8).all(|chunk| {
        let missing = (ONES * 0x30).checked_shl(8 * chunk.len() as u32);
        not_digits(short(chunk) | missing.unwrap_or(0)) == 0
    })
}

/// The decimal digits that `bytes` begins with, fewer than eight of them, as if zeros followed up to the eighth, and how
/// many they are. `None` when there are more.
#[inline]
pub(crate) fn leading_digits(bytes: &[u8]) -> Option<(u32, usize)> {
    let word = match bytes.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => short(bytes),
    };
    let others = not_digits(word);
    if others == 0 {
        return None;
    }
    let digits = others.trailing_zeros() / 8;
    let keep = (1_u64 << (8 * digits)) - 1;
    let zeros = ONES * u64::from(b'0');
    Some((number(word & keep | zeros & !keep), digits as usize))
}

/// The highest bit of each byte of `word` that is no decimal digit; those above the first may be wrong.
#[inline]
fn not_digits(word: u64) -> u64 {
    let digits = word.wrapping_sub(ONES * u64::from(b'0'));
    // A byte below `0` borrows and shows by its highest bit, one above `9` by the sum.
    (digits | digits.wrapping_add(ONES * 0x76) | word) & HIGH
}

/// Eight decimal digits, the first in the lowest byte.
#[inline]
fn number(word: u64) -> u32 {
    let digits = word & (ONES * 15);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::{are_digits, eight_digits, equal, find_either, leading_digits, lowercase, short};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_say_what_bytes_say(
            text in proptest::collection::vec(
                prop_oneof![any::<u8>(), b'0'..=b'9', b'A'..=b'z', Just(b'"')],
                0..40,
            ),
            at in 0usize..12,
        ) {
            let plain = text.get(at..).and_then(|t| t.iter().position(|b| b"\"\\".contains(b)));
            prop_assert_eq!(find_either(&text, at, b'"', b'\\'), plain.map(|p| p + at));
            let few = &text[..text.len().min(8)];
            let mut padded = [0; 8];
            padded[..few.len()].copy_from_slice(few);
            prop_assert_eq!(short(few).to_le_bytes(), padded);
            prop_assert_eq!(lowercase(short(few)).to_le_bytes().to_vec(), padded.to_ascii_lowercase());
            for (i, byte) in padded.iter().enumerate() {
                let bit = equal(short(few), b'"') >> (8 * i + 7) & 1;
                prop_assert_eq!(bit != 0, *byte == b'"');
            }
            let number = std::str::from_utf8(few)
                .ok()
                .filter(|t| t.len() == 8 && t.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|t| t.parse().ok());
            prop_assert_eq!(eight_digits(&text), number);
            prop_assert_eq!(are_digits(&text), text.iter().all(u8::is_ascii_digit));
            let digits = few.iter().take_while(|b| b.is_ascii_digit()).count();
            let filled: String = few[..digits].iter().map(|b| char::from(*b)).collect();
            let leading = (digits < 8)
                .then(|| (format!("{filled:0<8}").parse().unwrap(), digits));
            prop_assert_eq!(leading_digits(&text), leading);
        }

        #[test]
        fn eight_digits_are_read(number in 0u32..100_000_000) {
            prop_assert_eq!(eight_digits(format!("{number:08}x").as_bytes()), Some(number));
        }
    }
}
