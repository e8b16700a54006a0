//! What persons state of a case: answers to questions, and grades of facts.

use tegakari_assess::Case;
use tegakari_knowledge::fold_name;
use tegakari_model::{
    Asked, Assessment, Country, Credibility, EvidenceKind, Said, Sector, SourceReliability,
    Statement, TargetKind, TechniqueId, Timestamp,
};
use tegakari_render::escape::is_blank;
use tegakari_render::{is_place, told};
use tegakari_store::Store;

use crate::assess_case::Weigher;
use crate::stored::{StoredCase, stored_case};
use crate::{PipelineError, save};

/// An answer as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was so.
    Yes,
    /// It was not so, though it would have shown.
    No,
    /// What was answered before is taken back.
    Withdrawn,
}

/// A grade as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Graded {
    /// This grade.
    As(SourceReliability, Credibility),
    /// The grade that the program gives.
    Default,
}

/// Statements to keep about one case.
#[derive(Debug, Clone, Default)]
pub struct StatementRequest {
    /// Hunt and reports that make the case; none: the newest hunt with its reports.
    pub ids: Vec<String>,
    /// Questions and answers.
    pub answers: Vec<(String, Answer)>,
    /// Facts and grades.
    pub grades: Vec<(String, Graded)>,
    /// Probability that it would have shown had it been so, 0 to 1; `None`: worked out from the logs.
    pub visibility: Option<f64>,
    /// Why.
    pub why: String,
}

/// Keeps what a person states of a case, and weighs the case with it.
///
/// # Errors
/// When a question or fact is not understood or contradicts what a report of the case says, or the database cannot be
/// read or written; nothing is kept then.
pub fn state(
    store: &mut Store,
    request: &StatementRequest,
    at: Timestamp,
) -> Result<(Assessment, Vec<Statement>), PipelineError> {
    let why = request.why.trim();
    if is_blank(why) {
        return Err(told::reason_needed().into());
    }
    if request
        .visibility
        .is_some_and(|v| !(0.0..=1.0).contains(&v))
    {
        return Err(told::no_share().into());
    }
    let case = stored_case(store, &request.ids)?;
    let weigher = Weigher::new(store)?;
    let weigh = |store: &Store, case: &StoredCase| {
        weigher.assess(
            store,
            &case.reports,
            case.hunt.as_ref(),
            case.block.as_ref(),
        )
    };
    let now = weigh(store, &case)?;
    let incident = Assessment::incident_of(&now.reports, now.hunt.as_ref());
    let made = store.statements(&incident)?;
    let mut new = Vec::new();
    let mut add = |says: Said, withdrawn: bool| {
        new.push(Statement {
            incident: incident.clone(),
            says,
            withdrawn,
            why: why.to_owned(),
            at,
        });
    };
    for (typed, answer) in &request.answers {
        let asked = question(typed, &now)?;
        let withdrawn = *answer == Answer::Withdrawn;
        let before = made.iter().rev().find(
            |one| matches!(&one.says, Said::Answer { asked: a, .. } if a.key() == asked.key()),
        );
        if withdrawn && before.is_none_or(|one| one.withdrawn) {
            return Err(told::no_answer_to_withdraw(typed.as_str()).into());
        }
        if !withdrawn && is_reported(&asked, &now) {
            let report = now.reports.first().map_or("R-…", |r| r.as_str());
            return Err(told::reported_already(asked.key(), report).into());
        }
        let visibility = request
            .visibility
            .unwrap_or_else(|| weigher.no_counts(&asked, case.hunt.as_ref()));
        let yes = *answer == Answer::Yes;
        add(
            Said::Answer {
                asked,
                yes,
                visibility,
            },
            withdrawn,
        );
    }
    for (typed, grade) in &request.grades {
        let item = fact(typed, &now)?;
        let found = now.evidence.iter().find(|e| e.kind.key() == item);
        let (reliability, credibility, withdrawn) = match (grade, found) {
            (Graded::As(reliability, credibility), _) => (*reliability, *credibility, false),
            (Graded::Default, Some(found)) => (found.reliability, found.credibility, true),
            (Graded::Default, None) => continue,
        };
        let says = Said::Grade {
            item,
            reliability,
            credibility,
        };
        add(says, withdrawn);
    }
    store.add_statements(&new)?;
    let after = weigh(store, &case)?;
    save::assessment(store, &after)?;
    Ok((after, new))
}

/// What holds of what persons stated of a case.
pub(crate) fn in_force(store: &Store, case: &Case<'_>) -> Result<Vec<Statement>, PipelineError> {
    let mut reports: Vec<_> = case.reports.iter().map(|r| r.id.clone()).collect();
    reports.sort();
    reports.dedup();
    let incident = Assessment::incident_of(&reports, case.hunt.map(|h| &h.id));
    Ok(Statement::in_force(&store.statements(&incident)?))
}

