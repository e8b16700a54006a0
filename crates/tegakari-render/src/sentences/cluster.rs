//! A user's own clusters: steps of their history, and the checklist of the ladder.

use tegakari_model::{Check, ClusterDeed, ClusterEvent, ClusterRelation, Met, Requirement, Rung};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// A rung of the ladder.
    pub(crate) fn rung(self, rung: Rung) -> &'static str {
        self.get(match rung {
            Rung::ActivityCluster => "rung.activity",
            Rung::TemporaryGroup => "rung.temporary",
            Rung::NamedActor => "rung.named",
        })
    }

    /// How a cluster relates to a record.
    pub(crate) fn cluster_relation(self, relation: ClusterRelation) -> &'static str {
        self.get(match relation {
            ClusterRelation::Same => "cluster.same",
            ClusterRelation::Overlaps => "cluster.overlaps",
            ClusterRelation::PartOf => "cluster.part_of",
            ClusterRelation::Differs => "cluster.differs",
        })
    }

    /// Whether a requirement is met.
    pub(crate) fn met(self, met: Met) -> &'static str {
        self.get(match met {
            Met::Met => "met.met",
            Met::NotMet => "met.not_met",
            Met::CannotTell => "met.cannot_tell",
        })
    }

    /// What a rung asks, with what there is of it.
    pub(crate) fn requirement(self, check: &Check) -> String {
        match &check.requirement {
            Requirement::RelatedEvents { reports } => say!(self, "ladder.events", n = reports),
            Requirement::SharedTraits { shared } if shared.is_empty() => {
                self.get("ladder.nothing_shared").to_owned()
            }
            Requirement::SharedTraits { shared } => {
                say!(self, "ladder.shared", shared = self.list_of(shared, 6))
            }
            Requirement::SixMonths { days: None } => self.get("ladder.no_dates").to_owned(),
            Requirement::SixMonths { days: Some(days) } => {
                say!(self, "ladder.six_months", n = days)
            }
            Requirement::DiamondMapped { covered } => say!(self, "ladder.mapped", n = covered),
            Requirement::OneActor => self.get("ladder.one_actor").to_owned(),
            Requirement::SeveralSources { origins } => say!(self, "ladder.sources", n = origins),
            Requirement::OwnTelemetry { seen: None } => self.get("ladder.no_hunt").to_owned(),
            Requirement::OwnTelemetry { seen: Some(seen) } => {
                say!(self, "ladder.own", n = seen)
            }
            Requirement::AllCorners { covered } => say!(self, "ladder.corners", n = covered),
            Requirement::HighConfidence => self.get("ladder.confident").to_owned(),
        }
    }

    /// One step of the history, with its day and reason.
    pub(crate) fn cluster_event(self, event: &ClusterEvent) -> String {
        let reports = |ids: &[tegakari_model::ReportId]| {
            let ids: Vec<&str> = ids.iter().map(tegakari_model::ReportId::as_str).collect();
            self.list_of(&ids, 8)
        };
        let what = match &event.deed {
            ClusterDeed::Created { name } => say!(self, "deed.created", name = name),
            ClusterDeed::Added { reports: ids } => {
                say!(self, "deed.added", reports = reports(ids))
            }
            ClusterDeed::Removed { reports: ids } => {
                say!(self, "deed.removed", reports = reports(ids))
            }
            ClusterDeed::Absorbed { other, .. } => {
                say!(self, "deed.absorbed", cluster = other)
            }
            ClusterDeed::MergedInto { other } => say!(self, "deed.merged", cluster = other),
            ClusterDeed::SplitOff {
                other,
                reports: ids,
            } => say!(
                self,
                "deed.split_off",
                cluster = other,
                reports = reports(ids)
            ),
            ClusterDeed::SplitFrom { other, .. } => {
                say!(self, "deed.split_from", cluster = other)
            }
            ClusterDeed::Renamed { name } => say!(self, "deed.renamed", name = name),
            ClusterDeed::Linked { actor, relation } => say!(
                self,
                "deed.linked",
                relation = self.cluster_relation(*relation),
                name = actor.name,
                id = actor.id.0
            ),
            ClusterDeed::Raised { to } => say!(self, "deed.raised", rung = self.rung(*to)),
        };
        say!(
            self,
            "deed.line",
            day = format::day(event.at),
            what = what,
            why = event.why
        )
    }
}
