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
use crate::walk::files_below;

const LOOK: Duration = Duration::from_millis(500);

/// Makes the plan.
pub(super) fn plan(wanted: WatchedFor, inventory: &[InventoryAsset]) -> (Plan, Vec<Problem>) {
    let (plan, refused) = Plan::new(wanted.indicators, TimeRange::default());
    let mut plan = plan.with_inventory(inventory).with_zones(wanted.zones);
    if let Some(set) = wanted.set {
        plan = plan.with_set(set);
    }
    if let Some(drills) = wanted.drills {
        plan = plan.without_drills(drills);
    }
    if let Some(rules) = wanted.rules {
        plan = plan.with_rules(rules);
    }
    let mut problems = wanted.problems;
    problems.extend(refused);
    (plan, problems)
}

/// Looks for one look into the folders that rules lie in.
const FOLDERS_EVERY: u32 = 10;

/// Size and time of a file; of a folder, how many files are in it, their sizes, and the time of the newest.
type State = Option<(usize, u64, Option<SystemTime>)>;

/// The state of what the plan is made of. Folders are looked into only when told to; otherwise they are as they were.
fn state(of: &[PathBuf], before: Option<&[State]>) -> Vec<State> {
    let one = |(i, path): (usize, &PathBuf)| {
        let metadata = Path::new(path).metadata().ok()?;
        if !metadata.is_dir() {
            return Some((1, metadata.len(), metadata.modified().ok()));
        }
        if let Some(known) = before.and_then(|states| states.get(i)) {
            return *known;
        }
        let (files, _) = files_below(std::slice::from_ref(path));
        let sizes = files.iter().map(|file| file.bytes).sum();
        let newest = files
            .iter()
            .filter_map(|file| file.path.metadata().ok()?.modified().ok())
            .max();
        Some((files.len(), sizes, newest))
    };
    of.iter().enumerate().map(one).collect()
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
    let mut used = state(made_of, None);
    let mut before = used.clone();
    let mut looks: u32 = 0;
    while !shared.stopping() {
        thread::sleep(LOOK);
        looks = (looks + 1) % FOLDERS_EVERY;
        let now = state(made_of, (looks > 1).then_some(before.as_slice()));
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
