//! The hunt from outside: formats, hostile input, merging, and a real organisation's logs.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read their samples from disk"
)]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![allow(missing_docs, reason = "tests")]

mod behaviour;
mod binary_files;
mod event_files;
mod hostile;
mod indicator_sets;
mod live;
mod merging;
mod network_logs;
mod org_logs;
mod registry;
mod speed;
mod strength;
mod strength_behaviours;
mod visibility_kinds;
mod visibility_mutations;
mod visibility_proof;
mod visibility_sequences;

use std::ops::ControlFlow;

use tegakari_hunt::{Asked, InventoryAsset, Outcome, Plan, conclude, hunt_input};
use tegakari_model::{
    Finding, HuntResult, Indicator, Observable, ObservableKind, Sighting, TimeRange,
};

/// An indicator list from (kind, value).
pub(crate) fn indicators(values: &[(ObservableKind, &str)]) -> Vec<Indicator> {
    values
        .iter()
        .map(|(kind, value)| Indicator::new(Observable::new(*kind, value).unwrap()))
        .collect()
}

pub(crate) fn plan(values: &[(ObservableKind, &str)]) -> Plan {
    Plan::new(indicators(values), TimeRange::default()).0
}

pub(crate) fn hunt(name: &str, bytes: &[u8], plan: &Plan) -> Outcome {
    let input = tegakari_hunt::Input::new(name, bytes);
    hunt_input(input, plan, &|_| ControlFlow::Continue(()))
}

/// Hunts in named texts and concludes.
pub(crate) fn result(
    plan: &Plan,
    inputs: &[(&str, &[u8])],
    inventory: &[InventoryAsset],
) -> HuntResult {
    let mut all = Outcome::default();
    for (name, bytes) in inputs {
        all.merge(hunt(name, bytes, plan));
    }
    conclude(all, plan, inventory, Asked::default())
}

/// The sightings of a value.
pub(crate) fn sightings<'a>(result: &'a HuntResult, value: &str) -> &'a [Sighting] {
    result
        .findings
        .iter()
        .find(|f| f.indicator.observable.value() == value)
        .map(|f| f.finding.sightings())
        .unwrap_or_default()
}

/// The finding of a value.
pub(crate) fn finding<'a>(result: &'a HuntResult, value: &str) -> &'a Finding {
    &result
        .findings
        .iter()
        .find(|f| f.indicator.observable.value() == value)
        .unwrap()
        .finding
}
