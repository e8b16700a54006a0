//! MISP galaxy, cluster `threat-actor`: names with their owners, claims of origin, targets, and links.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{ActorId, Country, SoftwareId, TargetKind};

use super::places::{country, sector};
use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::Facts;
use crate::fold_name;
use crate::order::sort;
use crate::record::{
    Actor, ActorKind, ActorLink, Alias, Basis, OriginBasis, OriginClaim, Reference, Relation,
    TargetClaim, Use,
};
use crate::source_facts::{Licence, Redistribution};

/// The cluster.
pub(super) struct MispThreatActor;

const CLUSTERS: &str = "misp-galaxy/clusters/";

pub(super) const GALAXY_LICENCE: Licence = Licence {
    id: "CC0-1.0",
    notice: "MISP galaxy, by the MISP project and contributors, dedicated to the public domain under CC0 1.0.",
    text: "",
    redistribution: Redistribution::Allowed,
};

impl KnowledgeSource for MispThreatActor {
    fn id(&self) -> &'static str {
        "misp-threat-actor"
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: threat actors"
    }

    fn publisher(&self) -> &'static str {
        "MISP project"
    }

    fn about(&self) -> &'static str {
        "actors with owners of names, claims of origin, targets and links (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        GALAXY_LICENCE
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix(CLUSTERS).is_some_and(|name| {
            matches!(
                name,
                "threat-actor.json"
                    | "producer.json"
                    | "mitre-intrusion-set.json"
                    | "mitre-malware.json"
                    | "mitre-tool.json"
            )
        })
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let place = files.first().map_or(CLUSTERS, |f| f.path);
        let cluster = galaxy::named(files, "threat-actor.json")?.ok_or_else(|| {
            SourceError::new(
                place,
                "threat-actor.json is missing",
                "give the folder with the MISP galaxy's clusters",
            )
        })?;
        let mut facts = Facts {
            version: cluster.version.clone(),
            ..Facts::default()
        };
        let reader = Reader::new(self.id(), &cluster, files)?;
        for entry in &cluster.entries {
            let actor = reader.actor(entry, &mut facts.references);
            facts.actors.insert(actor.id.clone(), actor);
        }
        facts.counts = counts(&facts);
        if cluster.odd > 0 {
            facts
                .counts
                .push(("entries not understood".into(), cluster.odd));
        }
        Ok(facts)
    }
}

/// From the entries of a cluster of actors to records.
pub(super) struct Reader {
    /// Id of the source that the cluster is.
    source: &'static str,
    /// Name by uuid of a producer.
    owners: BTreeMap<String, String>,
    /// Our id by uuid of an ATT&CK record.
    attack: BTreeMap<String, String>,
    /// Uuids of this cluster and of the cluster `threat-actor`.
    known: BTreeSet<String>,
}

