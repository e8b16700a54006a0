//! Everything the sources say, as one bag that is filled source by source and compiled once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tegakari_model::{ActorId, SoftwareId, TechniqueId};

use crate::benign::BenignFacts;
use crate::record::{Actor, Campaign, Reference, ReferenceIndex, Software, Technique, Use};
use crate::source_facts::SourceFacts;
use crate::trails::TrailFacts;

/// The assertions of one or more sources. Maps keep every order independent of the order of reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Records about actors.
    pub actors: BTreeMap<ActorId, Actor>,
    /// Records about software.
    pub software: BTreeMap<SoftwareId, Software>,
    /// Techniques and tactics.
    pub techniques: BTreeMap<TechniqueId, Technique>,
    /// Campaigns, by id.
    pub campaigns: BTreeMap<String, Campaign>,
    /// Publications cited. Uses and actors hold indexes into it.
    pub references: Vec<Reference>,
    /// Network indicators of actors.
    pub trails: TrailFacts,
    /// Values that are common and harmless, or shared by many.
    pub benign: BenignFacts,
    /// What was read, per source.
    pub counts: Vec<(String, u64)>,
    /// Version of the source as its publisher counts; set by a parser for its own source.
    pub version: String,
    /// Day of the newest change in the source.
    pub date: String,
}

/// What is written to the compiled file (without trails and warning lists, which have their own sections).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoreFacts {
    pub(crate) sources: Vec<SourceFacts>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) software: Vec<Software>,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) campaigns: Vec<Campaign>,
    pub(crate) references: Vec<Reference>,
}

impl Facts {
    /// Takes in what another source (or another file of the same one) says.
    ///
    /// Where both have a record of one id (ATT&CK's groups stand in several domains), their uses,
    /// names, targets, links and references are united; the record that is in force wins.
    pub fn absorb(&mut self, mut other: Self) {
        let offset = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
        self.references.append(&mut other.references);
        for mut actor in other.actors.into_values() {
            shift(&mut actor.techniques, offset);
            shift(&mut actor.software, offset);
            for reference in &mut actor.references {
                *reference = reference.saturating_add(offset);
            }
            match self.actors.get_mut(&actor.id) {
                Some(known) => unite_actor(known, actor),
                None => {
                    self.actors.insert(actor.id.clone(), actor);
                }
            }
        }
        for mut software in other.software.into_values() {
            shift(&mut software.techniques, offset);
            match self.software.get_mut(&software.id) {
                Some(known) => unite_software(known, software),
                None => {
                    self.software.insert(software.id.clone(), software);
                }
            }
        }
        for mut campaign in other.campaigns.into_values() {
            shift(&mut campaign.techniques, offset);
            shift(&mut campaign.software, offset);
            match self.campaigns.get_mut(&campaign.id) {
                Some(known) => {
                    unite_uses(&mut known.techniques, campaign.techniques);
                    unite_uses(&mut known.software, campaign.software);
                    unite(&mut known.attributed_to, campaign.attributed_to);
                    unite(&mut known.aliases, campaign.aliases);
                }
                None => {
                    self.campaigns.insert(campaign.id.clone(), campaign);
                }
            }
        }
        for technique in other.techniques.into_values() {
            match self.techniques.get_mut(&technique.id) {
                Some(known) => unite_technique(known, technique),
                None => {
                    self.techniques.insert(technique.id.clone(), technique);
                }
            }
        }
        self.trails.absorb(other.trails);
        self.benign.absorb(other.benign);
    }

