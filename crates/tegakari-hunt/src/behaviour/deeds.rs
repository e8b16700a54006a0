//! What rules showed, in a form that can be added up in any order, kept, and gone on from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tegakari_model::{LogCitation, Timestamp};
use tegakari_sigma::CorrelationState;

use crate::kept::citation;
use crate::outcome::{Party, add_counts};

/// Names of records that no rule is for, kept.
const MOST_NAMES: usize = 4000;
/// Records that correlations may cite, kept.
const MOST_PLACES: usize = 100_000;

/// Product, category and service; what is not said is empty.
pub(crate) type Label = (String, String, String);

/// Everything rules showed in some inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deeds {
    /// Matches by rule and machine.
    pub(crate) fired: BTreeMap<(u32, Option<Party>), Fired>,
    /// Records by what they are, where rules are for them.
    pub(crate) looked: BTreeMap<Vec<Label>, Looked>,
    /// Other records by their names; the first in order, at most [`MOST_NAMES`].
    pub(crate) uncovered: BTreeMap<String, u64>,
    pub(crate) uncovered_records: u64,
    pub(crate) covered_records: u64,
    pub(crate) correlated: CorrelationState,
    /// Whose records rules looked at; by hour, which of the fields that rules ask for were there, as bits in the order
    /// of their names.
    pub(crate) watched: BTreeMap<Watched, BTreeMap<i64, u64>>,
    /// Records that correlations are about, by a digest of their places; the smallest, at most [`MOST_PLACES`].
    pub(crate) places: BTreeMap<u64, Place>,
}

/// Records of one kind and source about one machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Watched {
    pub(crate) party: Party,
    pub(crate) source: String,
    pub(crate) labels: Vec<Label>,
}

/// Records of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Looked {
    pub(crate) records: u64,
    /// Fields that rules ask for and that at least one of the records had.
    pub(crate) fields: BTreeSet<String>,
}

/// Matches of one rule on one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fired {
    pub(crate) hours: BTreeMap<i64, InHour>,
    pub(crate) without_time: u64,
    /// Sorted as `Place` is; not more than the plan wants.
    pub(crate) examples: Vec<Place>,
}

/// Matches within one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InHour {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) count: u64,
}

/// A record that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(with = "citation")]
    pub(crate) cited: LogCitation,
    pub(crate) user: Option<String>,
    pub(crate) party: Option<Party>,
}

impl Place {
    /// The order in which examples are preferred: by time (none last), file and line.
    pub(crate) fn order(&self) -> impl Ord + '_ {
        let cited = &self.cited;
        (
            cited.time.is_none(),
            cited.time,
            &cited.file,
            cited.line,
            cited.record,
            &cited.excerpt,
            &self.user,
        )
    }
}

impl Fired {
    /// Adds one match.
    pub(crate) fn add(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else {
            self.without_time += 1;
            return;
        };
        let hour = tegakari_model::Hour::of(time).0;
        let of_hour = self.hours.entry(hour).or_insert(InHour {
            first: time,
            last: time,
            count: 0,
        });
        of_hour.first = of_hour.first.min(time);
        of_hour.last = of_hour.last.max(time);
        of_hour.count += 1;
    }

    /// Whether a record is among the first, so that it is cited.
    pub(crate) fn wants(&self, time: Option<Timestamp>, cited: &LogCitation, most: usize) -> bool {
        self.examples.len() < most
            || self.examples.last().is_some_and(|last| {
                let last = &last.cited;
                (time.is_none(), time, &cited.file, cited.line)
                    <= (last.time.is_none(), last.time, &last.file, last.line)
            })
    }

    /// Keeps an example, if it is among the first.
    pub(crate) fn cite(&mut self, place: Place, most: usize) {
        let at = self
            .examples
            .partition_point(|known| known.order() <= place.order());
        if at < most {
            self.examples.insert(at, place);
            self.examples.truncate(most);
        }
    }

    fn merge(&mut self, other: Self, most: usize) {
        for (hour, theirs) in other.hours {
            match self.hours.entry(hour) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut ours) => {
                    let ours = ours.get_mut();
                    ours.first = ours.first.min(theirs.first);
                    ours.last = ours.last.max(theirs.last);
                    ours.count += theirs.count;
                }
            }
        }
        self.without_time += other.without_time;
        self.examples.extend(other.examples);
        self.examples.sort_by(|a, b| a.order().cmp(&b.order()));
        self.examples.truncate(most);
    }
}

impl Deeds {
    /// Whether nothing was looked at, and nothing found.
    pub(crate) fn is_empty(&self) -> bool {
        self.covered_records == 0 && self.uncovered_records == 0 && self.fired.is_empty()
            // Of records without years, where what was looked at is counted with the others.
            && self.places.is_empty()
            && self.watched.is_empty()
    }

