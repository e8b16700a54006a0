//! Where a fact stands, and its grade in the Admiralty code.

use std::collections::BTreeSet;

use tegakari_model::{
    Credibility, Evidence, EvidenceKind, LogCitation, ReportCitation, SourceReliability, Vertex,
};

use super::{Collector, Family, Item, Subject};

/// At most this many places are kept for one fact.
const CITATIONS_KEPT: usize = 10;

/// Where a fact stands, over all reports.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    reported: Vec<ReportCitation>,
    /// Origins of the reports that state it.
    origins: BTreeSet<usize>,
    /// Whether some report states it outright.
    explicit: bool,
    /// Whether some report that states it says who published it.
    signed: bool,
    /// Whether an indicator of some report that states it was seen in our own logs.
    touched: bool,
}

/// A fact before it is graded.
pub(super) struct Fact {
    pub(super) kind: EvidenceKind,
    pub(super) vertex: Vertex,
    pub(super) family: Family,
    pub(super) subject: Subject,
    pub(super) forgeability: f64,
    pub(super) places: Places,
    /// Records of our own logs that show the thing itself.
    pub(super) seen: Vec<LogCitation>,
}

// How easily each kind of fact is faked, 0 to 1. Editorial: an actor chooses targets and cannot fake
// them without attacking them; malware that no one else has must be stolen first; anybody runs a
// public tool or registers a name; a publisher may simply be wrong (Talos on Olympic Destroyer, 2018).
pub(super) const TARGET_FORGED: f64 = 0.3;
pub(super) const OWN_MALWARE_FORGED: f64 = 0.3;
pub(super) const SHARED_MALWARE_FORGED: f64 = 0.6;
pub(super) const CLAIM_FORGED: f64 = 0.5;
pub(super) const INFRASTRUCTURE_FORGED: f64 = 0.6;
pub(super) const TECHNIQUE_FORGED: f64 = 0.7;
pub(super) const VULNERABILITY_FORGED: f64 = 0.7;
pub(super) const DUAL_USE_FORGED: f64 = 0.9;

impl Places {
    /// Whether no report states it.
    pub(super) fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }
}

impl Collector<'_> {
    /// The same fact with another credibility. Never `None` for a number that is one.
    pub(super) fn with_credibility(&self, mut item: Item, grade: u8) -> Option<Item> {
        item.evidence.credibility = Credibility::new(grade)?;
        item.grade = self
            .parameters
            .grade(item.evidence.reliability, item.evidence.credibility);
        Some(item)
    }

    /// Notes that the report at `report` states a fact, outright or not.
    pub(super) fn add(
        &self,
        places: &mut Places,
        report: usize,
        citations: &[ReportCitation],
        explicit: bool,
    ) {
        for citation in citations {
            if places.reported.len() >= CITATIONS_KEPT {
                break;
            }
            if !places.reported.contains(citation) {
                places.reported.push(citation.clone());
            }
        }
        places.origins.insert(self.origins.group(report));
        places.explicit |= explicit;
        if let Some(report) = self.case.reports.get(report) {
            places.signed |= report.publisher.is_some();
            places.touched |= self.observed.touches(&report.id);
        }
    }

    /// Gives a fact its Admiralty grades, and what those leave of its weight. Never `None`: all
    /// grades given here are grades.
    pub(super) fn grade(&self, fact: Fact) -> Option<Item> {
        let reliability = if fact.places.signed {
            SourceReliability::B
        } else {
            SourceReliability::C
        };
        // 3 "possibly true" is what one vendor's report is worth. Corroborated by a second origin, or
        // by a sighting of the same intrusion in our own logs: 2. The thing itself seen by us: 1.
        let grade = if !fact.seen.is_empty() {
            1
        } else if !fact.places.explicit {
            4
        } else if fact.places.origins.len() > 1 || fact.places.touched {
            2
        } else {
            3
        };
        let credibility = Credibility::new(grade)?;
        Some(Item {
            evidence: Evidence {
                kind: fact.kind,
                vertex: fact.vertex,
                reliability,
                credibility,
                forgeability: fact.forgeability,
                reported: fact.places.reported,
                observed: fact.seen,
                stated: Vec::new(),
                group: None,
            },
            family: fact.family,
            subject: fact.subject,
            share: 1.0,
            grade: self.parameters.grade(reliability, credibility),
        })
    }
}
