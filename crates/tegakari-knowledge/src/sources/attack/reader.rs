//! From the objects of one bundle to records and uses.

use std::collections::{BTreeMap, HashMap};

use tegakari_model::{ActorId, NameKind, SoftwareId, TechniqueId};

use super::{Attack, Object};
use crate::facts::{Facts, unite_uses};
use crate::order::sort;
use crate::record::{
    Actor, Alias, Basis, Campaign, LogSource, Reference, ReferenceIndex, Software, Status,
    Technique, Use,
};
use crate::sources::dates::{day_of, published_in};

pub(super) struct Reader<'a> {
    source: &'a Attack,
    objects: &'a [Object],
    by_id: HashMap<&'a str, &'a Object>,
    version: String,
    references: Vec<Reference>,
    reference_index: BTreeMap<(&'a str, &'a str), ReferenceIndex>,
    revoked_by: HashMap<&'a str, &'a str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Attack, objects: &'a [Object], version: String) -> Self {
        let revoked_by = objects
            .iter()
            .filter(|o| o.kind == "relationship" && o.relationship_type == "revoked-by")
            .map(|o| (o.source_ref.as_str(), o.target_ref.as_str()))
            .collect();
        Self {
            source,
            objects,
            by_id: objects.iter().map(|o| (o.id.as_str(), o)).collect(),
            version,
            references: Vec::new(),
            reference_index: BTreeMap::new(),
            revoked_by,
        }
    }

    pub(super) fn read(mut self) -> Facts {
        let mut facts = Facts::default();
        for object in self.objects {
            match object.kind.as_str() {
                "intrusion-set" => self.actor(object, &mut facts),
                "malware" | "tool" => self.software(object, &mut facts),
                "attack-pattern" => self.technique(object, &mut facts),
                "x-mitre-tactic" => self.tactic(object, &mut facts),
                "campaign" => self.campaign(object, &mut facts),
                _ => {}
            }
        }
        for object in self.objects {
            if object.kind == "relationship" && object.status() == Status::Live {
                self.relationship(object, &mut facts);
            }
        }
        self.log_sources(&mut facts);
        self.last_activity(&mut facts);
        facts.references = self.references;
        facts.counts = counts(&facts);
        facts
    }

    /// Indexes of the publications that an object cites; its own page is none.
    fn cited(&mut self, object: &'a Object) -> Vec<ReferenceIndex> {
        let mut out = Vec::new();
        for external in &object.external_references {
            if external.url.is_empty() || external.source_name.starts_with("mitre-") {
                continue;
            }
            let key = (external.source_name.as_str(), external.url.as_str());
            let next = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
            let index = *self.reference_index.entry(key).or_insert(next);
            if index == next {
                self.references.push(Reference {
                    name: external.source_name.clone(),
                    url: external.url.clone(),
                    published: published_in(&external.description),
                });
            }
            out.push(index);
        }
        sorted(out)
    }

    fn successor(&self, object: &Object) -> Option<&'a str> {
        let next = self.by_id.get(*self.revoked_by.get(object.id.as_str())?)?;
        next.attack_id()
    }

    fn actor(&mut self, object: &'a Object, facts: &mut Facts) {
        let Some(id) = object.attack_id() else { return };
        let mut actor = Actor::new(ActorId(format!("attack:{id}")), "attack", &object.name);
        actor.aliases = object
            .aliases
            .iter()
            .filter(|a| **a != object.name)
            .map(|name| Alias {
                name: name.clone(),
                coined_by: None,
                basis: Basis::Unknown,
            })
            .collect();
        actor.aliases = sorted(actor.aliases);
        actor.status = object.status();
        actor.replaced_by = self
            .successor(object)
            .map(|id| ActorId(format!("attack:{id}")));
        actor.references = self.cited(object);
        actor.version.clone_from(&object.x_mitre_version);
        actor.modified = day_of(&object.modified);
        facts.actors.insert(actor.id.clone(), actor);
    }

    fn software(&mut self, object: &'a Object, facts: &mut Facts) {
        let Some(id) = object.attack_id() else { return };
        let names = object.x_mitre_aliases.iter().chain(&object.aliases);
        let software = Software {
            id: SoftwareId(format!("attack:{id}")),
            source: "attack".to_owned(),
            name: object.name.clone(),
            aliases: sorted(names.filter(|a| **a != object.name).cloned().collect()),
            kind: if object.kind == "tool" {
                NameKind::Tool
            } else {
                NameKind::Malware
            },
            status: object.status(),
            replaced_by: self
                .successor(object)
                .map(|id| SoftwareId(format!("attack:{id}"))),
            techniques: Vec::new(),
            platforms: object.platforms(),
        };
        facts.software.insert(software.id.clone(), software);
    }

    fn technique(&mut self, object: &'a Object, facts: &mut Facts) {
        let Some(id) = object.attack_id().and_then(TechniqueId::parse) else {
            return;
        };
        let tactics = object.kill_chain_phases.iter();
        let technique = Technique {
            parent: (id.parent() != id).then(|| id.parent()),
            name: object.name.clone(),
            domain: self.source.domain.to_owned(),
            tactics: sorted(
                tactics
                    .filter(|p| p.kill_chain_name.contains("attack"))
                    .map(|p| p.phase_name.clone())
                    .collect(),
            ),
            status: object.status(),
            replaced_by: self.successor(object).and_then(TechniqueId::parse),
            later: None,
            version: self.version.clone(),
            platforms: object.platforms(),
            log_sources: Vec::new(),
            id,
        };
        // One id can stand on several objects of which one is in force.
        match facts.techniques.get(&technique.id) {
            Some(known) if known.is_live() || !technique.is_live() => {}
            _ => {
                facts.techniques.insert(technique.id.clone(), technique);
            }
        }
    }

    fn tactic(&mut self, object: &'a Object, facts: &mut Facts) {
        let Some(id) = object.attack_id().and_then(TechniqueId::parse) else {
            return;
        };
        let tactic = Technique {
            name: object.name.clone(),
            domain: self.source.domain.to_owned(),
            tactics: vec![object.x_mitre_shortname.clone()],
            parent: None,
            status: object.status(),
            // Release 19 split one tactic into two: the first is named where the bundle says so.
            replaced_by: self.successor(object).and_then(TechniqueId::parse),
            later: None,
            version: self.version.clone(),
            platforms: Vec::new(),
            log_sources: Vec::new(),
            id: id.clone(),
        };
        facts.techniques.insert(id, tactic);
    }

    fn campaign(&mut self, object: &'a Object, facts: &mut Facts) {
        let Some(id) = object.attack_id() else { return };
        let names = object.aliases.iter().filter(|a| **a != object.name);
        let campaign = Campaign {
            id: format!("attack:{id}"),
            source: "attack".to_owned(),
            name: object.name.clone(),
            aliases: sorted(names.cloned().collect()),
            status: object.status(),
            first_seen: day_of(&object.first_seen),
            last_seen: day_of(&object.last_seen),
            attributed_to: Vec::new(),
            techniques: Vec::new(),
            software: Vec::new(),
        };
        facts.campaigns.insert(campaign.id.clone(), campaign);
    }

    fn relationship(&mut self, object: &'a Object, facts: &mut Facts) {
        let ends = (
            self.by_id.get(object.source_ref.as_str()).copied(),
            self.by_id.get(object.target_ref.as_str()).copied(),
        );
        let (Some(from), Some(to)) = ends else { return };
        let (Some(from_id), Some(to_id)) = (from.attack_id(), to.attack_id()) else {
            return;
        };
        let key = format!("attack:{from_id}");
        if object.relationship_type == "attributed-to" {
            if let Some(campaign) = facts.campaigns.get_mut(&key) {
                campaign
                    .attributed_to
                    .push(ActorId(format!("attack:{to_id}")));
                sort(&mut campaign.attributed_to);
            }
            return;
        }
        if object.relationship_type != "uses" {
            return;
        }
        let references = self.cited(object);
        let technique = (to.kind == "attack-pattern")
            .then(|| TechniqueId::parse(to_id))
            .flatten();
        let software = matches!(to.kind.as_str(), "malware" | "tool")
            .then(|| SoftwareId(format!("attack:{to_id}")));
        let (techniques, used_software, cited) = match from.kind.as_str() {
            "intrusion-set" => match facts.actors.get_mut(&ActorId(key)) {
                Some(a) => (
                    &mut a.techniques,
                    Some(&mut a.software),
                    Some(&mut a.references),
                ),
                None => return,
            },
            "campaign" => match facts.campaigns.get_mut(&key) {
                Some(c) => (&mut c.techniques, Some(&mut c.software), None),
                None => return,
            },
            _ => match facts.software.get_mut(&SoftwareId(key)) {
                Some(s) => (&mut s.techniques, None, None),
                None => return,
            },
        };
        if let Some(cited) = cited {
            cited.extend(&references);
            sort(cited);
            cited.dedup();
        }
        if let Some(what) = technique {
            unite_uses(
                techniques,
                vec![Use {
                    what,
                    references: references.clone(),
                }],
            );
        }
        if let (Some(list), Some(what)) = (used_software, software) {
            unite_uses(list, vec![Use { what, references }]);
        }
    }

    fn log_sources(&self, facts: &mut Facts) {
        for object in self.objects {
            if object.kind != "relationship" || object.relationship_type != "detects" {
                continue;
            }
            let strategy = self.by_id.get(object.source_ref.as_str());
            let technique = self
                .by_id
                .get(object.target_ref.as_str())
                .and_then(|t| t.attack_id())
                .and_then(TechniqueId::parse)
                .and_then(|id| facts.techniques.get_mut(&id));
            let (Some(strategy), Some(technique)) = (strategy, technique) else {
                continue;
            };
            let mut found = std::mem::take(&mut technique.log_sources);
            for analytic in &strategy.x_mitre_analytic_refs {
                let Some(analytic) = self.by_id.get(analytic.as_str()) else {
                    continue;
                };
                for one in &analytic.x_mitre_log_source_references {
                    let component = self.by_id.get(one.x_mitre_data_component_ref.as_str());
                    for platform in analytic.platforms() {
                        found.push(LogSource {
                            component: component.map_or_else(String::new, |c| c.name.clone()),
                            name: one.name.clone(),
                            platform,
                        });
                    }
                }
            }
            technique.log_sources = sorted(found);
        }
    }

    /// The last day of an actor's latest campaign, or the date of the latest publication about it.
    fn last_activity(&self, facts: &mut Facts) {
        for actor in facts.actors.values_mut() {
            let campaigns = facts.campaigns.values();
            let campaign = campaigns
                .filter(|c| c.attributed_to.contains(&actor.id))
                .map(|c| c.last_seen.as_str())
                .max();
            let published = actor
                .references
                .iter()
                .filter_map(|r| self.references.get(*r as usize))
                .map(|r| r.published.as_str())
                .max();
            actor.last_activity = campaign.max(published).unwrap_or("").to_owned();
        }
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    sort(&mut list);
    list.dedup();
    list
}

fn counts(facts: &Facts) -> Vec<(String, u64)> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let actors = || facts.actors.values().filter(|a| a.is_live());
    let techniques = || facts.techniques.values().filter(|t| t.is_live());
    let software = facts.software.values().filter(|s| s.is_live());
    let uses = facts
        .actors
        .values()
        .map(|a| a.techniques.len() + a.software.len())
        .sum::<usize>()
        + facts
            .campaigns
            .values()
            .map(|c| c.techniques.len() + c.software.len())
            .sum::<usize>()
        + facts
            .software
            .values()
            .map(|s| s.techniques.len())
            .sum::<usize>();
    vec![
        ("actors".into(), count(actors().count())),
        (
            "actor names".into(),
            count(actors().map(Actor::distinct_names).sum()),
        ),
        (
            "campaigns".into(),
            count(
                facts
                    .campaigns
                    .values()
                    .filter(|c| c.status == Status::Live)
                    .count(),
            ),
        ),
        ("references".into(), count(facts.references.len())),
        ("software".into(), count(software.count())),
        (
            "techniques".into(),
            count(techniques().filter(|t| !t.id.is_tactic()).count()),
        ),
        ("uses".into(), count(uses)),
    ]
}
