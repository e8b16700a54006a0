//! A hunt that goes on where the last one stopped: only what is new in the files is searched.
//!
//! A file is known again by its first bytes (with what compresses it taken off) and by those before the place up to
//! which it was searched, never by its name alone: logs are renamed, compressed and begun anew. What a file has shown
//! so far is kept in the database with that, and added to what its new part shows. It is kept now and then during
//! the hunt, so that one that is stopped, or dies, goes on as well.
//!
//! A file whose size and time are those of the last run is trusted to be the same. One that was written since is read
//! through up to the place where the last run stopped (`content.rs`), and searched anew when anything in it is not
//! what it was.
//!
//! What was found in a file that is no longer there stays found, unless an archive that is there now holds it. A file that cannot be read on (a database, an archive,
//! an event file) is searched anew when it has changed, and what it showed before is forgotten.

mod content;
mod known;

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tegakari_hunt::{HEAD, Input, InventoryAsset, KEPT, Outcome, Plan, Searched, hunt_on};
use tegakari_model::Problem;
use tegakari_store::{SearchedFile, Store};

use crate::run_hunt::{search as search_each, search_one, told, unread};
use crate::walk::FoundFile;
use crate::{PipelineError, Progress};
use known::{Kept, Known, Step, match_files};

/// What is asked beside the plan.
pub(crate) struct Asked<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) inventory: &'a [InventoryAsset],
    pub(crate) examples: Option<usize>,
    pub(crate) threads: usize,
}

/// Searched bytes after which what was found is written to the database.
const BATCH_BYTES: u64 = 64 << 20;
/// Files after which it is.
const BATCH_FILES: usize = 500;

