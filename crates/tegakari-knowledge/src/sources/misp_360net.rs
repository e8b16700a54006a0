//! MISP galaxy, cluster `360net`: actors as the Chinese vendor 360 sees them, with names in Chinese, victims and references.
//! A counterweight: it names origins that others do not.
//!
//! The galaxy took it from the vendor's site, whose terms are not known: read when the user supplies it, never embedded.

use super::misp_threat_actor::{Reader, counts};
use super::places::country;
use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::{Alias, Basis};
use crate::source_facts::{Licence, Redistribution};

/// The cluster.
pub(super) struct Misp360Net;

const CLUSTER: &str = "misp-galaxy/clusters/360net.json";

impl KnowledgeSource for Misp360Net {
    fn id(&self) -> &'static str {
        "misp-360net"
    }

    fn title(&self) -> &'static str {
        "MISP galaxy: 360.net"
    }

    fn publisher(&self) -> &'static str {
        "MISP project, from 360"
    }

    fn about(&self) -> &'static str {
        "actors with names in Chinese, victims and references, as the vendor 360 sees them (https://github.com/MISP/misp-galaxy)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC0-1.0 according to the MISP galaxy; 360's own terms not known",
            notice: "From apt.360.net by way of the MISP galaxy. For the use of whoever fetched it; not to be passed on unchecked.",
            text: "",
            redistribution: Redistribution::Unclear,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path == CLUSTER
            || matches!(
                path,
                "misp-galaxy/clusters/threat-actor.json"
                    | "misp-galaxy/clusters/mitre-intrusion-set.json"
            )
    }

    fn is_main(&self, path: &str) -> bool {
        path == CLUSTER
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let place = files.first().map_or(CLUSTER, |f| f.path);
        let Some(cluster) = galaxy::named(files, "360net.json")? else {
            let hint = "give the folder with the MISP galaxy's clusters again";
            return Err(SourceError::new(place, "360net.json is missing", hint));
        };
        let reader = Reader::new(self.id(), &cluster, files)?;
        let mut facts = Facts {
            version: cluster.version.clone(),
            ..Facts::default()
        };
        for entry in &cluster.entries {
            let mut actor = reader.actor(entry, &mut facts.references);
            // Where the others of the galaxy have codes, this one has words.
            for origin in &mut actor.origins {
                origin.country = origin.country.take().or_else(|| country(&origin.raw));
            }
            // A Chinese name and the number in one: `黄金鼠 - APT-C-27`.
            let parts: Vec<&str> = entry.value.split(" - ").map(str::trim).collect();
            for part in parts.iter().filter(|p| parts.len() > 1 && !p.is_empty()) {
                actor.aliases.push(Alias {
                    name: (*part).to_owned(),
                    coined_by: Some("360".to_owned()),
                    basis: Basis::Stated,
                });
            }
            sort(&mut actor.aliases);
            actor.aliases.dedup();
            facts.actors.insert(actor.id.clone(), actor);
        }
        facts.counts = counts(&facts);
        Ok(facts)
    }
}
