//! Turns the sum of all outcomes into the result of the hunt.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use tegakari_model::{
    Asset, Coverage, Finding, Hour, HuntId, HuntResult, IndicatorFinding, LogCitation, Problem,
    Relation, ReportId, ReportedTechnique, Sighting, Timestamp,
};

use crate::assets::Machines;
use crate::behaviour::conclude::behaviours;
use crate::behaviour::looks::looks;
use crate::on_behalf::{Asked as AskedOfProxies, host_print};
use crate::outcome::{HourSeen, Outcome, Party, Seen, Tally, example_order};
use crate::proxies::Proxies;
use crate::strength::Model;
use crate::visibility::{Judge, Place};
use crate::{
    Assumptions, IndicatorSet, InventoryAsset, Kinds, Plan, missing, outages, skew, sources,
    window, zones,
};

/// What was asked, beside the plan.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Reports whose indicators were looked for.
    pub reports: Vec<ReportId>,
    /// Techniques of these reports, each once: what the strength of a negative makes of the rules that were asked for them.
    pub techniques: Vec<ReportedTechnique>,
    /// The paths searched, as given.
    pub paths: Vec<String>,
    /// What the strength of a negative assumes.
    pub assumptions: Assumptions,
    /// The newest moment a record can be of: when the newest of the files was written. Dates logs whose records have
    /// no year, when neither the window nor other logs tell the year; and what claims to be much later is not believed.
    pub not_after: Option<Timestamp>,
}

/// Resolves addresses to machines, measures visibility and judges every indicator of the plan.
pub fn conclude(
    mut outcome: Outcome,
    plan: &Plan,
    inventory: &[InventoryAsset],
    asked: Asked,
) -> HuntResult {
    window::date_yearless(&mut outcome, asked.not_after);
    let Outcome {
        tally,
        mut inputs,
        mut problems,
        partial,
        ..
    } = outcome;
    let asked_window = plan.window();
    let mut about_times = Vec::new();
    let hours = window::believable(&tally.hours, asked.not_after, &mut about_times);
    if asked_window.from.is_none() || asked_window.until.is_none() {
        problems.append(&mut about_times);
    }
    let mut coverage = Coverage {
        window: window::closed(asked_window, hours),
        ..Coverage::default()
    };
    let hours = coverage.window_hours();

    let mut machines = Machines::of(&tally, inventory);
    let mut sources = sources::of(&tally, &machines, hours, &asked.assumptions);
    problems.extend(zones::settle(
        &tally.unzoned,
        &inputs,
        asked.not_after,
        &mut sources,
    ));
    if let Some(written) = asked.not_after {
        sources::unfinished(&mut sources, Hour::of(written).0);
    }
    problems.extend(skew::settle(&tally.moments, &mut sources));
    let mut seen_machines: BTreeSet<String> =
        sources.keys().map(|(asset, _)| asset.clone()).collect();
    problems.extend(machines.told());
    problems.extend(machines.keep(&seen_machines, plan.limits().assets));
    sources.retain(|(asset, _), _| machines.is_kept(asset));
    seen_machines.retain(|name| machines.is_kept(name));

    let mut sightings = sightings(&tally, &machines, plan.examples());
    seen_machines.extend(machines_of(&tally, &machines));
    for of_one in sightings.values() {
        seen_machines.extend(of_one.iter().filter_map(|s| s.asset.clone()));
    }
    let sensors = sources::sensors(&sources);
    coverage.assets = machines.list(&seen_machines, &sensors);
    let proxies = Proxies::of_all(&tally, &machines, &coverage.assets, &sources);
    problems.extend(proxies.told());
    problems.extend(unknown_machines(&asked.assumptions, &coverage.assets));
    problems.extend(missing::told(&tally, &machines, &asked.assumptions));
    problems.extend(outages::told(&sources));
    let mut lossy: BTreeMap<&str, usize> = BTreeMap::new();
    for (family, _) in &tally.lossy {
        *lossy.entry(family).or_default() += 1;
    }
    problems.extend(lossy.into_iter().map(|(family, hours)| {
        let place = match family {
            "zeek" => "zeek capture_loss",
            "suricata" => "suricata stats",
            other => other,
        };
        Problem::new(
            place,
            format!(
                "in {hours} h the sensor lost traffic: these hours of it do not count as visible"
            ),
            "give the sensor more capacity, or less traffic",
        )
    }));
    let mut findings = findings(
        plan,
        &coverage,
        &sources,
        &proxies,
        hours,
        &mut sightings,
        &mut problems,
    );
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let looks = looks(
        asked.techniques,
        &tally.deeds,
        plan.rules(),
        &machines,
        &sources,
        |machine| !proxies.of(machine).is_empty(),
    );
    let strength = Model::new(
        &sources,
        subjects(&coverage),
        &proxies,
        hours,
        findings.iter().map(|one| &one.indicator.observable),
        &looks,
        &asked.assumptions,
    )
    .map(|model| Box::new(model.strength()));
    let behaviours = plan.rules().map(|rules| {
        let said = behaviours(&tally.deeds, rules, &machines, plan.examples());
        Box::new(said)
    });
    coverage.sources = sources::list(sources);
    coverage.set_indicators = plan
        .set()
        .map_or(0, |set| set.kinds().iter().map(|(_, count)| count).sum());
    inputs.sort_by(|a, b| (&a.file, &a.format, a.bytes).cmp(&(&b.file, &b.format, b.bytes)));
    coverage.inputs = inputs;
    if tally.requests.is_sample() {
        problems.push(tegakari_model::Problem::new(
            "proxy logs",
            "too many requests to remember whom a proxy acted for: only a sample was kept",
            "hunt in a shorter time (--since, --until) for complete attribution of proxy traffic",
        ));
    }
    problems.sort();
    problems.dedup();
    let mut reports = asked.reports;
    reports.sort();
    reports.dedup();
    let mut result = HuntResult {
        id: HuntId::derive(&[]),
        reports,
        paths: asked.paths,
        asked: asked_window,
        findings,
        coverage,
        problems,
        partial: partial || plan.set().is_some_and(|set| set.failure().is_some()),
        strength,
        behaviours,
    };
    result.id = id(plan, &result);
    result
}

