//! Facts of a case that bear on who it may be, each once, with place and grade.

mod absence;
mod grading;
mod infrastructure;
mod software;
mod stated;
mod vulnerability;

use std::collections::BTreeMap;

use tegakari_model::{
    ActorId, Country, Evidence, EvidenceKind, LogCitation, Observable, ReportDate, Said, Sector,
    SoftwareId, Statement, TargetKind, TechniqueId, TechniqueMention, Vertex,
};

use crate::absence::cite;
use crate::claim::{self, Claim};
use crate::evidence::grading::{Fact, Places};
use crate::from_knowledge::is_plausible_year;
use crate::observed::Observed;
use crate::origin::Origins;
use crate::profiles::InfrastructureClaim;
use crate::{Case, Parameters, Profiles, nexus};

/// A technique that a report only describes is evidence from this probability on, by that probability, and of the
/// lowest credibility that counts.
const LEAST_TOLD: f32 = 0.5;
/// From here on such a reading is taken for one: eight of ten are right (docs/techniques.md).
pub(crate) const SURELY_TOLD: f32 = 0.8;

/// Says whose an address or name is said to have been.
pub(crate) type Lookup<'a> = &'a dyn Fn(&Observable) -> Vec<InfrastructureClaim>;

/// Kinds of evidence whose members depend on each other; each has its own weight and cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Claim,
    Software,
    Techniques,
    Infrastructure,
    Targets,
    Vulnerabilities,
    /// What was looked for and not found.
    Absences,
    /// What is stated and never weighed.
    Stated,
    /// Where publishers say that the attackers come from.
    Nexus,
    /// When the reports were published.
    Dates,
}

/// Number of families.
pub(crate) const FAMILIES: usize = Family::ALL.len();

impl Family {
    pub(crate) const ALL: [Self; 10] = [
        Self::Claim,
        Self::Software,
        Self::Techniques,
        Self::Infrastructure,
        Self::Targets,
        Self::Vulnerabilities,
        Self::Absences,
        Self::Stated,
        Self::Nexus,
        Self::Dates,
    ];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Claim => 0,
            Self::Software => 1,
            Self::Techniques => 2,
            Self::Infrastructure => 3,
            Self::Targets => 4,
            Self::Vulnerabilities => 5,
            Self::Absences => 6,
            Self::Stated => 7,
            Self::Nexus => 8,
            Self::Dates => 9,
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
    /// A CVE number.
    Vulnerability(String),
    /// What was looked for and not found, and how probable it is that it would have shown.
    Absent(Box<Subject>, f64),
    /// The publisher says that the attackers come from this country.
    Nexus(Country),
    /// The year in which the case was reported.
    Published(i16),
    /// What is not weighed.
    Stated,
}

/// One fact, ready to be weighed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) evidence: Evidence,
    pub(crate) family: Family,
    pub(crate) subject: Subject,
    /// Part of the fact that belongs to this record: a name of two records is half for each, a technique that is only
    /// described is worth the probability that it was read rightly.
    pub(crate) share: f64,
    /// Part of its weight that its grade leaves.
    pub(crate) grade: f64,
}

impl Item {
    /// Whether it is a fact about what the attacker did: what is not there, only
    /// stated, or a date prefers nobody by itself.
    pub(crate) fn tells(&self) -> bool {
        !matches!(
            self.family,
            Family::Absences | Family::Stated | Family::Dates
        )
    }
}

/// Everything that facts are collected from and graded by.
pub(crate) struct Collector<'a> {
    pub(crate) case: &'a Case<'a>,
    /// What persons state of it and did not take back.
    pub(crate) said: &'a [Statement],
    pub(crate) profiles: &'a Profiles,
    pub(crate) parameters: &'a Parameters,
    pub(crate) origins: &'a Origins,
    pub(crate) observed: &'a Observed,
    pub(crate) known_infrastructure: Lookup<'a>,
    /// The records that a list's record has to do with.
    pub(crate) leads: &'a dyn Fn(&ActorId) -> Vec<ActorId>,
}

