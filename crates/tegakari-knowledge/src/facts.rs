//! Everything the sources say, as one bag that is filled source by source and compiled once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tegakari_model::{ActorId, SoftwareId, TechniqueId};

use crate::benign::BenignFacts;
use crate::order::{sort, sort_by};
use crate::record::{
    Actor, Campaign, Exploited, Reference, ReferenceIndex, Software, Technique, Use,
};
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
    /// Vulnerabilities exploited in the wild, in order of CVE id when compiled. Of two with one id the first stays.
    pub exploited: Vec<Exploited>,
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
    pub(crate) exploited: Vec<Exploited>,
}

impl CoreFacts {
    /// Puts the records of `other` beside those here. Of two with one id the one that is here stays.
    pub(crate) fn lay_over(&mut self, other: Self) {
        let mut facts = Facts {
            actors: by(other.actors, |a| a.id.clone()),
            software: by(other.software, |s| s.id.clone()),
            campaigns: by(other.campaigns, |c| c.id.clone()),
            references: other.references,
            ..Facts::default()
        };
        let offset = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
        let total = u32::try_from(facts.references.len()).unwrap_or(u32::MAX);
        let moved: Vec<ReferenceIndex> = (0..total).map(|i| i.saturating_add(offset)).collect();
        facts.renumber(&moved);
        self.references.append(&mut facts.references);
        lay(&mut self.actors, facts.actors.into_values(), |a| &a.id);
        lay(&mut self.software, facts.software.into_values(), |s| &s.id);
        lay(&mut self.campaigns, facts.campaigns.into_values(), |c| {
            &c.id
        });
        lay(&mut self.techniques, other.techniques, |t| &t.id);
        lay(&mut self.exploited, other.exploited, |e| &e.cve);
        lay(&mut self.sources, other.sources, |s| &s.id);
    }
}

/// A map of records. Not by `collect`, which would sort them once more, in code of its own for every type.
pub(crate) fn by<K: Ord, T>(
    list: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> BTreeMap<K, T> {
    let mut map = BTreeMap::new();
    for one in list {
        map.insert(key(&one), one);
    }
    map
}

/// Adds what is not there, keeping the order of `key`.
fn lay<T, K: Ord + ?Sized>(
    list: &mut Vec<T>,
    more: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &K,
) {
    let sorted = list.len();
    for one in more {
        let known = list.get(..sorted).unwrap_or_default();
        if known
            .binary_search_by(|other| key(other).cmp(key(&one)))
            .is_err()
        {
            list.push(one);
        }
    }
    // Stable, and all but the end is in order already.
    sort_by(list, |a, b| key(a).cmp(key(b)));
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
            for reference in actor.cited.iter_mut().filter_map(|c| c.reference.as_mut()) {
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
        lay(&mut self.exploited, other.exploited, |e| &e.cve);
        self.trails.absorb(other.trails);
        self.benign.absorb(other.benign);
    }

    /// Leaves out the references that nothing points to.
    pub(crate) fn drop_unused_references(&mut self) {
        let mut used = vec![false; self.references.len()];
        let mut mark = |reference: ReferenceIndex| {
            if let Some(slot) = used.get_mut(reference as usize) {
                *slot = true;
            }
        };
        for actor in self.actors.values() {
            each_use(&actor.techniques, &mut mark);
            each_use(&actor.software, &mut mark);
            actor.references.iter().copied().for_each(&mut mark);
            actor
                .cited
                .iter()
                .filter_map(|c| c.reference)
                .for_each(&mut mark);
        }
        for software in self.software.values() {
            each_use(&software.techniques, &mut mark);
        }
        for campaign in self.campaigns.values() {
            each_use(&campaign.techniques, &mut mark);
            each_use(&campaign.software, &mut mark);
        }
        let mut kept = Vec::new();
        let mut new_index = Vec::with_capacity(used.len());
        for (reference, used) in std::mem::take(&mut self.references).into_iter().zip(used) {
            new_index.push(u32::try_from(kept.len()).unwrap_or(u32::MAX));
            if used {
                kept.push(reference);
            }
        }
        self.references = kept;
        self.renumber(&new_index);
    }

    /// Brings the references into order, without repeats, and renumbers everything that points to them.
    pub(crate) fn tidy_references(&mut self) {
        let mut order: Vec<(Reference, usize)> = std::mem::take(&mut self.references)
            .into_iter()
            .enumerate()
            .map(|(i, r)| (r, i))
            .collect();
        let total = order.len();
        sort(&mut order);
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
        self.renumber(&new_index);
    }

    /// Points everything to the new places of references.
    fn renumber(&mut self, new_index: &[ReferenceIndex]) {
        for actor in self.actors.values_mut() {
            renumber(&mut actor.techniques, new_index);
            renumber(&mut actor.software, new_index);
            renumber_list(&mut actor.references, new_index);
            for claim in &mut actor.cited {
                let new = claim.reference.and_then(|r| new_index.get(r as usize));
                claim.reference = new.copied();
            }
            sort(&mut actor.cited);
        }
        for software in self.software.values_mut() {
            renumber(&mut software.techniques, new_index);
        }
        for campaign in self.campaigns.values_mut() {
            renumber(&mut campaign.techniques, new_index);
            renumber(&mut campaign.software, new_index);
        }
    }
}

fn each_use<T>(uses: &[Use<T>], mark: &mut impl FnMut(ReferenceIndex)) {
    for reference in uses.iter().flat_map(|one| &one.references) {
        mark(*reference);
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
    sort(list);
    list.dedup();
}

/// Sorted union without repeats.
fn unite<T: Ord>(known: &mut Vec<T>, more: Vec<T>) {
    known.extend(more);
    sort(known);
    known.dedup();
}

/// United uses: one entry for each thing used, with all references.
pub(crate) fn unite_uses<T: Ord>(known: &mut Vec<Use<T>>, more: Vec<Use<T>>) {
    known.extend(more);
    sort_by(known, |a, b| a.what.cmp(&b.what));
    known.dedup_by(|later, kept| {
        let same = later.what == kept.what;
        if same {
            kept.references.append(&mut later.references);
        }
        same
    });
    for one in known {
        unite(&mut one.references, Vec::new());
    }
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
    unite(&mut known.older_targets, more.older_targets);
    unite(&mut known.cited, more.cited);
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
