//! The user's own clusters: what a person says → events → clusters, their checklist, and hypotheses.

use std::collections::BTreeSet;

use serde::Serialize;
use tegakari_assess::{OwnCluster, ladder};
use tegakari_knowledge::{Found, RecordRef};
use tegakari_model::{
    ActorRef, Check, Cluster, ClusterDeed, ClusterEvent, ClusterId, ClusterRelation, Finding,
    Report, ReportId, Rung, Timestamp,
};
use tegakari_render::escape::is_blank;
use tegakari_render::told;
use tegakari_store::{Store, StoredId};

use crate::PipelineError;
use crate::stored::find;

/// A name is no longer than this many characters: it stands in tables and charts.
const LONGEST_NAME: usize = 120;

/// One cluster with all that is to be said of it.
#[derive(Debug, Serialize)]
pub struct ShownCluster {
    /// It.
    pub cluster: Cluster,
    /// What the levels of the framework ask, and what there is of it.
    pub checks: Vec<Check>,
    /// Its reports with their titles.
    pub titles: Vec<(String, String)>,
}

/// The reason for a change, which must be given.
#[derive(Debug, Clone, Copy)]
pub struct Because<'a> {
    /// In the person's words.
    pub why: &'a str,
    /// When.
    pub at: Timestamp,
}

fn refuse<T>(text: String) -> Result<T, PipelineError> {
    Err(PipelineError::NotKnown(text))
}

impl Because<'_> {
    fn event(&self, cluster: &ClusterId, deed: ClusterDeed) -> Result<ClusterEvent, PipelineError> {
        let why = self.why.trim();
        if is_blank(why) {
            return Err(told::reason_needed().into());
        }
        Ok(ClusterEvent {
            cluster: cluster.clone(),
            at: self.at,
            why: why.to_owned(),
            deed,
        })
    }
}

/// The clusters that stand for themselves, with their stored reports.
pub(crate) fn own_clusters(store: &Store) -> Result<Vec<OwnCluster>, PipelineError> {
    let mut out = Vec::new();
    for cluster in store.clusters()?.into_iter().filter(Cluster::is_open) {
        let reports = reports_of(store, &cluster)?;
        out.push(OwnCluster { cluster, reports });
    }
    Ok(out)
}

fn reports_of(store: &Store, cluster: &Cluster) -> Result<Vec<Report>, PipelineError> {
    let mut reports = Vec::new();
    for id in &cluster.reports {
        reports.extend(store.report(id)?);
    }
    Ok(reports)
}

/// All clusters, in order of id.
///
/// # Errors
/// When the database cannot be read.
pub fn clusters(store: &Store) -> Result<Vec<Cluster>, PipelineError> {
    Ok(store.clusters()?)
}

/// The cluster that a person means: by id, the beginning of one, or its name.
///
/// # Errors
/// When there is none, or several.
pub fn cluster(store: &Store, typed: &str) -> Result<Cluster, PipelineError> {
    let typed = typed.trim();
    let all = store.clusters()?;
    if all.is_empty() {
        return refuse(format!(
            "there is no cluster {typed:?}: none has been made yet (tegakari cluster create NAME --why TEXT)"
        ));
    }
    let lower = typed.to_lowercase();
    let by_id = |c: &&Cluster| {
        let id = c.id.as_str().to_lowercase();
        id == lower || (lower.starts_with("c-") && lower.len() >= 4 && id.starts_with(&lower))
    };
    let mut found: Vec<&Cluster> = all.iter().filter(by_id).collect();
    if found.is_empty() {
        let named = |c: &&Cluster| c.name.to_lowercase() == lower;
        found = all.iter().filter(|c| c.is_open()).filter(named).collect();
    }
    match &found[..] {
        [one] => Ok((*one).clone()),
        [] => {
            let names: Vec<String> = all.iter().map(|c| format!("{} {}", c.id, c.name)).collect();
            refuse(format!(
                "there is no cluster {typed:?}; there are: {}",
                names.join(", ")
            ))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|c| c.id.as_str()).collect();
            refuse(format!(
                "{typed:?} may mean {}; type the id",
                ids.join(", ")
            ))
        }
    }
}

/// A cluster that can still be changed.
fn open(store: &Store, typed: &str) -> Result<Cluster, PipelineError> {
    let found = cluster(store, typed)?;
    match &found.merged_into {
        None => Ok(found),
        Some(other) => refuse(format!(
            "{} {} became a part of {other} and is not changed any more; change {other}",
            found.id, found.name
        )),
    }
}

