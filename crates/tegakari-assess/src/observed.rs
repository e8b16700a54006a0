//! What our own hunt saw of the case.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    Finding, HuntResult, LogCitation, Observable, ReportId, RuleLevel, TechniqueId,
};

use crate::claim::plain;

/// At most this many records of our own logs are cited for one fact.
const KEPT: usize = 5;

/// Sightings, by what they support.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observed {
    /// Number of indicators seen.
    pub(crate) indicators: usize,
    /// Machines on which something was seen.
    pub(crate) assets: BTreeSet<String>,
    /// Machines that talked to the attacker's infrastructure.
    pub(crate) contacts: BTreeSet<String>,
    reports: BTreeSet<ReportId>,
    by_label: BTreeMap<String, Vec<LogCitation>>,
    by_value: BTreeMap<Observable, Vec<LogCitation>>,
    /// Techniques of rules of behaviour that fired: how sure the gravest of them is, and records that it matched.
    techniques: BTreeMap<TechniqueId, (f64, Vec<LogCitation>)>,
}

/// Rules that are less grave are for context: their matches are no evidence of anything.
const LEAST_LEVEL: RuleLevel = RuleLevel::Medium;

/// How probable it is that a match of a rule is what the rule is for. Editorial: rules of medium level match
/// administrators most days, those of high level seldom, critical ones hardly ever (SigmaHQ's own words for the levels).
fn surely(level: RuleLevel) -> f64 {
    match level {
        RuleLevel::Informational | RuleLevel::Low => 0.0,
        RuleLevel::Medium => 0.3,
        RuleLevel::High => 0.6,
        RuleLevel::Critical => 0.9,
    }
}

impl Observed {
    /// Gathers the sightings of a hunt.
    pub(crate) fn of(hunt: Option<&HuntResult>) -> Self {
        let mut all = Self {
            techniques: techniques(hunt),
            ..Self::default()
        };
        for one in hunt.into_iter().flat_map(|hunt| &hunt.findings) {
            let Finding::Seen { sightings, .. } = &one.finding else {
                continue;
            };
            all.indicators += 1;
            let network = one.indicator.observable.kind().is_network();
            for sighting in sightings {
                let parties = sighting.on_behalf_of.iter().chain(&sighting.asset);
                all.assets.extend(parties.cloned());
                if network {
                    // A proxy that acted for others is not the machine to isolate.
                    let own = sighting
                        .asset
                        .iter()
                        .filter(|_| sighting.on_behalf_of.is_empty());
                    all.contacts
                        .extend(own.chain(&sighting.on_behalf_of).cloned());
                }
            }
            all.reports
                .extend(one.indicator.citations.iter().map(|c| c.report.clone()));
            let examples = || sightings.iter().flat_map(|s| &s.examples);
            let value = all
                .by_value
                .entry(one.indicator.observable.clone())
                .or_default();
            value.extend(examples().take(KEPT).cloned());
            for label in &one.indicator.labels {
                let cited = all.by_label.entry(plain(label)).or_default();
                let room = KEPT.saturating_sub(cited.len());
                cited.extend(examples().take(room).cloned());
            }
        }
        all
    }

    /// Techniques of rules that fired, with how sure that is and records that they matched.
    pub(crate) fn techniques(&self) -> impl Iterator<Item = (&TechniqueId, f64, &[LogCitation])> {
        self.techniques
            .iter()
            .map(|(id, (sure, cited))| (id, *sure, cited.as_slice()))
    }

    /// Whether an indicator of this report was seen.
    pub(crate) fn touches(&self, report: &ReportId) -> bool {
        self.reports.contains(report)
    }

    /// Records that hold an indicator which the report ties to one of these names.
    pub(crate) fn labelled(&self, names: &BTreeSet<String>) -> Vec<LogCitation> {
        let mut cited: Vec<LogCitation> = names
            .iter()
            .filter_map(|name| self.by_label.get(&plain(name)))
            .flatten()
            .cloned()
            .collect();
        cited.sort();
        cited.dedup();
        cited.truncate(KEPT);
        cited
    }

    /// Records that hold this value.
    pub(crate) fn value(&self, value: &Observable) -> Vec<LogCitation> {
        self.by_value.get(value).cloned().unwrap_or_default()
    }
}

fn techniques(hunt: Option<&HuntResult>) -> BTreeMap<TechniqueId, (f64, Vec<LogCitation>)> {
    let mut out: BTreeMap<TechniqueId, (f64, Vec<LogCitation>)> = BTreeMap::new();
    let Some(behaviours) = hunt.and_then(|hunt| hunt.behaviours.as_deref()) else {
        return out;
    };
    // The gravest rules come first, and so do their records.
    for (id, fired) in behaviours.techniques(LEAST_LEVEL) {
        let Some(id) = TechniqueId::parse(id) else {
            continue;
        };
        let (sure, cited) = out.entry(id).or_default();
        for one in fired {
            *sure = sure.max(surely(one.rule.level));
            let examples = one.assets.iter().flat_map(|on| &on.examples);
            let room = KEPT.saturating_sub(cited.len());
            cited.extend(examples.take(room).map(|example| example.place.clone()));
        }
    }
    out
}
