//! A set of indicators in a file, beside those of the plan: too many to hold, and to give a finding each.

use tegakari_match::{Hit, Matcher, ReadAt, SetError};
use tegakari_model::{Indicator, ObservableKind};

/// A set that was opened.
#[derive(Debug)]
pub struct IndicatorSet {
    name: String,
    matcher: Matcher,
    kinds: Vec<(ObservableKind, u64)>,
}

impl IndicatorSet {
    /// Opens the set in `file`; `name` is how it will be told of.
    ///
    /// # Errors
    /// When it is no set, of another version, or damaged.
    pub fn open(name: impl Into<String>, file: Box<dyn ReadAt>) -> Result<Self, SetError> {
        let (matcher, kinds) = Matcher::open(file)?;
        Ok(Self {
            name: name.into(),
            matcher,
            kinds,
        })
    }

    /// How it is told of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many indicators of each kind it holds.
    pub fn kinds(&self) -> &[(ObservableKind, u64)] {
        &self.kinds
    }

    /// The same for the same indicators.
    pub(crate) fn mark(&self) -> u64 {
        self.matcher.mark()
    }

    /// What went wrong in reading it since it was opened.
    pub(crate) fn failure(&self) -> Option<String> {
        self.matcher.failure()
    }

    pub(crate) fn has_urls(&self) -> bool {
        self.kinds
            .iter()
            .any(|(kind, _)| *kind == ObservableKind::Url)
    }

    pub(crate) fn may_list_urls_of(&self, host: &[u8]) -> bool {
        self.matcher.may_list_urls_of(host)
    }

    pub(crate) fn indicator(&self, entry: u32) -> Option<Indicator> {
        self.matcher.entry(entry).map(Indicator::new)
    }

    /// Scans as the matcher does, with entries counted from `first`.
    pub(crate) fn scan(&self, text: &[u8], first: u32, hits: &mut Vec<Hit>) {
        let before = hits.len();
        self.matcher.scan(text, hits);
        for hit in hits.iter_mut().skip(before) {
            hit.entry = hit.entry.saturating_add(first);
        }
    }
}
