//! Facts of a case that bear on who it may be, each once, with place and grade.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{
    Country, Credibility, Disposition, Evidence, EvidenceKind, LogCitation, NameKind, Observable,
    ObservableKind, ReportCitation, Sector, SoftwareId, SourceReliability, TargetKind, TechniqueId,
    Vertex,
};

use crate::claim::{self, Claim};
use crate::observed::Observed;
use crate::origin::Origins;
use crate::profiles::InfrastructureClaim;
use crate::{Case, Parameters, Profiles};

/// Says whose an address or name is said to have been.
pub(crate) type Lookup<'a> = &'a dyn Fn(&Observable) -> Vec<InfrastructureClaim>;

/// At most this many places are kept for one fact.
const CITATIONS_KEPT: usize = 10;

/// Kinds of evidence whose members depend on each other; each has its own weight and cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Claim,
    Software,
    Techniques,
    Infrastructure,
    Targets,
}

impl Family {
    pub(crate) const ALL: [Self; 5] = [
        Self::Claim,
        Self::Software,
        Self::Techniques,
        Self::Infrastructure,
        Self::Targets,
    ];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Claim => 0,
            Self::Software => 1,
            Self::Techniques => 2,
            Self::Infrastructure => 3,
            Self::Targets => 4,
        }
    }
}

/// What a fact is about, in the terms of the profiles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Subject {
    /// The publisher names these records, or one that the knowledge lacks when there are none.
    Claim(Claim),
    /// Software with a record.
    Software(SoftwareId),
    /// Software without a record.
    NewSoftware,
    Technique(TechniqueId),
    /// Records said to have used an address or name (indexes into the profiles).
    Infrastructure(Vec<usize>),
    Country(Country),
    Sector(Sector),
}

/// One fact, ready to be weighed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) evidence: Evidence,
    pub(crate) family: Family,
    pub(crate) subject: Subject,
    /// Part of the fact that belongs to this record: a name of two records is half for each.
    pub(crate) share: f64,
    /// Part of its weight that its grade leaves.
    pub(crate) grade: f64,
}

/// Where a fact stands, over all reports.
#[derive(Debug, Clone, Default)]
struct Places {
    reported: Vec<ReportCitation>,
    /// Origins of the reports that state it.
    origins: BTreeSet<usize>,
    /// Whether some report states it outright.
    explicit: bool,
    /// Whether some report that states it says who published it.
    signed: bool,
}

impl Places {
    fn add(
        &mut self,
        case: &Case<'_>,
        origins: &Origins,
        report: usize,
        citations: &[ReportCitation],
        explicit: bool,
    ) {
        for citation in citations {
            if self.reported.len() < CITATIONS_KEPT && !self.reported.contains(citation) {
                self.reported.push(citation.clone());
            }
        }
        self.origins.insert(origins.group(report));
        self.explicit |= explicit;
        self.signed |= case
            .reports
            .get(report)
            .is_some_and(|r| r.publisher.is_some());
    }
}

/// Collects every fact of the case once.
pub(crate) fn collect(
    case: &Case<'_>,
    profiles: &Profiles,
    parameters: &Parameters,
    origins: &Origins,
    observed: &Observed,
    known: Lookup<'_>,
) -> Vec<Item> {
    let grade = Grading {
        parameters,
        observed,
    };
    let mut items = Vec::new();
    for (claim, places) in claims(case, profiles, origins) {
        let kind = EvidenceKind::PublisherClaim {
            name: claim.name.clone(),
        };
        items.extend(grade.item(
            kind,
            Vertex::Adversary,
            Family::Claim,
            Subject::Claim(claim),
            1.0,
            CLAIM_FORGED,
            places,
            Vec::new(),
        ));
    }
    items.extend(software(case, profiles, origins, observed, &grade));
    for (id, places) in techniques(case, origins) {
        let used_by = profiles.technique_used_by(&id);
        let known = profiles.technique_name(&id).map(str::to_owned);
        if used_by == 0 && known.is_none() && profiles.technique_users(&id).is_empty() {
            continue; // the reader has already said that no such technique exists
        }
        let name = places.1.or(known).unwrap_or_else(|| id.as_str().to_owned());
        let kind = EvidenceKind::Technique {
            id: id.clone(),
            name,
            used_by,
        };
        items.extend(grade.item(
            kind,
            Vertex::Capability,
            Family::Techniques,
            Subject::Technique(id),
            1.0,
            TECHNIQUE_FORGED,
            places.0,
            Vec::new(),
        ));
    }
    items.extend(infrastructure(
        case, profiles, origins, observed, &grade, known,
    ));
    for (target, places) in targets(case, origins) {
        let (kind, subject) = match target {
            TargetKind::Country(country) => (
                EvidenceKind::TargetCountry(country.clone()),
                Subject::Country(country),
            ),
            TargetKind::Sector(sector) => (
                EvidenceKind::TargetSector(sector.clone()),
                Subject::Sector(sector),
            ),
        };
        items.extend(grade.item(
            kind,
            Vertex::Victim,
            Family::Targets,
            subject,
            1.0,
            TARGET_FORGED,
            places,
            Vec::new(),
        ));
    }
    items
}

