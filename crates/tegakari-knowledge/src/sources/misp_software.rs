//! MISP galaxy, clusters of malware and tools (`ransomware`, `rat`, `tool`, `stealer`, …): names by which reports call
//! software, and the few links to actors.
//!
//! Names only: many are everyday words, hardly any says who uses it. So a name that nothing else bears counts in a text
//! only with a word beside it that says what it is, and where ATT&CK has a record of the name, that one is meant. Not
//! embedded, for its size; it comes with `tegakari knowledge update`.

use std::collections::BTreeMap;

use tegakari_model::{ActorId, NameKind, SoftwareId};

use super::misp_threat_actor::GALAXY_LICENCE;
use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::{Facts, unite_uses};
use crate::record::{Actor, Software, Status, Use};
use crate::source_facts::Licence;

/// The clusters.
pub(super) struct MispSoftware;

const CLUSTERS: &str = "misp-galaxy/clusters/";

/// The clusters, and whether what they name is software that also serves others.
const READ: &[(&str, bool)] = &[
    ("android", false),
    ("backdoor", false),
    ("banker", false),
    ("botnet", false),
    ("cryptominers", false),
    ("exploit-kit", false),
    ("ransomware", false),
    ("rat", false),
    ("rmm-tool", true),
    ("stealer", false),
    ("tool", false),
    ("wiper", false),
];

impl KnowledgeSource for MispSoftware {
    fn id(&self) -> &'static str {
        "misp-software"
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: malware and tools"
    }

    fn publisher(&self) -> &'static str {
        "MISP project"
    }

    fn about(&self) -> &'static str {
        "names of ransomware, remote access tools, stealers and others, with their synonyms (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        GALAXY_LICENCE
    }

    fn embedded(&self) -> bool {
        false
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix(CLUSTERS)
            .and_then(|name| name.strip_suffix(".json"))
            .is_some_and(|name| {
                name == "threat-actor" || READ.iter().any(|(read, _)| *read == name)
            })
    }

    fn is_main(&self, path: &str) -> bool {
        path != "misp-galaxy/clusters/threat-actor.json"
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let mut actors: BTreeMap<String, String> = BTreeMap::new();
        for entry in galaxy::named(files, "threat-actor.json")?
            .into_iter()
            .flat_map(|c| c.entries)
        {
            actors.insert(entry.uuid, entry.value);
        }
        let (mut clusters, mut names, mut uses, mut odd) = (0_u64, 0_u64, 0_u64, 0_u64);
        for (name, serves_others) in READ {
            let Some(cluster) = galaxy::named(files, &format!("{name}.json"))? else {
                continue;
            };
            clusters += 1;
            odd += cluster.odd;
            for entry in &cluster.entries {
                let software = software(name, *serves_others, entry);
                names += 1 + u64::try_from(software.aliases.len()).unwrap_or(0);
                let users = entry.related.iter().filter(|r| r.kind.trim() == "used-by");
                for (uuid, actor) in users.filter_map(|r| actors.get_key_value(&r.to)) {
                    uses += 1;
                    let id = ActorId(format!("misp:{}", uuid.to_ascii_lowercase()));
                    let one = facts
                        .actors
                        .entry(id.clone())
                        .or_insert_with(|| Actor::new(id, "misp-threat-actor", actor.trim()));
                    let used = Use {
                        what: software.id.clone(),
                        references: Vec::new(),
                    };
                    unite_uses(&mut one.software, vec![used]);
                }
                facts
                    .software
                    .entry(software.id.clone())
                    .or_insert(software);
            }
        }
        if clusters == 0 {
            let place = files.first().map_or(CLUSTERS, |f| f.path);
            return Err(SourceError::new(
                place,
                "no cluster of malware or tools is there",
                "give the folder with the MISP galaxy's clusters again",
            ));
        }
        facts.counts = vec![
            ("clusters".into(), clusters),
            ("names".into(), names),
            (
                "software".into(),
                u64::try_from(facts.software.len()).unwrap_or(u64::MAX),
            ),
            ("uses".into(), uses),
        ];
        if odd > 0 {
            facts.counts.push(("entries not understood".into(), odd));
        }
        Ok(facts)
    }
}

/// By name, not by uuid: readable, and half the size when compressed.
fn software(cluster: &str, serves_others: bool, entry: &galaxy::Entry) -> Software {
    let name = entry.value.trim();
    let aliases = entry.aliases();
    Software {
        id: SoftwareId(format!("misp:{cluster}/{name}")),
        source: "misp-software".to_owned(),
        name: name.to_owned(),
        aliases,
        kind: if serves_others {
            NameKind::Tool
        } else {
            NameKind::Malware
        },
        status: Status::Live,
        replaced_by: None,
        techniques: Vec::new(),
        platforms: Vec::new(),
    }
}
