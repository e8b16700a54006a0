//! A name as people ask for it: every record that bears it, and what sources claim about them.

use serde::Serialize;
use tegakari_knowledge::{CitedClaim, Knowledge, NamedRecord, RecordRef, Relation, Status};
use tegakari_model::{ActorId, NameKind};
use tegakari_render::{
    NameCitation, NameContradiction, NameFamilyNote, NameLink, NameRow, NameStory,
};

/// What the sources claim about a name.
#[derive(Debug, Default, Serialize)]
pub struct ShownName {
    /// Every record that bears it; none was chosen among them.
    pub records: Vec<ShownRecord>,
    /// The vendor's naming family.
    pub family: Option<ShownFamily>,
    /// How sources say that records relate.
    pub links: Vec<ShownLink>,
    /// Names about which sources contradict each other.
    pub contradictions: Vec<ShownContradiction>,
    /// When nothing bears it: names one slip away.
    pub did_you_mean: Vec<String>,
}

/// A record that bears a name.
#[derive(Debug, Serialize)]
pub struct ShownRecord {
    /// Its id (`attack:G0030`).
    pub id: String,
    /// What it is about.
    pub about: Option<NameKind>,
    /// Its primary name.
    pub name: String,
    /// Its other names.
    pub other_names: Vec<String>,
    /// The source that says so.
    pub said_by: String,
    /// Who coined the name asked for, where known.
    pub coined_by: Option<String>,
    /// Where the source says it comes from, in its words.
    pub origins: Vec<String>,
    /// The same as claims: what is said, since when, and how sure the source is on its own scale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<ShownOrigin>,
    /// Places and trades it is said to attack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<ShownTarget>,
    /// Number of techniques it is said to use.
    pub techniques: usize,
    /// Number of programs it is said to use.
    pub software: usize,
    /// Single assertions with what they rest on, where the source gives it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cited: Vec<ShownCitation>,
    /// Whether it is in force.
    pub in_force: bool,
}

/// A place or trade that a record is said to attack.
#[derive(Debug, Serialize)]
pub struct ShownTarget {
    /// The source's label.
    pub says: String,
    /// The place or trade in standard codes; absent when the label is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<tegakari_model::TargetKind>,
    /// Whether the source is no longer kept up and a fresher one speaks of the same: shown, not weighed.
    pub older: bool,
}

/// A single assertion and what it rests on.
#[derive(Debug, Serialize)]
pub struct ShownCitation {
    /// Kind of assertion (`technique`).
    pub part: String,
    /// What is asserted.
    pub what: String,
    /// The publication: its address, else its title; empty when none is given.
    pub reference: String,
    /// As exactly as the source says; may be empty.
    pub date: String,
    /// The source's own certainty, raw; may be empty.
    pub certainty: String,
}

/// A claim about who is behind a record. The program never makes one itself.
#[derive(Debug, Serialize)]
pub struct ShownOrigin {
    /// What is said, in the source's words.
    pub says: String,
    /// The country it names.
    pub country: Option<tegakari_model::Country>,
    /// Day or version of what says it; empty when unknown.
    pub as_of: String,
    /// The source's own certainty, raw; empty when it gives none.
    pub certainty: String,
}

/// A vendor's naming family.
#[derive(Debug, Serialize)]
pub struct ShownFamily {
    /// The word that marks it.
    pub word: &'static str,
    /// Whose it is.
    pub vendor: &'static str,
    /// What it stands for there: the vendor's claim (`country`, `crime`, `numbered`, …).
    pub meaning: &'static str,
    /// The country, when it stands for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<tegakari_model::Country>,
}

/// How two records relate, as a source says.
#[derive(Debug, Serialize)]
pub struct ShownLink {
    /// The record that says it.
    pub from: String,
    /// Its name.
    pub from_name: String,
    /// The other record.
    pub to: String,
    /// Its name.
    pub to_name: String,
    /// How they relate.
    pub relation: &'static str,
    /// The source that says so.
    pub said_by: String,
    /// Its own words.
    pub raw: String,
}

