//! Matches that correlations are about, kept until all records were read, and what they amount to.
//!
//! What is kept does not depend on the order in which matches came or states were merged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::correlation::{Correlation, CorrelationKind, Part};
use crate::record::Record;
use crate::rule_set::RuleSet;
use crate::spans::{Item, spans};

/// Matches that are kept, of all correlations together.
const MOST: usize = 250_000;
/// Longest value of a field that is kept, in bytes.
const LONGEST_VALUE: usize = 1024;
/// Records that a match names, the first ones.
const MOST_PLACES: usize = 100;

/// One match of a rule that a correlation is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// The correlation: an index into [`RuleSet::correlations`].
    pub correlation: u32,
    /// The values that matches must share, in the order of `group_by`.
    pub group: Vec<String>,
    /// When, in milliseconds since 1970 in UTC.
    pub time_ms: i64,
    /// Which of the correlation's parts matched: an index into its `of`.
    pub part: u32,
    /// Whose values are counted: this one.
    pub value: Option<String>,
    /// Which record it was.
    pub spot: Spot,
}

/// Which record it was, as the caller names it: the same for the same record and another one for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// The record's own name.
    pub place: u64,
    /// The stream it is of, and its number there: what is of the same moment in one stream is in order.
    pub stream: u64,
    /// See `stream`.
    pub number: u64,
}

/// The matches that correlations are about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrelationState {
    occurrences: BTreeSet<Occurrence>,
    dropped: u64,
}

/// What a correlation amounts to: one group within one span of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CorrelationMatch {
    /// The correlation: an index into [`RuleSet::correlations`].
    pub correlation: u32,
    /// When the first of its matches was, in milliseconds since 1970 in UTC.
    pub first_ms: i64,
    /// When the last of its matches was.
    pub last_ms: i64,
    /// The values that they share, in the order of `group_by`.
    pub group: Vec<String>,
    /// The number that was counted: matches, values, or rules.
    pub count: u64,
    /// The records, as the caller named them, in the order of time; the first hundred.
    pub places: Vec<u64>,
}

impl CorrelationState {
    /// No matches.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the match of a rule for each correlation that is about it; see [`occurrences`].
    pub fn add(
        &mut self,
        rules: &RuleSet,
        rule: u32,
        time_ms: i64,
        record: &dyn Record,
        spot: Spot,
    ) {
        self.occurrences
            .extend(occurrences(rules, rule, time_ms, record, spot));
        self.bound();
    }

    /// The smallest are kept: which these are does not depend on the order in which they came.
    fn bound(&mut self) {
        while self.occurrences.len() > MOST {
            self.occurrences.pop_last();
            self.dropped += 1;
        }
    }

    /// Adds what another state has kept of the same rules.
    pub fn merge(&mut self, other: Self) {
        self.dropped += other.dropped;
        if self.occurrences.is_empty() {
            self.occurrences = other.occurrences;
        } else {
            self.occurrences.extend(other.occurrences);
        }
        self.bound();
    }

    /// The same matches at other times, where a log has no year and it was found out later.
    #[must_use]
    pub fn at_times(mut self, moved: impl Fn(i64) -> i64) -> Self {
        let occurrences = std::mem::take(&mut self.occurrences).into_iter();
        self.occurrences = occurrences
            .map(|mut one| {
                one.time_ms = moved(one.time_ms);
                one
            })
            .collect();
        self
    }

    /// Matches that were too many to keep.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The matches that are kept, sorted.
    pub fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter()
    }

    /// What the matches amount to, sorted.
    pub fn conclude(&self, rules: &RuleSet) -> Vec<CorrelationMatch> {
        let mut out: Vec<CorrelationMatch> = Vec::new();
        // For each correlation its groups, and what happened in each.
        let mut all: Vec<BTreeMap<Vec<String>, Vec<Item>>> =
            vec![BTreeMap::new(); rules.correlations().len()];
        for one in &self.occurrences {
            if let Some(groups) = all.get_mut(one.correlation as usize) {
                groups.entry(one.group.clone()).or_default().push(Item {
                    first_ms: one.time_ms,
                    last_ms: one.time_ms,
                    record: Some((one.spot.stream, one.spot.number)),
                    part: one.part,
                    value: one.value.clone(),
                    places: vec![one.spot.place],
                });
            }
        }
        // Those that others are about stand before them.
        for (number, one) in (0u32..).zip(rules.correlations()) {
            let Some(groups) = all.get_mut(number as usize).map(std::mem::take) else {
                continue;
            };
            let start = out.len();
            for (group, mut items) in groups {
                items.sort();
                for span in spans(one, &items) {
                    let within = items.get(span.from..span.to).unwrap_or(&[]);
                    let chosen = within.iter().enumerate().filter(|(i, _)| span.chosen(*i));
                    let mut places: Vec<u64> = chosen
                        .flat_map(|(_, item)| item.places.iter().copied())
                        .collect();
                    places.truncate(MOST_PLACES);
                    out.push(CorrelationMatch {
                        correlation: number,
                        first_ms: span.first_ms,
                        last_ms: span.last_ms,
                        group: group.clone(),
                        count: span.count,
                        places,
                    });
                }
            }
            for above in rules
                .correlations()
                .iter()
                .zip(&mut all)
                .skip(number as usize + 1)
            {
                hand_on(one, number, out.get(start..).unwrap_or(&[]), above);
            }
        }
        out.sort();
        out
    }
}

