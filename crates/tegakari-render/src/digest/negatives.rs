//! What was not seen, and what nobody can tell: grouped, because a million indicators of one kind
//! rest on one visibility.

use std::sync::Arc;

use tegakari_model::{
    Finding, FindingKind, Gap, HuntResult, Indicator, ObservableKind, Visibility,
};

/// Indicators of one kind with the same answer and the same visibility.
#[derive(Debug, Clone)]
pub(crate) struct Negatives<'a> {
    pub(crate) answer: FindingKind,
    pub(crate) kind: ObservableKind,
    pub(crate) visibility: &'a Visibility,
    pub(crate) gaps: &'a [Gap],
    pub(crate) indicators: Vec<&'a Indicator>,
}

/// The negatives of one answer, in the order of the findings.
pub(crate) fn negatives(hunt: &HuntResult, answer: FindingKind) -> Vec<Negatives<'_>> {
    let mut groups: Vec<Negatives<'_>> = Vec::new();
    for one in &hunt.findings {
        let (visibility, gaps) = match &one.finding {
            Finding::Seen { .. } => continue,
            Finding::NotSeen { visibility, gaps } | Finding::CannotTell { visibility, gaps } => {
                (visibility, gaps)
            }
        };
        if one.finding.kind() != answer {
            continue;
        }
        let kind = one.indicator.observable.kind();
        let same = |group: &&mut Negatives<'_>| {
            group.kind == kind
                && (std::ptr::eq(group.visibility, Arc::as_ref(visibility))
                    || *group.visibility == **visibility)
                && (std::ptr::eq(group.gaps, &**gaps) || *group.gaps == **gaps)
        };
        // The groups are few: one per kind, two where networks differ in size.
        match groups.iter_mut().rev().take(64).find(same) {
            Some(group) => group.indicators.push(&one.indicator),
            None => groups.push(Negatives {
                answer,
                kind,
                visibility,
                gaps,
                indicators: vec![&one.indicator],
            }),
        }
    }
    groups
}

/// The smallest and largest visible share among them; `None` when there are none.
pub(crate) fn shares(groups: &[Negatives<'_>]) -> Option<(f64, f64)> {
    let mut shares = groups.iter().map(|g| g.visibility.share());
    let first = shares.next()?;
    Some(shares.fold((first, first), |(low, high), s| (low.min(s), high.max(s))))
}
