//! Every name below some paths: what is to be read, and what is not and why. Links are not followed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tegakari_model::{Problem, Timestamp, UnreadReason};
use tegakari_scan::{Outcome, display};

/// A name that was met, and whether it is a file to read.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) path: PathBuf,
    /// How it is told of.
    pub(crate) place: String,
    /// The path below what was given; none for a file that was given itself.
    pub(crate) below: Option<String>,
    /// Its path from the root on and without links.
    pub(crate) real: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) modified: Option<Timestamp>,
    /// Of folders, links and devices only the name is looked at.
    pub(crate) is_file: bool,
}

/// What limits the walk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// The largest file that is read, in bytes.
    pub(crate) max_size: Option<u64>,
    /// Whether to stay on the file system of each path.
    pub(crate) one_file_system: bool,
}

/// From this size on a file that is nearly all holes is not read.
const SPARSE_FROM: u64 = 4 << 30;
/// How many times larger than what is stored of it.
const SPARSE_TIMES: u64 = 8;

/// Lists what is below the paths, sorted by place, each name once.
pub(crate) fn walk(paths: &[PathBuf], bounds: Bounds, outcome: &mut Outcome) -> Vec<Met> {
    let virtual_devices = devices_of_the_kernel();
    // What lies below another path that is given is met there.
    let roots: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let mut met = BTreeMap::new();
    for (at, path) in paths.iter().enumerate() {
        if is_met_from_another(paths, at, bounds) {
            continue;
        }
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => {
                let mut walk = Walk {
                    root: path,
                    real_root: path.canonicalize().ok(),
                    roots: &roots,
                    device: device(&about),
                    bounds,
                    virtual_devices: &virtual_devices,
                    met: &mut met,
                    outcome,
                };
                walk.below();
            }
            Ok(about) => {
                let place = display(path.as_os_str().as_encoded_bytes());
                // A link that is given itself is meant.
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let found = judged(&real, place, None, &about, bounds, outcome);
                let real = Some(display(real.as_os_str().as_encoded_bytes()));
                let found = Met { real, ..found };
                met.insert(found.place.clone(), found);
            }
            Err(error) => unreadable(path, &error, false, outcome),
        }
    }
    met.into_values().collect()
}

/// Whether what is given at a place is given once more: before, or as something below another folder.
fn is_met_from_another(paths: &[PathBuf], at: usize, bounds: Bounds) -> bool {
    let real = |path: &PathBuf| path.canonicalize().ok();
    let Some(this) = paths.get(at).and_then(real) else {
        return false;
    };
    paths.iter().enumerate().any(|(other_at, other)| {
        let Some(other) = real(other).filter(|_| other_at != at) else {
            return false;
        };
        if other == this {
            return other_at < at;
        }
        // On another file system it would be passed over from there.
        !bounds.one_file_system && this.starts_with(&other)
    })
}

struct Walk<'a> {
    root: &'a Path,
    /// The same from the root on and without links.
    real_root: Option<PathBuf>,
    roots: &'a [PathBuf],
    device: u64,
    bounds: Bounds,
    virtual_devices: &'a BTreeMap<u64, String>,
    met: &'a mut BTreeMap<String, Met>,
    outcome: &'a mut Outcome,
}

impl Walk<'_> {
    fn below(&mut self) {
        if self.virtual_devices.contains_key(&self.device) {
            self.pass_over(self.root.to_owned().as_path(), UnreadReason::Virtual);
            return;
        }
        let mut folders = vec![self.root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    unreadable(&folder, &error, true, self.outcome);
                    continue;
                }
            };
            for entry in entries {
                match entry {
                    Ok(entry) => self.take(&entry.path(), &mut folders),
                    Err(error) => {
                        unreadable(&folder, &error, true, self.outcome);
                        break;
                    }
                }
            }
        }
    }

    fn take(&mut self, path: &Path, folders: &mut Vec<PathBuf>) {
        let about = match fs::symlink_metadata(path) {
            Ok(about) => about,
            Err(error) => {
                unreadable(path, &error, false, self.outcome);
                return;
            }
        };
        let place = display(path.as_os_str().as_encoded_bytes());
        let below = path.strip_prefix(self.root).ok();
        let real = below.zip(self.real_root.as_ref());
        let real =
            real.map(|(below, root)| display(root.join(below).as_os_str().as_encoded_bytes()));
        let below = below.map(|below| display(below.as_os_str().as_encoded_bytes()));
        if about.is_symlink() {
            self.judge_link(path, &place);
        } else if about.is_dir() {
            let there = device(&about);
            if self.virtual_devices.contains_key(&there) {
                self.pass_over(path, UnreadReason::Virtual);
            } else if self.bounds.one_file_system && there != self.device {
                self.pass_over(path, UnreadReason::OtherFileSystem);
            } else {
                folders.push(path.to_owned());
            }
        }
        let met = if about.is_dir() || about.is_symlink() {
            Met {
                path: path.to_owned(),
                place,
                below,
                real,
                bytes: 0,
                modified: modified(&about),
                is_file: false,
            }
        } else {
            let judged = judged(path, place, below, &about, self.bounds, self.outcome);
            Met { real, ..judged }
        };
        self.met.insert(met.place.clone(), met);
    }

    fn pass_over(&mut self, folder: &Path, reason: UnreadReason) {
        let place = display(folder.as_os_str().as_encoded_bytes());
        self.outcome.unread_folder(reason, &place);
    }

    /// What a link leads to is read where it lies, if that is below what was given.
    fn judge_link(&mut self, path: &Path, place: &str) {
        match path.canonicalize() {
            Ok(target) if self.roots.iter().any(|root| target.starts_with(root)) => {}
            Ok(_) => self
                .outcome
                .unread_file(UnreadReason::LinkOutside, place, 0),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => self
                .outcome
                .unread_file(UnreadReason::NoPermission, place, 0),
            Err(_) => self.outcome.unread_file(UnreadReason::LinkBroken, place, 0),
        }
    }
}

