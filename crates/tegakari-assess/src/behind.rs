//! Who others say is behind a cluster: their claims, with owner and words. Nothing here is weighed, and nothing is
//! concluded from it.

use tegakari_model::{Hypothesis, SponsorClaim};

use crate::from_knowledge;
use crate::related::Related;

/// Hypotheses whose claims are told.
const LEADING: usize = 3;
/// Less probable ones are not worth the word.
const WORTH_TELLING: f64 = 0.05;

/// What sources claim about the leading hypotheses: by their own records and by those about the same actor.
pub(crate) fn claims(related: &Related<'_>, hypotheses: &[Hypothesis]) -> Vec<SponsorClaim> {
    let knowledge = related.knowledge;
    let mut out = Vec::new();
    let leading = hypotheses
        .iter()
        .enumerate()
        .filter(|(_, h)| h.probability >= WORTH_TELLING)
        .filter_map(|(index, h)| Some((index, h.actor.as_ref()?)))
        .take(LEADING);
    for (hypothesis, actor) in leading {
        let records = related.records(&actor.id);
        let same = records
            .iter()
            .filter(|related| from_knowledge::is_said_to_be_same(related));
        let ids =
            std::iter::once(actor.id.clone()).chain(same.map(|related| related.actor.id.clone()));
        for id in ids {
            let Some(record) = knowledge.actor(&id) else {
                continue;
            };
            let source = knowledge.sources().iter().find(|s| s.id == record.source);
            for origin in &record.origins {
                let as_of = if record.modified.is_empty() {
                    source.map_or_else(String::new, |s| s.version.clone())
                } else {
                    record.modified.clone()
                };
                out.push(SponsorClaim {
                    hypothesis,
                    record: knowledge.actor_ref(&id).unwrap_or_else(|| actor.clone()),
                    said_by: source.map_or_else(|| record.source.clone(), |s| s.title.clone()),
                    as_of,
                    says: origin.raw.clone(),
                    country: origin.country.clone(),
                    certainty: origin.confidence.clone(),
                });
            }
        }
    }
    out
}