/// What a hunt is known by: everything that decides what an outcome says.
fn hunt_key(plan: &Plan, asked: &Asked<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(&KEPT.to_le_bytes());
    add(format!("{:?} {:?}", asked.examples, plan.window()).as_bytes());
    for path in asked.paths {
        add(path.as_os_str().as_encoded_bytes());
    }
    add(b"machines");
    for asset in asked.inventory {
        add(format!("{asset:?}").as_bytes());
    }
    add(b"indicators");
    for indicator in plan.indicators() {
        add(format!("{:?}", indicator.observable.kind()).as_bytes());
        add(indicator.observable.value().as_bytes());
    }
    add(plan.zones_mark().as_bytes());
    if let Some(rules) = plan.rules() {
        add(b"rules");
        add(rules.mark().as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is written to the database now and then.
struct Keeper<'s> {
    store: &'s mut Store,
    hunt: String,
    files: Vec<SearchedFile>,
    instead_of: Vec<i64>,
    bytes: u64,
    failed: Option<String>,
}

impl Keeper<'_> {
    fn keep(&mut self, file: Option<SearchedFile>, instead_of: Option<i64>, bytes: u64) {
        self.files.extend(file);
        self.instead_of.extend(instead_of);
        self.bytes += bytes;
        if self.bytes >= BATCH_BYTES || self.files.len() >= BATCH_FILES {
            self.write();
        }
    }

    fn write(&mut self) {
        let (files, instead_of) = (
            std::mem::take(&mut self.files),
            std::mem::take(&mut self.instead_of),
        );
        self.bytes = 0;
        if files.is_empty() && instead_of.is_empty() {
            return;
        }
        if let Err(error) = self.store.keep_searched(&self.hunt, &files, &instead_of) {
            self.failed.get_or_insert(error.to_string());
        }
    }
}

/// Searches what is new in the files, and gives what they have shown in all.
pub(crate) fn search(
    files: &[FoundFile],
    plan: &Plan,
    asked: &Asked<'_>,
    store: &mut Store,
    progress: &dyn Progress,
) -> Result<Outcome, PipelineError> {
    let hunt = hunt_key(plan, asked);
    // Two at once would each keep what is new, and it would count twice from then on.
    let Ok(_alone) = alone(store.path(), progress) else {
        let mut stopped = Outcome::default();
        stopped.mark_partial();
        stopped.add_problem(Problem::new(
            "the database",
            "stopped while waiting for another hunt with --incremental to end: nothing was searched",
            "hunt again when it has ended, or without --incremental",
        ));
        return Ok(stopped);
    };
    let (known, damaged) = Kept::read(store.searched(&hunt)?);
    let matched = match_files(files, &known);
    let keeper = Mutex::new(Keeper {
        store,
        hunt,
        files: Vec::new(),
        instead_of: damaged,
        bytes: 0,
        failed: None,
    });
    let keep = |file: Option<SearchedFile>, instead_of: Option<i64>, bytes: u64| {
        // A thread that failed left nothing half done here.
        let mut keeper = keeper.lock().unwrap_or_else(|e| e.into_inner());
        keeper.keep(file, instead_of, bytes);
    };
    let one = |file: &FoundFile| {
        if file.path == Path::new("-") {
            return search_one(file, plan, progress);
        }
        let (kept, step) = match matched.of(&file.name) {
            Some((at, step)) => (known.get(at), step),
            None => (None, Step::Anew),
        };
        // One hostile file must cost one file.
        let searched = catch_unwind(AssertUnwindSafe(|| {
            search_on(file, kept, step, plan, progress, &keep)
        }));
        searched.unwrap_or_else(|_| {
            unread(
                file,
                "its reader failed",
                "this is a defect of tegakari: please report it with the file",
            )
        })
    };
    let mut all = search_each(files, asked.threads, progress, &one);
    let gone = known
        .iter()
        .enumerate()
        .filter(|(at, _)| !matched.uses(*at));
    let mut names = Vec::new();
    let gone: Vec<(&Kept, Outcome)> = gone
        .filter_map(|(_, kept)| Some((kept, Outcome::from_bytes(&kept.row.outcome)?)))
        .collect();
    let mut packed = all.members();
    packed.extend(gone.iter().map(|(_, outcome)| outcome.members()));
    for (kept, outcome) in gone {
        // What was packed into an archive is counted there; what has shown nothing is not missed.
        if outcome.is_among(&packed) {
            keep(None, Some(kept.row.key), 0);
            continue;
        }
        let name = format!("{} (no longer there)", kept.row.file);
        all.merge(outcome.renamed(&kept.row.file, &name));
        names.push(kept.row.file.as_str());
    }
    if let Some(first) = names.first() {
        all.add_problem(Problem::new(
            *first,
            format!(
                "{} files that were searched earlier are no longer there; what was found in them still counts",
                names.len()
            ),
            "hunt without --incremental to judge only what is there now",
        ));
    }
    let mut keeper = keeper.into_inner().unwrap_or_else(|e| e.into_inner());
    keeper.write();
    if let Some(why) = keeper.failed {
        all.add_problem(Problem::new(
            "the database",
            format!("how far files were searched could not be kept: {why}"),
            "make room, or check its permissions; the next hunt searches these files again",
        ));
    }
    Ok(all)
}

/// Somebody asked to stop while another hunt was waited for.
struct Stopped;

/// How often is looked whether the other hunt has ended, or somebody asks to stop.
const LOOK: Duration = Duration::from_millis(100);
/// After so many looks it is said what is waited for: a second.
const PATIENCE: u32 = 10;

/// Waits until no other such hunt uses the database; held while the file is open. Where no file can be made beside
/// the database, nothing is waited for.
fn alone(database: &Path, progress: &dyn Progress) -> Result<Option<File>, Stopped> {
    let Some(lock) = lock_file(database) else {
        return Ok(None);
    };
    let mut looks = 0;
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
        }
        if progress.stop() {
            return Err(Stopped);
        }
        looks += 1;
        if looks == PATIENCE {
            progress.waits(&whose(&lock));
        }
        std::thread::sleep(LOOK);
    }
    // For those who wait: the number of this process.
    let _ = lock.set_len(0);
    let _ = (&lock).seek(SeekFrom::Start(0));
    let _ = write!(&lock, "{}", std::process::id());
    Ok(Some(lock))
}

fn lock_file(database: &Path) -> Option<File> {
    let mut name = database.file_name()?.to_owned();
    if name == ":memory:" {
        return None; // nobody else can use it
    }
    name.push("-hunt.lock");
    File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(database.with_file_name(name))
        .ok()
}

/// The number of the process that holds the lock, where it can be read.
fn whose(mut lock: &File) -> String {
    let mut text = String::new();
    let _ = lock.seek(SeekFrom::Start(0));
    let _ = lock.take(20).read_to_string(&mut text);
    let right = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if right { text } else { String::new() }
}