/// Machines on which rules of behaviour fired.
fn machines_of(tally: &Tally, machines: &Machines) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for ((_, party), fired) in &tally.deeds.fired {
        let Some(party) = party else { continue };
        let hours = fired.hours.keys().map(|hour| Some(*hour));
        let undated = (fired.without_time > 0).then_some(None);
        names.extend(
            hours
                .chain(undated)
                .filter_map(|hour| machines.asset(party, hour)),
        );
    }
    names
}

/// What is to be said of machines that the assumptions name and nobody knows.
fn unknown_machines(assumed: &Assumptions, assets: &[Asset]) -> Option<Problem> {
    let known = |name: &str| {
        assets
            .iter()
            .any(|asset| asset.name == name || asset.other_names.iter().any(|other| other == name))
    };
    let unknown: BTreeSet<&str> = assumed
        .named
        .iter()
        .map(String::as_str)
        .filter(|name| !known(name))
        .collect();
    let first: Vec<&str> = unknown.iter().copied().take(3).collect();
    let more = match unknown.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!unknown.is_empty()).then(|| {
        Problem::new(
            "assumptions",
            format!(
                "no machine is called {}{more}: what was measured there counts for nothing",
                first.join(", ")
            ),
            "write the names as the results do (the host name in lower case, without the domain), or take the lines out",
        )
    })
}

/// The machines that must be visible, sorted.
fn subjects(coverage: &Coverage) -> Vec<&str> {
    let machines = coverage.assets.iter().filter(|asset| !asset.sensor);
    machines.map(|asset| asset.name.as_str()).collect()
}

/// Derived from what was asked and what came out, so that equal hunts have equal ids.
fn id(plan: &Plan, result: &HuntResult) -> HuntId {
    let mut wanted: Vec<&str> = plan.indicators().iter().map(|i| i.id.as_str()).collect();
    wanted.sort_unstable();
    let mark = plan.set().map(|set| format!("{:016x}", set.mark()));
    wanted.extend(mark.as_deref());
    let seen: Vec<&IndicatorFinding> = result
        .findings
        .iter()
        .filter(|f| !f.finding.sightings().is_empty())
        .collect();
    let came_out = serde_json::to_vec(&(
        &result.asked,
        &result.paths,
        &seen,
        &result.coverage,
        &result.problems,
        result.partial,
        &result.strength,
    ))
    .unwrap_or_default();
    let wanted = wanted.concat();
    let Some(behaviours) = &result.behaviours else {
        return HuntId::derive(&[wanted.as_bytes(), &came_out]);
    };
    let behaviours = serde_json::to_vec(behaviours).unwrap_or_default();
    HuntId::derive(&[wanted.as_bytes(), &came_out, &behaviours])
}

/// Seen first, then cannot tell, then not seen; then by kind and value.
fn order(one: &IndicatorFinding) -> impl Ord + use<'_> {
    let rank = match &one.finding {
        Finding::Seen { .. } => 0,
        Finding::CannotTell { .. } => 1,
        Finding::NotSeen { .. } => 2,
    };
    let observable = &one.indicator.observable;
    (rank, observable.kind(), observable.value())
}

