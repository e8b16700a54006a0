//! One look-up for a person's word: an id, a name, a technique, or something close to a name.

use tegakari_model::{ActorId, SoftwareId, TechniqueId};

use crate::knowledge::Knowledge;
use crate::names::{NamedRecord, RecordRef};
use crate::record::{Basis, Status};

/// What a word was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Records with this id or name; several when sources disagree.
    Records(Vec<NamedRecord>),
    /// A technique or tactic: the id to look at, and the id as asked when it is another.
    Technique(crate::Resolved),
    /// Nothing bears the name; these are one slip away ("did you mean").
    Near(Vec<String>),
    /// Nothing.
    Nothing,
}

impl Knowledge {
    /// Looks `text` up as a record's id (`G0030`, `attack:G0030`, `S1210`, `C0022`), a technique's id
    /// or name, or a name. What was found is never chosen among: all records are given.
    pub fn search(&self, text: &str) -> Found {
        let text = text.trim();
        if let Some(resolved) = TechniqueId::parse(text).and_then(|id| self.resolve_technique(&id))
        {
            return Found::Technique(resolved);
        }
        if let Some(record) = self.record_with_id(text) {
            return Found::Records(vec![record]);
        }
        let named = self.records_named(text);
        if !named.is_empty() {
            return Found::Records(named);
        }
        if let Some(technique) = self.technique_named(text) {
            return Found::Technique(crate::Resolved {
                current: technique.id.clone(),
                retired: None,
                newer: false,
            });
        }
        let near: Vec<String> = self
            .near_names(text)
            .iter()
            .map(|n| n.text.clone())
            .collect();
        if near.is_empty() {
            Found::Nothing
        } else {
            Found::Near(near)
        }
    }

    fn record_with_id(&self, text: &str) -> Option<NamedRecord> {
        let upper = text.to_ascii_uppercase();
        let candidates = [
            text.to_owned(),
            format!("attack:{upper}"),
            format!("misp:{}", text.to_ascii_lowercase()),
        ];
        for id in candidates {
            let actor = ActorId(id.clone());
            if let Some(actor) = self.actor(&actor) {
                return Some(own(
                    RecordRef::Actor(actor.id.clone()),
                    &actor.name,
                    &actor.source,
                    actor.status,
                ));
            }
            let software = SoftwareId(id.clone());
            if let Some(software) = self.software(&software) {
                return Some(own(
                    RecordRef::Software(software.id.clone()),
                    &software.name,
                    &software.source,
                    software.status,
                ));
            }
            if let Some(campaign) = self.campaign(&id) {
                return Some(own(
                    RecordRef::Campaign(campaign.id.clone()),
                    &campaign.name,
                    &campaign.source,
                    campaign.status,
                ));
            }
        }
        None
    }
}

fn own(record: RecordRef, name: &str, source: &str, status: Status) -> NamedRecord {
    NamedRecord {
        record,
        primary: name.to_owned(),
        written: name.to_owned(),
        said_by: source.to_owned(),
        coined_by: None,
        basis: Basis::Own,
        status,
    }
}
