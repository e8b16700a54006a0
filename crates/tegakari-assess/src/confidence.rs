//! How good the basis of the answer is: kept apart from how probable it is (ICD 203).
//!
//! A score of plain reasons, each of which is shown. Nothing here looks at the probability itself.

use std::collections::BTreeSet;

use tegakari_model::{Confidence, ConfidenceReason, Country, HuntResult, Hypothesis, Vertex};

use crate::evidence::{Item, Subject};
use crate::posterior::FALLS_BELOW;

/// Profiles with fewer techniques and software than this can be neither found nor excluded with any
/// assurance (design/attribution.md, section 6: 24 of 176 groups have fewer than five techniques).
const THIN_PROFILE: usize = 10;
/// Below this mean visible share our own logs could hardly have contradicted the answer.
const VISIBLE_ENOUGH: f64 = 0.5;

/// What the confidence is judged by.
pub(crate) struct Basis<'a> {
    pub(crate) items: &'a [Item],
    pub(crate) independent_reports: usize,
    pub(crate) hunt: Option<&'a HuntResult>,
    pub(crate) sighted: usize,
    /// The most probable known actor.
    pub(crate) leading: Option<&'a Hypothesis>,
    /// Size of the leading actor's profile.
    pub(crate) leading_features: Option<usize>,
}

/// Judges the basis.
pub(crate) fn judge(basis: &Basis<'_>) -> (Confidence, Vec<ConfidenceReason>) {
    let telling = || basis.items.iter().filter(|item| item.tells());
    if telling().next().is_none() {
        return (Confidence::Low, vec![ConfidenceReason::NoEvidence]);
    }
    let mut reasons = Vec::new();
    let mut score = 0_i32;
    let count = basis.independent_reports;
    reasons.push(ConfidenceReason::IndependentReports { count });
    score += match count {
        0 | 1 => 0,
        2 => 1,
        _ => 2,
    };
    let vertices: BTreeSet<Vertex> = telling().map(|item| item.evidence.vertex).collect();
    reasons.push(ConfidenceReason::VerticesCovered {
        count: vertices.len(),
    });
    if vertices.len() >= 3 {
        score += 1;
    }
    let mut one_item = false;
    if let Some(leading) = basis.leading
        && leading.without_strongest < FALLS_BELOW * leading.probability
    {
        reasons.push(ConfidenceReason::RestsOnOneItem {
            actor: leading.actor.as_ref().map(|actor| actor.name.clone()),
            without: leading.without_strongest,
        });
        one_item = true;
        score -= 1;
    }
    if let Some(features) = basis.leading_features
        && features < THIN_PROFILE
    {
        let leading = basis.leading.and_then(|one| one.actor.as_ref());
        reasons.push(ConfidenceReason::ThinProfile {
            actor: leading.map(|actor| actor.name.clone()),
            features,
        });
        score -= 1;
    }
    let countries = origins_stated(basis.items);
    if countries.len() > 1 {
        reasons.push(ConfidenceReason::OriginsContradict {
            countries: countries.into_iter().collect(),
        });
        score -= 1;
    }
    if basis.sighted > 0 {
        reasons.push(ConfidenceReason::Observed {
            indicators: basis.sighted,
        });
        score += 1;
    } else {
        reasons.push(ConfidenceReason::NothingObserved);
    }
    if let Some(share) = basis.hunt.and_then(visible_share)
        && share < VISIBLE_ENOUGH
    {
        reasons.push(ConfidenceReason::LowVisibility { share });
        score -= 1;
    }
    // One source that nothing of our own confirms is a low basis whatever it says; "high" needs several
    // sources, sightings of our own, and an answer that survives losing its strongest fact.
    let corroborated = count >= 2 || basis.sighted > 0;
    let confidence = if score >= 3 && count >= 2 && !one_item && basis.sighted > 0 {
        Confidence::High
    } else if score >= 1 && corroborated {
        Confidence::Moderate
    } else {
        Confidence::Low
    };
    (confidence, reasons)
}

/// Countries that the attackers are said to come from.
fn origins_stated(items: &[Item]) -> BTreeSet<Country> {
    let countries = items.iter().filter_map(|item| match &item.subject {
        Subject::Nexus(country) => Some(country.clone()),
        _ => None,
    });
    countries.collect()
}

/// Mean visible share over all findings; `None` when nothing was looked for.
#[allow(clippy::cast_precision_loss, reason = "number of indicators")]
fn visible_share(hunt: &HuntResult) -> Option<f64> {
    let sum: f64 = hunt
        .findings
        .iter()
        .map(|one| one.finding.visibility().share())
        .sum();
    (!hunt.findings.is_empty()).then(|| sum / hunt.findings.len() as f64)
}
