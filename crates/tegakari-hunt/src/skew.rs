//! Clocks that differ: names that stand once in each of two sources, always as far apart.
//!
//! A name that is looked up or asked for only once shows at the same moment in every source that sees it. Where many of
//! them stand minutes or hours apart, and all as far, one of the clocks, or its zone, is wrong. Which one, other sources
//! tell; where none does, neither counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tegakari_model::Problem;

use crate::on_behalf::host_print;
use crate::sources::Sources;

/// Names of a source and when they were first met: those with the smallest digests, so that all sources keep the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moments(BTreeMap<u64, (u32, i64)>);

/// Names kept of a source.
const MOST: usize = 1024;
/// Sources that are compared with each other.
const MOST_SOURCES: usize = 200;
/// Fewer names in common than this tell nothing.
const FEWEST: usize = 12;
/// Of a hundred names so many must stand as far apart.
const SHARE: usize = 70;
/// Within as many seconds of each other.
const NEAR: i64 = 60;
/// Clocks that differ by less are no matter, where hours are counted.
const LEAST: i64 = 300;
/// Pairs that are told of.
const MOST_TOLD: usize = 20;

impl Moments {
    /// Notes a name at a second.
    pub(crate) fn add(&mut self, name: &[u8], second: i64) {
        let print = host_print(name);
        if self.0.len() >= MOST
            && self
                .0
                .last_key_value()
                .is_some_and(|(last, _)| *last < print)
        {
            return;
        }
        self.put(print, 1, second);
    }

    fn put(&mut self, print: u64, count: u32, second: i64) {
        let known = self.0.entry(print).or_insert((0, second));
        known.0 = known.0.saturating_add(count);
        known.1 = known.1.min(second);
        if self.0.len() > MOST {
            self.0.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (print, (count, second)) in other.0 {
            self.put(print, count, second);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// By how many seconds most names stand later in `there` than in `here`, of how many names, and how many do; `None` where
/// too few stand in both, or they do not agree.
fn apart(here: &Moments, there: &Moments) -> Option<(i64, usize, usize)> {
    let once = |of: &Moments, print: &u64| {
        let (count, second) = of.0.get(print)?;
        (*count == 1).then_some(*second)
    };
    let mut all: Vec<i64> = here
        .0
        .keys()
        .filter_map(|print| Some(once(there, print)?.saturating_sub(once(here, print)?)))
        .collect();
    if all.len() < FEWEST {
        return None;
    }
    all.sort_unstable();
    let mut best = (0, 0);
    let mut from = 0;
    for (until, last) in all.iter().enumerate() {
        while last.saturating_sub(all[from]) > NEAR {
            from += 1;
        }
        if until + 1 - from > best.1 {
            best = (from, until + 1 - from);
        }
    }
    let (from, count) = best;
    let middle = all.get(from + count / 2)?;
    (count * 100 >= all.len() * SHARE).then_some((*middle, all.len(), count))
}

/// Takes the hours of sources whose clock differs from that of others out of what is visible, and says so.
pub(crate) fn settle(moments: &BTreeMap<String, Moments>, sources: &mut Sources) -> Vec<Problem> {
    let all: Vec<(&String, &Moments)> = moments.iter().take(MOST_SOURCES).collect();
    let mut agree: BTreeSet<&str> = BTreeSet::new();
    let mut differ = Vec::new();
    for (at, (here, ours)) in all.iter().enumerate() {
        for (there, theirs) in all.iter().skip(at + 1) {
            match apart(ours, theirs) {
                Some((seconds, ..)) if seconds.abs() < LEAST => {
                    agree.insert(here);
                    agree.insert(there);
                }
                Some(found) => differ.push((here.as_str(), there.as_str(), found)),
                None => {}
            }
        }
    }
    let mut dark: BTreeSet<&str> = BTreeSet::new();
    let mut problems = Vec::new();
    for (here, there, (seconds, names, as_far)) in differ {
        // Who agrees with a third one is right, unless both do.
        let ours_only = agree.contains(there) && !agree.contains(here);
        let theirs_only = agree.contains(here) && !agree.contains(there);
        let size = seconds.unsigned_abs();
        let clock = format!("{}:{:02}:{:02}", size / 3600, size % 3600 / 60, size % 60);
        let (late, early) = if seconds > 0 {
            (there, here)
        } else {
            (here, there)
        };
        let held = if ours_only {
            here.to_owned()
        } else if theirs_only {
            there.to_owned()
        } else {
            format!("{here}, {there}")
        };
        if !theirs_only {
            dark.insert(here);
        }
        if !ours_only {
            dark.insert(there);
        }
        problems.push(Problem::new(
            format!("source {late}"),
            format!(
                "{as_far} of {names} names that stand once in it and once in {early} stand {clock} later in it: a clock or a zone is wrong; hours of {held} do not count as visible"
            ),
            "compare the clocks of the machines that wrote both; if a zone is the reason, say it with --zone SOURCE=ZONE, or export the times with their zone",
        ));
    }
    problems.truncate(MOST_TOLD);
    for ((_, source), sum) in sources.iter_mut() {
        if dark.contains(source.as_str()) {
            let hours = std::mem::take(&mut sum.hours);
            sum.partial.extend(hours.into_keys());
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{Moments, apart};

    fn moments(of: impl Iterator<Item = (u32, i64)>) -> Moments {
        let mut moments = Moments::default();
        for (name, second) in of {
            moments.add(format!("Host-{name}.example.").as_bytes(), second);
        }
        moments
    }

    #[test]
    fn names_that_stand_once_in_each_tell_how_far_clocks_are_apart() {
        let here = moments((0..100).map(|n| (n, i64::from(n) * 97)));
        let late = |by: i64| {
            moments((0..100).map(move |n| (n, i64::from(n) * 97 + by + i64::from(n % 5))))
        };
        assert_eq!(apart(&here, &late(0)).map(|one| one.0 < 10), Some(true));
        let (seconds, names, as_far) = apart(&here, &late(3600)).unwrap();
        assert!((3600..3610).contains(&seconds), "{seconds}");
        assert_eq!((names, as_far), (100, 100));
        let (seconds, ..) = apart(&here, &late(-7200)).unwrap();
        assert!((-7200..-7190).contains(&seconds), "{seconds}");
        // What is asked for again and again, too few, and what is apart by chance tell nothing.
        let mut again = late(3600);
        again.merge(late(9000));
        assert!(apart(&here, &again).is_none());
        assert!(apart(&here, &moments((0..11).map(|n| (n, 9000)))).is_none());
        let scattered = moments((0..100).map(|n| (n, i64::from(n * 7919 % 100) * 977)));
        assert!(apart(&here, &scattered).is_none());
    }

    #[test]
    fn the_same_names_are_kept_in_any_order() {
        let all = || (0..5000_u32).map(|n| (n, i64::from(n)));
        let whole = moments(all());
        let mut parts = moments(all().filter(|one| one.0 % 3 == 0));
        parts.merge(moments(all().filter(|one| one.0 % 3 == 1)));
        let mut last = moments(all().filter(|one| one.0 % 3 == 2));
        last.merge(parts);
        assert!(whole == last && !whole.is_empty());
    }
}
