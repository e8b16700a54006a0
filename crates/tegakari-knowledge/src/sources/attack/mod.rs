//! MITRE ATT&CK as STIX 2.x bundles, one source for each domain.
//!
//! Read: groups, software, techniques, tactics, campaigns, who uses what with its citations, what was
//! revoked in favour of what, and (from release 18 on) which log sources show a technique. Prose is
//! not taken over. ICS and enterprise share groups and campaigns; they are united by id.

mod reader;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::reader::Reader;
use super::dates::day_of;
use super::{KnowledgeSource, SourceError, SourceFile};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::Status;
use crate::source_facts::{Licence, Redistribution};

/// One domain of ATT&CK.
pub(super) struct Attack {
    id: &'static str,
    title: &'static str,
    domain: &'static str,
}

/// Attacks on offices, servers and clouds.
pub(super) const ENTERPRISE: Attack = Attack {
    id: "attack-enterprise",
    title: "MITRE ATT&CK Enterprise",
    domain: "enterprise",
};
/// Attacks on industrial control systems.
pub(super) const ICS: Attack = Attack {
    id: "attack-ics",
    title: "MITRE ATT&CK ICS",
    domain: "ics",
};
/// Attacks on telephones and tablets.
pub(super) const MOBILE: Attack = Attack {
    id: "attack-mobile",
    title: "MITRE ATT&CK Mobile",
    domain: "mobile",
};

/// ATT&CK's terms of use ask for this designation with every copy.
pub(in crate::sources) const NOTICE: &str = "© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.";

/// Kinds of objects that releases up to 20 hold. Those that are not read (mitigations, matrices, markings) say nothing
/// about actors; one that is not here is counted, so that a new kind is noticed.
const KINDS: [&str; 18] = [
    "attack-pattern",
    "campaign",
    "course-of-action",
    "identity",
    "intrusion-set",
    "malware",
    "marking-definition",
    "relationship",
    "tool",
    "x-mitre-analytic",
    "x-mitre-asset",
    "x-mitre-collection",
    "x-mitre-data-component",
    "x-mitre-data-source",
    "x-mitre-detection-strategy",
    "x-mitre-log-source",
    "x-mitre-matrix",
    "x-mitre-tactic",
];

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow)]
    objects: Vec<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    name: String,
    aliases: Vec<String>,
    x_mitre_aliases: Vec<String>,
    revoked: bool,
    x_mitre_deprecated: bool,
    modified: String,
    first_seen: String,
    last_seen: String,
    x_mitre_version: String,
    x_mitre_shortname: String,
    x_mitre_platforms: Option<Vec<String>>,
    kill_chain_phases: Vec<Phase>,
    external_references: Vec<External>,
    relationship_type: String,
    source_ref: String,
    target_ref: String,
    x_mitre_analytic_refs: Vec<String>,
    x_mitre_log_source_references: Vec<LogSourceRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Phase {
    kill_chain_name: String,
    phase_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct External {
    source_name: String,
    external_id: String,
    url: String,
    description: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LogSourceRef {
    x_mitre_data_component_ref: String,
    name: String,
}

impl Object {
    fn attack_id(&self) -> Option<&str> {
        self.external_references
            .iter()
            .find(|e| e.source_name.starts_with("mitre") && !e.external_id.is_empty())
            .map(|e| e.external_id.as_str())
    }

    fn status(&self) -> Status {
        match (self.revoked, self.x_mitre_deprecated) {
            (true, _) => Status::Revoked,
            (_, true) => Status::Deprecated,
            _ => Status::Live,
        }
    }

    fn platforms(&self) -> Vec<String> {
        let mut platforms = self.x_mitre_platforms.clone().unwrap_or_default();
        sort(&mut platforms);
        platforms.dedup();
        platforms
    }
}

impl KnowledgeSource for Attack {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn publisher(&self) -> &'static str {
        "The MITRE Corporation"
    }

    fn about(&self) -> &'static str {
        "groups, software, techniques, campaigns and what shows them, with citations (https://attack.mitre.org)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "ATT&CK Terms of Use",
            notice: NOTICE,
            text: include_str!("../../../licences/attack.txt"),
            redistribution: Redistribution::Allowed,
        }
    }

    fn records(&self) -> &'static str {
        "attack"
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix("attack/").is_some_and(|name| {
            name.strip_prefix(self.domain)
                .is_some_and(|rest| rest.starts_with("-attack") && rest.contains(".json"))
        })
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut releases = Vec::new();
        for file in files {
            releases.push(self.release(file)?);
        }
        // The newest says what is so; older ones add what has gone since, so that old reports are understood.
        releases.sort_by_key(|facts| std::cmp::Reverse(numbers(&facts.version)));
        let mut releases = releases.into_iter();
        let mut all = releases.next().unwrap_or_default();
        for mut older in releases {
            older.actors.retain(|id, _| !all.actors.contains_key(id));
            older
                .software
                .retain(|id, _| !all.software.contains_key(id));
            older
                .campaigns
                .retain(|id, _| !all.campaigns.contains_key(id));
            older.drop_unused_references();
            let label = format!("actors only in release {}", older.version);
            let count = u64::try_from(older.actors.len()).unwrap_or(u64::MAX);
            all.counts.push((label, count));
            all.date = all.date.max(std::mem::take(&mut older.date));
            all.absorb(older);
        }
        Ok(all)
    }
}

