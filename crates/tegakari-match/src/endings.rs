//! How the names of a set end: most tokens of a log end otherwise, and are dismissed by their last bytes alone.

use crate::names::load;
use crate::table::mix;

/// Bytes that are looked at: the last twelve of a name, of a shorter one as many as it has, as far as that is one of
/// these.
const LENGTHS: [usize; 8] = [12, 10, 9, 8, 7, 6, 5, 4];
/// The bitmap has so many bits a name, a power of two.
const BITS: usize = 16;
/// What still fits the second cache: 2^21 bits.
const MOST_BITS: usize = 1 << 21;
/// Beyond this the bitmap would be too full to dismiss much.
const MOST_NAMES: usize = MOST_BITS / 2;
const CASE: u64 = 0x2020_2020_2020_2020;

/// The endings of the names of a set, as a bitmap.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    /// Empty when nothing is dismissed.
    bits: Vec<u64>,
    /// Which of [`LENGTHS`] occur.
    lengths: u64,
    /// Masks of the bytes before the last eight and of the last eight, for each length that occurs.
    masks: Vec<(u64, u64)>,
}

impl Endings {
    /// The endings of `names`. When there are too many of them, or one is too short, every token may be one.
    pub(crate) fn of<'n>(names: impl ExactSizeIterator<Item = &'n [u8]> + Clone) -> Self {
        let shortest = LENGTHS[LENGTHS.len() - 1];
        if names.len() > MOST_NAMES || names.clone().any(|name| name.len() < shortest) {
            return Self::default();
        }
        let size = (names.len() * BITS)
            .next_power_of_two()
            .clamp(1 << 12, MOST_BITS);
        let mut endings = Self {
            bits: vec![0; size / 64],
            ..Self::default()
        };
        for name in names {
            let Some(at) = LENGTHS.iter().position(|length| *length <= name.len()) else {
                continue;
            };
            endings.lengths |= 1 << at;
            let mut last = [0; 16];
            let bytes = &name[name.len() - LENGTHS[at]..];
            last[16 - bytes.len()..].copy_from_slice(bytes);
            let (front, back) = (load(&last, 0), load(&last, 8));
            let place = endings.place(front, back, masks_of(LENGTHS[at]));
            endings.bits[place / 64] |= 1 << (place % 64);
        }
        endings.masks = masks(endings.lengths);
        endings
    }

    /// Lengths that occur and the bitmap, as they are kept in files.
    pub(crate) fn parts(&self) -> (u64, &[u64]) {
        (self.lengths, &self.bits)
    }

    /// From lengths and bitmap; `None` when that cannot be.
    pub(crate) fn of_parts(lengths: u64, bits: Vec<u64>) -> Option<Self> {
        let right = bits.is_empty() || bits.len().is_power_of_two() && bits.len() <= MOST_BITS / 64;
        right.then(|| Self {
            masks: masks(lengths),
            bits,
            lengths,
        })
    }

    #[inline]
    fn place(&self, front: u64, back: u64, masks: (u64, u64)) -> usize {
        let key = mix((front | CASE) & masks.0, (back | CASE) & masks.1);
        (key >> 32) as usize & (self.bits.len() * 64 - 1)
    }

    /// Whether a name of the set may end where `end` is. A yes can be wrong.
    #[inline]
    pub(crate) fn may_end(&self, text: &[u8], end: usize) -> bool {
        let Some(last) = end
            .checked_sub(16)
            .and_then(|from| text.get(from..end))
            .filter(|_| !self.bits.is_empty())
        else {
            return true;
        };
        let (front, back) = (load(last, 0), load(last, 8));
        self.masks.iter().any(|masks| {
            let place = self.place(front, back, *masks);
            self.bits
                .get(place / 64)
                .is_none_or(|word| word >> (place % 64) & 1 != 0)
        })
    }
}

/// The masks of the last `length` of sixteen bytes, as two words.
fn masks_of(length: usize) -> (u64, u64) {
    let last = |bytes: usize| match bytes {
        0 => 0,
        _ => u64::MAX << (64 - 8 * bytes),
    };
    (last(length.saturating_sub(8)), last(length.min(8)))
}

fn masks(lengths: u64) -> Vec<(u64, u64)> {
    LENGTHS
        .iter()
        .enumerate()
        .filter(|(at, _)| lengths >> at & 1 != 0)
        .map(|(_, length)| masks_of(*length))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Endings, MOST_NAMES};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_never_dismissed(
            names in proptest::collection::vec("[a-z0-9-]{1,14}\\.[a-z]{2,6}", 1..20),
            upper in any::<bool>(),
        ) {
            let endings = Endings::of(names.iter().map(String::as_bytes));
            let (lengths, bits) = endings.parts();
            let again = Endings::of_parts(lengths, bits.to_vec()).unwrap();
            for name in &names {
                for before in ["", "www.", "a log line with "] {
                    let text = format!("{before}{name}");
                    let text = if upper { text.to_uppercase() } else { text };
                    prop_assert!(endings.may_end(text.as_bytes(), text.len()));
                    prop_assert!(again.may_end(text.as_bytes(), text.len()));
                }
            }
        }
    }

    #[test]
    fn most_others_are() {
        let names: Vec<String> = (0..1000)
            .map(|i| format!("name-{}.example", i * 7919))
            .collect();
        let endings = Endings::of(names.iter().map(String::as_bytes));
        let passed = (0..10_000)
            .map(|i| format!("a line with host-{i}x.example"))
            .filter(|text| endings.may_end(text.as_bytes(), text.len()))
            .count();
        assert!(passed < 1_000, "{passed}");
        assert!(!endings.may_end(b"16 bytes and more.", 17));
        // Nothing is dismissed where a bitmap could not tell.
        let short = Endings::of([&b"a.b"[..]].into_iter());
        assert!(short.may_end(b"16 bytes and more.", 17));
        let many = vec![&b"name.example"[..]; MOST_NAMES + 1];
        assert!(Endings::of(many.into_iter()).may_end(b"16 bytes and more.", 17));
        assert!(Endings::of_parts(1, vec![0; 3]).is_none());
    }
}
