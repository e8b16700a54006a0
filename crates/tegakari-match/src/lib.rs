//! Finds indicators of every kind in the bytes of logs, in time that hardly grows with their number.
//!
//! One tokeniser serves all kinds. Bytes become bit masks (`classify`), a walk over the masks finds
//! what may mean something: tokens with dots (names, addresses), runs of hex digits (hashes), groups
//! with colons (IPv6), words (free text). Each indicator hangs on one such token, its anchor: a URL on
//! its host, a mail address on its domain. A token's key is asked of a filter, then of a table, and
//! then the value itself is compared, with the meaning of its kind: a domain at label borders, an
//! address as a number, a URL in canonical form. Lines with encoded text (`%2E`, `\u0026`, `[.]`) are
//! decoded and looked at once more.
//!
//! A [`Matcher`] is built once, shared by threads, and asked about blocks of bytes: any slice that
//! ends where a record ends. What has to be joined from several fields (host and path in two columns)
//! is the work of a format reader and not found here.
#![warn(clippy::disallowed_methods)]

mod address;
mod classify;
mod colons;
mod compile;
mod decode;
mod endings;
mod hygiene;
mod names;
mod scan;
mod set;
mod table;
mod text;
mod token;
mod url;

use std::io::{self, Write};

use tegakari_model::{Observable, ObservableKind, Relation};

use compile::Sets;
pub use decode::base64_digit;
pub use set::{ReadAt, SetError};

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

/// What became of the values given for a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How many are looked for.
    pub indicators: usize,
    /// Those that are not, and why.
    pub refused: Vec<(Observable, String)>,
}

/// A compiled set of indicators.
#[derive(Debug, Default)]
pub struct Matcher {
    sets: Sets,
    duplicates: Vec<(u32, u32)>,
}

impl Matcher {
    /// Compiles `values`. What cannot or must not be searched for is refused, with the reason: public
    /// suffixes alone, networks as wide as the world, hashes of empty files, names of one letter.
    pub fn build(values: &[Observable]) -> (Self, Vec<Refused>) {
        let built = compile::build(values);
        let matcher = Self {
            sets: built.sets,
            duplicates: built.duplicates,
        };
        (matcher, built.refused)
    }

    /// Compiles `values` and writes them as a set, which [`Matcher::open`] loads again. Values may repeat and come in any
    /// order; the bytes written are the same.
    ///
    /// # Errors
    /// When `out` cannot be written, or the values are more than a set can hold (four gigabytes).
    pub fn write_set(mut values: Vec<Observable>, out: &mut dyn Write) -> io::Result<Written> {
        values.sort_unstable();
        values.dedup();
        let mut refused = Vec::new();
        values.retain(|value| match hygiene::objection(value) {
            Some(why) => {
                refused.push((value.clone(), why.to_owned()));
                false
            }
            None => true,
        });
        let mut built = compile::build(&values);
        if !built.refused.is_empty() {
            // What is not looked for is no entry; few values are refused this late.
            let late: std::collections::BTreeMap<usize, String> = built
                .refused
                .drain(..)
                .map(|one| (one.index, one.why))
                .collect();
            let all = std::mem::take(&mut values);
            for (index, value) in all.into_iter().enumerate() {
                match late.get(&index) {
                    Some(why) => refused.push((value, why.clone())),
                    None => values.push(value),
                }
            }
            built = compile::build(&values);
        }
        set::write(&built.sets, &values, out)?;
        Ok(Written {
            indicators: values.len(),
            refused,
        })
    }

    /// Loads a set that [`Matcher::write_set`] wrote. The entries of hits are its own: [`Matcher::entry`] tells which
    /// value each is.
    ///
    /// # Errors
    /// When it is none, of another version, or damaged. Values are not read here: when they are damaged,
    /// [`Matcher::failure`] says so once one was needed.
    pub fn open(file: Box<dyn ReadAt>) -> Result<(Self, Vec<(ObservableKind, u64)>), SetError> {
        let (sets, kinds) = set::read(file)?;
        let matcher = Self {
            sets,
            duplicates: Vec::new(),
        };
        Ok((matcher, kinds))
    }

    /// The value of an entry of a set that was opened.
    pub fn entry(&self, entry: u32) -> Option<Observable> {
        match &self.sets.values {
            set::Values::Memory { .. } => None,
            set::Values::File(file) => file.entry(entry),
        }
    }

    /// Of a set that was opened: the same for the same entries, and hardly ever for others.
    pub fn mark(&self) -> u64 {
        match &self.sets.values {
            set::Values::Memory { .. } => 0,
            set::Values::File(file) => file.mark(),
        }
    }

    /// How many entries a set that was opened has.
    pub fn entries(&self) -> u64 {
        match &self.sets.values {
            set::Values::Memory { .. } => 0,
            set::Values::File(file) => file.entries(),
        }
    }

    /// What went wrong in reading values of a set since it was opened: hits may be missing then.
    pub fn failure(&self) -> Option<String> {
        match &self.sets.values {
            set::Values::Memory { .. } => None,
            set::Values::File(file) => file.failure(),
        }
    }

    /// Appends to `hits` every place in `text` where an indicator stands, ordered by position and
    /// without repetitions.
    ///
    /// `text` must end where a record ends: a value cut in two at its end is not found. Cutting a text
    /// at line ends and scanning the pieces gives the same hits.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        scan::scan(&self.sets, text, hits);
    }

    /// Whether a URL on `host`, as a field of a log writes it (with a port or without), may be in the
    /// set. For those who join host and path of two fields to scan them: where this says no, the joined
    /// URL is not in the set. A yes can be wrong.
    pub fn may_list_urls_of(&self, host: &[u8]) -> bool {
        token::may_list_urls_of(&self.sets, host)
    }

    /// Observables given more than once: (index of the repetition, index of the first), ordered.
    pub fn duplicates(&self) -> &[(u32, u32)] {
        &self.duplicates
    }
}