    /// Adds hours in which rules looked at records.
    pub(crate) fn watch(&mut self, what: Watched, hours: BTreeMap<i64, u64>) {
        let ours = self.watched.entry(what).or_default();
        for (hour, fields) in hours {
            *ours.entry(hour).or_default() |= fields;
        }
    }

    pub(crate) fn merge(&mut self, other: Self, most: usize) {
        if other.is_empty() {
            return;
        }
        for (key, theirs) in other.fired {
            self.fired.entry(key).or_default().merge(theirs, most);
        }
        for (key, theirs) in other.looked {
            let ours = self.looked.entry(key).or_default();
            ours.records += theirs.records;
            ours.fields.extend(theirs.fields);
        }
        add_counts(&mut self.uncovered, other.uncovered);
        while self.uncovered.len() > MOST_NAMES {
            self.uncovered.pop_last();
        }
        self.uncovered_records += other.uncovered_records;
        self.covered_records += other.covered_records;
        self.correlated.merge(other.correlated);
        for (what, hours) in other.watched {
            self.watch(what, hours);
        }
        self.places.extend(other.places);
        while self.places.len() > MOST_PLACES {
            self.places.pop_last();
        }
    }

    /// Counts records that no rule is for.
    pub(crate) fn not_covered(&mut self, name: String, records: u64) {
        self.uncovered_records += records;
        *self.uncovered.entry(name).or_default() += records;
        if self.uncovered.len() > MOST_NAMES {
            self.uncovered.pop_last();
        }
    }

    /// Keeps the place of a record that a correlation may cite.
    pub(crate) fn keep_place(&mut self, digest: u64, place: Place) {
        self.places.insert(digest, place);
        if self.places.len() > MOST_PLACES {
            self.places.pop_last();
        }
    }

    /// The same with other times; with `None`, without any.
    pub(crate) fn at_times(mut self, moved: Option<&dyn Fn(Timestamp) -> Timestamp>) -> Self {
        let of_place = |place: &mut Place| {
            place.cited.time = place
                .cited
                .time
                .and_then(|time| moved.map(|moved| moved(time)));
        };
        for fired in self.fired.values_mut() {
            for (_, of_hour) in std::mem::take(&mut fired.hours) {
                match moved {
                    None => fired.without_time += of_hour.count,
                    Some(moved) => {
                        let (first, last) = (moved(of_hour.first), moved(of_hour.last));
                        let hour = tegakari_model::Hour::of(first).0;
                        // Two hours can become one where a leap day goes.
                        let known = fired.hours.entry(hour).or_insert(InHour {
                            first,
                            last,
                            count: 0,
                        });
                        known.first = known.first.min(first);
                        known.last = known.last.max(last);
                        known.count += of_hour.count;
                    }
                }
            }
            fired.examples.iter_mut().for_each(of_place);
            fired.examples.sort_by(|a, b| a.order().cmp(&b.order()));
        }
        self.places.values_mut().for_each(of_place);
        for hours in self.watched.values_mut() {
            let moved_hour = |hour: i64| {
                let start = Timestamp::from_second(hour.saturating_mul(3600)).ok()?;
                Some(tegakari_model::Hour::of(moved?(start)).0)
            };
            let mut then = BTreeMap::new();
            for (hour, fields) in std::mem::take(hours) {
                if let Some(hour) = moved_hour(hour) {
                    *then.entry(hour).or_default() |= fields;
                }
            }
            *hours = then;
        }
        self.correlated = match moved {
            None => CorrelationState::default(),
            Some(moved) => self.correlated.at_times(|ms| {
                Timestamp::from_millisecond(ms).map_or(ms, |time| moved(time).as_millisecond())
            }),
        };
        self
    }

    /// The same of a file that has another name.
    pub(crate) fn renamed(
        mut self,
        fix: &dyn Fn(&mut String),
        party: &dyn Fn(Party) -> Party,
    ) -> Self {
        let of_place = |place: &mut Place| {
            fix(&mut place.cited.file);
            place.party = place.party.take().map(party);
        };
        self.fired = std::mem::take(&mut self.fired)
            .into_iter()
            .map(|((rule, who), mut fired)| {
                fired.examples.iter_mut().for_each(of_place);
                ((rule, who.map(party)), fired)
            })
            .collect();
        self.places.values_mut().for_each(of_place);
        for (mut what, hours) in std::mem::take(&mut self.watched) {
            what.party = party(what.party);
            self.watch(what, hours);
        }
        self
    }
}
