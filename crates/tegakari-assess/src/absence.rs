//! What was looked for and not found, as evidence.
//!
//! ```text
//! LLR(g) = ln( (1 - v * p_g) / (1 - v * p_none) )        v: probability that it would have shown
//! ```
//!
//! `p` is how often a new incident shows the thing (`expected`, calibrated on publications left out). Without
//! visibility `v` the ratio is one: what nobody could have seen says nothing. Nobody sees everything and nobody does
//! the same every time, so `v` and each ratio are capped, and the family as a whole is: an absence never excludes.

use tegakari_model::{
    Asked, Credibility, Evidence, EvidenceKind, SourceReliability, Statement, StatementCitation,
    Telemetry, Vertex,
};

use crate::evidence::{Family, Item, Subject};
use crate::expected::{Expectation, Yes};
use crate::likelihood::Row;
use crate::likeness::Mark;
use crate::parameters::Treatment;
use crate::{Parameters, Profiles};

/// Nobody sees everything: no absence counts as one that would have shown for certain.
const MOST_VISIBLE: f64 = 0.95;
/// Most that one absence says, in nats. Editorial: no actor does the same every time.
const MOST: f64 = 1.5;
/// What all absences of a case can say together, in nats: odds of at most 1 to 7.4 against, and little for.
pub(crate) const TREATMENT: Treatment = Treatment {
    dependence: 0.0,
    cap: 0.5,
    floor: 2.0,
};
/// Of what the logs hold, a person who looks for it finds so much. Editorial: four of five.
const LOOKING_FINDS: f64 = 0.8;
/// The same where no log that is read here shows it, and the person looked elsewhere. Editorial.
const LOOKING_ELSEWHERE_FINDS: f64 = 0.5;
/// An organisation knows where it is and what it does.
const KNOWS_ITSELF: f64 = 0.95;
/// How often a technique is carried out by the programs that are looked for (`leads`). Editorial: there are others.
pub(crate) const LEADS_SHOW: f64 = 0.5;
/// How often malware comes with values that a list has of it. Editorial: hosts and hashes change from case to case.
pub(crate) const LISTED_SHOW: f64 = 0.3;
/// How often a victim has contact with listed infrastructure of somebody who is not the attacker. Editorial: the lists
/// hold mostly old and resold names.
const BY_CHANCE: f64 = 0.02;

/// Telemetry in which malware or a tool shows by its name or hash.
const SOFTWARE_SHOWN_BY: [Telemetry; 6] = [
    Telemetry::Process,
    Telemetry::FileMd5,
    Telemetry::FileSha1,
    Telemetry::FileSha256,
    Telemetry::FileName,
    Telemetry::Alert,
];
/// Telemetry in which contact with an address or name shows.
const CONTACT_SHOWN_BY: [Telemetry; 4] = [
    Telemetry::Flow,
    Telemetry::Dns,
    Telemetry::HttpHost,
    Telemetry::TlsName,
];

/// Kinds of telemetry any one of which may show it.
pub(crate) fn shown_by(asked: &Asked, profiles: &Profiles) -> Vec<Telemetry> {
    match asked {
        Asked::Software { .. } => SOFTWARE_SHOWN_BY.to_vec(),
        Asked::Technique { id, .. } => profiles
            .signs(id)
            .map_or_else(Vec::new, |signs| signs.telemetry.clone()),
        Asked::Infrastructure { .. } => CONTACT_SHOWN_BY.to_vec(),
        Asked::Country { .. } | Asked::Sector { .. } => Vec::new(),
    }
}

/// With which probability a "yes" would have shown to a person who looked.
pub(crate) fn no_counts(asked: &Asked, shown_by: &[Telemetry], visible: Option<f64>) -> f64 {
    if matches!(asked, Asked::Country { .. } | Asked::Sector { .. }) {
        return KNOWS_ITSELF;
    }
    if shown_by.is_empty() {
        return LOOKING_ELSEWHERE_FINDS;
    }
    LOOKING_FINDS * visible.unwrap_or(1.0).clamp(0.0, 1.0)
}

