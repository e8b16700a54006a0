//! MISP galaxy, clusters `tidal-*`: trades and countries attacked, software used, campaigns, as Tidal Cyber kept them until
//! 2025-07-02.
//!
//! No longer kept up there, and on whose terms the galaxy holds it is not clear: read when the user supplies it, never
//! embedded, and its targets count only where no fresher source speaks of the same actor.

use std::collections::BTreeMap;

use tegakari_model::{ActorId, Country, NameKind, SoftwareId, TargetKind};

use super::dates::day_of;
use super::places::sector;
use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::{Facts, unite_uses};
use crate::order::sort;
use crate::record::{
    Actor, ActorLink, Campaign, OriginBasis, OriginClaim, Relation, Software, Status, TargetClaim,
    Use,
};
use crate::source_facts::{Licence, Redistribution};

/// The clusters.
pub(super) struct Tidal;

const ID: &str = "tidal";
const FOLDER: &str = "misp-galaxy/clusters/tidal-";
/// Day of the clusters' last change. Their files do not say it.
const LAST_CHANGE: &str = "2025-07-02";

impl KnowledgeSource for Tidal {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: Tidal Cyber (no longer kept up)"
    }

    fn publisher(&self) -> &'static str {
        "MISP project, from Tidal Cyber"
    }

    fn about(&self) -> &'static str {
        "trades and countries attacked, software used by groups, campaigns, as of July 2025 (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC0-1.0 according to the MISP galaxy; Tidal Cyber's own terms not checked",
            notice: "From Tidal Cyber by way of the MISP galaxy. For the use of whoever fetched it; not to be passed on unchecked.",
            text: "",
            redistribution: Redistribution::Unclear,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix(FOLDER)
            .is_some_and(|name| matches!(name, "groups.json" | "software.json" | "campaigns.json"))
    }

    fn is_stale(&self) -> bool {
        true
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let place = files.first().map_or(FOLDER, |f| f.path);
        let groups = galaxy::named(files, "tidal-groups.json")?.ok_or_else(|| {
            SourceError::new(
                place,
                "tidal-groups.json is missing",
                "give the folder with the MISP galaxy's clusters",
            )
        })?;
        let mut facts = Facts {
            version: groups.version.clone(),
            date: LAST_CHANGE.to_owned(),
            ..Facts::default()
        };
        let mut by_uuid: BTreeMap<String, String> = BTreeMap::new();
        for entry in &groups.entries {
            let Some(actor) = actor(entry) else { continue };
            by_uuid.insert(entry.uuid.clone(), actor.id.0.clone());
            facts.actors.insert(actor.id.clone(), actor);
        }
        let mut uses = 0_u64;
        let mut odd = groups.odd;
        if let Some(cluster) = galaxy::named(files, "tidal-software.json")? {
            odd += cluster.odd;
            for entry in &cluster.entries {
                let Some(id) = software(entry, &mut facts) else {
                    continue;
                };
                for related in entry.related.iter().filter(|r| r.kind == "used-by") {
                    let actor = by_uuid.get(&related.to).cloned().map(ActorId);
                    if let Some(actor) = actor.and_then(|id| facts.actors.get_mut(&id)) {
                        uses += 1;
                        let one = Use {
                            what: id.clone(),
                            references: Vec::new(),
                        };
                        unite_uses(&mut actor.software, vec![one]);
                    }
                }
            }
        }
        if let Some(cluster) = galaxy::named(files, "tidal-campaigns.json")? {
            odd += cluster.odd;
            for entry in &cluster.entries {
                if let Some(campaign) = campaign(entry) {
                    facts.campaigns.insert(campaign.id.clone(), campaign);
                }
            }
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let has = |which: fn(&TargetKind) -> bool| {
            let actors = facts.actors.values();
            let claims = |a: &&Actor| {
                a.targets
                    .iter()
                    .filter_map(|t| t.target.as_ref())
                    .any(which)
            };
            count(actors.filter(claims).count())
        };
        facts.counts = vec![
            ("actors".into(), count(facts.actors.len())),
            (
                "actors with trades".into(),
                has(|t| matches!(t, TargetKind::Sector(_))),
            ),
            (
                "actors with countries".into(),
                has(|t| matches!(t, TargetKind::Country(_))),
            ),
            ("campaigns".into(), count(facts.campaigns.len())),
            ("software of its own".into(), count(facts.software.len())),
            ("uses".into(), uses),
        ];
        if odd > 0 {
            facts.counts.push(("entries not understood".into(), odd));
        }
        Ok(facts)
    }
}

