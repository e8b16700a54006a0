//! What a writer is told besides the plan, and what it tells back.

use std::collections::BTreeMap;

use tegakari_model::{BlockEntry, Indicator, Observable, ObservableKind, ReportId, Timestamp, Tlp};

use crate::formats::NO_PLACE;
use crate::list::FULL;

/// Everything a list says about itself. Given by the caller: writers know no clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Version of the program (`0.1.0`).
    pub generator_version: String,
    /// How far the list may be shared.
    pub tlp: Option<Tlp>,
    /// Reports the entries come from, sorted.
    pub reports: Vec<ReportId>,
    /// How each of those is marked and when it came out, as far as it says.
    pub sources: BTreeMap<ReportId, Source>,
    /// From when on the entries are meant to be blocked. STIX cannot do without a time: indicators
    /// that bring none of their own are left out there when this is `None`.
    pub valid_from: Option<Timestamp>,
    /// For the response policy zone.
    pub rpz: Rpz,
    /// When the list is made, for its header and for lifetimes that count from its loading. `None`
    /// where the same input has to give the same bytes on any day.
    pub made: Option<Timestamp>,
    /// Most entries of formats, by id, where the user wants other numbers than [`crate::limits::TABLE`] has.
    pub limits: BTreeMap<String, usize>,
    /// How many values of each kind are missing from the plan because their reports may not go this far.
    pub withheld: BTreeMap<ObservableKind, usize>,
}

impl Context {
    /// A context that knows only the version of the program.
    pub fn new(generator_version: impl Into<String>) -> Self {
        Self {
            generator_version: generator_version.into(),
            tlp: None,
            reports: Vec::new(),
            sources: BTreeMap::new(),
            valid_from: None,
            rpz: Rpz::default(),
            made: None,
            limits: BTreeMap::new(),
            withheld: BTreeMap::new(),
        }
    }

    /// How far what is known of an indicator may be shared: as the reports that name it are marked together; as the whole
    /// list, where it does not say which these are.
    pub(crate) fn tlp_of(&self, indicator: &Indicator) -> Option<Tlp> {
        let mut reports: Vec<&ReportId> = indicator.citations.iter().map(|c| &c.report).collect();
        reports.sort_unstable();
        reports.dedup();
        let sources: Vec<_> = reports
            .into_iter()
            .filter_map(|report| self.sources.get(report))
            .collect();
        if sources.is_empty() {
            return self.tlp;
        }
        Tlp::of_all(sources.into_iter().map(|source| source.tlp))
    }

    /// When the first of the reports that name an indicator came out; as the list says, where none of them tells.
    pub(crate) fn named_first(&self, indicator: &Indicator) -> Option<Timestamp> {
        let reports = indicator.citations.iter().map(|c| &c.report);
        let dated = reports.filter_map(|report| self.sources.get(report)?.published);
        dated.min().or(self.valid_from)
    }

    /// Whole seconds from the making of the list to the end of an entry, when both are known; at least one.
    pub(crate) fn lifetime(&self, entry: &BlockEntry) -> Option<i64> {
        let from = self.made.or(self.valid_from)?;
        let left = entry.expires?.as_millisecond() - from.as_millisecond();
        Some((left / 1000).max(1))
    }
}

/// What a list has to know of a report that its entries come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Source {
    /// How it is marked.
    pub tlp: Option<Tlp>,
    /// When it came out.
    pub published: Option<Timestamp>,
}

/// Settings of the response policy zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rpz {
    /// The zone's name as the resolver is configured (`rpz.tegakari`). Names that do not fit into a
    /// DNS name together with it are left out.
    pub zone: String,
    /// Serial of the zone: has to rise whenever the content changes (RFC 1982).
    pub serial: u32,
}

impl Default for Rpz {
    fn default() -> Self {
        Self {
            zone: "rpz.tegakari".to_owned(),
            serial: 1,
        }
    }
}

/// What came of writing one list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Indicators that are on the list.
    pub entries: usize,
    /// Indicators of the plan that are not, by kind and reason.
    pub left_out: Vec<LeftOut>,
    /// What the list does not do for the entries it has: short English sentences.
    pub notes: Vec<String>,
}

impl Written {
    /// How much was left out of what the form is for, and whether for want of room; `None` when nothing was.
    pub fn left_out_in_words(&self) -> Option<String> {
        in_words(
            self.left_out
                .iter()
                .map(|left| (left.why.as_str(), left.count)),
        )
    }
}

fn in_words<'w>(left: impl Iterator<Item = (&'w str, usize)>) -> Option<String> {
    let (mut over, mut unfit, mut withheld) = (0, 0, 0);
    for (why, count) in left {
        match why {
            NO_PLACE => {}
            FULL => over += count,
            WITHHELD => withheld += count,
            _ => unfit += count,
        }
    }
    let told = [
        (over, "over the limit, the least valuable"),
        (unfit, "that the form cannot hold"),
        (withheld, "of reports that are marked for fewer readers"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Why a value of a report that may not go this far is on no list.
const WITHHELD: &str = "its reports are marked for fewer readers";

/// Indicators that a list could not take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Their kind.
    pub kind: ObservableKind,
    /// Why: short English, lower case.
    pub why: String,
    /// How many.
    pub count: usize,
    /// The first few of them, sorted.
    pub examples: Vec<String>,
}

/// Collects what is left out while a list is written.
#[derive(Debug, Default)]
pub(crate) struct Leaving(BTreeMap<(ObservableKind, &'static str), (usize, Vec<String>)>);

impl Leaving {
    const EXAMPLES: usize = 5;

    pub(crate) fn out(&mut self, observable: &Observable, why: &'static str) {
        let slot = self.0.entry((observable.kind(), why)).or_default();
        slot.0 += 1;
        if slot.1.len() < Self::EXAMPLES {
            slot.1.push(observable.value().to_owned());
        }
    }

    /// Counts values that nobody is to see here.
    pub(crate) fn withheld(&mut self, kind: ObservableKind, count: usize) {
        self.0.entry((kind, WITHHELD)).or_default().0 += count;
    }

    /// [`Written::left_out_in_words`], before it is written.
    pub(crate) fn in_words(&self) -> Option<String> {
        in_words(self.0.iter().map(|((_, why), (count, _))| (*why, *count)))
    }

    pub(crate) fn written(self, entries: usize) -> Written {
        Written {
            entries,
            left_out: self
                .0
                .into_iter()
                .map(|((kind, why), (count, mut examples))| {
                    examples.sort();
                    LeftOut {
                        kind,
                        why: why.to_owned(),
                        count,
                        examples,
                    }
                })
                .collect(),
            notes: Vec::new(),
        }
    }
}
