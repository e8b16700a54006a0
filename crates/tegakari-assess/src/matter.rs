//! Does it matter who it is? What to do in any case, and what only pays under one answer.

use std::collections::BTreeSet;

use tegakari_model::{Action, EvidenceKind, Hypothesis, Matter, SoftwareId, TechniqueId};

use crate::evidence::Item;
use crate::gaps::OpenGap;
use crate::observed::Observed;
use crate::{Case, Profiles};

/// At most this many actions of one kind.
const OF_A_KIND: usize = 3;
/// At most this many actors get actions of their own.
const ACTORS: usize = 3;
/// Nothing is done for an actor less probable than this.
const WORTH_ACTING: f64 = 0.05;

/// Ranks the actions.
pub(crate) fn matter(
    case: &Case<'_>,
    items: &[Item],
    hypotheses: &[Hypothesis],
    profiles: &Profiles,
    observed: &Observed,
    gaps: &[OpenGap],
) -> Matter {
    Matter {
        same: same(case, items, observed, gaps),
        only_under: only_under(items, hypotheses, profiles),
    }
}

/// First what stops the attack, then what saves its traces, then what finds more of it.
fn same(case: &Case<'_>, items: &[Item], observed: &Observed, gaps: &[OpenGap]) -> Vec<Action> {
    let mut all = Vec::new();
    let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
    if let Some(block) = case.block.filter(|block| !block.entries.is_empty()) {
        all.push(Action::BlockIndicators {
            count: block.entries.len(),
        });
    }
    if !observed.contacts.is_empty() {
        all.push(Action::PreserveEvidence {
            assets: list(&observed.contacts),
        });
    }
    if !observed.assets.is_empty() {
        all.push(Action::InvestigateAssets {
            assets: list(&observed.assets),
        });
    }
    all.extend(gaps.iter().take(OF_A_KIND).map(|gap| Action::CloseGap {
        needs: gap.needs.clone(),
        assets: gap.assets.clone(),
    }));
    // What fewest actors do leaves the fewest false alarms; what the report states outright comes first.
    let mut techniques: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.evidence.kind {
            EvidenceKind::Technique { id, name, used_by } => {
                Some((item.evidence.credibility.grade(), *used_by, id, name))
            }
            _ => None,
        })
        .collect();
    techniques.sort();
    all.extend(
        techniques
            .into_iter()
            .take(OF_A_KIND)
            .map(|(_, _, id, name)| Action::HuntTechnique {
                id: id.clone(),
                name: name.clone(),
            }),
    );
    all
}

fn only_under(
    items: &[Item],
    hypotheses: &[Hypothesis],
    profiles: &Profiles,
) -> Vec<(usize, Vec<Action>)> {
    let shown: Vec<(usize, &crate::ActorProfile)> = hypotheses
        .iter()
        .enumerate()
        .filter(|(_, one)| one.probability >= WORTH_ACTING)
        .filter_map(|(index, one)| Some((index, profiles.actor(&one.actor.as_ref()?.id)?)))
        .take(ACTORS)
        .collect();
    let mut named_software: BTreeSet<&SoftwareId> = BTreeSet::new();
    let mut named_techniques: BTreeSet<&TechniqueId> = BTreeSet::new();
    let mut countries = BTreeSet::new();
    let mut sectors = BTreeSet::new();
    for item in items {
        match &item.evidence.kind {
            EvidenceKind::Software { id, .. } => {
                named_software.insert(id);
            }
            EvidenceKind::Technique { id, .. } => {
                named_techniques.insert(id);
            }
            EvidenceKind::TargetCountry(country) => {
                countries.insert(country);
            }
            EvidenceKind::TargetSector(sector) => {
                sectors.insert(sector);
            }
            _ => {}
        }
    }
    shown
        .iter()
        .map(|(index, profile)| {
            let others = || {
                shown
                    .iter()
                    .filter(|(other, _)| other != index)
                    .map(|(_, p)| p)
            };
            let mut actions = Vec::new();
            let mut software: Vec<_> = profile
                .software
                .iter()
                .filter(|(id, _)| {
                    !named_software.contains(id) && !others().any(|p| p.software.contains_key(*id))
                })
                .filter_map(|(id, citations)| Some((profiles.software(id)?, citations)))
                .filter(|(software, _)| !software.dual_use)
                .collect();
            software.sort_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.id.cmp(&b.id)));
            actions.extend(software.into_iter().take(OF_A_KIND).map(|(s, _)| {
                Action::HuntSoftware {
                    id: s.id.clone(),
                    name: s.name.clone(),
                }
            }));
            let mut techniques: Vec<_> = profile
                .techniques
                .iter()
                .filter(|(id, _)| {
                    !named_techniques.contains(id)
                        && !others().any(|p| p.techniques.contains_key(*id))
                })
                .filter_map(|(id, citations)| {
                    Some((
                        *citations,
                        profiles.technique_used_by(id),
                        id,
                        profiles.technique_name(id)?,
                    ))
                })
                .collect();
            techniques.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
            actions.extend(
                techniques
                    .into_iter()
                    .take(OF_A_KIND)
                    .map(|(_, _, id, name)| Action::HuntTechnique {
                        id: id.clone(),
                        name: name.to_owned(),
                    }),
            );
            let more_countries: Vec<_> = profile
                .countries
                .iter()
                .filter(|c| !countries.contains(c))
                .take(OF_A_KIND)
                .cloned()
                .collect();
            let more_sectors: Vec<_> = profile
                .sectors
                .iter()
                .filter(|s| !sectors.contains(s))
                .take(OF_A_KIND)
                .cloned()
                .collect();
            if !more_countries.is_empty() || !more_sectors.is_empty() {
                actions.push(Action::WarnTarget {
                    countries: more_countries,
                    sectors: more_sectors,
                });
            }
            (*index, actions)
        })
        .filter(|(_, actions)| !actions.is_empty())
        .collect()
}
