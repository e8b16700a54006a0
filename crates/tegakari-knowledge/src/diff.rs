//! What changed between two states of knowledge, per actor: the ground on which assessments are made again.

use std::collections::BTreeSet;

use serde::Serialize;
use tegakari_model::ActorId;

use crate::knowledge::Knowledge;
use crate::record::{Actor, Status, Use};

/// What is different in one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorChange {
    /// The record.
    pub id: ActorId,
    /// Its name: the newer one.
    pub name: String,
    /// Whether the record itself came or went.
    pub record: RecordChange,
    /// What was added and taken away, by what it is (`name`, `technique`, `software`, `target`, `origin`, `link`, `status`).
    pub parts: Vec<PartChange>,
}

/// Whether a record came, went or stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordChange {
    /// It was not there before.
    Added,
    /// It is there no longer.
    Removed,
    /// It says something else now.
    Changed,
}

/// What was added to and taken from one part of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// Which part.
    pub part: &'static str,
    /// What is new, sorted.
    pub added: Vec<String>,
    /// What is gone, sorted.
    pub removed: Vec<String>,
}

/// What changed from one state of knowledge to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnowledgeDiff {
    /// Version of the older state.
    pub from: String,
    /// Version of the newer state.
    pub to: String,
    /// Sources whose version changed, came or went: id, before, after (empty: not there).
    pub sources: Vec<(String, String, String)>,
    /// Actor records, in order of id. Records that say the same are left out.
    pub actors: Vec<ActorChange>,
    /// Ids of techniques that are new.
    pub techniques_added: Vec<String>,
    /// Ids of techniques that were in force and are no longer, with their successor where one is named.
    pub techniques_retired: Vec<(String, Option<String>)>,
}

/// Compares two states of knowledge.
pub fn diff(from: &Knowledge, to: &Knowledge) -> KnowledgeDiff {
    let ids: BTreeSet<&ActorId> = from
        .actors()
        .iter()
        .chain(to.actors())
        .map(|a| &a.id)
        .collect();
    let actors = ids
        .into_iter()
        .filter_map(|id| actor(from.actor(id), to.actor(id)))
        .collect();
    let versions = |k: &Knowledge| -> Vec<(String, String)> {
        let sources = k.sources().iter();
        sources.map(|s| (s.id.clone(), s.version.clone())).collect()
    };
    let (before, after) = (versions(from), versions(to));
    let sources: BTreeSet<&String> = before.iter().chain(&after).map(|(id, _)| id).collect();
    let version = |of: &[(String, String)], id: &String| {
        let found = of.iter().find(|(known, _)| known == id);
        found.map_or_else(String::new, |(_, version)| version.clone())
    };
    let live = |k: &Knowledge| -> BTreeSet<String> {
        let all = k.techniques().iter().filter(|t| t.is_live());
        all.map(|t| t.id.to_string()).collect()
    };
    let (old, new) = (live(from), live(to));
    KnowledgeDiff {
        from: from.version().to_owned(),
        to: to.version().to_owned(),
        sources: sources
            .into_iter()
            .map(|id| (id.clone(), version(&before, id), version(&after, id)))
            .filter(|(_, before, after)| before != after)
            .collect(),
        actors,
        techniques_added: new.difference(&old).cloned().collect(),
        techniques_retired: old
            .difference(&new)
            .map(|id| {
                let successor = tegakari_model::TechniqueId::parse(id)
                    .and_then(|id| to.technique(&id))
                    .and_then(|t| t.replaced_by.as_ref());
                (id.clone(), successor.map(ToString::to_string))
            })
            .collect(),
    }
}

fn actor(before: Option<&Actor>, after: Option<&Actor>) -> Option<ActorChange> {
    let (named, record) = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => (after, RecordChange::Added),
        (Some(before), None) => (before, RecordChange::Removed),
        (Some(_), Some(after)) => (after, RecordChange::Changed),
    };
    let nothing = BTreeSet::new;
    let mut parts = Vec::new();
    for (part, of) in PARTS {
        let (old, new) = (
            before.map_or_else(nothing, of),
            after.map_or_else(nothing, of),
        );
        let added: Vec<String> = new.difference(&old).cloned().collect();
        let removed: Vec<String> = old.difference(&new).cloned().collect();
        if !added.is_empty() || !removed.is_empty() {
            parts.push(PartChange {
                part,
                added,
                removed,
            });
        }
    }
    let same = record == RecordChange::Changed && parts.is_empty();
    (!same).then(|| ActorChange {
        id: named.id.clone(),
        name: named.name.clone(),
        record,
        parts,
    })
}

/// What a part of a record says, as a set of texts.
type Part = fn(&Actor) -> BTreeSet<String>;

const PARTS: &[(&str, Part)] = &[
    ("status", |a| {
        let status = match (a.status, &a.replaced_by) {
            (Status::Live, _) => "in force".to_owned(),
            (Status::Deprecated, _) => "no longer kept up".to_owned(),
            (Status::Revoked, None) => "withdrawn".to_owned(),
            (Status::Revoked, Some(by)) => format!("withdrawn for {}", by.0),
        };
        BTreeSet::from([status])
    }),
    ("name", |a| a.all_names().map(str::to_owned).collect()),
    ("technique", |a| used(&a.techniques, ToString::to_string)),
    ("software", |a| used(&a.software, |s| s.0.clone())),
    ("target", |a| {
        a.targets.iter().map(|t| t.raw.clone()).collect()
    }),
    ("origin", |a| {
        a.origins.iter().map(|o| o.raw.clone()).collect()
    }),
    ("link", |a| {
        let links = a.links.iter();
        links
            .map(|l| format!("{} ({}, says {})", l.to.0, l.raw, l.said_by))
            .collect()
    }),
];

fn used<T>(uses: &[Use<T>], text: impl Fn(&T) -> String) -> BTreeSet<String> {
    uses.iter().map(|one| text(&one.what)).collect()
}