fn findings(
    plan: &Plan,
    coverage: &Coverage,
    sources: &sources::Sources,
    proxies: &Proxies,
    hours: Option<(Hour, Hour)>,
    sightings: &mut BTreeMap<u32, Vec<Sighting>>,
    problems: &mut Vec<Problem>,
) -> Vec<IndicatorFinding> {
    let mut judge = Judge::new(sources, subjects(coverage), proxies, hours);
    let is_own = |ip: IpAddr| plan.is_own(ip);
    let unsearched = judge.none();
    let mut findings: Vec<IndicatorFinding> = plan
        .indicators()
        .iter()
        .zip(0_u32..)
        .map(|(indicator, number)| {
            let finding = match sightings.remove(&number) {
                Some(sightings) => Finding::Seen {
                    sightings,
                    visibility: judge.of(&indicator.observable, is_own).0,
                },
                None if plan.refuses(number) => Finding::CannotTell {
                    visibility: Arc::clone(&unsearched.0),
                    gaps: Arc::clone(&unsearched.1),
                },
                None => {
                    let (visibility, gaps) = judge.of(&indicator.observable, is_own);
                    Finding::negative(visibility, gaps)
                }
            };
            IndicatorFinding {
                indicator: indicator.clone(),
                finding,
            }
        })
        .collect();
    if let Some(set) = plan.set() {
        let seen = findings.len();
        for (number, sightings) in std::mem::take(sightings) {
            let Some(indicator) = plan.indicator(number).map(Cow::into_owned) else {
                continue;
            };
            // Once in the list and once in the set is one indicator.
            if findings
                .iter()
                .take(seen)
                .any(|f| f.indicator.observable == indicator.observable)
            {
                continue;
            }
            let visibility = judge.of(&indicator.observable, is_own).0;
            findings.push(IndicatorFinding {
                indicator,
                finding: Finding::Seen {
                    sightings,
                    visibility,
                },
            });
        }
        problems.push(unlisted(set, findings.len() - seen, &mut judge));
        problems.extend(set.failure().map(|why| {
            Problem::new(
                set.name(),
                format!("{why}: indicators of it may have been missed"),
                "make it again with `tegakari indicators build`, and hunt again",
            )
        }));
    }
    findings
}

/// What is to be said of the indicators of a set that were not seen: too many for a finding each.
fn unlisted(set: &IndicatorSet, seen: usize, judge: &mut Judge<'_>) -> Problem {
    let mut kinds = Vec::new();
    for &(kind, count) in set.kinds() {
        let visible = judge.of_kind(kind, Place::Anywhere).0.share() * 100.0;
        kinds.push(format!("{count} {} ({visible:.0} %)", kind.name()));
    }
    Problem::new(
        set.name(),
        format!(
            "{seen} of its indicators were seen; the others have no finding each. Looked for, with the share of asset-hours in which they could have been seen: {}",
            kinds.join(", ")
        ),
        "give those that matter most as a list (--indicators) for a finding each",
    )
}

/// What is added up for one indicator on one machine.
#[derive(Default)]
struct Sum {
    count: u64,
    without_time: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    by_source: BTreeMap<String, u64>,
    relation: Option<Relation>,
    carries: Kinds,
    moments: BTreeSet<i64>,
    examples: Vec<LogCitation>,
}

/// Sightings by indicator, each sorted by machine (none last).
fn sightings(tally: &Tally, machines: &Machines, examples: usize) -> BTreeMap<u32, Vec<Sighting>> {
    let mut sums: BTreeMap<(u32, Option<String>), Sum> = BTreeMap::new();
    for ((indicator, party), seen) in &tally.seen {
        add(&mut sums, *indicator, party.as_ref(), seen, machines);
    }
    let proxies: BTreeSet<String> = tally
        .proxies
        .iter()
        .filter_map(|party| machines.asset(party, None))
        .collect();
    let acted: BTreeSet<u32> = sums
        .keys()
        .filter(|(_, asset)| asset.as_ref().is_some_and(|asset| proxies.contains(asset)))
        .map(|(indicator, _)| *indicator)
        .collect();
    let hosts: BTreeSet<u64> = acted
        .iter()
        .filter_map(|indicator| tally.names.get(indicator))
        .flat_map(|names| names.iter().map(|name| host_print(name.as_bytes())))
        .collect();
    let asked = AskedOfProxies::new(&tally.requests, &hosts, |party, second| {
        machines.asset(party, Some(second.div_euclid(3600)))
    });
    let nobody = BTreeSet::new();
    let mut out: BTreeMap<u32, Vec<Sighting>> = BTreeMap::new();
    for ((indicator, asset), mut sum) in sums {
        sum.examples.sort_by_cached_key(example_order);
        sum.examples.truncate(examples);
        let mut on_behalf_of = BTreeSet::new();
        if let Some(asset) = asset.as_ref().filter(|asset| proxies.contains(*asset)) {
            let hosts = tally.names.get(&indicator).unwrap_or(&nobody);
            on_behalf_of = asked.near(hosts.iter(), &sum.moments);
            on_behalf_of.remove(asset);
        }
        out.entry(indicator).or_default().push(Sighting {
            asset,
            count: sum.count,
            count_without_time: sum.without_time,
            first: sum.first,
            last: sum.last,
            by_source: sum.by_source.into_iter().collect(),
            relation: sum.relation.unwrap_or(Relation::Embedded),
            telemetry: sum.carries.list(),
            on_behalf_of: on_behalf_of.into_iter().collect(),
            examples: sum.examples,
        });
    }
    for of_one in out.values_mut() {
        of_one.sort_by(|a, b| (a.asset.is_none(), &a.asset).cmp(&(b.asset.is_none(), &b.asset)));
    }
    out
}