/// A name that some sources give to the same actor and others to another.
#[derive(Debug, Serialize)]
pub struct ShownContradiction {
    /// The other name.
    pub name: String,
    /// Sources in which one record bears both names.
    pub one: Vec<ShownBearer>,
    /// Sources in which another record bears it.
    pub apart: Vec<ShownBearer>,
}

/// A source and its records.
#[derive(Debug, Serialize)]
pub struct ShownBearer {
    /// The source.
    pub source: String,
    /// Ids of its records.
    pub records: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
}

/// What is claimed about `asked`, which `records` bear.
pub(crate) fn claims(asked: &str, records: Vec<NamedRecord>, knowledge: &Knowledge) -> ShownName {
    // An id was asked for, not a name: its primary name is what sources speak about.
    let name = match &records[..] {
        [only] if knowledge.records_named(asked).is_empty() => only.primary.clone(),
        _ => asked.to_owned(),
    };
    let claims = knowledge.claims_about(&name);
    let called = |id: &ActorId| {
        let actor = knowledge.actor(id);
        actor.map_or_else(|| id.0.clone(), |a| a.name.clone())
    };
    let bearer = |source: &str, ids: &[ActorId]| ShownBearer {
        source: source.to_owned(),
        records: ids.iter().map(|id| id.0.clone()).collect(),
        names: ids.iter().map(called).collect(),
    };
    let contradictions = claims.contradictions.iter().map(|c| ShownContradiction {
        name: c.name.clone(),
        one: c
            .one
            .iter()
            .map(|(source, id)| bearer(source, std::slice::from_ref(id)))
            .collect(),
        apart: c
            .apart
            .iter()
            .map(|(source, ids)| bearer(source, ids))
            .collect(),
    });
    let links = claims.links.iter().map(|claim| ShownLink {
        from: claim.from.0.clone(),
        from_name: called(&claim.from),
        to: claim.link.to.0.clone(),
        to_name: called(&claim.link.to),
        relation: word(claim.link.relation),
        said_by: claim.link.said_by.clone(),
        raw: claim.link.raw.clone(),
    });
    ShownName {
        family: claims.family.map(|f| ShownFamily {
            word: f.word,
            vendor: f.vendor,
            meaning: f.meaning.key(),
            country: f.meaning.country(),
        }),
        links: links.collect(),
        contradictions: contradictions.collect(),
        records: records.into_iter().map(|r| shown(r, knowledge)).collect(),
        did_you_mean: Vec::new(),
    }
}

fn word(relation: Relation) -> &'static str {
    match relation {
        Relation::Same => "same",
        Relation::Similar => "similar",
        Relation::Overlaps => "overlaps",
        Relation::PartOf => "part_of",
        Relation::Linked => "linked",
        Relation::RevokedBy => "revoked_by",
    }
}

fn shown(record: NamedRecord, knowledge: &Knowledge) -> ShownRecord {
    let mut origins = Vec::new();
    let mut behind = Vec::new();
    let (mut targets, mut cited) = (Vec::new(), Vec::new());
    let (mut techniques, mut software_used) = (0, 0);
    let (id, about, mut other_names) = match &record.record {
        RecordRef::Actor(id) => {
            let actor = knowledge.actor(id);
            origins.extend(actor.iter().flat_map(|a| &a.origins).map(|o| o.raw.clone()));
            if let Some(actor) = actor {
                let older = actor.older_targets.iter().map(|t| (t, true));
                let all = actor.targets.iter().map(|t| (t, false)).chain(older);
                targets.extend(all.map(|(claim, older)| ShownTarget {
                    says: claim.raw.clone(),
                    target: claim.target.clone(),
                    older,
                }));
                (techniques, software_used) = (actor.techniques.len(), actor.software.len());
                cited.extend(actor.cited.iter().map(|c| citation(c, knowledge)));
                let source = knowledge.sources().iter().find(|s| s.id == actor.source);
                let version = source.map_or("", |s| s.version.as_str());
                let dated = if actor.modified.is_empty() {
                    version
                } else {
                    &actor.modified
                };
                behind.extend(actor.origins.iter().map(|origin| ShownOrigin {
                    says: origin.raw.clone(),
                    country: origin.country.clone(),
                    as_of: dated.to_owned(),
                    certainty: origin.confidence.clone(),
                }));
            }
            let names = actor.map(|a| a.all_names().map(str::to_owned).collect());
            (
                id.0.clone(),
                Some(NameKind::IntrusionSet),
                names.unwrap_or_default(),
            )
        }
        RecordRef::Software(id) => {
            let software = knowledge.software(id);
            let names: Option<Vec<String>> = software.map(|s| s.aliases.clone());
            (
                id.0.clone(),
                software.map(|s| s.kind),
                names.unwrap_or_default(),
            )
        }
        RecordRef::Campaign(id) => (id.clone(), Some(NameKind::Campaign), Vec::new()),
    };
    other_names.retain(|name| *name != record.primary);
    other_names.sort();
    other_names.dedup();
    ShownRecord {
        id,
        about,
        name: record.primary,
        other_names,
        said_by: record.said_by,
        coined_by: record.coined_by,
        origins,
        behind,
        targets,
        techniques,
        software: software_used,
        cited,
        in_force: record.status == Status::Live,
    }
}

