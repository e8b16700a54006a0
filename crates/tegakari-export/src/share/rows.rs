//! One indicator as all that is known of it: what rows of tables and lines of JSON are made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tegakari_model::{
    Finding, FindingKind, IndicatorId, IndicatorRole, Observable, ReportId, Timestamp, Tlp,
};
use tegakari_stix::write::CaseSpec;

/// An indicator with its reports and what our logs say.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// The value.
    #[serde(flatten)]
    pub(crate) observable: Observable,
    pub(crate) id: IndicatorId,
    pub(crate) role: IndicatorRole,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) first_seen: Option<Timestamp>,
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) reports: BTreeSet<ReportId>,
    pub(crate) tlp: Option<Tlp>,
    /// `None` when it was not looked for.
    pub(crate) finding: Option<FindingKind>,
    /// Records that hold it.
    pub(crate) records: u64,
    pub(crate) seen_first: Option<Timestamp>,
    pub(crate) seen_last: Option<Timestamp>,
    /// Share of machine-hours in which it would have shown.
    pub(crate) visible: Option<f64>,
    /// Machines that it was seen on, where their names are told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) machines: Vec<String>,
}

/// One row for each indicator of the reports, by kind and value.
pub(crate) fn rows(case: &CaseSpec<'_>) -> Vec<Row> {
    let mut all: BTreeMap<Observable, Row> = BTreeMap::new();
    for report in case.reports {
        for indicator in report.what.indicators() {
            let known = all
                .get(&indicator.observable)
                .map_or(report.what.tlp, |row| Tlp::joined(row.tlp, report.what.tlp));
            let row = all
                .entry(indicator.observable.clone())
                .or_insert_with(|| Row {
                    observable: indicator.observable.clone(),
                    id: indicator.id.clone(),
                    role: indicator.role,
                    labels: BTreeSet::new(),
                    first_seen: None,
                    last_seen: None,
                    reports: BTreeSet::new(),
                    tlp: None,
                    finding: None,
                    records: 0,
                    seen_first: None,
                    seen_last: None,
                    visible: None,
                    machines: Vec::new(),
                });
            if row.role == IndicatorRole::Unknown {
                row.role = indicator.role;
            }
            row.labels.extend(indicator.labels);
            row.first_seen = row.first_seen.into_iter().chain(indicator.valid_from).min();
            row.last_seen = row.last_seen.into_iter().chain(indicator.valid_until).max();
            row.reports.insert(report.what.id.clone());
            row.tlp = case.tlp.or(known);
        }
    }
    for one in case.hunt.iter().flat_map(|h| &h.what.findings) {
        let Some(row) = all.get_mut(&one.indicator.observable) else {
            continue;
        };
        row.finding = Some(one.finding.kind());
        row.visible = Some(one.finding.visibility().share());
        // What our own logs showed is at least AMBER unless somebody says otherwise.
        row.tlp = case.tlp.or(row.tlp.max(Some(Tlp::Amber)));
        if let Finding::Seen { sightings, .. } = &one.finding {
            row.records = sightings
                .iter()
                .map(|s| s.count)
                .fold(0, u64::saturating_add);
            row.seen_first = sightings.iter().filter_map(|s| s.first).min();
            row.seen_last = sightings.iter().filter_map(|s| s.last).max();
            if case.machines {
                row.machines = sightings.iter().filter_map(|s| s.asset.clone()).collect();
            }
        }
    }
    all.into_values().collect()
}

/// A finding in the words of JSON.
pub(crate) fn finding_word(finding: Option<FindingKind>) -> &'static str {
    match finding {
        Some(FindingKind::Seen) => "seen",
        Some(FindingKind::NotSeen) => "not_seen",
        Some(FindingKind::CannotTell) => "cannot_tell",
        None => "",
    }
}