/// Adds what one party showed, hour by hour, because an address may change hands.
fn add(
    sums: &mut BTreeMap<(u32, Option<String>), Sum>,
    indicator: u32,
    party: Option<&Party>,
    seen: &Seen,
    machines: &Machines,
) {
    let asset = |hour: Option<i64>| party.and_then(|party| machines.asset(party, hour));
    let mut touched = BTreeSet::new();
    for (&hour, at) in &seen.hours {
        let parts = match party {
            Some(party) if machines.changes_hands(party, hour) => {
                by_holder(party, hour, at, seen, machines)
            }
            _ => vec![(asset(Some(hour)), at.clone())],
        };
        for (asset, at) in parts {
            let key = (indicator, asset);
            let sum = sums.entry(key.clone()).or_default();
            touched.insert(key);
            sum.first = Some(sum.first.map_or(at.first, |first| first.min(at.first)));
            sum.last = Some(sum.last.map_or(at.last, |last| last.max(at.last)));
            for (source, count) in at.by_source {
                sum.count += count;
                *sum.by_source.entry(source).or_default() += count;
            }
        }
    }
    for (source, count) in &seen.without_time {
        let key = (indicator, asset(None));
        let sum = sums.entry(key.clone()).or_default();
        touched.insert(key);
        sum.count += count;
        sum.without_time += count;
        *sum.by_source.entry(source.clone()).or_default() += count;
    }
    for key in touched {
        if let Some(sum) = sums.get_mut(&key) {
            sum.relation = Some(sum.relation.map_or(seen.relation, |r| r.min(seen.relation)));
            sum.carries = sum.carries.and(seen.carries);
            sum.moments.extend(&seen.moments);
        }
    }
    for example in &seen.examples {
        let of = match (party, example.time) {
            (Some(party), Some(time)) => machines.at(party, time.as_second()),
            _ => asset(None),
        };
        if let Some(sum) = sums.get_mut(&(indicator, of)) {
            sum.examples.push(example.clone());
        }
    }
}

/// What was seen in an hour in which an address changed hands, by who had it at that second. Where more was seen than
/// seconds are remembered of, records are shared out as the seconds are.
fn by_holder(
    party: &Party,
    hour: i64,
    at: &HourSeen,
    seen: &Seen,
    machines: &Machines,
) -> Vec<(Option<String>, HourSeen)> {
    let (from, until) = (
        hour.saturating_mul(3600),
        hour.saturating_add(1).saturating_mul(3600),
    );
    let mut seconds: BTreeMap<Option<String>, (i64, i64, u64)> = BTreeMap::new();
    let ends = [at.first.as_second(), at.last.as_second()];
    let moments: BTreeSet<i64> = seen
        .moments
        .range(from..until)
        .copied()
        .chain(ends)
        .collect();
    for second in moments {
        let of = seconds
            .entry(machines.at(party, second))
            .or_insert((second, second, 0));
        of.1 = second;
        of.2 += 1;
    }
    let all: u64 = seconds.values().map(|(_, _, count)| count).sum();
    let (mut parts, mut before) = (Vec::new(), 0);
    for (asset, (first, last, count)) in seconds {
        let share = |of: u64, part: u64| of.saturating_mul(part) / all.max(1);
        let by_source = at
            .by_source
            .iter()
            .map(|(source, records)| {
                let records = share(*records, before + count) - share(*records, before);
                (source.clone(), records)
            })
            .filter(|(_, records)| *records > 0)
            .collect();
        before += count;
        let time = |second: i64, near: Timestamp| {
            let known = near.as_second() == second;
            Timestamp::from_second(second)
                .ok()
                .filter(|_| !known)
                .unwrap_or(near)
        };
        let part = HourSeen {
            first: time(first, at.first),
            last: time(last, at.last),
            by_source,
        };
        parts.push((asset, part));
    }
    parts
}
