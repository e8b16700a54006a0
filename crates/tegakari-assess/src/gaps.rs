//! What was dark in the hunt, put together over its indicators.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{HuntResult, Telemetry};

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
    let mut by_needs: BTreeMap<&[Telemetry], (BTreeSet<&String>, bool, usize)> = BTreeMap::new();
    for one in hunt.into_iter().flat_map(|hunt| &hunt.findings) {
        for gap in one
            .finding
            .gaps()
            .iter()
            .filter(|gap| !gap.needs.is_empty())
        {
            let entry = by_needs.entry(gap.needs.as_slice()).or_default();
            entry.0.extend(&gap.assets);
            entry.1 |= gap.assets.is_empty();
            entry.2 += 1;
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
