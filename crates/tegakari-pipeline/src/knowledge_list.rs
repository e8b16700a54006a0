//! The sources of the knowledge, as rows and as notes under a report.

use serde::Serialize;
use tegakari_knowledge::{Knowledge, Redistribution};
use tegakari_render::KnowledgeNote;

/// One source of the knowledge.
#[derive(Debug, Clone, Serialize)]
pub struct SourceRow {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Its version.
    pub version: String,
    /// Day of its newest change; may be empty.
    pub date: String,
    /// SPDX id or name of the licence.
    pub licence: String,
    /// The notice that the licence asks for; may be empty.
    pub notice: String,
    /// Whether its facts may be passed on: `allowed`, `unclear` (for whoever fetched them), or `own`.
    pub redistribution: &'static str,
    /// What was read: label and number.
    pub counts: Vec<(String, u64)>,
}

impl SourceRow {
    /// Title, publisher, version, licence, what it holds.
    pub fn cells(&self) -> Vec<String> {
        let version = match (self.version.as_str(), self.date.as_str()) {
            (version, "") => version.to_owned(),
            ("", date) => date.to_owned(),
            (version, date) => format!("{version} ({date})"),
        };
        let licence = match self.redistribution {
            "unclear" => format!("{}; not to be passed on unchecked", self.licence),
            _ => self.licence.clone(),
        };
        let holds: Vec<String> = self
            .counts
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        vec![
            self.title.clone(),
            self.publisher.clone(),
            version,
            licence,
            holds.join(", "),
        ]
    }
}

/// Every source, in order of id.
pub fn source_table(knowledge: &Knowledge) -> Vec<SourceRow> {
    knowledge
        .sources()
        .iter()
        .map(|source| SourceRow {
            id: source.id.clone(),
            title: source.title.clone(),
            publisher: source.publisher.clone(),
            version: source.version.clone(),
            date: source.date.clone(),
            licence: source.licence.clone(),
            notice: source.notice.clone(),
            redistribution: match source.redistribution {
                Redistribution::Allowed => "allowed",
                Redistribution::Unclear => "unclear",
                Redistribution::Own => "own",
            },
            counts: source.counts.clone(),
        })
        .collect()
}

/// The same for the foot of a report.
pub(crate) fn notes(knowledge: &Knowledge) -> Vec<KnowledgeNote> {
    source_table(knowledge)
        .into_iter()
        .map(|source| KnowledgeNote {
            name: source.title,
            version: if source.version.is_empty() {
                source.date
            } else {
                source.version
            },
            licence: source.licence,
            notice: source.notice,
        })
        .collect()
}
