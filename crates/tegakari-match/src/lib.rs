//! Finds indicators of every kind in the bytes of logs, in time that hardly grows with their number.
//!
//! A [`Matcher`] is built once from observables and then asked about blocks of bytes: any slice that
//! ends where a record ends.
#![warn(clippy::disallowed_methods)]

use tegakari_model::{Observable, Relation};

/// One place where an indicator stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// First byte of the value found, counted from the start of the scanned block.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Which indicator: the index, in the slice given to [`Matcher::build`], of the first observable
    /// with this kind and value.
    pub entry: u32,
    /// How what stands there relates to the indicator.
    pub relation: Relation,
}

/// An observable that the matcher does not look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its index in the slice given to [`Matcher::build`].
    pub index: usize,
    /// Why, in lower case without a full stop.
    pub why: String,
}

/// A compiled set of indicators.
#[derive(Debug, Default)]
pub struct Matcher {
    duplicates: Vec<(u32, u32)>,
}

impl Matcher {
    /// Compiles `values`. What cannot or must not be searched for is refused, with the reason.
    pub fn build(values: &[Observable]) -> (Self, Vec<Refused>) {
        let _ = values;
        (Self::default(), Vec::new())
    }

    /// Appends to `hits` every place in `text` where an indicator stands, ordered by position.
    ///
    /// `text` must end where a record ends: a value cut in two at its end is not found.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let _ = (text, hits);
    }

    /// Observables given more than once: (index of the repetition, index of the first), ordered.
    pub fn duplicates(&self) -> &[(u32, u32)] {
        &self.duplicates
    }
}
