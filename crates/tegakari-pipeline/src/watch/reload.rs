//! Makes the plan anew when somebody asks for it, or when what it was made of has changed. A plan that cannot be made changes nothing.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, SystemTime};

use tegakari_hunt::{InventoryAsset, Plan};
use tegakari_model::{Problem, TimeRange};

use super::WatchedFor;
use super::feed::Shared;
use crate::PipelineError;

const LOOK: Duration = Duration::from_millis(500);

/// Makes the plan.
pub(super) fn plan(wanted: WatchedFor, inventory: &[InventoryAsset]) -> (Plan, Vec<Problem>) {
    let (plan, refused) = Plan::new(wanted.indicators, TimeRange::default());
    let mut plan = plan.with_inventory(inventory);
    if let Some(set) = wanted.set {
        plan = plan.with_set(set);
    }
    if let Some(drills) = wanted.drills {
        plan = plan.without_drills(drills);
    }
    let mut problems = wanted.problems;
    problems.extend(refused);
    (plan, problems)
}

/// Size and time of what the plan is made of.
fn state(of: &[PathBuf]) -> Vec<Option<(u64, Option<SystemTime>)>> {
    let one = |path: &PathBuf| {
        let metadata = Path::new(path).metadata().ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    };
    of.iter().map(one).collect()
}

/// Looks until the watch is stopped.
pub(super) fn keep_up(
    load: &(dyn Fn() -> Result<WatchedFor, PipelineError> + Sync),
    made_of: &[PathBuf],
    inventory: &[InventoryAsset],
    asked: &(dyn Fn() -> bool + Sync),
    plans: &Sender<Plan>,
    shared: &Shared,
) {
    let mut used = state(made_of);
    let mut before = used.clone();
    while !shared.stopping() {
        thread::sleep(LOOK);
        let now = state(made_of);
        // What is still being written is waited for.
        let settled = now == before;
        before.clone_from(&now);
        if !(asked() || now != used && settled) {
            continue;
        }
        used = now;
        match load() {
            Ok(wanted) => {
                let (plan, problems) = plan(wanted, inventory);
                for problem in problems {
                    shared.tell(problem);
                }
                if plans.send(plan).is_err() {
                    return;
                }
                shared.metrics().reloads += 1;
            }
            Err(error) => {
                shared.metrics().reload_failures += 1;
                shared.tell(Problem::new(
                    "reload",
                    format!(
                        "what is looked for could not be read again, and stays as it was: {error}"
                    ),
                    "correct it; it is read again as soon as it changes",
                ));
            }
        }
    }
}
