//! Who it may be: `attributed-to` from the activity to clusters, with ICD 203's words, and notes for the rest.
//!
//! A cluster's name is no culprit's identity: `attributed-to` leads to intrusion sets, never to an identity or threat
//! actor.

use serde_json::json;
use tegakari_model::{Assessment, Confidence, Hypothesis, Likelihood, Tlp};

use super::reported::{self, record};
use super::{Builder, REMARK, Stamp, insert, name};
use crate::confidence;

/// Below this a cluster is not worth a relation; all of them together stand in the note.
const WORTH_TELLING: f64 = 0.05;

impl Builder<'_> {
    pub(super) fn assessment(&mut self) {
        let Some(kept) = self.spec.assessment else {
            return;
        };
        let assessment = kept.what;
        let mut tlp = reported::narrowest(self.spec.reports);
        if assessment.hunt.is_some() {
            tlp = tlp.max(Some(Tlp::Amber));
        }
        let when = Stamp::new(kept.saved_at, kept.saved_at, tlp);
        let activity = self.activity();
        for hypothesis in told(assessment) {
            let Some(actor) = &hypothesis.actor else {
                continue;
            };
            let mut own = json!({ "name": name(&actor.name), "labels": [REMARK] });
            if !actor.aliases.is_empty() {
                let aliases: Vec<String> = actor.aliases.iter().map(|a| name(a)).collect();
                insert(&mut own, "aliases", json!(aliases));
            }
            if let Some(reference) = record(&actor.id.0) {
                insert(&mut own, "external_references", json!([reference]));
            }
            // Two sources' records of one name stay two objects, and none is that of a name in a report.
            let key = json!({ "name": actor.name, "record": actor.id.0 });
            let cluster = self.put("intrusion-set", &key, when, own);
            let own = json!({
                "confidence": confidence::of_likelihood(hypothesis.likelihood),
                "description": format!(
                    "It is {} that this is activity of the cluster known as {}. {}",
                    words(hypothesis.likelihood),
                    name(&actor.name),
                    ranges(hypothesis)
                ),
                "labels": [REMARK],
            });
            self.relate(&activity, "attributed-to", &cluster, when, own);
        }
        self.note(
            std::slice::from_ref(&activity),
            "Who it may be",
            &in_words(assessment),
            when,
        );
    }
}

/// The hypotheses that are told one by one, most probable first.
fn told(assessment: &Assessment) -> impl Iterator<Item = &Hypothesis> {
    assessment
        .hypotheses
        .iter()
        .enumerate()
        .filter(|(rank, h)| *rank == 0 || h.probability >= WORTH_TELLING)
        .map(|(_, h)| h)
}

fn words(likelihood: Likelihood) -> String {
    let (low, high) = likelihood.percent();
    format!("{} ({low}\u{2013}{high} %)", likelihood.english())
}

fn ranges(hypothesis: &Hypothesis) -> String {
    format!(
        "The estimate is {:.0} %, within {:.0} % to {:.0} %.",
        hypothesis.probability * 100.0,
        hypothesis.low * 100.0,
        hypothesis.high * 100.0
    )
}

/// The judgement with its alternatives in words, for receivers that keep no relations.
pub fn in_words(assessment: &Assessment) -> String {
    let mut lines = Vec::new();
    for hypothesis in told(assessment) {
        if let Some(actor) = &hypothesis.actor {
            lines.push(format!(
                "{}: {}. {}",
                name(&actor.name),
                words(hypothesis.likelihood),
                ranges(hypothesis)
            ));
        }
    }
    if let Some(unknown) = assessment.hypotheses.iter().find(|h| h.actor.is_none()) {
        lines.push(format!(
            "None of the known: {}. {}",
            words(unknown.likelihood),
            ranges(unknown)
        ));
    }
    lines.push(format!(
        "{} other known clusters together: {:.0} %.",
        assessment.rest_count,
        assessment.rest * 100.0
    ));
    let confidence = match assessment.confidence {
        Confidence::Low => "low",
        Confidence::Moderate => "moderate",
        Confidence::High => "high",
    };
    lines.push(format!("Confidence in this judgement is {confidence}."));
    lines.push(
        "A cluster of activity is not a culprit: this names no person, company or state."
            .to_owned(),
    );
    lines.join("\n")
}
