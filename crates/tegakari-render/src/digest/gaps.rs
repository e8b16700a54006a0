//! The holes in what could be seen, largest first.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{FindingKind, Gap, HuntResult, ObservableKind, Telemetry};

use super::negatives::negatives;

/// One hole and what it hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hole {
    /// Any one of these would close it; never empty.
    pub(crate) needs: Vec<Telemetry>,
    /// Where, sorted; empty when everywhere.
    pub(crate) assets: Vec<String>,
    /// Machine-hours it would add.
    pub(crate) hours: u64,
    /// Indicators about which nobody can tell because of it.
    pub(crate) undecided: usize,
    /// Indicators not seen that could have hidden in it.
    pub(crate) weakened: usize,
}

/// Kinds of observables that no log we read can show, with how many indicators there are.
pub(crate) fn beyond_logs(hunt: &HuntResult) -> Vec<(ObservableKind, usize)> {
    let mut kinds: BTreeMap<ObservableKind, usize> = BTreeMap::new();
    for group in negatives(hunt, FindingKind::CannotTell) {
        if Telemetry::that_would_show(group.kind).is_empty() {
            *kinds.entry(group.kind).or_default() += group.indicators.len();
        }
    }
    kinds.into_iter().collect()
}

/// All holes: those that leave the most indicators undecided first, then the widest.
pub(crate) fn holes(hunt: &HuntResult) -> Vec<Hole> {
    type Key = (Vec<Telemetry>, Vec<String>);
    let mut sum: BTreeMap<Key, (u64, usize, usize)> = BTreeMap::new();
    for answer in [FindingKind::CannotTell, FindingKind::NotSeen] {
        for group in negatives(hunt, answer) {
            let gaps: BTreeSet<&Gap> = group.gaps.iter().collect();
            for gap in gaps.into_iter().filter(|gap| !gap.needs.is_empty()) {
                let entry = sum
                    .entry((gap.needs.clone(), gap.assets.clone()))
                    .or_default();
                entry.0 = entry.0.max(gap.asset_hours);
                match answer {
                    FindingKind::CannotTell => entry.1 += group.indicators.len(),
                    _ => entry.2 += group.indicators.len(),
                }
            }
        }
    }
    let mut holes: Vec<Hole> = sum
        .into_iter()
        .map(|((needs, assets), (hours, undecided, weakened))| Hole {
            needs,
            assets,
            hours,
            undecided,
            weakened,
        })
        .collect();
    holes.sort_by(|a, b| {
        (b.undecided, b.hours, b.weakened, &a.needs, &a.assets).cmp(&(
            a.undecided,
            a.hours,
            a.weakened,
            &b.needs,
            &b.assets,
        ))
    });
    holes
}
