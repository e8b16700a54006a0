//! A small generator of even numbers (SplitMix64), so that no dependency can change the example.

/// A stream of numbers.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to below `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    /// One of several. Early ones come more often, as in life.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let count = from.len() as u64;
        let (a, b) = (self.between(0, count), self.between(0, count));
        &from[a.min(b) as usize]
    }

    /// `true` once in `count`.
    pub(super) fn once_in(&mut self, count: u64) -> bool {
        self.between(0, count) == 0
    }

    /// An id of letters and digits as Zeek writes them.
    pub(super) fn id(&mut self, letter: char) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut id = String::from(letter);
        for _ in 0..17 {
            id.push(char::from(
                LETTERS[self.between(0, LETTERS.len() as u64) as usize],
            ));
        }
        id
    }

    /// Hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}