/// Whether the reports of the case state it.
fn is_reported(asked: &Asked, now: &Assessment) -> bool {
    let key = asked.key();
    now.evidence
        .iter()
        .any(|e| e.kind.key() == key && (!e.reported.is_empty() || e.stated.is_empty()))
}

/// The question that a person means: its number in the assessment, a technique, the name of malware or a tool,
/// `country:JP`, `sector:government`, `infrastructure:NAME`.
fn question(typed: &str, now: &Assessment) -> Result<Asked, PipelineError> {
    let typed = typed.trim();
    if let Ok(number) = typed.parse::<usize>() {
        let found = number.checked_sub(1).and_then(|i| now.questions.get(i));
        return match found {
            Some(question) => Ok(question.asked.clone()),
            None => Err(told::no_question_number(number, now.questions.len()).into()),
        };
    }
    let knowledge = crate::knowledge();
    if let Some((kind, rest)) = typed.split_once(':') {
        let rest = rest.trim();
        match kind {
            "country" => {
                return match Country::new(rest) {
                    Some(country) if is_place(&TargetKind::Country(country.clone())) => {
                        Ok(Asked::Country { country })
                    }
                    _ => Err(told::no_country(rest).into()),
                };
            }
            "sector" if !rest.is_empty() => {
                let sector = Sector::new(rest);
                if !is_place(&TargetKind::Sector(sector.clone())) {
                    return Err(told::no_sector(rest).into());
                }
                return Ok(Asked::Sector { sector });
            }
            "infrastructure" => {
                let folded = fold_name(rest);
                let hypotheses = now.hypotheses.iter().filter_map(|h| h.actor.as_ref());
                let mut known = hypotheses.cloned().chain(
                    knowledge
                        .actors()
                        .iter()
                        .filter_map(|a| knowledge.actor_ref(&a.id)),
                );
                let found =
                    known.find(|actor| actor.id.0 == rest || fold_name(&actor.name) == folded);
                return match found {
                    Some(actor) => Ok(Asked::Infrastructure { actor }),
                    None => Err(told::no_cluster(rest).into()),
                };
            }
            "technique" | "software" => return question(rest, now),
            _ => {}
        }
    }
    if let Some(id) = TechniqueId::parse(typed) {
        let resolved = knowledge.resolve_technique(&id);
        let id = resolved.map_or(id, |r| r.current);
        return match knowledge.technique(&id) {
            Some(known) => Ok(Asked::Technique {
                name: known.name.clone(),
                used_by: knowledge.technique_users(&id),
                id,
            }),
            None => Err(told::no_such_technique(id.as_str()).into()),
        };
    }
    let folded = fold_name(typed);
    let mut found: Vec<_> = knowledge
        .all_software()
        .iter()
        .filter(|s| s.is_live() && (s.id.0 == typed || fold_name(&s.name) == folded))
        .collect();
    if found.is_empty()
        && let Some(name) = knowledge.name(typed)
    {
        found.extend(name.software.iter().filter_map(|id| knowledge.software(id)));
        found.retain(|software| software.is_live());
    }
    match &found[..] {
        [one] => Ok(Asked::Software {
            id: one.id.clone(),
            name: one.name.clone(),
            used_by: u32::try_from(knowledge.software_users(&one.id).len()).unwrap_or(u32::MAX),
        }),
        [] => Err(told::no_question(typed).into()),
        several => {
            let ids: Vec<String> = several.iter().map(|s| s.id.0.clone()).collect();
            Err(told::may_mean(typed, ids).into())
        }
    }
}

/// The key of the fact that a person means: the key itself, or what comes after its first colon.
fn fact(typed: &str, now: &Assessment) -> Result<String, PipelineError> {
    let typed = typed.trim();
    let keys: Vec<String> = now.evidence.iter().map(|e| e.kind.key()).collect();
    let named = |key: &String, kind: &EvidenceKind| {
        let short = key.split_once(':').map(|(_, rest)| rest);
        let same = |text: &str| text.eq_ignore_ascii_case(typed);
        let name = match kind {
            EvidenceKind::Software { name, .. } => Some(name.as_str()),
            _ => None,
        };
        same(key) || short.is_some_and(same) || name.is_some_and(same)
    };
    let mut found: Vec<&String> = keys
        .iter()
        .zip(&now.evidence)
        .filter(|(key, e)| named(key, &e.kind))
        .map(|(key, _)| key)
        .collect();
    found.dedup();
    match &found[..] {
        [one] => Ok((*one).clone()),
        [] if keys.is_empty() => Err(told::no_facts(typed).into()),
        [] => Err(told::no_fact(typed, keys).into()),
        several => {
            let keys: Vec<String> = several.iter().map(|key| (*key).clone()).collect();
            Err(told::may_mean(typed, keys).into())
        }
    }
}
