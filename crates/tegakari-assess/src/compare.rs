//! What moved between two assessments of the same reports and hunt, and why.

use std::collections::BTreeSet;

use tegakari_knowledge::{ActorChange, KnowledgeDiff, RecordChange};
use tegakari_model::{
    ActorId, ActorRef, Assessment, Change, EvidenceKind, Hypothesis, MoveReason, Moved, Standing,
};

use crate::own::PREFIX;

/// A hypothesis that moved by less did not.
const MOVED_FROM: f64 = 0.01;
/// A fact that changes the odds by less than this factor is no reason.
const A_REASON: f64 = 1.1;
/// Parts of a record that the model looks at; the others are no reason for it.
const WEIGHED: [&str; 5] = ["software", "technique", "target", "name", "status"];

/// Compares an earlier assessment with a later one of the same case. `diff` is what changed in the knowledge between
/// them; `None` when the earlier knowledge is not at hand.
pub fn compare(before: &Assessment, after: &Assessment, diff: Option<&KnowledgeDiff>) -> Change {
    let old: BTreeSet<Key> = before.evidence.iter().map(|e| key(&e.kind)).collect();
    let new: BTreeSet<Key> = after.evidence.iter().map(|e| key(&e.kind)).collect();
    let mut moved: Vec<Moved> = Vec::new();
    for actor in actors(before, after) {
        let was = find(before, actor);
        let is = find(after, actor);
        let (p, q) = (was.map(|h| h.probability), is.map(|h| h.probability));
        if (p.unwrap_or(0.0) - q.unwrap_or(0.0)).abs() < MOVED_FROM {
            continue;
        }
        let mut because = Vec::new();
        if let Some(id) = actor {
            if before.knowledge != after.knowledge {
                because.extend(asserted(id, diff, after));
            }
            because.extend(own(id, before, after, &old, &new));
        }
        let of =
            |assessment: &Assessment, hypothesis: Option<&Hypothesis>, known: &BTreeSet<Key>| {
                let weights = hypothesis.map_or(&[][..], |h| &h.weights);
                let telling = weights
                    .iter()
                    .filter(|w| w.factor >= A_REASON || w.factor <= 1.0 / A_REASON)
                    .filter_map(|w| Some(&assessment.evidence.get(w.evidence)?.kind))
                    .filter(|kind| !known.contains(&key(kind)))
                    .take(5);
                telling.cloned().collect::<Vec<_>>()
            };
        because.extend(
            of(after, is, &old)
                .into_iter()
                .map(|evidence| MoveReason::EvidenceNew { evidence }),
        );
        because.extend(
            of(before, was, &new)
                .into_iter()
                .map(|evidence| MoveReason::EvidenceGone { evidence }),
        );
        if before.model != after.model {
            because.push(MoveReason::Model);
        }
        if because.is_empty() {
            because.push(if before.knowledge != after.knowledge && diff.is_none() {
                MoveReason::CannotTell
            } else {
                MoveReason::Others
            });
        }
        moved.push(Moved {
            actor: named(actor, before, after),
            before: p,
            after: q,
            because,
        });
    }
    let size = |m: &Moved| (m.before.unwrap_or(0.0) - m.after.unwrap_or(0.0)).abs();
    moved.sort_by(|a, b| {
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.actor.cmp(&b.actor))
    });
    let only = |of: &Assessment, not: &BTreeSet<Key>| -> Vec<EvidenceKind> {
        let kinds = of.evidence.iter().map(|e| &e.kind);
        kinds
            .filter(|kind| !not.contains(&key(kind)))
            .cloned()
            .collect()
    };
    Change {
        before: before.id.clone(),
        after: after.id.clone(),
        knowledge: (before.knowledge.clone(), after.knowledge.clone()),
        model: (before.model.clone(), after.model.clone()),
        from: standing(before),
        to: standing(after),
        moved,
        evidence_new: only(after, &old),
        evidence_gone: only(before, &new),
    }
}

/// Everybody who is a shown hypothesis of one of the two.
fn actors<'a>(before: &'a Assessment, after: &'a Assessment) -> BTreeSet<Option<&'a ActorId>> {
    let all = after.hypotheses.iter().chain(&before.hypotheses);
    all.map(|h| h.actor.as_ref().map(|a| &a.id)).collect()
}

fn find<'a>(of: &'a Assessment, id: Option<&ActorId>) -> Option<&'a Hypothesis> {
    of.hypotheses
        .iter()
        .find(|h| h.actor.as_ref().map(|a| &a.id) == id)
}

/// The actor as the later assessment names it, else the earlier one.
fn named(id: Option<&ActorId>, before: &Assessment, after: &Assessment) -> Option<ActorRef> {
    let found = find(after, id).or_else(|| find(before, id))?;
    found.actor.clone()
}

/// What the knowledge says of an actor now and did not before, and the other way round.
fn asserted(id: &ActorId, diff: Option<&KnowledgeDiff>, after: &Assessment) -> Vec<MoveReason> {
    let change: Option<&ActorChange> = diff.and_then(|d| d.actors.iter().find(|a| a.id == *id));
    let Some(change) = change else {
        return Vec::new();
    };
    match change.record {
        RecordChange::Added => return vec![MoveReason::RecordNew],
        RecordChange::Removed => return vec![MoveReason::RecordGone],
        RecordChange::Changed => {}
    }
    // What the case has comes first.
    let case: BTreeSet<String> = after
        .evidence
        .iter()
        .filter_map(|e| match &e.kind {
            EvidenceKind::Software { id, .. } => Some(id.0.clone()),
            EvidenceKind::Technique { id, .. } => Some(id.to_string()),
            EvidenceKind::PublisherClaim { name } => Some(name.clone()),
            _ => None,
        })
        .collect();
    let ordered = |what: &[String]| {
        let (mut first, rest): (Vec<String>, Vec<String>) =
            what.iter().cloned().partition(|one| case.contains(one));
        first.extend(rest);
        first
    };
    let mut reasons = Vec::new();
    for part in WEIGHED {
        for one in change.parts.iter().filter(|p| p.part == part) {
            if !one.added.is_empty() {
                reasons.push(MoveReason::Asserted {
                    part: part.to_owned(),
                    what: ordered(&one.added),
                });
            }
            if !one.removed.is_empty() {
                reasons.push(MoveReason::Withdrawn {
                    part: part.to_owned(),
                    what: ordered(&one.removed),
                });
            }
        }
    }
    reasons
}

/// What became of a user's own cluster.
fn own(
    id: &ActorId,
    before: &Assessment,
    after: &Assessment,
    old: &BTreeSet<Key>,
    new: &BTreeSet<Key>,
) -> Option<MoveReason> {
    let cluster = id.0.strip_prefix(PREFIX)?;
    let weighed = |of: &Assessment| of.clusters.iter().any(|c| c.as_str() == cluster);
    match (weighed(before), weighed(after)) {
        (false, true) => Some(MoveReason::RecordNew),
        (true, false) => Some(MoveReason::RecordGone),
        _ => {
            let same = before.knowledge == after.knowledge && before.model == after.model;
            (same && old == new).then_some(MoveReason::ClusterChanged)
        }
    }
}

fn standing(of: &Assessment) -> Standing {
    let first = of.hypotheses.first();
    let probability = first.map_or(0.0, |h| h.probability);
    Standing {
        first: first.and_then(|h| h.actor.clone()),
        probability,
        likelihood: tegakari_model::Likelihood::of(probability),
    }
}

/// What makes two facts the same: not how many use it, which changes with the knowledge.
type Key = String;

fn key(kind: &EvidenceKind) -> Key {
    kind.key()
}