/// Whether something that is no folder is to be read.
fn judged(
    path: &Path,
    place: String,
    below: Option<String>,
    about: &Metadata,
    bounds: Bounds,
    outcome: &mut Outcome,
) -> Met {
    let bytes = about.len();
    let reason = if !about.is_file() {
        Some(UnreadReason::Special)
    } else if bounds.max_size.is_some_and(|most| bytes > most) {
        Some(UnreadReason::TooBig)
    } else if bytes >= SPARSE_FROM && stored(about).is_some_and(|all| all < bytes / SPARSE_TIMES) {
        Some(UnreadReason::Sparse)
    } else {
        None
    };
    if let Some(reason) = reason {
        outcome.unread_file(reason, &place, if about.is_file() { bytes } else { 0 });
    }
    Met {
        path: path.to_owned(),
        place,
        below,
        real: None,
        bytes,
        modified: modified(about),
        is_file: reason.is_none(),
    }
}

fn modified(about: &Metadata) -> Option<Timestamp> {
    about
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
}

/// Counts what could not be listed or opened, and tells of it.
pub(crate) fn unreadable(path: &Path, error: &io::Error, is_folder: bool, outcome: &mut Outcome) {
    let place = display(path.as_os_str().as_encoded_bytes());
    let (reason, hint) = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            (UnreadReason::NoPermission, "run as a user who may read it")
        }
        io::ErrorKind::NotFound => (UnreadReason::Gone, "check the spelling of the path"),
        _ => (
            UnreadReason::ReadError,
            "check the disk and its permissions",
        ),
    };
    let bytes = fs::symlink_metadata(path).map_or(0, |about| about.len());
    if is_folder {
        outcome.unread_folder(reason, &place);
    } else {
        outcome.unread_file(reason, &place, bytes);
    }
    outcome.add_problem(
        Problem::new(place, format!("not read: {error}"), hint).losing_bytes(if is_folder {
            0
        } else {
            bytes
        }),
    );
}

#[cfg(unix)]
fn device(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(about)
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}

/// Bytes that are stored of a file; the rest is holes.
#[cfg(unix)]
fn stored(about: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::blocks(about).saturating_mul(512))
}

#[cfg(not(unix))]
fn stored(_: &Metadata) -> Option<u64> {
    None
}

/// File systems that the kernel makes up: their files have no end, block, or act when they are read.
const OF_THE_KERNEL: [&str; 19] = [
    "proc",
    "sysfs",
    "cgroup",
    "cgroup2",
    "debugfs",
    "tracefs",
    "securityfs",
    "bpf",
    "configfs",
    "fusectl",
    "pstore",
    "mqueue",
    "binfmt_misc",
    "efivarfs",
    "autofs",
    "rpc_pipefs",
    "nsfs",
    "devpts",
    "selinuxfs",
];

/// The devices of such file systems on this machine, by their numbers.
#[cfg(target_os = "linux")]
fn devices_of_the_kernel() -> BTreeMap<u64, String> {
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = String::from_utf8_lossy(&mounts);
    let mut devices = BTreeMap::new();
    for line in mounts.lines() {
        // proc_pid_mountinfo(5): the place is the fifth field; the type follows a field of one hyphen.
        let Some((front, back)) = line.split_once(" - ") else {
            continue;
        };
        let kind = back.split(' ').next().unwrap_or_default();
        let place = front.split(' ').nth(4).unwrap_or_default();
        let is_kernels = OF_THE_KERNEL.contains(&kind);
        if let Some(about) = is_kernels.then(|| fs::metadata(place).ok()).flatten() {
            devices.insert(device(&about), kind.to_owned());
        }
    }
    devices
}

#[cfg(not(target_os = "linux"))]
fn devices_of_the_kernel() -> BTreeMap<u64, String> {
    BTreeMap::new()
}
