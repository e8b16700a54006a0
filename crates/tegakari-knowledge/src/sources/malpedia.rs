//! Malpedia's families, as the MISP galaxy's cluster: names and synonyms of malware.
//!
//! Malpedia's terms (CC BY-NC-SA 3.0) and the galaxy's (CC0) contradict each other: read when the user supplies the file,
//! never embedded and never fetched unasked.

use tegakari_model::{NameKind, SoftwareId};

use super::{KnowledgeSource, SourceError, SourceFile, galaxy};
use crate::facts::Facts;
use crate::record::{Software, Status};
use crate::source_facts::{Licence, Redistribution};

/// The cluster.
pub(super) struct Malpedia;

/// Where a family's page is; what follows is its id.
const PAGES: &str = "https://malpedia.caad.fkie.fraunhofer.de/details/";

impl KnowledgeSource for Malpedia {
    fn id(&self) -> &'static str {
        "malpedia"
    }

    fn title(&self) -> &'static str {
        "Malpedia families"
    }

    fn publisher(&self) -> &'static str {
        "Fraunhofer FKIE"
    }

    fn about(&self) -> &'static str {
        "names and synonyms of malware families (https://malpedia.caad.fkie.fraunhofer.de)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC-BY-NC-SA-3.0",
            notice: "Malpedia by Fraunhofer FKIE (https://malpedia.caad.fkie.fraunhofer.de), CC BY-NC-SA 3.0: not for commercial use, not to be passed on with this program.",
            text: "",
            redistribution: Redistribution::Unclear,
        }
    }

    fn takes(&self, path: &str) -> bool {
        matches!(
            path,
            "misp-galaxy/clusters/malpedia.json" | "malpedia/malpedia.json"
        )
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let (mut synonyms, mut odd) = (0_u64, 0_u64);
        for file in files {
            let cluster = galaxy::read(file)?;
            odd += cluster.odd;
            facts.version = facts.version.max(cluster.version.clone());
            for entry in &cluster.entries {
                let page = entry.texts("refs").into_iter();
                let family = page.filter_map(|url| url.strip_prefix(PAGES)).next();
                let id = family.unwrap_or(&entry.uuid).trim_end_matches('/');
                let name = entry.value.trim();
                let aliases = entry.aliases();
                synonyms += u64::from(!aliases.is_empty());
                let software = Software {
                    id: SoftwareId(format!("malpedia:{id}")),
                    source: self.id().to_owned(),
                    name: name.to_owned(),
                    aliases,
                    kind: NameKind::Malware,
                    status: Status::Live,
                    replaced_by: None,
                    techniques: Vec::new(),
                    platforms: Vec::new(),
                };
                facts.software.insert(software.id.clone(), software);
            }
        }
        facts.counts = vec![
            (
                "families".into(),
                u64::try_from(facts.software.len()).unwrap_or(u64::MAX),
            ),
            ("families with synonyms".into(), synonyms),
        ];
        if odd > 0 {
            facts.counts.push(("entries not understood".into(), odd));
        }
        Ok(facts)
    }
}