fn citation(claim: &CitedClaim, knowledge: &Knowledge) -> ShownCitation {
    let reference = claim.reference.and_then(|r| knowledge.reference(r));
    ShownCitation {
        part: claim.part.clone(),
        what: claim.what.clone(),
        reference: reference.map_or_else(String::new, |r| {
            if r.url.is_empty() {
                r.name.clone()
            } else {
                r.url.clone()
            }
        }),
        date: claim.date.clone(),
        certainty: claim.scale.clone(),
    }
}

/// The same as something to print.
#[derive(Debug)]
pub struct NamePage {
    asked: String,
    records: Vec<NameRow>,
    family: Option<NameFamilyNote>,
    links: Vec<NameLink>,
    contradictions: Vec<NameContradiction>,
    did_you_mean: Vec<String>,
}

impl NamePage {
    /// The page for what was asked.
    pub fn new(asked: &str, name: &ShownName) -> Self {
        let records = name.records.iter().map(|r| NameRow {
            id: r.id.clone(),
            kind: r.about,
            name: r.name.clone(),
            other_names: r.other_names.clone(),
            said_by: r.said_by.clone(),
            coined_by: r.coined_by.clone(),
            origins: r.origins.clone(),
            behind: r
                .behind
                .iter()
                .map(|b| (b.country.clone(), b.as_of.clone(), b.certainty.clone()))
                .collect(),
            targets: r
                .targets
                .iter()
                .map(|t| (t.says.clone(), t.older))
                .collect(),
            cited: r
                .cited
                .iter()
                .map(|c| NameCitation {
                    part: c.part.clone(),
                    what: c.what.clone(),
                    reference: c.reference.clone(),
                    date: c.date.clone(),
                    certainty: c.certainty.clone(),
                })
                .collect(),
            retired: !r.in_force,
        });
        let links = name.links.iter().map(|l| NameLink {
            from: (l.from_name.clone(), l.from.clone()),
            to: (l.to_name.clone(), l.to.clone()),
            relation: l.relation,
            said_by: l.said_by.clone(),
            raw: l.raw.clone(),
        });
        let bearers = |of: &[ShownBearer]| {
            let each = of.iter();
            each.map(|b| format!("{} ({})", b.source, b.names.join(", ")))
                .collect()
        };
        let contradictions = name.contradictions.iter().map(|c| NameContradiction {
            name: c.name.clone(),
            one: bearers(&c.one),
            apart: bearers(&c.apart),
        });
        Self {
            asked: asked.trim().to_owned(),
            records: records.collect(),
            family: name.family.as_ref().map(|f| NameFamilyNote {
                word: f.word,
                vendor: f.vendor,
                meaning: f.meaning,
                country: f.country.clone(),
            }),
            links: links.collect(),
            contradictions: contradictions.collect(),
            did_you_mean: name.did_you_mean.clone(),
        }
    }

    /// What to print.
    pub fn story(&self) -> NameStory<'_> {
        NameStory {
            asked: &self.asked,
            records: &self.records,
            family: self.family.as_ref(),
            links: &self.links,
            contradictions: &self.contradictions,
            did_you_mean: &self.did_you_mean,
        }
    }
}
