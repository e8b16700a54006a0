//! A user's own clusters of activity: what belongs together, said by a person, with the reason and the day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ActorRef, ClusterId, ReportId, Timestamp};

/// How far the study of a cluster has come: the three levels of Unit 42's attribution framework (July 2025).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Events that seem to be related.
    #[default]
    ActivityCluster,
    /// One actor's work, seen for long enough, not yet understood.
    TemporaryGroup,
    /// An actor understood well enough to be named.
    NamedActor,
}

impl Rung {
    /// From the lowest.
    pub const ALL: [Self; 3] = [
        Self::ActivityCluster,
        Self::TemporaryGroup,
        Self::NamedActor,
    ];
}

/// How a person relates a cluster to a record of the knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterRelation {
    /// Both are the same activity.
    Same,
    /// The two overlap.
    Overlaps,
    /// The cluster is a part of the other.
    PartOf,
    /// They are not the same.
    Differs,
}

/// What was done to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ClusterDeed {
    /// It was made.
    Created {
        /// Its name.
        name: String,
    },
    /// Reports were put in.
    Added {
        /// Which, sorted.
        reports: Vec<ReportId>,
    },
    /// Reports were taken out.
    Removed {
        /// Which, sorted.
        reports: Vec<ReportId>,
    },
    /// It took in another cluster with its reports.
    Absorbed {
        /// The other.
        other: ClusterId,
        /// Its reports, sorted.
        reports: Vec<ReportId>,
    },
    /// It became a part of another and is no hypothesis of its own any more.
    MergedInto {
        /// The other.
        other: ClusterId,
    },
    /// A part of it became a cluster of its own.
    SplitOff {
        /// The new one.
        other: ClusterId,
        /// The reports that went with it, sorted.
        reports: Vec<ReportId>,
    },
    /// It was made from a part of another.
    SplitFrom {
        /// The other.
        other: ClusterId,
        /// The reports that came with it, sorted.
        reports: Vec<ReportId>,
    },
    /// It has another name.
    Renamed {
        /// The new name.
        name: String,
    },
    /// It was related to a record of the knowledge.
    Linked {
        /// The record.
        actor: ActorRef,
        /// How.
        relation: ClusterRelation,
    },
    /// It was put on another rung of the ladder.
    Raised {
        /// Which.
        to: Rung,
    },
}

/// One dated step in the life of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterEvent {
    /// The cluster.
    pub cluster: ClusterId,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words.
    pub why: String,
    /// What.
    #[serde(flatten)]
    pub deed: ClusterDeed,
}

/// A cluster as it stands after all its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// Names it had before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_names: Vec<String>,
    /// How far its study has come.
    pub rung: Rung,
    /// Reports that belong to it, sorted.
    pub reports: Vec<ReportId>,
    /// What a person related it to: of several relations to one record the last holds. In order of id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<(ActorRef, ClusterRelation)>,
    /// The cluster it became a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ClusterId>,
    /// Everything that happened, oldest first.
    pub history: Vec<ClusterEvent>,
}

impl Cluster {
    /// The cluster that `events`, all of one cluster and in the order in which they were made, amount to. `None` when
    /// they do not begin with its making.
    pub fn of(events: Vec<ClusterEvent>) -> Option<Self> {
        let first = events.first()?;
        let ClusterDeed::Created { name } = &first.deed else {
            return None;
        };
        let mut cluster = Self {
            id: first.cluster.clone(),
            name: name.clone(),
            former_names: Vec::new(),
            rung: Rung::default(),
            reports: Vec::new(),
            links: Vec::new(),
            merged_into: None,
            history: Vec::new(),
        };
        let mut reports: BTreeSet<ReportId> = BTreeSet::new();
        for event in &events {
            match &event.deed {
                ClusterDeed::Created { .. } => {}
                ClusterDeed::Added { reports: more }
                | ClusterDeed::Absorbed { reports: more, .. }
                | ClusterDeed::SplitFrom { reports: more, .. } => {
                    reports.extend(more.iter().cloned());
                }
                ClusterDeed::Removed { reports: fewer }
                | ClusterDeed::SplitOff { reports: fewer, .. } => {
                    reports.retain(|report| !fewer.contains(report));
                }
                ClusterDeed::MergedInto { other } => {
                    cluster.merged_into = Some(other.clone());
                }
                ClusterDeed::Renamed { name } => {
                    let former = std::mem::replace(&mut cluster.name, name.clone());
                    cluster.former_names.push(former);
                }
                ClusterDeed::Linked { actor, relation } => {
                    cluster.links.retain(|(known, _)| known.id != actor.id);
                    cluster.links.push((actor.clone(), *relation));
                }
                ClusterDeed::Raised { to } => cluster.rung = *to,
            }
        }
        cluster.links.sort();
        cluster.reports = reports.into_iter().collect();
        cluster.history = events;
        Some(cluster)
    }