/// Nats of one absence against "none of the known".
fn nats(yes: f64, none: f64, visibility: f64) -> f64 {
    let v = visibility.clamp(0.0, MOST_VISIBLE);
    let left = |p: f64| 1.0 - v * p.clamp(0.0, 1.0);
    (left(yes) / left(none)).ln().clamp(-MOST, MOST)
}

/// Nats of one absence for every column.
pub(crate) fn llr(yes: &Yes, visibility: f64) -> Vec<f64> {
    let all = yes.columns.iter();
    all.map(|p| nats(*p, yes.none, visibility)).collect()
}

/// The row that a "no" of a person adds to a ledger.
pub(crate) fn row(yes: &Yes, visibility: f64) -> Row {
    Row {
        family: Family::Absences,
        worth: 1.0,
        counts: f64::from(u8::from(visibility > 0.0)),
        llr: llr(yes, visibility),
        mark: Mark::default(),
    }
}

/// How probable the thing is under every hypothesis; `None` for what is never asked after.
pub(crate) fn expected(
    subject: &Subject,
    expectation: &Expectation<'_>,
    columns: &[usize],
    profiles: &Profiles,
    parameters: &Parameters,
) -> Option<Yes> {
    let actors = profiles.actors();
    let recurrence = parameters.target.recurrence;
    match subject {
        Subject::Software(id) => Some(expectation.of(profiles.software_users(id))),
        Subject::Technique(id) => Some(expectation.of(profiles.technique_users(id))),
        Subject::Country(country) => Some(expectation.of_target(
            recurrence,
            &|i| actors[i].countries.contains(country),
            &|i| actors[i].countries.len(),
        )),
        Subject::Sector(sector) => Some(expectation.of_target(
            recurrence,
            &|i| actors[i].sectors.contains(sector),
            &|i| actors[i].sectors.len(),
        )),
        Subject::Infrastructure(of) => {
            let column = columns.iter().position(|i| of.first() == Some(i))?;
            Some(expectation.of_infrastructure(column, BY_CHANCE, parameters.infrastructure))
        }
        _ => None,
    }
}

/// What is asked, in the terms of the profiles; `None` when they have no such record.
pub(crate) fn subject(asked: &Asked, profiles: &Profiles) -> Option<Subject> {
    Some(match asked {
        Asked::Software { id, .. } => Subject::Software(id.clone()),
        Asked::Technique { id, .. } => Subject::Technique(id.clone()),
        Asked::Infrastructure { actor } => {
            Subject::Infrastructure(vec![profiles.index_of(&actor.id)?])
        }
        Asked::Country { country } => Subject::Country(country.clone()),
        Asked::Sector { sector } => Subject::Sector(sector.clone()),
    })
}

/// The family that a fact about this belongs to.
pub(crate) fn family(subject: &Subject) -> Family {
    match subject {
        Subject::Claim(_) => Family::Claim,
        Subject::Software(_) | Subject::NewSoftware => Family::Software,
        Subject::Technique(_) => Family::Techniques,
        Subject::Infrastructure(_) => Family::Infrastructure,
        Subject::Country(_) | Subject::Sector(_) => Family::Targets,
        Subject::Vulnerability(_) => Family::Vulnerabilities,
        Subject::Absent(..) => Family::Absences,
        Subject::Nexus(_) => Family::Nexus,
        Subject::Published(_) => Family::Dates,
        Subject::Stated => Family::Stated,
    }
}

fn vertex(asked: &Asked) -> Vertex {
    match asked {
        Asked::Software { .. } | Asked::Technique { .. } => Vertex::Capability,
        Asked::Infrastructure { .. } => Vertex::Infrastructure,
        Asked::Country { .. } | Asked::Sector { .. } => Vertex::Victim,
    }
}

