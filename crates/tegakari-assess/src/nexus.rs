//! Where publishers say that the attackers come from, held against what sources say of the known clusters.
//!
//! "Iran-linked", "working for the North Korean regime", "中国系": this is a claim of the publisher like a name. It is weighed
//! as one, against other claims: those of the knowledge about the origin of its records. It narrows down which cluster
//! is meant; who is behind a cluster is another question, which is never answered here.
//!
//! The reader finds what is said ([`tegakari_model::OriginMention`]).

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Country, Report, ReportCitation};

use crate::Profiles;
use crate::parameters::Treatment;

/// How often what a publisher says of the origin is at odds with the sources of the knowledge, or the record's origin
/// was never the point. Editorial.
const AT_ODDS: f64 = 0.15;
/// No origin counts as rarer than one in so many records: that few come from a country says little about the next.
const LEAST: f64 = 0.03;
/// One claim of one publisher, whatever the number of countries.
pub(crate) const TREATMENT: Treatment = Treatment {
    dependence: 0.0,
    cap: 3.0,
    floor: 2.0,
};

/// What a report says of where the attackers come from: how many places say so, and those that are cited.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) count: u32,
    pub(crate) cited: Vec<ReportCitation>,
}

/// Countries that a report says the attackers come from.
pub(crate) fn said(report: &Report) -> BTreeMap<Country, Said> {
    let mut all: BTreeMap<Country, Said> = BTreeMap::new();
    for origin in &report.origins {
        let said = all.entry(origin.country.clone()).or_default();
        // One place counts once, however often it says so.
        let mut places = BTreeSet::new();
        for cited in &origin.citations {
            if places.insert((cited.line, cited.page, &cited.path)) {
                said.cited.push(cited.clone());
                said.count = said.count.saturating_add(1);
            }
        }
    }
    all.retain(|_, said| said.count > 0);
    all
}

/// Nats of the statement that the attackers come from a country, for every column; none for records whose origin no source
/// states.
#[allow(clippy::cast_precision_loss, reason = "number of actors")]
pub(crate) fn llr(country: &Country, columns: &[usize], profiles: &Profiles) -> Vec<f64> {
    let actors = profiles.actors();
    let stated = |index: &&usize| !actors[**index].origins.is_empty();
    let with = columns.iter().filter(stated).count();
    let here = columns
        .iter()
        .filter(|index| actors[**index].origins.contains(country))
        .count();
    if here == 0 {
        return vec![0.0; columns.len()];
    }
    let background = (here as f64 / with.max(1) as f64).max(LEAST);
    let each = |index: &usize| {
        let origins = &actors[*index].origins;
        if origins.is_empty() {
            return 0.0;
        }
        let agrees = f64::from(u8::from(origins.contains(country)));
        (((1.0 - AT_ODDS) * agrees + AT_ODDS * background) / background).ln()
    };
    columns.iter().map(each).collect()
}
