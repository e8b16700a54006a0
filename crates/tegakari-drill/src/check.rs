//! From what a hunt found to what became of each trace.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    DetectionRate, DrillCheck, DrillPlan, DrillTrace, DrillValue, HuntResult, LogCitation,
    Observable, ObservableKind, Problem, Sighting, Telemetry, TraceOutcome, TraceState,
};

use crate::record::Record;

/// Records that are cited of a trace.
const CITED: usize = 3;

/// Something to hunt for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The value.
    pub observable: Observable,
    /// Of which kinds a record must be to count; any when empty.
    pub only_in: Vec<Telemetry>,
}

/// What to hunt for. Each value is looked for twice: in records of the kind that its trace exercises, and, under another
/// kind of value that is compared as text, in all records. The difference is what was seen elsewhere.
pub fn wanted(plan: &DrillPlan) -> Vec<Wanted> {
    let mut all = Vec::new();
    for trace in plan.hosts.iter().flat_map(|host| &host.traces) {
        for value in &trace.values {
            all.push(Wanted {
                observable: value.observable.clone(),
                only_in: trace.kind.counts_in(value.proves),
            });
            all.extend(anywhere(value).map(|observable| Wanted {
                observable,
                only_in: Vec::new(),
            }));
        }
    }
    all
}

/// The same text as a value that is looked for in every record.
fn anywhere(value: &DrillValue) -> Option<Observable> {
    Observable::new(ObservableKind::Mutex, value.observable.value()).ok()
}

/// What was searched.
#[derive(Debug, Clone, Default)]
pub struct Searched {
    /// The paths as given.
    pub paths: Vec<String>,
    /// Problems met before the hunt.
    pub problems: Vec<Problem>,
}

/// What became of every trace of the plan. `hunt` is a hunt for [`wanted`].
pub fn conclude(
    plan: &DrillPlan,
    record: &Record,
    hunt: &HuntResult,
    searched: Searched,
) -> DrillCheck {
    let found: BTreeMap<(ObservableKind, &str), &[Sighting]> = hunt
        .findings
        .iter()
        .map(|one| {
            let value = &one.indicator.observable;
            ((value.kind(), value.value()), one.finding.sightings())
        })
        .collect();
    let mut outcomes = Vec::new();
    for host in &plan.hosts {
        for trace in &host.traces {
            outcomes.push(outcome(&host.name, trace, record, &found));
        }
    }
    let mut problems = searched.problems;
    problems.extend(hunt.problems.iter().cloned());
    problems.sort();
    problems.dedup();
    DrillCheck {
        plan: plan.id.clone(),
        made: plan.made,
        paths: searched.paths,
        files: hunt.coverage.inputs.len() as u64,
        records: hunt.coverage.inputs.iter().map(|input| input.records).sum(),
        rates: rates(&outcomes),
        outcomes,
        problems,
    }
}

