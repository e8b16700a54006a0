//! What our own logs showed: sightings, "not seen though visible" as sightings with a count of 0, and notes for what
//! nobody can tell.

use std::collections::BTreeMap;

use serde_json::json;
use tegakari_model::{
    Finding, HuntResult, IndicatorFinding, Kept, Observable, ObservableKind, Sighting, Timestamp,
    Tlp, Visibility,
};

use super::super::{cyber_observable, id_of, ids, stamp};
use super::{Builder, MOST, REMARK, SINCE, Stamp, insert, name, reported};
use crate::write::pattern_of;

/// When a hunt counts as made: when it was kept. What it looked at is older.
pub(super) fn stamp_of(hunt: Kept<'_, HuntResult>) -> Stamp {
    Stamp::new(hunt.saved_at, hunt.saved_at, None)
}

impl Builder<'_> {
    pub(super) fn hunt(&mut self) {
        let Some(hunt) = self.spec.hunt else {
            return;
        };
        let mut when = stamp_of(hunt);
        // Our own logs are nobody else's business unless somebody says so.
        when.tlp = reported::narrowest(self.spec.reports).max(Some(Tlp::Amber));
        let mut dark: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in &hunt.what.findings {
            let Some(indicator) = self.indicator_of(&one.indicator.observable) else {
                continue;
            };
            match &one.finding {
                Finding::Seen { sightings, .. } => self.seen(&indicator, one, sightings, when),
                Finding::NotSeen { visibility, .. } => {
                    self.not_seen(&indicator, hunt.what, visibility, when);
                }
                Finding::CannotTell { .. } => {
                    dark.entry(why(one)).or_default().push(indicator);
                }
            }
        }
        for (why, mut about) in dark {
            about.sort();
            self.note(&about, "Cannot tell whether it was here", &why, when);
        }
    }

    /// The indicator object for a value, if a report of this bundle has it; of a detection the one that names it.
    fn indicator_of(&self, observable: &Observable) -> Option<String> {
        let id = if observable.kind() == ObservableKind::DetectionName {
            reported::detection_id(observable.value(), None)
        } else {
            let pattern = pattern_of(observable)?.to_string();
            ids::own("indicator", &json!({ "pattern": pattern }))
        };
        self.objects.contains_key(&id).then_some(id)
    }

    fn seen(
        &mut self,
        indicator: &str,
        finding: &IndicatorFinding,
        sightings: &[Sighting],
        when: Stamp,
    ) {
        let count: u64 = sightings
            .iter()
            .map(|s| s.count)
            .fold(0, u64::saturating_add);
        let first = sightings.iter().filter_map(|s| s.first).min();
        let last = sightings.iter().filter_map(|s| s.last).max();
        let places = sightings.len();
        let mut own = json!({
            "sighting_of_ref": indicator,
            "count": count.clamp(1, MOST),
            "summary": true,
            "description": format!("Seen in {count} records of our own logs, on {places} machine(s)"),
            "labels": [REMARK],
            "where_sighted_refs": self.seers(sightings, when),
        });
        self.times(&mut own, first, last);
        let object = cyber_observable(&finding.indicator.observable);
        if let (Some(object), Some(first)) = (object, first) {
            let sco = id_of(&object);
            self.put_observable(object, when.tlp);
            let key = json!({ "case": self.case.as_str(), "object_ref": sco });
            let observed = self.put(
                "observed-data",
                &key,
                when,
                json!({
                    "first_observed": stamp(first),
                    "last_observed": stamp(last.unwrap_or(first).max(first)),
                    "number_observed": count.clamp(1, MOST),
                    "object_refs": [sco],
                    "labels": [REMARK],
                }),
            );
            insert(&mut own, "observed_data_refs", json!([observed]));
        }
        self.sighting(indicator, when, own);
    }

    fn not_seen(
        &mut self,
        indicator: &str,
        hunt: &HuntResult,
        visibility: &Visibility,
        when: Stamp,
    ) {
        let share = visibility.share() * 100.0;
        let mut own = json!({
            "sighting_of_ref": indicator,
            "count": 0,
            "summary": true,
            "description": format!(
                "Not seen, though it would have shown in {share:.0} % of the {} machine-hours asked about",
                visibility.total
            ),
            "labels": [REMARK],
            "where_sighted_refs": [self.producer],
        });
        self.times(
            &mut own,
            hunt.coverage.window.from,
            hunt.coverage.window.until,
        );
        self.sighting(indicator, when, own);
    }

    fn sighting(&mut self, indicator: &str, when: Stamp, own: serde_json::Value) {
        let key = json!({ "case": self.case.as_str(), "sighting_of_ref": indicator });
        self.put("sighting", &key, when, own);
    }

    fn times(
        &self,
        own: &mut serde_json::Value,
        first: Option<Timestamp>,
        last: Option<Timestamp>,
    ) {
        if let Some(first) = first {
            insert(own, "first_seen", json!(stamp(first)));
        }
        if let Some(last) = last.filter(|last| first.is_none_or(|first| *last >= first)) {
            insert(own, "last_seen", json!(stamp(last)));
        }
    }

    /// Who saw it: we, or the machines by name where that is wished.
    fn seers(&mut self, sightings: &[Sighting], when: Stamp) -> Vec<String> {
        let mut seers = Vec::new();
        if self.spec.machines {
            for asset in sightings.iter().filter_map(|s| s.asset.as_deref()) {
                let key = json!({ "machine": asset, "of": self.producer });
                let own = json!({
                    "name": name(asset),
                    "identity_class": "system",
                    "labels": [REMARK],
                });
                let when = Stamp {
                    created: SINCE,
                    ..when
                };
                seers.push(self.put("identity", &key, when, own));
            }
        }
        seers.sort();
        seers.dedup();
        if seers.is_empty() {
            seers.push(self.producer.clone());
        }
        seers
    }
}

/// Why nobody can tell, in words: the same for indicators of one kind.
fn why(one: &IndicatorFinding) -> String {
    let visibility = one.finding.visibility();
    let mut needs: Vec<&str> = one
        .finding
        .gaps()
        .iter()
        .flat_map(|gap| gap.needs.iter().map(|t| t.label()))
        .collect();
    needs.sort_unstable();
    needs.dedup();
    let missing = if needs.is_empty() {
        "no log that Tegakari reads shows such values".to_owned()
    } else {
        format!("missing: {}", needs.join("; "))
    };
    format!(
        "It was looked for and not found, but it would have shown in only {:.0} % of the {} machine-hours asked about. That it was not here cannot be said ({missing}).",
        visibility.share() * 100.0,
        visibility.total
    )
}