impl Attack {
    /// Reads one bundle.
    fn release(&self, file: &SourceFile<'_>) -> Result<Facts, SourceError> {
        let bundle: Bundle<'_> = serde_json::from_slice(file.bytes).map_err(|e| {
            let what = if e.is_eof() {
                let mb = file.bytes.len() >> 20;
                format!("the STIX bundle ends in the middle, after {mb} MB ({e})")
            } else {
                format!("not a whole STIX bundle ({e})")
            };
            SourceError::new(file.path, what, "get the file again from the publisher")
        })?;
        let mut odd = 0;
        let objects: Vec<Object> = bundle
            .objects
            .iter()
            .filter_map(|raw| match serde_json::from_str(raw.get()) {
                Ok(object) => Some(object),
                Err(_) => {
                    odd += 1;
                    None
                }
            })
            .collect();
        let version = version_of(&objects, file.path);
        let mut facts = Reader::new(self, &objects, version.clone()).read();
        if facts.techniques.is_empty() {
            return Err(SourceError::new(
                file.path,
                "a STIX bundle without ATT&CK techniques",
                "give the ATT&CK bundle of this domain",
            ));
        }
        if odd > 0 {
            facts
                .counts
                .push(("objects not understood".to_owned(), odd));
        }
        let unknown = objects.iter().filter(|o| !KINDS.contains(&o.kind.as_str()));
        let unknown = u64::try_from(unknown.count()).unwrap_or(u64::MAX);
        if unknown > 0 {
            facts
                .counts
                .push(("objects of a new kind, not read".to_owned(), unknown));
        }
        let newest = objects.iter().map(|o| day_of(&o.modified)).max();
        facts.version = version;
        facts.date = newest.unwrap_or_default();
        Ok(facts)
    }
}

/// `18.1` in numbers, for comparing.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

/// From the collection object; else from the file's name (`enterprise-attack-18.1.json`).
fn version_of(objects: &[Object], path: &str) -> String {
    let collection = objects.iter().find(|o| o.kind == "x-mitre-collection");
    if let Some(collection) = collection.filter(|c| !c.x_mitre_version.is_empty()) {
        return collection.x_mitre_version.clone();
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|part| part.trim_matches('.'))
        .find(|part| part.split('.').count() == 2 && part.len() >= 3)
        .unwrap_or("")
        .to_owned()
}
