//! What is taken for granted, how else the evidence can be read, and what would change the answer.

use tegakari_model::{Alternative, Assumption, ChangeTrigger, EvidenceKind, Hypothesis};

use crate::evidence::{Family, Item};
use crate::gaps::OpenGap;
use crate::origin::Origins;

/// Facts below this factor for the leading actor carry no assumption worth stating.
const MATTERS: f64 = 2.0;
/// At most this many pieces of software, other actors and gaps are named.
const AT_MOST: usize = 3;

/// Software that speaks for the leading actor, strongest first.
fn telling_software<'a>(items: &'a [Item], leader: Option<&Hypothesis>) -> Vec<&'a str> {
    leader
        .into_iter()
        .flat_map(|hypothesis| &hypothesis.weights)
        .filter(|weight| weight.factor >= MATTERS)
        .filter_map(|weight| match &items.get(weight.evidence)?.evidence.kind {
            EvidenceKind::Software { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .take(AT_MOST)
        .collect()
}

/// What is taken for granted. `leader` is the most probable known actor.
pub(crate) fn assumptions(
    items: &[Item],
    origins: &Origins,
    leader: Option<&Hypothesis>,
) -> Vec<Assumption> {
    if !items.iter().any(Item::tells) {
        return Vec::new();
    }
    let mut all: Vec<Assumption> = telling_software(items, leader)
        .into_iter()
        .map(|name| Assumption::SoftwareNotShared {
            name: name.to_owned(),
        })
        .collect();
    all.extend(
        origins
            .first_reports()
            .map(|report| Assumption::ReportRight {
                report: report.clone(),
            }),
    );
    all.push(Assumption::OneActor);
    if items
        .iter()
        .any(|item| item.family == Family::Infrastructure)
    {
        all.push(Assumption::InfrastructureNotReused);
    }
    all
}

/// Other readings: other actors, an actor nobody has described, and planted evidence.
pub(crate) fn alternatives(
    hypotheses: &[Hypothesis],
    leader: Option<&Hypothesis>,
    rests_on_something: bool,
) -> Vec<Alternative> {
    let mut all: Vec<Alternative> = hypotheses
        .iter()
        .filter(|one| leader.is_none_or(|leader| leader.actor != one.actor))
        .filter_map(|one| {
            let name = one.actor.as_ref()?.name.clone();
            Some(Alternative::OtherActor {
                name,
                probability: one.probability,
            })
        })
        .take(AT_MOST)
        .collect();
    all.extend(
        hypotheses
            .iter()
            .filter(|one| one.actor.is_none())
            .map(|one| Alternative::Unknown {
                probability: one.probability,
            }),
    );
    if let Some(leader) = leader.filter(|_| rests_on_something) {
        all.push(Alternative::FalseFlag {
            without: leader.without_strongest,
        });
    }
    all
}

/// What would change the answer, most telling first (design/attribution.md, section 7: identifying
/// the malware is worth most, then a second source, then closing the gaps of our own).
pub(crate) fn triggers(
    items: &[Item],
    origins: &Origins,
    leader: Option<&Hypothesis>,
    gaps: &[OpenGap],
) -> Vec<ChangeTrigger> {
    let mut all: Vec<ChangeTrigger> = telling_software(items, leader)
        .into_iter()
        .map(|name| ChangeTrigger::SoftwareElsewhere {
            name: name.to_owned(),
        })
        .collect();
    let identified = items.iter().any(|item| {
        matches!(item.evidence.kind, EvidenceKind::Software { used_by, .. } if used_by > 0 && item.evidence.forgeability < 0.8)
    });
    if !identified {
        all.push(ChangeTrigger::IdentifyMalware);
    }
    if origins.count() < 2 {
        all.push(ChangeTrigger::SecondSource);
    }
    all.extend(
        gaps.iter()
            .take(AT_MOST)
            .map(|gap| ChangeTrigger::MissingTelemetry {
                needs: gap.needs.clone(),
                assets: gap.assets.clone(),
            }),
    );
    all
}
