//! Microsoft's mapping of its actor names to others' names.

use serde::Deserialize;
use tegakari_model::ActorId;

use super::places::country;
use super::{KnowledgeSource, SourceError, SourceFile};
use crate::facts::Facts;
use crate::order::sort;
use crate::record::{Actor, ActorKind, Alias, Basis, OriginBasis, OriginClaim};
use crate::source_facts::{Licence, Redistribution};

/// The mapping.
pub(super) struct MicrosoftNaming;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "Threat actor name", default)]
    name: String,
    #[serde(rename = "Origin/Threat", default)]
    origin: String,
    #[serde(rename = "Other names", default)]
    others: String,
}

impl KnowledgeSource for MicrosoftNaming {
    fn id(&self) -> &'static str {
        "microsoft-naming"
    }

    fn title(&self) -> &'static str {
        "Microsoft threat actor naming"
    }

    fn publisher(&self) -> &'static str {
        "Microsoft"
    }

    fn about(&self) -> &'static str {
        "Microsoft's names, its claims of origin, and others' names without their owners (https://github.com/microsoft/mstic)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC-BY-4.0",
            notice: "Threat actor name mapping by Microsoft (https://github.com/microsoft/mstic), licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changed: names split and stored as separate claims.",
            text: "",
            redistribution: Redistribution::Allowed,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path == "microsoft-naming/MicrosoftMapping.json"
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let mut names = 0_u64;
        for file in files {
            let text = file
                .bytes
                .strip_prefix(b"\xEF\xBB\xBF")
                .unwrap_or(file.bytes);
            let rows: Vec<Row> = serde_json::from_slice(text).map_err(|e| {
                SourceError::new(
                    file.path,
                    format!("not Microsoft's whole name mapping ({e})"),
                    "get MicrosoftMapping.json again from microsoft/mstic",
                )
            })?;
            for row in rows {
                let name = row.name.trim();
                if name.is_empty() {
                    continue;
                }
                let actor = actor(name, &row);
                names += 1 + u64::try_from(actor.aliases.len()).unwrap_or(0);
                facts.actors.insert(actor.id.clone(), actor);
            }
        }
        facts.counts = vec![
            (
                "actors".into(),
                u64::try_from(facts.actors.len()).unwrap_or(0),
            ),
            ("names".into(), names),
        ];
        Ok(facts)
    }
}

fn actor(name: &str, row: &Row) -> Actor {
    let mut actor = Actor::new(
        ActorId(format!("microsoft:{name}")),
        "microsoft-naming",
        name,
    );
    actor.aliases = row
        .others
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty() && *n != name)
        .map(|n| Alias {
            name: n.to_owned(),
            coined_by: None,
            basis: Basis::Unknown,
        })
        .collect();
    sort(&mut actor.aliases);
    actor.aliases.dedup();
    for part in row.origin.split(',').map(str::trim) {
        match part {
            "Group in development" => actor.kind = ActorKind::Developing,
            "Private sector offensive actor" => actor.kind = ActorKind::Company,
            _ => {
                if let Some(country) = country(part) {
                    actor.origins.push(OriginClaim {
                        country: Some(country),
                        raw: row.origin.trim().to_owned(),
                        basis: OriginBasis::Country,
                        confidence: String::new(),
                    });
                }
            }
        }
    }
    actor
}