fn checked_name(store: &Store, name: &str) -> Result<String, PipelineError> {
    let name = name.trim();
    if name.is_empty() || !name.chars().any(char::is_alphanumeric) {
        return refuse(format!(
            "{name:?} is no name: it has no letter and no digit"
        ));
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse(format!(
            "the name is longer than {LONGEST_NAME} characters; give a shorter one and put the rest into --why"
        ));
    }
    let lower = name.to_lowercase();
    let taken = store.clusters()?.into_iter();
    if let Some(other) = taken
        .filter(Cluster::is_open)
        .find(|c| c.name.to_lowercase() == lower)
    {
        return refuse(format!("{} has the name {name:?} already", other.id));
    }
    Ok(name.to_owned())
}

/// The reports that ids (or beginnings of them) mean, sorted.
fn meant(store: &Store, ids: &[String]) -> Result<Vec<ReportId>, PipelineError> {
    let mut reports = BTreeSet::new();
    for typed in ids {
        match find(store, typed)? {
            StoredId::Report(id) => {
                reports.insert(id);
            }
            other => {
                return refuse(format!(
                    "{} is not a report; reports begin with R-",
                    other.as_str()
                ));
            }
        }
    }
    Ok(reports.into_iter().collect())
}

fn kept(
    store: &mut Store,
    events: &[ClusterEvent],
    id: &ClusterId,
) -> Result<Cluster, PipelineError> {
    store.add_cluster_events(events)?;
    cluster(store, id.as_str())
}

fn new_id(name: &str, at: Timestamp) -> ClusterId {
    ClusterId::derive(&[name.as_bytes(), at.to_string().as_bytes()])
}

/// Makes a cluster.
///
/// # Errors
/// When the name is taken or none, a report is not there, no reason is given, or the database cannot be written.
pub fn create_cluster(
    store: &mut Store,
    name: &str,
    reports: &[String],
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let name = checked_name(store, name)?;
    let reports = meant(store, reports)?;
    let id = new_id(&name, because.at);
    let mut events = vec![because.event(&id, ClusterDeed::Created { name })?];
    if !reports.is_empty() {
        events.push(because.event(&id, ClusterDeed::Added { reports })?);
    }
    kept(store, &events, &id)
}

/// Puts reports into a cluster, or takes them out.
///
/// # Errors
/// When the cluster or a report is not there, nothing would change, no reason is given, or the database cannot be written.
pub fn change_reports(
    store: &mut Store,
    typed: &str,
    reports: &[String],
    remove: bool,
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let found = open(store, typed)?;
    let mut reports = meant(store, reports)?;
    reports.retain(|report| found.reports.contains(report) == remove);
    if reports.is_empty() {
        let state = if remove { "not in" } else { "already in" };
        return refuse(format!(
            "nothing to do: what was given is {state} {} {}",
            found.id, found.name
        ));
    }
    let deed = if remove {
        ClusterDeed::Removed { reports }
    } else {
        ClusterDeed::Added { reports }
    };
    let event = because.event(&found.id, deed)?;
    kept(store, &[event], &found.id)
}

/// Makes one cluster a part of another, which takes over its reports.
///
/// # Errors
/// When one is not there or both are the same, no reason is given, or the database cannot be written.
pub fn merge_clusters(
    store: &mut Store,
    into: &str,
    other: &str,
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let (into, other) = (open(store, into)?, open(store, other)?);
    if into.id == other.id {
        return refuse(format!(
            "{} {} cannot be merged with itself; give two clusters",
            into.id, into.name
        ));
    }
    let absorbed = ClusterDeed::Absorbed {
        other: other.id.clone(),
        reports: other.reports.clone(),
    };
    let merged = ClusterDeed::MergedInto {
        other: into.id.clone(),
    };
    let events = [
        because.event(&into.id, absorbed)?,
        because.event(&other.id, merged)?,
    ];
    kept(store, &events, &into.id)
}

/// Makes a cluster of its own from some reports of another.
///
/// # Errors
/// When the cluster is not there, the reports are not in it or are all of it, the name is taken, no reason is given, or
/// the database cannot be written.
pub fn split_cluster(
    store: &mut Store,
    typed: &str,
    name: &str,
    reports: &[String],
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let found = open(store, typed)?;
    let name = checked_name(store, name)?;
    let reports = meant(store, reports)?;
    if let Some(foreign) = reports.iter().find(|r| !found.reports.contains(r)) {
        return refuse(format!("{foreign} is not in {} {}", found.id, found.name));
    }
    if reports.len() == found.reports.len() {
        return refuse(format!(
            "that is all of {} {}; to give it another name use `tegakari cluster rename`",
            found.id, found.name
        ));
    }
    let id = new_id(&name, because.at);
    let events = [
        because.event(
            &found.id,
            ClusterDeed::SplitOff {
                other: id.clone(),
                reports: reports.clone(),
            },
        )?,
        because.event(&id, ClusterDeed::Created { name })?,
        because.event(
            &id,
            ClusterDeed::SplitFrom {
                other: found.id.clone(),
                reports,
            },
        )?,
    ];
    kept(store, &events, &id)
}

