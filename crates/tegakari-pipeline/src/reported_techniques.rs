//! The techniques of reports, as a hunt needs them to say what its silence is worth.

use std::collections::BTreeMap;

use tegakari_assess::{shows_at_victim, telemetry_of_technique};
use tegakari_knowledge::Knowledge;
use tegakari_model::{Report, ReportedTechnique, TechniqueId};

/// Of a technique that is less probably meant, nothing is said.
const LEAST: f64 = 0.5;

/// The techniques that the reports say were used against a victim, each once, sorted by id: in force, with what would
/// show them by ATT&CK's analytics.
pub fn reported_techniques<'a>(
    reports: impl IntoIterator<Item = &'a Report>,
    knowledge: &Knowledge,
) -> Vec<ReportedTechnique> {
    let mut all: BTreeMap<TechniqueId, ReportedTechnique> = BTreeMap::new();
    for mention in reports.into_iter().flat_map(|report| &report.techniques) {
        let probability = mention.probability.map_or(1.0, f64::from);
        let technique = knowledge
            .technique(&mention.id)
            .filter(|one| one.is_live() && shows_at_victim(one));
        let Some(technique) = technique.filter(|_| !mention.id.is_tactic()) else {
            continue;
        };
        if probability < LEAST {
            continue;
        }
        let known = all
            .entry(mention.id.clone())
            .or_insert_with(|| ReportedTechnique {
                id: mention.id.clone(),
                name: technique.name.clone(),
                probability,
                telemetry: telemetry_of_technique(technique),
            });
        known.probability = known.probability.max(probability);
    }
    all.into_values().collect()
}