// How easily each kind of fact is faked, 0 to 1. Editorial: an actor chooses targets and cannot fake
// them without attacking them; malware that no one else has must be stolen first; anybody runs a
// public tool or registers a name; a publisher may simply be wrong (Talos on Olympic Destroyer, 2018).
const TARGET_FORGED: f64 = 0.3;
const OWN_MALWARE_FORGED: f64 = 0.3;
const SHARED_MALWARE_FORGED: f64 = 0.6;
const CLAIM_FORGED: f64 = 0.5;
const INFRASTRUCTURE_FORGED: f64 = 0.6;
const TECHNIQUE_FORGED: f64 = 0.7;
const DUAL_USE_FORGED: f64 = 0.9;

/// Gives facts their Admiralty grades and what those leave of their weight. `None` is never returned:
/// all grades given are grades.
struct Grading<'a> {
    parameters: &'a Parameters,
    observed: &'a Observed,
}

impl Grading<'_> {
    #[allow(
        clippy::too_many_arguments,
        reason = "the columns of one row of the ledger"
    )]
    fn item(
        &self,
        kind: EvidenceKind,
        vertex: Vertex,
        family: Family,
        subject: Subject,
        share: f64,
        forgeability: f64,
        places: Places,
        seen: Vec<LogCitation>,
    ) -> Option<Item> {
        let reliability = if places.signed {
            SourceReliability::B
        } else {
            SourceReliability::C
        };
        // 3 "possibly true" is what one vendor's report is worth. Corroborated by a second origin, or
        // by a sighting of the same intrusion in our own logs: 2. The thing itself seen by us: 1.
        let grade = if !seen.is_empty() {
            1
        } else if !places.explicit {
            4
        } else if places.origins.len() > 1
            || places
                .reported
                .iter()
                .any(|c| self.observed.touches(&c.report))
        {
            2
        } else {
            3
        };
        let credibility = Credibility::new(grade)?;
        Some(Item {
            evidence: Evidence {
                kind,
                vertex,
                reliability,
                credibility,
                forgeability,
                reported: places.reported,
                observed: seen,
            },
            family,
            subject,
            share,
            grade: self.parameters.grade(reliability, credibility),
        })
    }
}

fn claims(case: &Case<'_>, profiles: &Profiles, origins: &Origins) -> Vec<(Claim, Places)> {
    claim::collect(case, profiles, origins)
        .into_iter()
        .map(|(claim, cited)| {
            let mut places = Places::default();
            for (report, citations) in cited {
                places.add(case, origins, report, &citations, true);
            }
            (claim, places)
        })
        .collect()
}

fn techniques(
    case: &Case<'_>,
    origins: &Origins,
) -> BTreeMap<TechniqueId, (Places, Option<String>)> {
    let mut found: BTreeMap<TechniqueId, (Places, Option<String>)> = BTreeMap::new();
    for (index, report) in case.reports.iter().enumerate() {
        for mention in report.techniques.iter().filter(|m| !m.id.is_tactic()) {
            let entry = found.entry(mention.id.clone()).or_default();
            entry
                .0
                .add(case, origins, index, &mention.citations, mention.explicit);
            if entry.1.is_none() && !mention.name.is_empty() {
                entry.1 = Some(mention.name.clone());
            }
        }
    }
    found
}

fn targets(case: &Case<'_>, origins: &Origins) -> BTreeMap<TargetKind, Places> {
    let mut found: BTreeMap<TargetKind, Places> = BTreeMap::new();
    for (index, report) in case.reports.iter().enumerate() {
        for mention in report.targets.iter().filter(|m| m.attacked) {
            found.entry(mention.target.clone()).or_default().add(
                case,
                origins,
                index,
                &mention.citations,
                true,
            );
        }
    }
    found
}