    /// Whether it stands for itself: it has not become a part of another.
    pub fn is_open(&self) -> bool {
        self.merged_into.is_none()
    }
}

/// What the framework asks of a rung, with what the data has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum Requirement {
    /// At least two related events.
    RelatedEvents {
        /// Reports in the cluster.
        reports: usize,
    },
    /// The relation can be shown: something that at least two of the events have in common.
    SharedTraits {
        /// What they share, the first few, as written.
        shared: Vec<String>,
    },
    /// At least six months of activity.
    SixMonths {
        /// Days from the first to the last dated report; `None` when fewer than two are dated.
        days: Option<u32>,
    },
    /// Capability, infrastructure and victims are mapped in the Diamond Model.
    DiamondMapped {
        /// Corners with evidence, out of four.
        covered: usize,
    },
    /// One actor is behind all of it: for a person to judge.
    OneActor,
    /// Several independent sources.
    SeveralSources {
        /// Number of independent origins of the reports.
        origins: usize,
    },
    /// Own telemetry shows it.
    OwnTelemetry {
        /// Indicators of its reports that hunts saw; `None` when nobody hunted for them.
        seen: Option<usize>,
    },
    /// All four corners of the Diamond Model, also who it is.
    AllCorners {
        /// Corners with evidence, out of four.
        covered: usize,
    },
    /// The judgement has high confidence: for a person to judge.
    HighConfidence,
}

/// Whether a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// The data cannot tell.
    CannotTell,
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rung that asks for it.
    pub rung: Rung,
    /// What it asks.
    #[serde(flatten)]
    pub requirement: Requirement,
    /// Whether that is met.
    pub met: Met,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_json_and_comes_back() {
        let id = |n: u8| ClusterId::derive(&[&[n]]);
        let reports = vec![ReportId::derive(&[b"r"])];
        let actor = ActorRef {
            id: crate::ActorId("attack:G1".into()),
            name: "X".into(),
            aliases: Vec::new(),
        };
        let deeds = [
            ClusterDeed::Created { name: "A".into() },
            ClusterDeed::Added {
                reports: reports.clone(),
            },
            ClusterDeed::Removed {
                reports: reports.clone(),
            },
            ClusterDeed::Absorbed {
                other: id(2),
                reports: reports.clone(),
            },
            ClusterDeed::SplitOff {
                other: id(3),
                reports: reports.clone(),
            },
            ClusterDeed::SplitFrom {
                other: id(4),
                reports: reports.clone(),
            },
            ClusterDeed::Renamed { name: "B".into() },
            ClusterDeed::Linked {
                actor,
                relation: ClusterRelation::PartOf,
            },
            ClusterDeed::Raised {
                to: Rung::TemporaryGroup,
            },
            ClusterDeed::MergedInto { other: id(5) },
        ];
        let events: Vec<ClusterEvent> = deeds
            .into_iter()
            .map(|deed| ClusterEvent {
                cluster: id(1),
                at: "2025-03-04T00:00:00Z".parse().unwrap(),
                why: "because".into(),
                deed,
            })
            .collect();
        let json = serde_json::to_string(&events).unwrap();
        let back: Vec<ClusterEvent> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, events, "{json}");
        let cluster = Cluster::of(events).unwrap();
        assert_eq!((cluster.name.as_str(), cluster.reports), ("B", reports));
        assert_eq!(cluster.former_names, ["A"]);
        assert!(cluster.merged_into.is_some());
    }
}