/// Whether the entry repeats one of ATT&CK's; the others have numbers of Tidal's own.
fn is_attacks(entry: &galaxy::Entry) -> bool {
    entry.text("source") == Some("MITRE")
}

/// Tidal gives some of its own numbers twice.
fn key<'a>(entry: &'a galaxy::Entry, number: &'a str) -> &'a str {
    if is_attacks(entry) {
        number
    } else {
        &entry.uuid
    }
}

fn actor(entry: &galaxy::Entry) -> Option<Actor> {
    let number = entry.text("group_attack_id")?;
    let id = ActorId(format!("{ID}:{}", key(entry, number)));
    let mut actor = Actor::new(id, ID, entry.value.trim());
    actor.modified = LAST_CHANGE.to_owned();
    if is_attacks(entry) {
        actor.links.push(ActorLink {
            to: ActorId(format!("attack:{number}")),
            relation: Relation::Same,
            said_by: ID.to_owned(),
            raw: format!("group_attack_id {number}"),
        });
    }
    for raw in entry.texts("target_categories") {
        actor.targets.push(TargetClaim {
            target: sector(raw).map(TargetKind::Sector),
            raw: raw.to_owned(),
        });
    }
    for raw in entry.texts("observed_countries") {
        actor.targets.push(TargetClaim {
            target: Country::new(raw).map(TargetKind::Country),
            raw: raw.to_owned(),
        });
    }
    sort(&mut actor.targets);
    actor.targets.dedup();
    for raw in entry.texts("country") {
        actor.origins.push(OriginClaim {
            country: Country::new(raw),
            raw: raw.to_owned(),
            basis: OriginBasis::Country,
            confidence: String::new(),
        });
    }
    sort(&mut actor.origins);
    actor.origins.dedup();
    Some(actor)
}

/// The software's id; of what is ATT&CK's there is no second record.
fn software(entry: &galaxy::Entry, facts: &mut Facts) -> Option<SoftwareId> {
    let number = entry.text("software_attack_id")?;
    if is_attacks(entry) {
        return Some(SoftwareId(format!("attack:{number}")));
    }
    let id = SoftwareId(format!("{ID}:{}", key(entry, number)));
    let mut platforms: Vec<String> = entry
        .texts("platforms")
        .into_iter()
        .map(str::to_owned)
        .collect();
    sort(&mut platforms);
    platforms.dedup();
    let software = Software {
        id: id.clone(),
        source: ID.to_owned(),
        name: entry.value.trim().to_owned(),
        aliases: Vec::new(),
        kind: if entry.texts("type").contains(&"tool") {
            NameKind::Tool
        } else {
            NameKind::Malware
        },
        status: Status::Live,
        replaced_by: None,
        techniques: Vec::new(),
        platforms,
    };
    facts.software.insert(id.clone(), software);
    Some(id)
}

fn campaign(entry: &galaxy::Entry) -> Option<Campaign> {
    let number = entry.text("campaign_attack_id")?;
    if is_attacks(entry) {
        return None;
    }
    Some(Campaign {
        id: format!("{ID}:{}", key(entry, number)),
        source: ID.to_owned(),
        name: entry.value.trim().to_owned(),
        aliases: Vec::new(),
        status: Status::Live,
        first_seen: entry.text("first_seen").map(day_of).unwrap_or_default(),
        last_seen: entry.text("last_seen").map(day_of).unwrap_or_default(),
        attributed_to: Vec::new(),
        techniques: Vec::new(),
        software: Vec::new(),
    })
}
