//! MISP galaxy, cluster `microsoft-activity-group`: Microsoft's actors with the trades they attack and links to the
//! records of others, which Microsoft's own mapping lacks.
//!
//! Not embedded: the names are in the mapping already, and newer there. It comes with `tegakari knowledge update`.

use super::misp_threat_actor::{GALAXY_LICENCE, Reader, counts};
use super::places::country;
use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::{ActorKind, OriginBasis, OriginClaim};
use crate::source_facts::Licence;

/// The cluster.
pub(super) struct MispMicrosoft;

const CLUSTER: &str = "misp-galaxy/clusters/microsoft-activity-group.json";

impl KnowledgeSource for MispMicrosoft {
    fn id(&self) -> &'static str {
        "misp-microsoft"
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: Microsoft activity groups"
    }

    fn publisher(&self) -> &'static str {
        "MISP project"
    }

    fn about(&self) -> &'static str {
        "Microsoft's actors with trades attacked and links to other records (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        GALAXY_LICENCE
    }

    fn embedded(&self) -> bool {
        false
    }

    fn takes(&self, path: &str) -> bool {
        path == CLUSTER
            || matches!(
                path,
                "misp-galaxy/clusters/threat-actor.json"
                    | "misp-galaxy/clusters/mitre-intrusion-set.json"
                    | "misp-galaxy/clusters/mitre-malware.json"
                    | "misp-galaxy/clusters/mitre-tool.json"
            )
    }

    fn is_main(&self, path: &str) -> bool {
        path == CLUSTER
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let place = files.first().map_or(CLUSTER, |f| f.path);
        let name = "microsoft-activity-group.json";
        let Some(cluster) = galaxy::named(files, name)? else {
            let what = "microsoft-activity-group.json is missing";
            let hint = "give the folder with the MISP galaxy's clusters again";
            return Err(SourceError::new(place, what, hint));
        };
        let reader = Reader::new(self.id(), &cluster, files)?;
        let mut facts = Facts {
            version: cluster.version.clone(),
            ..Facts::default()
        };
        for entry in &cluster.entries {
            let mut actor = reader.actor(entry, &mut facts.references);
            for part in entry
                .texts("microsoft-origin-threat")
                .into_iter()
                .flat_map(|raw| raw.split(',').map(str::trim))
            {
                match part {
                    "Group in development" => actor.kind = ActorKind::Developing,
                    "Private sector offensive actor" => actor.kind = ActorKind::Company,
                    _ => actor
                        .origins
                        .extend(country(part).map(|country| OriginClaim {
                            country: Some(country),
                            raw: part.to_owned(),
                            basis: OriginBasis::Country,
                            confidence: String::new(),
                        })),
                }
            }
            sort(&mut actor.origins);
            actor.origins.dedup();
            facts.actors.insert(actor.id.clone(), actor);
        }
        facts.counts = counts(&facts);
        Ok(facts)
    }
}
