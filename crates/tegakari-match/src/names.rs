//! Keys of names by label, from the right, and what is stored about each name.
//!
//! One pass over `a.b.evil.example` from right to left yields the key of every suffix, so that a
//! domain is found below any number of labels with one look-up each, and never inside a label.

use crate::table::{SPREAD, mix};

/// The key of no labels at all.
pub(crate) const ROOT: u64 = SPREAD ^ 0xA5A5_5A5A_0F0F_F0F0;

const CASE: u64 = 0x2020_2020_2020_2020;

/// The key of `text[from..to]` standing to the left of what `hash` stands for. ASCII case does not
/// count: letters are folded by setting the bit 0x20 (a few other bytes fold too, so keys are no proof).
#[inline]
pub(crate) fn add_label(hash: u64, text: &[u8], from: usize, to: usize) -> u64 {
    let mut hash = hash.rotate_left(23) ^ 0x2E;
    let mut at = from;
    while to.saturating_sub(at) > 8 {
        hash = mix(hash, load(text, at) | CASE).rotate_left(5);
        at += 8;
    }
    let left = to.saturating_sub(at);
    let keep = if left == 0 {
        0
    } else {
        u64::MAX >> (64 - 8 * left)
    };
    mix(hash, (load(text, at) | CASE) & keep)
}

/// Eight bytes from `at` on, lowest first; zeros past the end.
#[inline]
pub(crate) fn load(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            let rest = text.get(at..).unwrap_or_default();
            for (to, from) in bytes.iter_mut().zip(rest) {
                *to = *from;
            }
            u64::from_le_bytes(bytes)
        }
    }
}

/// The key of a whole dotted name.
pub(crate) fn name_key(name: &[u8]) -> u64 {
    let mut hash = ROOT;
    let mut end = name.len();
    while let Some(dot) = memchr::memrchr(b'.', &name[..end]) {
        hash = add_label(hash, name, dot + 1, end);
        end = dot;
    }
    add_label(hash, name, 0, end)
}

/// The key of the last label of a dotted name alone.
pub(crate) fn last_label_key(name: &[u8]) -> u64 {
    let from = memchr::memrchr(b'.', name).map_or(0, |dot| dot + 1);
    add_label(ROOT, name, from, name.len())
}

/// What it means when a name stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The name is a listed domain; it also counts below other labels.
    Domain,
    /// It is a listed file name; only whole.
    File,
    /// There are listed URLs on this host.
    UrlHost,
    /// There are listed mail addresses at this domain.
    MailHost,
    /// It is the anchor of the listed text with this number.
    Text,
}

impl Role {
    const ALL: [Self; 5] = [
        Self::Domain,
        Self::File,
        Self::UrlHost,
        Self::MailHost,
        Self::Text,
    ];

    /// Its number in files.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The role with a number.
    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// A name of the set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    /// Where its text begins among the stored bytes.
    pub(crate) from: u32,
    /// How long it is.
    pub(crate) len: u16,
    /// What it means.
    pub(crate) role: Role,
    /// The entry, or the number of the text.
    pub(crate) id: u32,
}

/// The last labels that occur in the set, as a bitmap small enough to stay in the nearest cache.
#[derive(Debug)]
pub(crate) struct LastLabels([u64; 64]);

impl Default for LastLabels {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl LastLabels {
    /// Adds the label with this key.
    pub(crate) fn insert(&mut self, key: u64) {
        self.0[(key >> 58) as usize] |= 1 << (key >> 52 & 63);
    }

    /// The bitmap.
    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    /// From the bitmap; `None` when it has the wrong length.
    pub(crate) fn of_words(words: &[u64]) -> Option<Self> {
        words.try_into().ok().map(Self)
    }

    /// Whether a label with this key may be in it.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        self.0[(key >> 58) as usize] >> (key >> 52 & 63) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOT, add_label, last_label_key, name_key};

    #[test]
    fn a_key_is_that_of_the_labels_whatever_stands_around_or_the_case() {
        let text = b"xx a-very-long-label-of-many-bytes.Evil.EXAMPLE yy";
        let tld = add_label(ROOT, text, 40, 47);
        assert_eq!(tld, last_label_key(b"evil.example"));
        let both = add_label(tld, text, 35, 39);
        assert_eq!(both, name_key(b"evil.example"));
        let whole = add_label(both, text, 3, 34);
        assert_eq!(
            whole,
            name_key(b"a-very-long-label-of-many-bytes.evil.example")
        );
        assert_ne!(name_key(b"ev.il.example"), name_key(b"evil.example"));
    }
}
