//! MISP galaxy, cluster `mitre-attack-pattern`: ids and names of techniques in a later ATT&CK release.
//!
//! Only what tells which id became which is taken: profiles, tactics and telemetry come from ATT&CK's
//! own STIX. The cluster also keeps the matrix PRE-ATT&CK, retired in 2020, whose ids old reports cite.

use std::collections::BTreeMap;

use tegakari_model::TechniqueId;

use super::{KnowledgeSource, SourceError, SourceFile, attack, galaxy};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::{Status, Technique};
use crate::source_facts::{Licence, Redistribution};

/// The cluster.
pub(super) struct MispAttack;

/// The release that the cluster expresses. Its files do not say so; the MISP galaxy's README of
/// 2026-04-30 does.
const RELEASE: &str = "19";

impl KnowledgeSource for MispAttack {
    fn id(&self) -> &'static str {
        "misp-attack"
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: ATT&CK technique ids"
    }

    fn publisher(&self) -> &'static str {
        "MISP project, from MITRE ATT&CK"
    }

    fn about(&self) -> &'static str {
        "technique ids of ATT&CK 19 and what they replace (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC0-1.0 AND ATT&CK Terms of Use",
            notice: attack::NOTICE,
            text: include_str!("../../licences/attack.txt"),
            redistribution: Redistribution::Allowed,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path == "misp-galaxy/clusters/mitre-attack-pattern.json"
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        for file in files {
            let cluster = galaxy::read(file)?;
            facts.version = format!("{} (ATT&CK {RELEASE})", cluster.version);
            let ids: BTreeMap<&str, TechniqueId> = cluster
                .entries
                .iter()
                .filter_map(|e| {
                    Some((e.uuid.as_str(), TechniqueId::parse(e.text("external_id")?)?))
                })
                .collect();
            for entry in &cluster.entries {
                let Some(id) = ids.get(entry.uuid.as_str()) else {
                    continue;
                };
                let technique = technique(entry, id.clone(), &ids);
                match facts.techniques.get(id) {
                    Some(known) if known.is_live() || !technique.is_live() => {}
                    _ => {
                        facts.techniques.insert(id.clone(), technique);
                    }
                }
            }
        }
        let revoked = facts
            .techniques
            .values()
            .filter(|t| t.status == Status::Revoked);
        facts.counts = vec![
            (
                "ids".into(),
                u64::try_from(facts.techniques.len()).unwrap_or(0),
            ),
            (
                "revoked".into(),
                u64::try_from(revoked.count()).unwrap_or(0),
            ),
        ];
        Ok(facts)
    }
}

fn technique(
    entry: &galaxy::Entry,
    id: TechniqueId,
    ids: &BTreeMap<&str, TechniqueId>,
) -> Technique {
    let phases = entry.texts("kill_chain");
    let domain = match phases.first().and_then(|p| p.split_once(':')) {
        Some(("pre-attack", _)) => "pre",
        Some((chain, _)) if chain.contains("mobile") => "mobile",
        Some((chain, _)) if chain.contains("ics") => "ics",
        _ => "enterprise",
    };
    let replaced_by = entry
        .related
        .iter()
        .find(|r| r.kind == "revoked-by")
        .and_then(|r| ids.get(r.to.as_str()).cloned());
    let status = if entry.revoked {
        Status::Revoked
    } else if domain == "pre" {
        Status::Deprecated
    } else {
        Status::Live
    };
    let suffix = format!(" - {id}");
    let mut tactics: Vec<String> = phases
        .iter()
        .filter_map(|p| p.split_once(':'))
        .map(|(_, phase)| phase.to_owned())
        .collect();
    sort(&mut tactics);
    tactics.dedup();
    Technique {
        name: entry
            .value
            .strip_suffix(&suffix)
            .unwrap_or(&entry.value)
            .to_owned(),
        domain: domain.to_owned(),
        tactics,
        parent: (id.parent() != id).then(|| id.parent()),
        status,
        replaced_by,
        later: None,
        version: RELEASE.to_owned(),
        platforms: Vec::new(),
        log_sources: Vec::new(),
        id,
    }
}