/// The match of a rule, for each correlation that is about it.
///
/// `rule` is an index into [`RuleSet::rules`], `time_ms` the record's time, and `spot` says which record it was. A
/// record that lacks a field by which a correlation groups is none of its matches.
pub fn occurrences(
    rules: &RuleSet,
    rule: u32,
    time_ms: i64,
    record: &dyn Record,
    spot: Spot,
) -> Vec<Occurrence> {
    let mut out = Vec::new();
    for (number, one) in (0u32..).zip(rules.correlations()) {
        for (part, _) in (0u32..)
            .zip(&one.of)
            .filter(|(_, of)| **of == Part::Rule(rule))
        {
            // Values are the same whatever their case, as in all of Sigma.
            let value = |name: &str| {
                let name = one.field_of(name, part as usize);
                record.field(name).map(|v| shortened(&v.to_lowercase()))
            };
            let group: Option<Vec<String>> = one.group_by.iter().map(|name| value(name)).collect();
            let counted = one.counted.as_ref().map(|name| value(name));
            if let (Some(group), None | Some(Some(_))) = (group, &counted) {
                out.push(Occurrence {
                    correlation: number,
                    group,
                    time_ms,
                    part,
                    value: counted.flatten(),
                    spot,
                });
            }
        }
    }
    out
}

/// Gives the matches of a correlation to another one that is about it.
fn hand_on(
    one: &Correlation,
    number: u32,
    found: &[CorrelationMatch],
    (above, groups): (&Correlation, &mut BTreeMap<Vec<String>, Vec<Item>>),
) {
    for item in found {
        for (group, item) in handed_on(one, number, item, above) {
            groups.entry(group).or_default().push(item);
        }
    }
}

/// What the match of a correlation is to another one that is about it: its group there.
pub(crate) fn handed_on(
    one: &Correlation,
    number: u32,
    item: &CorrelationMatch,
    above: &Correlation,
) -> Vec<(Vec<String>, Item)> {
    let parts = (0u32..)
        .zip(&above.of)
        .filter(|(_, of)| **of == Part::Correlation(number));
    parts
        .filter_map(|(part, _)| {
            let value = |name: &String| {
                let name = above.field_of(name, part as usize);
                let at = one.group_by.iter().position(|known| known == name)?;
                item.group.get(at).cloned()
            };
            let group: Vec<String> = above.group_by.iter().map(value).collect::<Option<_>>()?;
            let counted = match &above.counted {
                None => None,
                Some(name) => Some(value(name)?),
            };
            let item = Item {
                first_ms: item.first_ms,
                last_ms: item.last_ms,
                record: None,
                part,
                value: counted,
                places: item.places.clone(),
            };
            Some((group, item))
        })
        .collect()
}

impl Correlation {
    /// The field that `name` means in one of the parts.
    pub(crate) fn field_of<'a>(&'a self, name: &'a str, part: usize) -> &'a str {
        self.aliases
            .iter()
            .find(|(alias, of, _)| alias == name && *of == part)
            .map_or(name, |(.., field)| field)
    }

    /// Whether its condition holds of a number; without one, all parts are needed.
    pub(crate) fn holds(&self, count: u64) -> bool {
        let parts = matches!(
            self.kind,
            CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
        );
        if parts && self.condition == Default::default() {
            return count == self.of.len() as u64;
        }
        self.condition.holds(count)
    }
}

fn shortened(value: &str) -> String {
    let mut end = value.len().min(LONGEST_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or("").to_owned()
}