fn outcome(
    host: &str,
    trace: &DrillTrace,
    record: &Record,
    found: &BTreeMap<(ObservableKind, &str), &[Sighting]>,
) -> TraceOutcome {
    let of = |observable: &Observable| -> &[Sighting] {
        let key = (observable.kind(), observable.value());
        found.get(&key).copied().unwrap_or_default()
    };
    let mut sources: BTreeMap<String, u64> = BTreeMap::new();
    let mut all_sources: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen_as = BTreeSet::new();
    let mut assets = BTreeSet::new();
    let mut first = None;
    let mut examples: Vec<LogCitation> = Vec::new();
    for value in &trace.values {
        let sightings = of(&value.observable);
        most(&mut sources, sightings);
        if let Some(observable) = anywhere(value) {
            most(&mut all_sources, of(&observable));
        }
        if !sightings.is_empty() {
            seen_as.insert(value.proves);
        }
        for sighting in sightings {
            assets.extend(sighting.asset.clone());
            first = match (first, sighting.first) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
            examples.extend(sighting.examples.iter().cloned());
        }
    }
    examples.sort_by(|a, b| {
        (a.time.is_none(), a.time, &a.file, a.line).cmp(&(
            b.time.is_none(),
            b.time,
            &b.file,
            b.line,
        ))
    });
    examples.dedup_by(|a, b| a.file == b.file && a.line == b.line && a.record == b.record);
    examples.truncate(CITED);
    let elsewhere: Vec<(String, u64)> = all_sources
        .into_iter()
        .filter_map(|(source, count)| {
            let more = count.saturating_sub(sources.get(&source).copied().unwrap_or(0));
            (more > 0).then_some((source, more))
        })
        .collect();
    let deed = record.deeds.get(&(host.to_owned(), trace.kind));
    let planted = deed.and_then(|deed| deed.planted);
    let state = match (seen_as.is_empty(), planted.is_some()) {
        (false, _) => TraceState::Seen,
        (true, true) if !elsewhere.is_empty() => TraceState::Elsewhere,
        (true, true) => TraceState::Missed,
        // What logs hold of it elsewhere proves no whole trace: a failed request leaves a look-up of its name.
        (true, false) => TraceState::NotRun,
    };
    let delay = |(first, planted): (tegakari_model::Timestamp, tegakari_model::Timestamp)| {
        first.as_second() - planted.as_second()
    };
    TraceOutcome {
        host: host.to_owned(),
        kind: trace.kind,
        state,
        platform: deed.map(|deed| deed.platform),
        planted,
        why_not_run: deed.and_then(|deed| deed.why_not.clone()),
        first,
        delay_seconds: first.zip(planted).map(delay),
        seen_as: seen_as.into_iter().collect(),
        sources: sources.into_iter().collect(),
        elsewhere,
        assets: assets.into_iter().collect(),
        examples,
    }
}

/// Adds the records of one value. A record can hold several values of one trace, so the most of one value counts.
fn most(sources: &mut BTreeMap<String, u64>, sightings: &[Sighting]) {
    let mut of_value: BTreeMap<&str, u64> = BTreeMap::new();
    for (source, count) in sightings.iter().flat_map(|s| &s.by_source) {
        *of_value.entry(source).or_default() += count;
    }
    for (source, count) in of_value {
        let known = sources.entry(source.to_owned()).or_default();
        *known = (*known).max(count);
    }
}

/// Of all machines together, then of each.
fn rates(outcomes: &[TraceOutcome]) -> Vec<DetectionRate> {
    let mut counts: BTreeMap<(Option<&str>, Telemetry), (u64, u64)> = BTreeMap::new();
    for one in outcomes {
        if one.state == TraceState::NotRun {
            continue;
        }
        for proves in one.kind.proves() {
            for asset in [None, Some(&one.host[..])] {
                let count = counts.entry((asset, *proves)).or_default();
                count.0 += 1;
                count.1 += u64::from(one.seen_as.contains(proves));
            }
        }
    }
    listed(counts)
}

fn listed(counts: BTreeMap<(Option<&str>, Telemetry), (u64, u64)>) -> Vec<DetectionRate> {
    counts
        .into_iter()
        .map(|((asset, telemetry), (planted, seen))| {
            DetectionRate::new(telemetry, asset.map(str::to_owned), planted, seen)
        })
        .collect()
}

/// The rates of several checks together, each of another plan: counts are added, and probabilities made anew from them.
pub fn pooled<'a>(checks: impl IntoIterator<Item = &'a DrillCheck>) -> Vec<DetectionRate> {
    let mut counts: BTreeMap<(Option<&str>, Telemetry), (u64, u64)> = BTreeMap::new();
    for rate in checks.into_iter().flat_map(|check| &check.rates) {
        let count = counts
            .entry((rate.asset.as_deref(), rate.telemetry))
            .or_default();
        count.0 = count.0.saturating_add(rate.planted);
        count.1 = count.1.saturating_add(rate.seen);
    }
    listed(counts)
}