impl Collector<'_> {
    /// Collects every fact of the case once.
    pub(crate) fn collect(&self) -> Vec<Item> {
        let mut items = self.claims();
        items.extend(self.software());
        items.extend(self.techniques());
        items.extend(self.infrastructure());
        let origins: Vec<BTreeMap<Country, nexus::Said>> =
            self.case.reports.iter().map(nexus::said).collect();
        items.extend(self.nexus(&origins));
        items.extend(self.targets(&origins));
        items.extend(self.vulnerabilities());
        items.extend(self.published());
        let answers = self.answers(&items);
        items.extend(answers);
        items.extend(self.stated());
        self.group(&mut items);
        self.regrade(&mut items);
        items
    }

    /// Notes which facts stand and fall together: what a piece of software of the case does, and entries of one list.
    fn group(&self, items: &mut [Item]) {
        let mut done_by: BTreeMap<TechniqueId, String> = BTreeMap::new();
        for item in items.iter() {
            if let Subject::Software(id) = &item.subject {
                let carries_out = self.profiles.software(id).into_iter();
                for technique in carries_out.flat_map(|software| &software.techniques) {
                    done_by
                        .entry(technique.clone())
                        .or_insert_with(|| format!("software:{}", id.0));
                }
            }
        }
        for item in items.iter_mut() {
            let group = match (&item.subject, &item.evidence.kind) {
                (Subject::Technique(id), _) => done_by.get(id).cloned(),
                (Subject::Software(id), _) => Some(format!("software:{}", id.0))
                    .filter(|group| done_by.values().any(|one| one == group)),
                (Subject::Infrastructure(_), EvidenceKind::Infrastructure { source, .. }) => {
                    Some(format!("list:{source}"))
                }
                _ => continue,
            };
            item.evidence.group = group;
        }
    }

    /// Puts grades that persons gave in the place of the defaults.
    fn regrade(&self, items: &mut [Item]) {
        for statement in self.said {
            let Said::Grade {
                item,
                reliability,
                credibility,
            } = &statement.says
            else {
                continue;
            };
            for one in items.iter_mut() {
                if one.evidence.kind.key() == *item {
                    one.evidence.reliability = *reliability;
                    one.evidence.credibility = *credibility;
                    one.grade = self.parameters.grade(*reliability, *credibility);
                    one.evidence.stated.push(cite(statement));
                }
            }
        }
    }

    fn claims(&self) -> Vec<Item> {
        claim::collect(self.case, self.profiles, self.origins, self.leads)
            .into_iter()
            .filter_map(|(claim, cited)| {
                let mut places = Places::default();
                for (report, citations) in cited {
                    self.add(&mut places, report, &citations, true);
                }
                let name = claim.name.clone();
                self.grade(Fact {
                    kind: EvidenceKind::PublisherClaim { name },
                    vertex: Vertex::Adversary,
                    family: Family::Claim,
                    subject: Subject::Claim(claim),
                    forgeability: grading::CLAIM_FORGED,
                    places,
                    seen: Vec::new(),
                })
            })
            .collect()
    }

    fn techniques(&self) -> Vec<Item> {
        let mut found: BTreeMap<&TechniqueId, (Places, Option<&str>, f32)> = BTreeMap::new();
        for (index, report) in self.case.reports.iter().enumerate() {
            let likely = |m: &&TechniqueMention| m.probability.is_none_or(|p| p >= LEAST_TOLD);
            let techniques = report.techniques.iter().filter(likely);
            for mention in techniques.filter(|m| !m.id.is_tactic()) {
                let (places, name, sure) = found.entry(&mention.id).or_default();
                let probability = mention.probability.filter(|p| *p < SURELY_TOLD);
                *sure = sure.max(probability.unwrap_or(1.0));
                self.add(places, index, &mention.citations, mention.explicit);
                name.get_or_insert(mention.name.as_str());
            }
        }
        let mut seen: BTreeMap<&TechniqueId, (f64, &[LogCitation])> = BTreeMap::new();
        for (id, sure, cited) in self.observed.techniques() {
            seen.insert(id, (sure, cited));
            found.entry(id).or_default();
        }
        let profiles = self.profiles;
        found
            .into_iter()
            // That no such technique exists is for the reader to say; here it does nothing.
            .filter(|(id, _)| {
                profiles.technique_name(id).is_some() || !profiles.technique_users(id).is_empty()
            })
            .filter_map(|(id, (places, name, sure))| {
                let name = profiles.technique_name(id).or(name).unwrap_or(id.as_str());
                let (by_rule, cited) = seen.get(id).copied().unwrap_or_default();
                let reported = !places.is_empty();
                self.grade(Fact {
                    kind: EvidenceKind::Technique {
                        id: id.clone(),
                        name: name.to_owned(),
                        used_by: profiles.technique_used_by(id),
                    },
                    vertex: Vertex::Capability,
                    family: Family::Techniques,
                    subject: Subject::Technique(id.clone()),
                    forgeability: grading::TECHNIQUE_FORGED,
                    places,
                    seen: cited.to_vec(),
                })
                .map(|item| Item {
                    share: f64::from(sure).max(by_rule),
                    ..item
                })
                // A rule that fired is not the thing itself.
                .and_then(|item| match (cited.is_empty(), reported) {
                    (true, _) => Some(item),
                    (false, true) => self.with_credibility(item, 2),
                    (false, false) => self.with_credibility(item, 3),
                })
            })
            .collect()
    }

    /// When the case was reported: the latest year that a report states.
    fn published(&self) -> Option<Item> {
        let mut places = Places::default();
        let mut latest = None;
        for (index, report) in self.case.reports.iter().enumerate() {
            let date = report
                .published
                .as_ref()
                .filter(|date| date.start().is_some());
            let year = date.and_then(ReportDate::year);
            if let Some(year) = year.filter(is_plausible_year) {
                self.add(&mut places, index, &[], true);
                latest = latest.max(Some(year));
            }
        }
        let year = latest?;
        let mut item = self.grade(Fact {
            kind: EvidenceKind::Published { year },
            vertex: Vertex::Adversary,
            family: Family::Dates,
            subject: Subject::Published(year),
            forgeability: grading::CLAIM_FORGED,
            places,
            seen: Vec::new(),
        })?;
        // Who publishes does not make a date more or less sure.
        item.grade = 1.0;
        Some(item)
    }

    /// Where publishers say that the attackers come from; of several countries each has its part.
    fn nexus(&self, origins: &[BTreeMap<Country, nexus::Said>]) -> Vec<Item> {
        let mut found: BTreeMap<Country, (u32, Places)> = BTreeMap::new();
        for (index, said) in origins.iter().enumerate() {
            for (country, said) in said {
                let (sum, places) = found.entry(country.clone()).or_default();
                *sum = sum.saturating_add(said.count);
                self.add(places, index, &said.cited, true);
            }
        }
        let all: f64 = found.values().map(|(count, _)| f64::from(*count)).sum();
        found
            .into_iter()
            .filter_map(|(country, (count, places))| {
                let mut item = self.grade(Fact {
                    kind: EvidenceKind::StatedOrigin(country.clone()),
                    vertex: Vertex::Adversary,
                    family: Family::Nexus,
                    subject: Subject::Nexus(country),
                    forgeability: grading::CLAIM_FORGED,
                    places,
                    seen: Vec::new(),
                })?;
                item.share = f64::from(count) / all;
                Some(item)
            })
            .collect()
    }

    fn targets(&self, origins: &[BTreeMap<Country, nexus::Said>]) -> Vec<Item> {
        let mut found: BTreeMap<&TargetKind, Places> = BTreeMap::new();
        for (index, report) in self.case.reports.iter().enumerate() {
            // What is said to be the origin is no victim.
            let said = origins.get(index);
            let origin = |target: &TargetKind| match target {
                TargetKind::Country(country) => said.is_some_and(|s| s.contains_key(country)),
                TargetKind::Sector(_) => false,
            };
            for mention in report
                .targets
                .iter()
                .filter(|m| m.attacked && !origin(&m.target))
            {
                let places = found.entry(&mention.target).or_default();
                self.add(places, index, &mention.citations, true);
            }
        }
        found
            .into_iter()
            .filter_map(|(target, places)| {
                let (kind, subject) = match target {
                    TargetKind::Country(country) => (
                        EvidenceKind::TargetCountry(country.clone()),
                        Subject::Country(country.clone()),
                    ),
                    TargetKind::Sector(sector) => (
                        EvidenceKind::TargetSector(sector.clone()),
                        Subject::Sector(sector.clone()),
                    ),
                };
                self.grade(Fact {
                    kind,
                    vertex: Vertex::Victim,
                    family: Family::Targets,
                    subject,
                    forgeability: grading::TARGET_FORGED,
                    places,
                    seen: Vec::new(),
                })
            })
            .collect()
    }
}
