//! Misses, put together by what closes them.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{DrillCheck, DrillGap, DrillPlatform, TraceKind, TraceState};

#[derive(Default)]
struct Sum<'a> {
    hosts: Vec<String>,
    planted: u64,
    elsewhere: BTreeSet<&'a str>,
}

/// One gap for each kind of trace and platform with a miss; those missed on most machines first.
pub fn gaps(check: &DrillCheck) -> Vec<DrillGap> {
    let mut sums: BTreeMap<(TraceKind, DrillPlatform), Sum<'_>> = BTreeMap::new();
    for one in &check.outcomes {
        // Where it was planted is known of every trace that counts as missed.
        let (Some(platform), true) = (one.platform, one.state != TraceState::NotRun) else {
            continue;
        };
        let sum = sums.entry((one.kind, platform)).or_default();
        sum.planted += 1;
        if matches!(one.state, TraceState::Missed | TraceState::Elsewhere) {
            sum.hosts.push(one.host.clone());
            sum.elsewhere
                .extend(one.elsewhere.iter().map(|(source, _)| &source[..]));
        }
    }
    let mut gaps: Vec<DrillGap> = sums
        .into_iter()
        .filter(|(_, sum)| !sum.hosts.is_empty())
        .map(|((kind, platform), sum)| DrillGap {
            kind,
            platform,
            hosts: sum.hosts,
            planted: sum.planted,
            elsewhere: sum.elsewhere.into_iter().map(str::to_owned).collect(),
        })
        .collect();
    gaps.sort_by(|a, b| b.hosts.len().cmp(&a.hosts.len()).then_with(|| a.cmp(b)));
    gaps
}