impl Reader {
    /// For a cluster, with the clusters among `files` that its relations may lead to.
    pub(super) fn new(
        source: &'static str,
        cluster: &galaxy::Cluster,
        files: &[SourceFile<'_>],
    ) -> Result<Self, SourceError> {
        let mut owners = BTreeMap::new();
        if let Some(producers) = galaxy::named(files, "producer.json")? {
            for one in producers.entries {
                owners.insert(one.uuid, one.value);
            }
        }
        let mut attack = BTreeMap::new();
        for name in [
            "mitre-intrusion-set.json",
            "mitre-malware.json",
            "mitre-tool.json",
        ] {
            for one in galaxy::named(files, name)?
                .into_iter()
                .flat_map(|c| c.entries)
            {
                if let Some(id) = one.text("external_id") {
                    attack.insert(one.uuid.clone(), format!("attack:{id}"));
                }
            }
        }
        let mut known: BTreeSet<String> = cluster.entries.iter().map(|e| e.uuid.clone()).collect();
        if source != "misp-threat-actor" {
            let others = galaxy::named(files, "threat-actor.json")?.into_iter();
            known.extend(others.flat_map(|c| c.entries).map(|e| e.uuid));
        }
        Ok(Self {
            source,
            owners,
            attack,
            known,
        })
    }

    pub(super) fn actor(&self, entry: &galaxy::Entry, references: &mut Vec<Reference>) -> Actor {
        let id = ActorId(format!("misp:{}", entry.uuid.to_ascii_lowercase()));
        let mut actor = Actor::new(id, self.source, entry.value.trim());
        actor.aliases = self.aliases(entry);
        let operation = entry.texts("threat-actor-classification");
        if operation
            .iter()
            .any(|c| matches!(*c, "campaign" | "operation"))
        {
            actor.kind = ActorKind::Operation;
        }
        for label in ["cfr-suspected-victims", "suspected-victims"] {
            for raw in entry.texts(label) {
                actor.targets.push(TargetClaim {
                    target: country(raw).map(TargetKind::Country),
                    raw: raw.to_owned(),
                });
            }
        }
        for label in ["cfr-target-category", "targeted-sector", "sector"] {
            for raw in entry.texts(label) {
                actor.targets.push(TargetClaim {
                    target: sector(raw).map(TargetKind::Sector),
                    raw: raw.to_owned(),
                });
            }
        }
        sort(&mut actor.targets);
        actor.targets.dedup();
        actor.origins = origins(entry);
        self.links(entry, &mut actor);
        for url in entry.texts("refs") {
            let index = u32::try_from(references.len()).unwrap_or(u32::MAX);
            references.push(Reference {
                name: host(url),
                url: url.to_owned(),
                published: String::new(),
            });
            actor.references.push(index);
        }
        actor
    }

    /// Synonyms, each with its owner where `name-attribution` or `origin:NAME` says so.
    fn aliases(&self, entry: &galaxy::Entry) -> Vec<Alias> {
        let mut coined: BTreeMap<String, String> = BTreeMap::new();
        for (field, value) in &entry.meta {
            if let (Some(name), Some(owner)) = (field.strip_prefix("origin:"), value.as_str()) {
                coined.insert(fold_name(name), owner.trim().to_owned());
            }
        }
        for pair in entry.texts("name-attribution") {
            let Some((name, uuid)) = pair.rsplit_once(':') else {
                continue;
            };
            if let Some(owner) = self.owners.get(uuid.trim()) {
                coined.insert(fold_name(name), owner.clone());
            }
        }
        let mut out: Vec<Alias> = Vec::new();
        let synonyms = entry.texts("synonyms");
        let primary_owner = coined.get(&fold_name(&entry.value));
        // The owner of the primary name is kept as an alias entry of the same name.
        let primary = primary_owner.map(|_| entry.value.trim());
        for name in synonyms.into_iter().chain(primary) {
            if name.is_empty() || (name == entry.value.trim() && primary_owner.is_none()) {
                continue;
            }
            let owner = coined.get(&fold_name(name)).cloned();
            out.push(Alias {
                name: name.to_owned(),
                basis: if owner.is_some() {
                    Basis::Stated
                } else {
                    Basis::Unknown
                },
                coined_by: owner,
            });
        }
        sort(&mut out);
        out.dedup();
        out
    }

    fn links(&self, entry: &galaxy::Entry, actor: &mut Actor) {
        for related in &entry.related {
            let target = if self.known.contains(&related.to) {
                format!("misp:{}", related.to.to_ascii_lowercase())
            } else if let Some(id) = self.attack.get(&related.to) {
                id.clone()
            } else {
                continue;
            };
            let is_actor = target.starts_with("misp:") || target.starts_with("attack:G");
            let relation = match related.kind.as_str() {
                "similar" => Relation::Similar,
                "overlaps" => Relation::Overlaps,
                "part-of" => Relation::PartOf,
                "linked-to" | "related-to" | "associated-with" => Relation::Linked,
                "uses" | "deploys" | "delivers" if !is_actor => {
                    actor.software.push(Use {
                        what: SoftwareId(target),
                        references: Vec::new(),
                    });
                    continue;
                }
                _ => continue,
            };
            if !is_actor {
                continue;
            }
            let certainty = related
                .tags
                .iter()
                .filter_map(|t| t.strip_prefix("estimative-language:likelihood-probability="))
                .map(|t| t.trim_matches('"'));
            let mut raw = vec![related.kind.as_str()];
            raw.extend(certainty);
            actor.links.push(ActorLink {
                to: ActorId(target),
                relation,
                said_by: self.source.to_owned(),
                raw: raw.join(", "),
            });
        }
        // ATT&CK's id among the synonyms says that the two are one.
        for name in entry.texts("synonyms") {
            let is_id = name.len() == 5
                && name.starts_with('G')
                && name.bytes().skip(1).all(|b| b.is_ascii_digit());
            if is_id {
                actor.links.push(ActorLink {
                    to: ActorId(format!("attack:{name}")),
                    relation: Relation::Same,
                    said_by: self.source.to_owned(),
                    raw: format!("synonym {name}"),
                });
            }
        }
        sort(&mut actor.links);
        actor.links.dedup();
        sort(&mut actor.software);
        actor.software.dedup();
    }
}

pub(crate) fn origins(entry: &galaxy::Entry) -> Vec<OriginClaim> {
    let confidence = entry
        .text("attribution-confidence")
        .unwrap_or("")
        .to_owned();
    let mut out: Vec<OriginClaim> = Vec::new();
    for raw in entry.texts("country") {
        // One entry has an empty code, a few hold several.
        for code in raw.split([',', ' ']).filter(|c| !c.is_empty()) {
            out.push(OriginClaim {
                country: Country::new(code),
                raw: code.to_owned(),
                basis: OriginBasis::Country,
                confidence: confidence.clone(),
            });
        }
    }
    for raw in entry.texts("cfr-suspected-state-sponsor") {
        out.push(OriginClaim {
            country: country(raw)
                .or_else(|| raw.rsplit_once('(').and_then(|(before, _)| country(before))),
            raw: raw.to_owned(),
            basis: OriginBasis::StateSponsor,
            confidence: confidence.clone(),
        });
    }
    sort(&mut out);
    out.dedup();
    out
}

/// What a reference that is an address alone is called: its host.
pub(crate) fn host(url: &str) -> String {
    crate::trails::host_of(url).map_or_else(String::new, |h| {
        h.strip_prefix("www.").map(str::to_owned).unwrap_or(h)
    })
}

pub(super) fn counts(facts: &Facts) -> Vec<(String, u64)> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let actors = || facts.actors.values();
    vec![
        ("actors".into(), count(actors().count())),
        (
            "actors with references".into(),
            count(actors().filter(|a| !a.references.is_empty()).count()),
        ),
        (
            "names".into(),
            count(actors().map(Actor::distinct_names).sum()),
        ),
        ("links".into(), count(actors().map(|a| a.links.len()).sum())),
        (
            "origins".into(),
            count(
                actors()
                    .filter(|a| {
                        a.origins
                            .iter()
                            .any(|o| o.basis == OriginBasis::Country && o.country.is_some())
                    })
                    .count(),
            ),
        ),
        (
            "victims".into(),
            count(actors().filter(|a| !a.targets.is_empty()).count()),
        ),
    ]
}
