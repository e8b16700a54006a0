//! What is said first of rules that fired: by level, by machine, by day; and the largest gaps.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Behaviours, ObservedBehaviour, RuleLevel, Timestamp};

/// One level, the gravest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfLevel<'a> {
    pub(crate) level: RuleLevel,
    /// Rules that fired, and how often in all.
    pub(crate) rules: usize,
    pub(crate) matches: u64,
    /// Machines with the most matches, with their number.
    pub(crate) machines: Vec<(&'a str, u64)>,
    /// The day with the most, with their number.
    pub(crate) worst: Option<(&'a str, u64)>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

/// All levels of which a rule fired.
pub(crate) fn by_level(behaviours: &Behaviours) -> Vec<OfLevel<'_>> {
    RuleLevel::ALL
        .into_iter()
        .rev()
        .filter_map(|level| {
            let of: Vec<&ObservedBehaviour> = behaviours
                .observed
                .iter()
                .filter(|one| one.rule.level == level)
                .collect();
            if of.is_empty() {
                return None;
            }
            let mut machines: BTreeMap<&str, u64> = BTreeMap::new();
            for on in of.iter().flat_map(|one| &one.assets) {
                if let Some(asset) = &on.asset {
                    *machines.entry(asset).or_default() += on.count;
                }
            }
            let mut machines: Vec<(&str, u64)> = machines.into_iter().collect();
            machines.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
            let days = behaviours
                .days
                .iter()
                .filter_map(|day| Some((day.day.as_str(), *day.by_level.get(level.index())?)));
            let worst = days
                .filter(|(_, count)| *count > 0)
                .max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)));
            Some(OfLevel {
                level,
                rules: of.len(),
                matches: of.iter().map(|one| one.count).sum(),
                machines,
                worst,
                first: of.iter().filter_map(|one| one.first).min(),
                last: of.iter().filter_map(|one| one.last).max(),
            })
        })
        .collect()
}

/// Machines on which a rule fired, by name.
pub(crate) fn machines(behaviours: &Behaviours) -> Vec<&str> {
    let on = behaviours.observed.iter().flat_map(|one| &one.assets);
    let names: BTreeSet<&str> = on.filter_map(|on| on.asset.as_deref()).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::by_level;
    use tegakari_model::{
        BehaviourDay, BehaviourOnAsset, Behaviours, DetectionRule, LogSource, ObservedBehaviour,
        RuleLevel,
    };

    #[test]
    fn the_gravest_level_comes_first_with_its_worst_day() {
        let one = |level, asset: &str, count| ObservedBehaviour {
            rule: DetectionRule {
                id: "x".to_owned(),
                title: "t".to_owned(),
                level,
                author: String::new(),
                licence: String::new(),
                techniques: Vec::new(),
                log_source: LogSource::default(),
                false_positives: Vec::new(),
                file: "f".to_owned(),
                line: 1,
            },
            correlation: false,
            count,
            first: None,
            last: None,
            assets: vec![BehaviourOnAsset {
                asset: Some(asset.to_owned()),
                count,
                count_without_time: 0,
                first: None,
                last: None,
                examples: Vec::new(),
            }],
        };
        let day = |day: &str, high| BehaviourDay {
            day: day.to_owned(),
            by_level: [0, 0, 0, high, 0],
        };
        let behaviours = Behaviours {
            observed: vec![
                one(RuleLevel::High, "a", 2),
                one(RuleLevel::High, "b", 5),
                one(RuleLevel::Low, "a", 9),
            ],
            days: vec![day("2026-01-01", 3), day("2026-01-02", 4)],
            ..Behaviours::default()
        };
        let levels = by_level(&behaviours);
        assert_eq!(levels.len(), 2);
        assert_eq!((levels[0].rules, levels[0].matches), (2, 7));
        assert_eq!(levels[0].machines, [("b", 5), ("a", 2)]);
        assert_eq!(levels[0].worst, Some(("2026-01-02", 4)));
        assert_eq!(levels[1].worst, None);
    }
}
