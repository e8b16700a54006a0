//! What each level of Unit 42's attribution framework (July 2025) asks of a cluster, and what there is of it.
//!
//! Activity cluster: two related events, and the relation shown. Temporary group: six months of activity, mapped in
//! the Diamond Model, one actor. Named actor: several sources with own telemetry among them, all four corners, high
//! confidence. What only a person can judge is said to be so.

use std::collections::BTreeMap;

use tegakari_model::{
    Check, Cluster, Disposition, Met, NameKind, Report, Requirement, Rung, TargetKind,
};

use crate::claim::plain;
use crate::origin::Origins;

/// Events of an activity cluster, and sources of a named actor.
const SEVERAL: usize = 2;
/// Days in half a year.
const HALF_A_YEAR: u32 = 182;
/// Shared traits that are named.
const NAMED: usize = 12;
const SECONDS_A_DAY: i64 = 86_400;

/// The checklist of all levels, lowest first. `seen` is how many indicators of the cluster's reports hunts saw; `None`
/// when nobody hunted.
pub fn ladder(cluster: &Cluster, reports: &[Report], seen: Option<usize>) -> Vec<Check> {
    let shared = shared(reports);
    let days = days(reports);
    let [capability, infrastructure, victim] = corners(reports);
    let mapped = [capability, infrastructure, victim];
    let covered = mapped.iter().filter(|corner| **corner).count();
    let adversary = cluster
        .links
        .iter()
        .any(|(_, relation)| !matches!(relation, tegakari_model::ClusterRelation::Differs))
        || reports
            .iter()
            .flat_map(|r| &r.names)
            .any(|name| name.kind == NameKind::IntrusionSet);
    let all = covered + usize::from(adversary);
    let origins = Origins::of(reports).count();
    let is = |met: bool| if met { Met::Met } else { Met::NotMet };
    let lines = [
        (
            Rung::ActivityCluster,
            is(cluster.reports.len() >= SEVERAL),
            Requirement::RelatedEvents {
                reports: cluster.reports.len(),
            },
        ),
        (
            Rung::ActivityCluster,
            match (reports.len() < SEVERAL, shared.is_empty()) {
                (true, _) => Met::CannotTell,
                (false, empty) => is(!empty),
            },
            Requirement::SharedTraits { shared },
        ),
        (
            Rung::TemporaryGroup,
            days.map_or(Met::CannotTell, |days| is(days >= HALF_A_YEAR)),
            Requirement::SixMonths { days },
        ),
        (
            Rung::TemporaryGroup,
            is(mapped == [true; 3]),
            Requirement::DiamondMapped { covered: all },
        ),
        (Rung::TemporaryGroup, Met::CannotTell, Requirement::OneActor),
        (
            Rung::NamedActor,
            is(origins >= SEVERAL),
            Requirement::SeveralSources { origins },
        ),
        (
            Rung::NamedActor,
            seen.map_or(Met::CannotTell, |seen| is(seen > 0)),
            Requirement::OwnTelemetry { seen },
        ),
        (
            Rung::NamedActor,
            is(all == 4),
            Requirement::AllCorners { covered: all },
        ),
        (
            Rung::NamedActor,
            Met::CannotTell,
            Requirement::HighConfidence,
        ),
    ];
    lines
        .into_iter()
        .map(|(rung, met, requirement)| Check {
            rung,
            requirement,
            met,
        })
        .collect()
}

/// What at least two reports have in common, what most have first; indicators and malware before techniques and
/// victims, which many share by chance.
fn shared(reports: &[Report]) -> Vec<String> {
    let mut by_trait: BTreeMap<(u8, String), (usize, String)> = BTreeMap::new();
    for report in reports {
        let mut own: BTreeMap<(u8, String), String> = BTreeMap::new();
        for mention in report
            .mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc)
        {
            let value = mention.observable.value();
            own.insert((0, value.to_owned()), mention.observable.defanged());
        }
        for name in &report.names {
            if matches!(name.kind, NameKind::Malware | NameKind::Tool) {
                let shown = name.known_as.as_ref().unwrap_or(&name.text);
                own.insert((1, plain(shown)), shown.clone());
            }
        }
        for technique in report.techniques.iter().filter(|t| !t.id.is_tactic()) {
            let id = technique.id.as_str();
            own.insert((2, id.to_owned()), format!("{id} {}", technique.name));
        }
        for target in report.targets.iter().filter(|t| t.attacked) {
            let shown = match &target.target {
                TargetKind::Country(country) => country.code(),
                TargetKind::Sector(sector) => sector.name(),
            };
            own.insert((3, shown.to_owned()), shown.to_owned());
        }
        for (key, shown) in own {
            by_trait.entry(key).or_insert((0, shown)).0 += 1;
        }
    }
    let mut all: Vec<((u8, String), (usize, String))> = by_trait
        .into_iter()
        .filter(|(_, (count, _))| *count >= SEVERAL)
        .collect();
    all.sort_by(|a, b| {
        a.0.0
            .cmp(&b.0.0)
            .then(b.1.0.cmp(&a.1.0))
            .then(a.0.cmp(&b.0))
    });
    all.into_iter()
        .take(NAMED)
        .map(|(_, (_, shown))| shown)
        .collect()
}

/// Days from the first to the last dated report.
fn days(reports: &[Report]) -> Option<u32> {
    let mut dates: Vec<i64> = reports
        .iter()
        .filter_map(|r| r.published.as_ref()?.start())
        .map(|time| time.as_microsecond() / 1_000_000)
        .collect();
    dates.sort_unstable();
    let (first, last) = (dates.first()?, dates.last()?);
    if dates.len() < SEVERAL {
        return None;
    }
    u32::try_from((last - first) / SECONDS_A_DAY).ok()
}

/// Whether reports tell of capability, infrastructure and victims.
fn corners(reports: &[Report]) -> [bool; 3] {
    let capability = reports.iter().any(|r| {
        !r.techniques.is_empty()
            || r.names
                .iter()
                .any(|n| matches!(n.kind, NameKind::Malware | NameKind::Tool))
    });
    let infrastructure = reports
        .iter()
        .flat_map(|r| &r.mentions)
        .any(|m| m.disposition == Disposition::Ioc && m.observable.kind().is_network());
    let victim = reports.iter().flat_map(|r| &r.targets).any(|t| t.attacked);
    [capability, infrastructure, victim]
}
