//! Addresses and names that a list ties to an actor.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Disposition, EvidenceKind, Observable, ObservableKind, Vertex};

use super::grading::{self, Fact, Places};
use super::{Collector, Family, Item, Subject};
use crate::profiles::InfrastructureClaim;

/// Part of the weight that an address keeps: addresses change hands sooner than names do.
const ADDRESS_SHARE: f64 = 0.5;

impl Collector<'_> {
    pub(super) fn infrastructure(&self) -> Vec<Item> {
        let mut found: BTreeMap<&Observable, (Places, Vec<InfrastructureClaim>)> = BTreeMap::new();
        for (index, report) in self.case.reports.iter().enumerate() {
            for mention in &report.mentions {
                if mention.disposition != Disposition::Ioc {
                    continue;
                }
                let (places, _) = found.entry(&mention.observable).or_insert_with(|| {
                    let claims = (self.known_infrastructure)(&mention.observable);
                    (Places::default(), claims)
                });
                // Such lists are themselves compiled from reports, so the fact is never taken as
                // stated outright.
                self.add(places, index, &mention.citations, false);
            }
        }
        found
            .into_iter()
            .filter(|(_, (_, claims))| !claims.is_empty())
            .filter_map(|(observable, (places, claims))| {
                self.known_place(observable, places, &claims)
            })
            .collect()
    }

    fn known_place(
        &self,
        observable: &Observable,
        places: Places,
        claims: &[InfrastructureClaim],
    ) -> Option<Item> {
        let actors: BTreeSet<usize> = claims
            .iter()
            .filter_map(|claim| self.profiles.index_of(&claim.actor))
            .collect();
        if actors.is_empty() {
            return None;
        }
        let sources: BTreeSet<&str> = claims.iter().map(|claim| claim.source.as_str()).collect();
        let sources: Vec<&str> = sources.into_iter().collect();
        let mut item = self.grade(Fact {
            kind: EvidenceKind::Infrastructure {
                value: observable.value().to_owned(),
                source: sources.join(", "),
            },
            vertex: Vertex::Infrastructure,
            family: Family::Infrastructure,
            subject: Subject::Infrastructure(actors.into_iter().collect()),
            forgeability: grading::INFRASTRUCTURE_FORGED,
            places,
            seen: Vec::new(),
        })?;
        // Seeing the address proves that it was used, not that it still belongs to the same people:
        // the sighting is cited and does not raise the grade.
        item.evidence.observed = self.observed.value(observable);
        if matches!(
            observable.kind(),
            ObservableKind::Ipv4 | ObservableKind::Ipv6
        ) {
            item.share = ADDRESS_SHARE;
        }
        Some(item)
    }
}
