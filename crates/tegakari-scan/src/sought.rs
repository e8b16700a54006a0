//! What is looked for, compiled once and shared by all threads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tegakari_match::{Hit, Matcher};
use tegakari_model::{Indicator, Observable, ObservableKind as K, Problem};

/// Indicators to look for: a list, each with an answer of its own, and a set that may be too large for that.
pub struct Sought {
    indicators: Vec<Indicator>,
    matcher: Matcher,
    set: Option<Matcher>,
    refused: BTreeSet<u32>,
    kinds: BTreeSet<K>,
    of_set: u64,
}

impl Sought {
    /// Compiles the indicators, which must not repeat. What cannot be searched for is a problem each, and its answer
    /// will be that nobody can tell.
    pub fn new(indicators: Vec<Indicator>) -> (Self, Vec<Problem>) {
        let values: Vec<Observable> = indicators.iter().map(|i| i.observable.clone()).collect();
        let kinds = values.iter().map(Observable::kind).collect();
        let (matcher, refused) = Matcher::build(&values);
        let numbers = refused
            .iter()
            .filter_map(|one| u32::try_from(one.index).ok())
            .collect();
        let problems = refused
            .into_iter()
            .filter_map(|one| {
                let indicator = indicators.get(one.index)?;
                Some(Problem::new(
                    format!("indicator {}", indicator.observable.defanged()),
                    one.why,
                    "take it out of the list, or give a value that can be looked for in files",
                ))
            })
            .collect();
        let sought = Self {
            indicators,
            matcher,
            set: None,
            refused: numbers,
            kinds,
            of_set: 0,
        };
        (sought, problems)
    }

    /// Looks for the values of a set as well, which holds so many of each kind. Those that are met get an answer each.
    #[must_use]
    pub fn with_set(mut self, set: Matcher, kinds: &[(K, u64)]) -> Self {
        self.kinds.extend(kinds.iter().map(|(kind, _)| *kind));
        self.of_set = kinds.iter().map(|(_, count)| count).sum();
        self.set = Some(set);
        self
    }

    /// The list, without the set.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// How many the set has.
    pub fn of_set(&self) -> u64 {
        self.of_set
    }

    /// What went wrong in reading the set since it was opened.
    pub(crate) fn failure(&self) -> Option<String> {
        self.set.as_ref().and_then(Matcher::failure)
    }

    pub(crate) fn indicator(&self, number: u32) -> Option<Cow<'_, Indicator>> {
        if let Some(listed) = self.indicators.get(number as usize) {
            return Some(Cow::Borrowed(listed));
        }
        let entry = number.checked_sub(self.first_of_set())?;
        let value = self.set.as_ref()?.entry(entry)?;
        Some(Cow::Owned(Indicator::new(value)))
    }

    fn first_of_set(&self) -> u32 {
        u32::try_from(self.indicators.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn refuses(&self, number: u32) -> bool {
        self.refused.contains(&number)
    }

    /// Whether any is of such a kind.
    pub(crate) fn has(&self, wanted: impl Fn(K) -> bool) -> bool {
        self.kinds.iter().any(|kind| wanted(*kind))
    }

    /// All hits in a text that ends where a value ends.
    pub(crate) fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.matcher.scan(text, hits);
        if let Some(set) = &self.set {
            let first = self.first_of_set();
            let before = hits.len();
            set.scan(text, hits);
            for hit in hits.iter_mut().skip(before) {
                hit.entry = hit.entry.saturating_add(first);
            }
        }
    }
}

/// Whether a kind is met in the bytes of files and in what programs are started with: not the hash or name of a file,
/// which are met in files themselves.
pub(crate) fn is_text(kind: K) -> bool {
    kind.is_searchable() && !kind.is_file_hash() && !matches!(kind, K::FileName | K::FilePath)
}