    /// Brings the references into order, without repeats, and renumbers everything that points to them.
    pub(crate) fn tidy_references(&mut self) {
        let mut order: Vec<(Reference, usize)> = std::mem::take(&mut self.references)
            .into_iter()
            .enumerate()
            .map(|(i, r)| (r, i))
            .collect();
        let total = order.len();
        order.sort();
        let mut new_index: Vec<ReferenceIndex> = vec![0; total];
        for (reference, old) in order {
            if self.references.last() != Some(&reference) {
                self.references.push(reference);
            }
            let index = self.references.len().saturating_sub(1);
            if let Some(slot) = new_index.get_mut(old) {
                *slot = u32::try_from(index).unwrap_or(u32::MAX);
            }
        }
        for actor in self.actors.values_mut() {
            renumber(&mut actor.techniques, &new_index);
            renumber(&mut actor.software, &new_index);
            renumber_list(&mut actor.references, &new_index);
        }
        for software in self.software.values_mut() {
            renumber(&mut software.techniques, &new_index);
        }
        for campaign in self.campaigns.values_mut() {
            renumber(&mut campaign.techniques, &new_index);
            renumber(&mut campaign.software, &new_index);
        }
    }
}

fn shift<T>(uses: &mut [Use<T>], offset: u32) {
    for one in uses {
        for reference in &mut one.references {
            *reference = reference.saturating_add(offset);
        }
    }
}

fn renumber<T>(uses: &mut [Use<T>], new_index: &[ReferenceIndex]) {
    for one in uses {
        renumber_list(&mut one.references, new_index);
    }
}

fn renumber_list(list: &mut Vec<ReferenceIndex>, new_index: &[ReferenceIndex]) {
    list.retain_mut(|r| match new_index.get(*r as usize) {
        Some(new) => {
            *r = *new;
            true
        }
        None => false,
    });
    list.sort_unstable();
    list.dedup();
}

/// Sorted union without repeats.
fn unite<T: Ord>(known: &mut Vec<T>, more: Vec<T>) {
    known.extend(more);
    known.sort();
    known.dedup();
}

/// United uses: one entry for each thing used, with all references.
pub(crate) fn unite_uses<T: Ord>(known: &mut Vec<Use<T>>, more: Vec<Use<T>>) {
    let mut map: BTreeMap<T, Vec<ReferenceIndex>> = BTreeMap::new();
    for one in known.drain(..).chain(more) {
        map.entry(one.what).or_default().extend(one.references);
    }
    known.extend(map.into_iter().map(|(what, mut references)| {
        references.sort_unstable();
        references.dedup();
        Use { what, references }
    }));
}

fn unite_actor(known: &mut Actor, more: Actor) {
    if !known.is_live() && more.is_live() {
        known.status = more.status;
        known.replaced_by = None;
    }
    if known.modified < more.modified {
        known.modified = more.modified;
        known.version = more.version;
    }
    if known.last_activity < more.last_activity {
        known.last_activity = more.last_activity;
    }
    unite(&mut known.aliases, more.aliases);
    unite_uses(&mut known.techniques, more.techniques);
    unite_uses(&mut known.software, more.software);
    unite(&mut known.targets, more.targets);
    unite(&mut known.origins, more.origins);
    unite(&mut known.links, more.links);
    unite(&mut known.references, more.references);
    known.infrastructure = known.infrastructure.saturating_add(more.infrastructure);
}

fn unite_software(known: &mut Software, more: Software) {
    if !known.is_live() && more.is_live() {
        known.status = more.status;
        known.replaced_by = None;
    }
    unite(&mut known.aliases, more.aliases);
    unite(&mut known.platforms, more.platforms);
    unite_uses(&mut known.techniques, more.techniques);
}

/// Of two releases the earlier absorbed one is kept (sources with profiles come first), with what the
/// later one says of its successor. Inside one release the record in force wins.
fn unite_technique(known: &mut Technique, more: Technique) {
    if more.version != known.version {
        if known.is_live() && !more.is_live() {
            known.later = more.replaced_by;
        } else if !known.is_live() && known.replaced_by.is_none() {
            known.replaced_by = more.replaced_by;
        }
    } else if more.is_live() && !known.is_live() {
        *known = more;
    } else if more.is_live() == known.is_live() {
        unite(&mut known.tactics, more.tactics);
        unite(&mut known.platforms, more.platforms);
        unite(&mut known.log_sources, more.log_sources);
        if known.replaced_by.is_none() {
            known.replaced_by = more.replaced_by;
        }
    }
}
