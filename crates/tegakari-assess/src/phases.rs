//! Two hypotheses for two phases of one intrusion: who got in, and who went on.
//!
//! Access is sold on, so that the facts about how somebody got in may be another actor's work than those about what
//! was done inside. Where a case has facts of both kinds, each kind is weighed alone, with "none of the known" of its
//! own. No fact is in both, and the judgement of the whole is left as it is: these are other questions to the same
//! facts, not further evidence.

use tegakari_model::{
    IntrusionPhase, Likelihood, ObservableKind, PhaseHypothesis, PhaseJudgement, Report,
};

use crate::evidence::{Item, Subject};
use crate::likelihood;
use crate::posterior::{self, Variation};
use crate::{Parameters, Profiles};

/// A phase with fewer facts that could tell actors apart is not weighed alone.
const AT_LEAST: usize = 2;
/// Actors that are shown of each phase, and from which probability on.
const SHOWN: usize = 3;
const SHOWN_FROM: f64 = 0.02;

/// Weighs the phases apart; empty when the facts do not split. `items` is in the order in which evidence is shown.
pub(crate) fn phases(
    items: &[Item],
    reports: &[Report],
    origins: usize,
    profiles: &Profiles,
    parameters: &Parameters,
) -> Vec<PhaseJudgement> {
    let of = |phase: IntrusionPhase| -> Vec<usize> {
        let mut all = 0..items.len();
        let mut facts = Vec::new();
        for index in all.by_ref() {
            let in_phase = items
                .get(index)
                .and_then(|item| phase_of(item, reports, profiles));
            if in_phase == Some(phase) {
                facts.push(index);
            }
        }
        facts
    };
    let (access, after) = (of(IntrusionPhase::Access), of(IntrusionPhase::After));
    if access.len() < AT_LEAST || after.len() < AT_LEAST {
        return Vec::new();
    }
    let judged = [
        (IntrusionPhase::Access, access),
        (IntrusionPhase::After, after),
    ];
    judged
        .into_iter()
        .map(|(phase, evidence)| {
            let facts: Vec<Item> = evidence
                .iter()
                .filter_map(|i| items.get(*i))
                .cloned()
                .collect();
            let ledger = likelihood::weigh(&facts, origins.max(1), profiles, parameters);
            let posterior = posterior::posterior(&ledger, parameters, &Variation::NONE);
            let mut hypotheses: Vec<PhaseHypothesis> = ledger
                .columns
                .iter()
                .zip(&posterior.actors)
                .filter(|(_, probability)| **probability >= SHOWN_FROM)
                .filter_map(|(index, probability)| {
                    Some(PhaseHypothesis {
                        actor: Some(profiles.actors().get(*index)?.actor.clone()),
                        probability: *probability,
                        likelihood: Likelihood::of(*probability),
                    })
                })
                .collect();
            let by_probability = |a: &PhaseHypothesis, b: &PhaseHypothesis| {
                b.probability
                    .total_cmp(&a.probability)
                    .then_with(|| a.actor.cmp(&b.actor))
            };
            hypotheses.sort_by(by_probability);
            hypotheses.truncate(SHOWN);
            hypotheses.push(PhaseHypothesis {
                actor: None,
                probability: posterior.none,
                likelihood: Likelihood::of(posterior.none),
            });
            hypotheses.sort_by(by_probability);
            PhaseJudgement {
                phase,
                evidence,
                hypotheses,
            }
        })
        .collect()
}

/// The phase that a fact belongs to; `None` for what belongs to neither or to both: who is attacked, who is named.
fn phase_of(item: &Item, reports: &[Report], profiles: &Profiles) -> Option<IntrusionPhase> {
    match &item.subject {
        Subject::Technique(id) => {
            let signs = profiles.signs(id);
            Some(match signs {
                Some(signs) if signs.access => IntrusionPhase::Access,
                // What is prepared before says as little about who goes on as about who gets in.
                Some(signs) if signs.before_contact => return None,
                _ => IntrusionPhase::After,
            })
        }
        // A program that the case has is mostly what is run inside.
        Subject::Software(_) => Some(IntrusionPhase::After),
        Subject::Vulnerability(_) => Some(IntrusionPhase::Access),
        Subject::Infrastructure(_) => {
            let tegakari_model::EvidenceKind::Infrastructure { value, .. } = &item.evidence.kind
            else {
                return None;
            };
            let mentions = reports.iter().flat_map(|report| &report.mentions);
            let mut roles = mentions
                .filter(|m| {
                    m.observable.value() == value && m.observable.kind() != ObservableKind::FileName
                })
                .map(|m| m.role);
            match roles.next()? {
                tegakari_model::IndicatorRole::Delivery => Some(IntrusionPhase::Access),
                tegakari_model::IndicatorRole::C2 => Some(IntrusionPhase::After),
                _ => None,
            }
        }
        _ => None,
    }
}
