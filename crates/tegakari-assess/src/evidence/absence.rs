//! What a hunt looked for and did not find, and what persons answered.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    AbsenceBasis, Asked, EvidenceKind, Finding, Observable, Said, SoftwareId, TechniqueId,
};

use super::{Collector, Item, Subject};
use crate::claim::plain;
use crate::{absence, leads};

/// What a hunt says of one value: its visible share where it was not seen and could have been.
#[derive(Clone, Copy)]
enum Hunted {
    Seen,
    NotSeen(f64),
    CannotTell,
}

impl Collector<'_> {
    /// Answers of persons that the reports do not give, and what was looked for and is not there. `items` is what the
    /// reports give.
    pub(super) fn answers(&self, items: &[Item]) -> Vec<Item> {
        let mut out: Vec<Item> = Vec::new();
        let mut answered = BTreeSet::new();
        for statement in self.said {
            let Said::Answer {
                asked,
                yes,
                visibility,
            } = &statement.says
            else {
                continue;
            };
            answered.insert(asked.key());
            let Some(subject) = absence::subject(asked, self.profiles) else {
                continue;
            };
            // What the reports state is theirs: a person corrects the report.
            if items.iter().any(|item| item.subject == subject) {
                continue;
            }
            let parameters = self.parameters;
            if *yes {
                let asked = &self.today(asked);
                out.extend(absence::yes_item(
                    asked,
                    &subject,
                    items,
                    parameters,
                    Some(statement),
                ));
            } else {
                let kind = EvidenceKind::Absent {
                    what: self.today(asked),
                    visibility: *visibility,
                    basis: AbsenceBasis::Answer,
                };
                let said = Some(statement);
                out.extend(absence::no_item(
                    kind,
                    asked,
                    subject,
                    *visibility,
                    parameters,
                    said,
                ));
            }
        }
        let mut present: Vec<Subject> = items.iter().map(|item| item.subject.clone()).collect();
        present.extend(out.iter().map(|item| item.subject.clone()));
        out.extend(self.not_found(&present, &answered));
        out
    }

    /// The question with what the knowledge says of it now.
    fn today(&self, asked: &Asked) -> Asked {
        let profiles = self.profiles;
        let mut asked = asked.clone();
        match &mut asked {
            Asked::Software { id, name, used_by } => {
                *used_by = profiles.software_used_by(id);
                if let Some(known) = profiles.software(id) {
                    name.clone_from(&known.name);
                }
            }
            Asked::Technique { id, name, used_by } => {
                *used_by = profiles.technique_used_by(id);
                if let Some(known) = profiles.technique_name(id) {
                    known.clone_into(name);
                }
            }
            Asked::Infrastructure { .. } | Asked::Country { .. } | Asked::Sector { .. } => {}
        }
        asked
    }

    /// Techniques and software that the hunt looked for by name and did not find.
    fn not_found(&self, present: &[Subject], answered: &BTreeSet<String>) -> Vec<Item> {
        let Some(hunt) = self.case.hunt else {
            return Vec::new();
        };
        let programs = leads::all();
        let mut hunted: BTreeMap<&Observable, Hunted> = BTreeMap::new();
        let mut labelled: BTreeMap<String, (bool, f64)> = BTreeMap::new();
        for one in &hunt.findings {
            let what = match &one.finding {
                Finding::Seen { .. } => Hunted::Seen,
                Finding::NotSeen { visibility, .. } => Hunted::NotSeen(visibility.share()),
                Finding::CannotTell { .. } => Hunted::CannotTell,
            };
            if programs.contains(&one.indicator.observable) {
                hunted.insert(&one.indicator.observable, what);
            }
            for label in &one.indicator.labels {
                let (seen, share) = labelled.entry(plain(label)).or_default();
                match what {
                    Hunted::Seen => *seen = true,
                    Hunted::NotSeen(visible) => *share = share.max(visible),
                    Hunted::CannotTell => {}
                }
            }
        }
        let mut out = self.techniques_not_found(&hunted, present, answered);
        out.extend(self.software_not_found(&labelled, present, answered));
        out
    }

    /// A technique is absent when all programs that were looked for stayed away; it shows by as many of its programs.
    #[allow(clippy::cast_precision_loss, reason = "a handful of programs")]
    fn techniques_not_found(
        &self,
        hunted: &BTreeMap<&Observable, Hunted>,
        present: &[Subject],
        answered: &BTreeSet<String>,
    ) -> Vec<Item> {
        if hunted.is_empty() {
            return Vec::new();
        }
        let mut done: BTreeSet<&TechniqueId> = BTreeSet::new();
        for subject in present {
            match subject {
                Subject::Technique(id) => {
                    done.insert(id);
                }
                // What the software of the case does anyway was done.
                Subject::Software(id) => {
                    let carries_out = self.profiles.software(id).into_iter();
                    done.extend(carries_out.flat_map(|s| &s.techniques));
                }
                _ => {}
            }
        }
        let mut found: Vec<(TechniqueId, f64, String)> = Vec::new();
        for (id, programs) in leads::by_technique() {
            if done.contains(&id) || self.profiles.technique_name(&id).is_none() {
                continue;
            }
            let results: Vec<Hunted> = programs
                .iter()
                .filter_map(|p| hunted.get(p).copied())
                .collect();
            if results.iter().any(|one| matches!(one, Hunted::Seen)) {
                continue;
            }
            let shares: f64 = results
                .iter()
                .map(|one| {
                    if let Hunted::NotSeen(share) = one {
                        *share
                    } else {
                        0.0
                    }
                })
                .sum();
            let visibility = absence::LEADS_SHOW * shares / programs.len().max(1) as f64;
            if visibility > 0.0 {
                let of: Vec<&str> = programs
                    .iter()
                    .filter(|p| hunted.contains_key(p))
                    .map(Observable::value)
                    .collect();
                found.push((id, visibility, of.join(",")));
            }
        }
        // One program that stayed away is one observation, however many techniques it carries out.
        let mut sharing: BTreeMap<String, f64> = BTreeMap::new();
        for (_, _, programs) in &found {
            *sharing.entry(programs.clone()).or_default() += 1.0;
        }
        let items = found.into_iter().filter_map(|(id, visibility, programs)| {
            let asked = Asked::Technique {
                name: self.profiles.technique_name(&id)?.to_owned(),
                used_by: self.profiles.technique_used_by(&id),
                id: id.clone(),
            };
            if answered.contains(&asked.key()) {
                return None;
            }
            let mut item = self.absent(asked, Subject::Technique(id), visibility)?;
            item.share = 1.0 / sharing.get(&programs).copied().unwrap_or(1.0);
            item.evidence.group = Some(format!("hunt:{programs}"));
            Some(item)
        });
        items.collect()
    }

    /// Software whose listed values were looked for, and none was seen.
    fn software_not_found(
        &self,
        labelled: &BTreeMap<String, (bool, f64)>,
        present: &[Subject],
        answered: &BTreeSet<String>,
    ) -> Vec<Item> {
        let names: BTreeMap<&String, f64> = labelled
            .iter()
            .filter(|(_, (seen, share))| !seen && *share > 0.0)
            .map(|(name, (_, share))| (name, *share))
            .collect();
        if names.is_empty() {
            return Vec::new();
        }
        let known: Vec<(SoftwareId, f64)> = self
            .profiles
            .used_software()
            .filter_map(|(id, _)| {
                let name = plain(&self.profiles.software(id)?.name);
                Some((id.clone(), *names.get(&name)?))
            })
            .collect();
        let items = known.into_iter().filter_map(|(id, share)| {
            let subject = Subject::Software(id.clone());
            let asked = Asked::Software {
                name: self.profiles.software(&id)?.name.clone(),
                used_by: self.profiles.software_used_by(&id),
                id,
            };
            if present.contains(&subject) || answered.contains(&asked.key()) {
                return None;
            }
            let mut item = self.absent(asked, subject, absence::LISTED_SHOW * share)?;
            item.evidence.group = Some("hunt:list".to_owned());
            Some(item)
        });
        items.collect()
    }

    fn absent(&self, what: Asked, subject: Subject, visibility: f64) -> Option<Item> {
        let kind = EvidenceKind::Absent {
            what: what.clone(),
            visibility,
            basis: AbsenceBasis::Hunt,
        };
        absence::no_item(kind, &what, subject, visibility, self.parameters, None)
    }
}
