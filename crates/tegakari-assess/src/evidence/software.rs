//! Malware and tools that reports name.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{EvidenceKind, NameKind, NameMention, SoftwareId, Vertex};

use super::grading::{self, Fact, Places};
use super::{Collector, Family, Item, Subject};
use crate::claim;

/// A piece of software over all reports.
#[derive(Default)]
struct Found {
    name: String,
    share: f64,
    places: Places,
    /// Every spelling of it, to find indicators that a report ties to it.
    written: BTreeSet<String>,
}

/// What a name of a program is worth that some source gives an actor as well, where no tracked record bears it.
const EITHER: f64 = 0.5;

impl Collector<'_> {
    /// Whether a name is that of an actor with a full record.
    fn is_tracked(&self, name: &NameMention) -> bool {
        let mut known = name.actors.iter().filter_map(|id| self.profiles.actor(id));
        known.any(|one| one.tracked)
    }

    pub(super) fn software(&self) -> Vec<Item> {
        let mut known: BTreeMap<SoftwareId, Found> = BTreeMap::new();
        let mut new: BTreeMap<String, Found> = BTreeMap::new();
        for (index, report) in self.case.reports.iter().enumerate() {
            for name in report.names.iter().filter(|name| !name.denied) {
                let program = matches!(name.kind, NameKind::Malware | NameKind::Tool);
                if !program && self.is_tracked(name) {
                    continue;
                }
                let records: BTreeSet<&SoftwareId> = name
                    .software
                    .iter()
                    .filter(|id| self.profiles.software(id).is_some())
                    .collect();
                let count = u32::try_from(records.len().max(1)).unwrap_or(u32::MAX);
                let put = |found: &mut Found| {
                    // A name that several records bear is split; named by a clearer name, it is whole.
                    let part = if program { 1.0 } else { EITHER };
                    found.share = found.share.max(part / f64::from(count));
                    self.add(&mut found.places, index, &name.citations, true);
                    let spellings = name.also_written.iter().chain(&name.known_as);
                    found.written.extend(spellings.chain([&name.text]).cloned());
                    if found.name.is_empty() {
                        found
                            .name
                            .clone_from(name.known_as.as_ref().unwrap_or(&name.text));
                    }
                };
                if !records.is_empty() {
                    for id in records {
                        put(known.entry(id.clone()).or_default());
                    }
                } else if name.kind == NameKind::Malware {
                    put(new.entry(claim::plain(&name.text)).or_default());
                }
            }
        }
        let known = known
            .into_iter()
            .filter_map(|(id, found)| self.known_software(id, found));
        let new = new
            .into_iter()
            .filter_map(|(plain, found)| self.new_software(&plain, found));
        known.chain(new).collect()
    }

    fn known_software(&self, id: SoftwareId, mut found: Found) -> Option<Item> {
        let profile = self.profiles.software(&id)?;
        let used_by = self.profiles.software_used_by(&id);
        let forgeability = match (profile.dual_use, used_by) {
            (true, _) => grading::DUAL_USE_FORGED,
            (false, 0 | 1) => grading::OWN_MALWARE_FORGED,
            (false, _) => grading::SHARED_MALWARE_FORGED,
        };
        found.written.insert(profile.name.clone());
        let mut item = self.grade(Fact {
            kind: EvidenceKind::Software {
                id: id.clone(),
                name: profile.name.clone(),
                used_by,
            },
            vertex: Vertex::Capability,
            family: Family::Software,
            subject: Subject::Software(id),
            forgeability,
            places: found.places,
            seen: self.observed.labelled(&found.written),
        })?;
        item.share = found.share;
        Some(item)
    }

    /// Malware that the knowledge has no record of. Its id names the report as the source.
    ///
    /// One of the user's own clusters may have it all the same.
    fn new_software(&self, plain: &str, found: Found) -> Option<Item> {
        let id = SoftwareId(format!("report:{plain}"));
        let used_by = self.profiles.software_used_by(&id);
        let subject = if used_by > 0 {
            Subject::Software(id.clone())
        } else {
            Subject::NewSoftware
        };
        self.grade(Fact {
            kind: EvidenceKind::Software {
                id,
                name: found.name,
                used_by,
            },
            vertex: Vertex::Capability,
            family: Family::Software,
            subject,
            forgeability: grading::OWN_MALWARE_FORGED,
            places: found.places,
            seen: self.observed.labelled(&found.written),
        })
    }
}