/// Gives a cluster another name; the old one stays in its history.
///
/// # Errors
/// As [`create_cluster`].
pub fn rename_cluster(
    store: &mut Store,
    typed: &str,
    name: &str,
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let found = open(store, typed)?;
    let name = checked_name(store, name)?;
    let event = because.event(&found.id, ClusterDeed::Renamed { name })?;
    kept(store, &[event], &found.id)
}

/// Relates a cluster to a record of the knowledge.
///
/// # Errors
/// When the cluster is not there, the name is borne by no actor or by several, no reason is given, or the database cannot
/// be written.
pub fn link_cluster(
    store: &mut Store,
    typed: &str,
    to: &str,
    relation: ClusterRelation,
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let found = open(store, typed)?;
    let actor = known_actor(to)?;
    let event = because.event(&found.id, ClusterDeed::Linked { actor, relation })?;
    kept(store, &[event], &found.id)
}

/// The one record of an actor that a person means.
fn known_actor(typed: &str) -> Result<ActorRef, PipelineError> {
    let knowledge = crate::knowledge();
    let records = match knowledge.search(typed) {
        Found::Records(records) => records,
        Found::Near(near) => {
            return refuse(format!(
                "the knowledge has no actor {typed:?}; did you mean {}?",
                near.join(", ")
            ));
        }
        Found::Technique(_) | Found::Nothing => Vec::new(),
    };
    let actors: BTreeSet<_> = records
        .into_iter()
        .filter_map(|record| match record.record {
            RecordRef::Actor(id) => Some(id),
            _ => None,
        })
        .collect();
    let mut actors: Vec<ActorRef> = actors
        .iter()
        .filter_map(|id| knowledge.actor_ref(id))
        .collect();
    match actors.len() {
        0 => refuse(format!(
            "the knowledge has no actor {typed:?}; see `tegakari show NAME` for what it has"
        )),
        1 => match actors.pop() {
            Some(one) => Ok(one),
            None => refuse(format!("the knowledge has no actor {typed:?}")),
        },
        _ => {
            let ids: Vec<String> = actors
                .iter()
                .map(|a| format!("{} ({})", a.id.0, a.name))
                .collect();
            refuse(format!(
                "several records bear the name {typed:?}, and none is chosen for you: {}; give an id",
                ids.join(", ")
            ))
        }
    }
}

/// Puts a cluster on another level of the framework. What the checklist says is shown, never enforced: the judgement is
/// a person's.
///
/// # Errors
/// When the cluster is not there or is on that level already, no reason is given, or the database cannot be written.
pub fn raise_cluster(
    store: &mut Store,
    typed: &str,
    to: Rung,
    because: Because<'_>,
) -> Result<Cluster, PipelineError> {
    let found = open(store, typed)?;
    if found.rung == to {
        return refuse(format!(
            "{} {} is on that level already",
            found.id, found.name
        ));
    }
    let event = because.event(&found.id, ClusterDeed::Raised { to })?;
    kept(store, &[event], &found.id)
}

/// A cluster with its checklist.
///
/// # Errors
/// When the database cannot be read.
pub fn shown_cluster(store: &Store, cluster: Cluster) -> Result<ShownCluster, PipelineError> {
    let reports = reports_of(store, &cluster)?;
    let mut hunted = false;
    let mut seen = BTreeSet::new();
    for summary in store.hunts()? {
        if !summary
            .reports
            .iter()
            .any(|report| cluster.reports.contains(report))
        {
            continue;
        }
        let Some(hunt) = store.hunt(&summary.id)? else {
            continue;
        };
        hunted = true;
        for one in &hunt.findings {
            let ours = one
                .indicator
                .citations
                .iter()
                .any(|c| cluster.reports.contains(&c.report));
            if ours && matches!(one.finding, Finding::Seen { .. }) {
                seen.insert(one.indicator.observable.clone());
            }
        }
    }
    let checks = ladder(&cluster, &reports, hunted.then_some(seen.len()));
    let titles = cluster
        .reports
        .iter()
        .map(|id| {
            let report = reports.iter().find(|r| r.id == *id);
            let title = report.map_or_else(String::new, |r| {
                r.title.clone().unwrap_or_else(|| r.source.name.clone())
            });
            (id.to_string(), title)
        })
        .collect();
    Ok(ShownCluster {
        cluster,
        checks,
        titles,
    })
}