fn software(
    case: &Case<'_>,
    profiles: &Profiles,
    origins: &Origins,
    observed: &Observed,
    grade: &Grading<'_>,
) -> Vec<Item> {
    #[derive(Default)]
    struct Found {
        name: String,
        share: f64,
        places: Places,
        written: BTreeSet<String>,
    }
    let mut known: BTreeMap<SoftwareId, Found> = BTreeMap::new();
    let mut new: BTreeMap<String, Found> = BTreeMap::new();
    for (index, report) in case.reports.iter().enumerate() {
        for name in report
            .names
            .iter()
            .filter(|n| matches!(n.kind, NameKind::Malware | NameKind::Tool))
        {
            let records: BTreeSet<&SoftwareId> = name
                .software
                .iter()
                .filter(|id| profiles.software(id).is_some())
                .collect();
            let share = 1.0 / f64::from(u32::try_from(records.len().max(1)).unwrap_or(u32::MAX));
            let written = std::iter::once(&name.text)
                .chain(&name.also_written)
                .chain(&name.known_as);
            let put = |found: &mut Found| {
                found.share = found.share.max(share);
                found
                    .places
                    .add(case, origins, index, &name.citations, true);
                found.written.extend(written.clone().cloned());
                if found.name.is_empty() {
                    found
                        .name
                        .clone_from(name.known_as.as_ref().unwrap_or(&name.text));
                }
            };
            if records.is_empty() {
                if name.kind == NameKind::Malware {
                    put(new.entry(claim::plain(&name.text)).or_default());
                }
            } else {
                for id in records {
                    put(known.entry(id.clone()).or_default());
                }
            }
        }
    }
    let mut items = Vec::new();
    for (id, found) in known {
        let Some(profile) = profiles.software(&id) else {
            continue;
        };
        let used_by = profiles.software_used_by(&id);
        let forged = match (profile.dual_use, used_by) {
            (true, _) => DUAL_USE_FORGED,
            (false, 0 | 1) => OWN_MALWARE_FORGED,
            (false, _) => SHARED_MALWARE_FORGED,
        };
        let mut written = found.written;
        written.insert(profile.name.clone());
        let seen = observed.labelled(&written);
        let kind = EvidenceKind::Software {
            id: id.clone(),
            name: profile.name.clone(),
            used_by,
        };
        items.extend(grade.item(
            kind,
            Vertex::Capability,
            Family::Software,
            Subject::Software(id),
            found.share,
            forged,
            found.places,
            seen,
        ));
    }
    for (plain, found) in new {
        let seen = observed.labelled(&found.written);
        let kind = EvidenceKind::Software {
            id: SoftwareId(format!("report:{plain}")),
            name: found.name,
            used_by: 0,
        };
        items.extend(grade.item(
            kind,
            Vertex::Capability,
            Family::Software,
            Subject::NewSoftware,
            1.0,
            OWN_MALWARE_FORGED,
            found.places,
            seen,
        ));
    }
    items
}

fn infrastructure(
    case: &Case<'_>,
    profiles: &Profiles,
    origins: &Origins,
    observed: &Observed,
    grade: &Grading<'_>,
    known: Lookup<'_>,
) -> Vec<Item> {
    let mut found: BTreeMap<Observable, (Places, Vec<InfrastructureClaim>)> = BTreeMap::new();
    for (index, report) in case.reports.iter().enumerate() {
        for mention in report
            .mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc)
        {
            if let Some((places, _)) = found.get_mut(&mention.observable) {
                places.add(case, origins, index, &mention.citations, false);
                continue;
            }
            let claims = known(&mention.observable);
            if !claims.is_empty() {
                // Such lists are themselves compiled from reports: never better than "doubtful".
                let mut places = Places::default();
                places.add(case, origins, index, &mention.citations, false);
                found.insert(mention.observable.clone(), (places, claims));
            }
        }
    }
    found
        .into_iter()
        .filter_map(|(observable, (places, claims))| {
            let actors: BTreeSet<usize> = claims
                .iter()
                .filter_map(|c| profiles.index_of(&c.actor))
                .collect();
            let sources: BTreeSet<&str> = claims.iter().map(|c| c.source.as_str()).collect();
            if actors.is_empty() {
                return None;
            }
            let kind = EvidenceKind::Infrastructure {
                value: observable.value().to_owned(),
                source: sources.into_iter().collect::<Vec<_>>().join(", "),
            };
            // Seeing the address proves that it was used, not that it is still the same owner's, so
            // the sighting is cited but does not raise the grade.
            let seen = observed.value(&observable);
            let mut item = grade.item(
                kind,
                Vertex::Infrastructure,
                Family::Infrastructure,
                Subject::Infrastructure(actors.into_iter().collect()),
                1.0,
                INFRASTRUCTURE_FORGED,
                places,
                Vec::new(),
            )?;
            item.evidence.observed = seen;
            if matches!(
                observable.kind(),
                ObservableKind::Ipv4 | ObservableKind::Ipv6
            ) {
                // Addresses change hands sooner than names do.
                item.share *= 0.5;
            }
            Some(item)
        })
        .collect()
}
