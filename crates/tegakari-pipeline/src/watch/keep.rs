//! What is kept between two runs: positions, and the ids of sightings that were given out since positions were last kept.
//!
//! The order makes it at least once: ids are noted, sightings leave, outputs are on the disk, and only then do positions move. After a
//! crash, what lies behind the positions is read again, and a sighting whose id was noted is marked as a repetition.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use tegakari_watch::Positions;

use crate::PipelineError;

/// Ids that are read back; more were never noted between two savings.
const MOST_IDS: usize = 4_000_000;
/// Savings after which an id that did not come again is forgotten.
const SAVES_TO_FORGET: u32 = 600;

/// The folder of a watch.
pub(super) struct Keep {
    folder: PathBuf,
    /// Holds the lock as long as it is open.
    _lock: File,
    ids: File,
    /// Noted by the run before, and not met again so far.
    doubtful: HashSet<String>,
    /// Noted since positions were last kept. They stay in the file until positions are kept once more: a server whose messages were
    /// acknowledged just before an end may not have heard it, and sends them again.
    recent: Vec<String>,
    saves: u32,
}

impl Keep {
    /// Opens the folder, making it where it is not there, and reads what an earlier run left.
    pub(super) fn open(folder: &Path) -> Result<(Self, Positions), PipelineError> {
        let writing = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| PipelineError::writing(&path, &error)
        };
        fs::create_dir_all(folder).map_err(writing(folder))?;
        private(folder);
        let lock_path = folder.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(writing(&lock_path))?;
        if lock.try_lock().is_err() {
            return Err(
                tegakari_render::told::watch_runs_already(folder.display().to_string()).into(),
            );
        }
        let positions_path = folder.join("positions.json");
        let positions = match fs::read(&positions_path) {
            Ok(text) => Positions::from_json(&text).map_err(|why| PipelineError::Read {
                path: positions_path.clone(),
                why,
                hint: "move it away to begin at the ends of the files, or with --from-start at their beginnings",
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Positions::new(),
            Err(error) => return Err(PipelineError::reading(&positions_path, &error)),
        };
        let ids_path = folder.join("ids");
        let mut doubtful = HashSet::new();
        if let Ok(old) = File::open(&ids_path) {
            for line in BufReader::new(old).lines().take(MOST_IDS) {
                let Ok(line) = line else { break };
                doubtful.insert(line);
            }
        }
        let ids = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&ids_path)
            .map_err(writing(&ids_path))?;
        let keep = Self {
            folder: folder.to_owned(),
            _lock: lock,
            ids,
            doubtful,
            recent: Vec::new(),
            saves: 0,
        };
        Ok((keep, positions))
    }

    /// Whether a sighting may have left before.
    pub(super) fn was_given(&mut self, id: &str) -> bool {
        self.doubtful.remove(id)
    }

    /// Notes ids before their sightings leave.
    pub(super) fn note<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> io::Result<()> {
        let mut text = String::new();
        let before = self.recent.len();
        for id in ids {
            text.push_str(id);
            text.push('\n');
            if self.recent.len() < MOST_IDS {
                self.recent.push(id.to_owned());
            }
        }
        let noted = self.ids.write_all(text.as_bytes());
        if noted.is_err() {
            // They are noted again.
            self.recent.truncate(before);
        }
        noted
    }

    /// Keeps positions. What was noted before they were kept last is of no use then.
    pub(super) fn save(&mut self, positions: &Positions) -> io::Result<()> {
        let text = positions.to_json().map_err(io::Error::other)?;
        replace(&self.folder.join("positions.json"), &text)?;
        self.saves = self.saves.saturating_add(1);
        if self.saves > SAVES_TO_FORGET {
            self.doubtful.clear();
        }
        if self.doubtful.is_empty() && self.recent.is_empty() {
            return self.ids.set_len(0);
        }
        let recent = std::mem::take(&mut self.recent);
        let mut left: Vec<&str> = self.doubtful.iter().map(String::as_str).collect();
        left.extend(recent.iter().map(String::as_str));
        left.sort_unstable();
        let path = self.folder.join("ids");
        replace(&path, (left.join("\n") + "\n").as_bytes())?;
        self.ids = OpenOptions::new().append(true).open(&path)?;
        Ok(())
    }
}

/// Writes a file so that after a loss of power there is the old one or the new one.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        // The name is part of the folder.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
    }
    Ok(())
}

/// Records of logs wait in it.
#[cfg(unix)]
fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
}

#[cfg(not(unix))]
fn private(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::Keep;
    use tegakari_watch::Positions;

    #[test]
    fn what_was_noted_since_the_last_saving_but_one_is_doubtful_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (mut keep, _) = Keep::open(folder.path()).unwrap();
        assert!(
            Keep::open(folder.path()).is_err(),
            "two watches on one folder"
        );
        keep.note(["W-0"].into_iter()).unwrap();
        keep.save(&Positions::new()).unwrap();
        keep.note(["W-1"].into_iter()).unwrap();
        keep.save(&Positions::new()).unwrap();
        keep.note(["W-2", "W-3"].into_iter()).unwrap();
        drop(keep);
        let (mut keep, _) = Keep::open(folder.path()).unwrap();
        // A server may not have heard that what W-1 was seen in was dealt with.
        assert!(!keep.was_given("W-0") && keep.was_given("W-1"));
        assert!(keep.was_given("W-2") && !keep.was_given("W-2"));
        // Killed once more, before W-3 came again.
        keep.note(["W-2"].into_iter()).unwrap();
        keep.save(&Positions::new()).unwrap();
        keep.save(&Positions::new()).unwrap();
        drop(keep);
        let (mut keep, _) = Keep::open(folder.path()).unwrap();
        assert!(!keep.was_given("W-2") && keep.was_given("W-3"));
        keep.save(&Positions::new()).unwrap();
        assert_eq!(
            std::fs::metadata(folder.path().join("ids")).unwrap().len(),
            0
        );
    }

    #[test]
    fn damaged_positions_are_an_error_and_no_new_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("positions.json"), b"{\"schema\":").unwrap();
        assert!(Keep::open(folder.path()).is_err());
    }
}
