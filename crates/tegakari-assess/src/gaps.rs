//! What was dark in the hunt, put together over its indicators.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Gap, HuntResult, Telemetry};

/// A gap that several indicators share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenGap {
    /// Any one of these kinds of telemetry would close it.
    pub(crate) needs: Vec<Telemetry>,
    /// Where, sorted; empty when everywhere.
    pub(crate) assets: Vec<String>,
    /// Indicators that it leaves open.
    pub(crate) indicators: usize,
}

/// Gaps that can be closed, those that leave the most indicators open first.
pub(crate) fn open(hunt: Option<&HuntResult>) -> Vec<OpenGap> {
    // A million negatives share a few lists of gaps: each list is read once. The address only groups;
    // nothing that leaves this function depends on it.
    let mut shared: BTreeMap<(usize, usize), (&[Gap], usize)> = BTreeMap::new();
    for one in hunt.into_iter().flat_map(|hunt| &hunt.findings) {
        let gaps = one.finding.gaps();
        let key = (gaps.as_ptr().addr(), gaps.len());
        shared.entry(key).or_insert((gaps, 0)).1 += 1;
    }
    let mut by_needs: BTreeMap<&[Telemetry], (BTreeSet<&String>, bool, usize)> = BTreeMap::new();
    for (gaps, indicators) in shared.into_values() {
        for gap in gaps.iter().filter(|gap| !gap.needs.is_empty()) {
            let entry = by_needs.entry(gap.needs.as_slice()).or_default();
            entry.0.extend(&gap.assets);
            entry.1 |= gap.assets.is_empty();
            entry.2 += indicators;
        }
    }
    let mut all: Vec<OpenGap> = by_needs
        .into_iter()
        .map(|(needs, (assets, everywhere, indicators))| OpenGap {
            needs: needs.to_vec(),
            assets: if everywhere {
                Vec::new()
            } else {
                assets.into_iter().cloned().collect()
            },
            indicators,
        })
        .collect();
    all.sort_by(|a, b| {
        b.indicators
            .cmp(&a.indicators)
            .then_with(|| a.needs.cmp(&b.needs))
    });
    all
}