/// Searches one file as far as it is new.
fn search_on(
    file: &FoundFile,
    kept: Option<&Kept>,
    step: Step,
    plan: &Plan,
    progress: &dyn Progress,
    keep: &dyn Fn(Option<SearchedFile>, Option<i64>, u64),
) -> Outcome {
    let before = kept
        .filter(|_| step != Step::Anew)
        .and_then(|kept| Some((kept, Outcome::from_bytes(&kept.row.outcome)?)))
        .map(|(kept, outcome)| (kept, outcome.renamed(&kept.row.file, &file.name)));
    if let (Step::Same, Some((kept, outcome))) = (step, &before) {
        progress.bytes(file.bytes);
        if kept.row.file != file.name || kept.known.modified != file.modified {
            let mut mark = kept.known.mark.clone();
            if let Some(known) = Known::of(file, &mut mark, false) {
                keep(row(file, &known, outcome), Some(kept.row.key), 0);
            }
        }
        return outcome.clone();
    }
    let key = kept.map(|kept| kept.row.key);
    let mut searched = None;
    let mut whole = Outcome::default();
    if let Some((kept, outcome)) = before {
        searched = match go_on(file, kept, plan, progress) {
            Ok(searched) => searched,
            Err(error) => return unread(file, &error.to_string(), "check its permissions"),
        };
        if searched.is_some() {
            whole = outcome;
        }
    }
    let searched = match searched {
        Some(searched) => searched,
        None => match from_start(file, plan, progress) {
            Ok(searched) => searched,
            Err(error) => return unread(file, &error.to_string(), "check its permissions"),
        },
    };
    let Searched {
        outcome,
        rest,
        cut,
        mut mark,
    } = searched;
    let partial = outcome.is_partial();
    whole.go_on_with(outcome);
    let known = Known::of(file, &mut mark, partial);
    let (mut rest, whole_rest) = (rest, mark.is_none());
    if whole_rest && let Some(rest) = rest.take() {
        whole.go_on_with(rest);
    }
    // What was cut is tried again the next time; what was stopped without a mark, too.
    if let Some(known) = known.filter(|_| !(cut || partial && whole_rest)) {
        let clean = whole.clone().to_go_on_from();
        keep(row(file, &known, &clean), key, file.bytes);
    }
    if let Some(rest) = rest {
        whole.go_on_with(rest);
    }
    whole
}

fn row(file: &FoundFile, known: &Known, outcome: &Outcome) -> Option<SearchedFile> {
    Some(SearchedFile {
        key: 0,
        file: file.name.clone(),
        detail: serde_json::to_string(known).ok()?,
        outcome: outcome.to_bytes()?,
    })
}

fn from_start(file: &FoundFile, plan: &Plan, progress: &dyn Progress) -> std::io::Result<Searched> {
    let mut input = Input::new(&file.name, File::open(&file.path)?);
    if let Some(log) = &file.log {
        input.beside = Some(Box::new(File::open(log)?));
    }
    let searched = hunt_on(input, plan, None, &|bytes| told(progress, bytes));
    Ok(searched.unwrap_or_default())
}

/// Reads on behind the mark; `None` when the file turns out to be another one.
fn go_on(
    file: &FoundFile,
    kept: &Kept,
    plan: &Plan,
    progress: &dyn Progress,
) -> std::io::Result<Option<Searched>> {
    let Some(mark) = &kept.known.mark else {
        return Ok(None);
    };
    let tell = |bytes: u64| told(progress, bytes);
    let mut rest = File::open(&file.path)?;
    let (_, packed) = tegakari_hunt::unpack::beginning(File::open(&file.path)?, 1)?;
    if packed {
        return Ok(hunt_on(
            Input::new(&file.name, rest),
            plan,
            Some(mark),
            &tell,
        ));
    }
    rest.seek(SeekFrom::Start(mark.bytes))?;
    progress.bytes(mark.bytes);
    let head = File::open(&file.path)?.take(mark.bytes.min(HEAD as u64));
    let input = Input::new(&file.name, head.chain(rest));
    Ok(hunt_on(input, plan, Some(mark), &tell))
}

#[cfg(test)]
mod tests;