/// A "yes" as a fact: graded as one that a report of this case would state.
pub(crate) fn yes_item(
    asked: &Asked,
    subject: &Subject,
    items: &[Item],
    parameters: &Parameters,
    stated: Option<&Statement>,
) -> Option<Item> {
    let graded = |r| items.iter().any(|item| item.evidence.reliability == r);
    let reliability = if graded(SourceReliability::C) && !graded(SourceReliability::B) {
        SourceReliability::C
    } else {
        SourceReliability::B
    };
    let kind = match asked {
        Asked::Software { id, name, used_by } => EvidenceKind::Software {
            id: id.clone(),
            name: name.clone(),
            used_by: *used_by,
        },
        Asked::Technique { id, name, used_by } => EvidenceKind::Technique {
            id: id.clone(),
            name: name.clone(),
            used_by: *used_by,
        },
        Asked::Infrastructure { actor } => EvidenceKind::Infrastructure {
            value: String::new(),
            source: actor.name.clone(),
        },
        Asked::Country { country } => EvidenceKind::TargetCountry(country.clone()),
        Asked::Sector { sector } => EvidenceKind::TargetSector(sector.clone()),
    };
    let subject = subject.clone();
    let credibility = Credibility::new(3)?;
    Some(Item {
        family: family(&subject),
        subject,
        share: 1.0,
        grade: parameters.grade(reliability, credibility),
        evidence: Evidence {
            kind,
            vertex: vertex(asked),
            reliability,
            credibility,
            forgeability: 0.3,
            reported: Vec::new(),
            observed: Vec::new(),
            stated: stated.map(cite).into_iter().collect(),
            group: None,
        },
    })
}

/// An absence as a fact: our own telemetry (A), possibly true (3) as nobody sees everything.
pub(crate) fn no_item(
    kind: EvidenceKind,
    asked: &Asked,
    subject: Subject,
    visibility: f64,
    parameters: &Parameters,
    stated: Option<&Statement>,
) -> Option<Item> {
    let (reliability, credibility) = (SourceReliability::A, Credibility::new(3)?);
    Some(Item {
        family: Family::Absences,
        subject: Subject::Absent(Box::new(subject), visibility),
        share: 1.0,
        grade: parameters.grade(reliability, credibility),
        evidence: Evidence {
            kind,
            vertex: vertex(asked),
            reliability,
            credibility,
            // Whoever gets in can delete logs.
            forgeability: 0.5,
            reported: Vec::new(),
            observed: Vec::new(),
            stated: stated.map(cite).into_iter().collect(),
            group: None,
        },
    })
}

pub(crate) fn cite(statement: &Statement) -> StatementCitation {
    StatementCitation {
        at: statement.at,
        why: statement.why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_seen_says_nothing_and_what_could_says_more() {
        assert_eq!(nats(0.7, 0.05, 0.0), 0.0);
        let of = |v: f64| nats(0.7, 0.05, v);
        let shares = [0.0, 0.2, 0.5, 0.8, 0.95];
        assert!(shares.windows(2).all(|w| of(w[1]) < of(w[0])));
        assert!(of(1.0) >= -MOST && of(1.0) == of(0.95));
        // What an actor rarely does says next to nothing, and it is never excluded.
        assert!(nats(0.01, 0.01, 0.9).abs() < 1e-12);
        assert!(nats(0.03, 0.01, 0.9).abs() < 0.03);
        assert_eq!(nats(1.0, 0.0, 1.0), -MOST);
    }

    #[test]
    fn a_no_counts_as_far_as_logs_could_have_shown_it() {
        let country = Asked::Country {
            country: tegakari_model::Country::new("VN").unwrap(),
        };
        let technique = Asked::Technique {
            id: tegakari_model::TechniqueId::parse("T1059").unwrap(),
            name: String::new(),
            used_by: 1,
        };
        let some = [Telemetry::Process];
        assert_eq!(no_counts(&technique, &some, Some(0.0)), 0.0);
        assert!((no_counts(&technique, &some, Some(0.5)) - 0.4).abs() < 1e-12);
        assert!(no_counts(&technique, &[], None) < no_counts(&technique, &some, None));
        assert_eq!(no_counts(&country, &[], None), KNOWS_ITSELF);
    }
}
