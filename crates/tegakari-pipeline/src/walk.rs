//! Which files there are to search.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use tegakari_model::{Problem, Timestamp};

/// A file to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Where it is; `-` is standard input.
    pub path: PathBuf,
    /// How it is cited: the path as the user would type it.
    pub name: String,
    /// Its size, 0 when unknown.
    pub bytes: u64,
    /// When it was last written, where the system tells.
    pub modified: Option<Timestamp>,
    /// The log of a database that lies beside it (`-wal`), which holds its newest rows.
    pub log: Option<PathBuf>,
}

/// Every regular file below the paths, hidden ones too, each once however many links lead to it;
/// sorted by name. What cannot be entered or read is a problem, never silence.
pub(crate) fn files_below(paths: &[PathBuf]) -> (Vec<FoundFile>, Vec<Problem>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    let mut known = BTreeSet::new();
    for path in paths {
        if path == Path::new("-") {
            files.push(FoundFile {
                path: path.clone(),
                name: "-".to_owned(),
                bytes: 0,
                modified: None,
                log: None,
            });
            continue;
        }
        let walk = WalkBuilder::new(path)
            .standard_filters(false)
            .follow_links(true)
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            match entry {
                Ok(entry) => add(&entry, &mut known, &mut files, &mut problems),
                Err(error) => problems.push(refused(path, &error)),
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let files = with_logs(files);
    (files, problems)
}

/// Puts the log of a database with the database, and leaves out its index (`-shm`), which repeats nothing but places
/// in the log. What only has such a name, and no database beside it, is a file like any other.
fn with_logs(mut files: Vec<FoundFile>) -> Vec<FoundFile> {
    let belongs = |file: &FoundFile, ending: &str| {
        let name = file
            .path
            .to_str()
            .and_then(|name| name.strip_suffix(ending));
        name.is_some_and(|name| is_database(Path::new(name)))
    };
    files.retain(|file| !belongs(file, "-wal") && !belongs(file, "-shm"));
    for file in &mut files {
        let mut log = file.path.clone().into_os_string();
        log.push("-wal");
        let log = PathBuf::from(log);
        file.log = (log.is_file() && is_database(&file.path)).then_some(log);
    }
    files
}

/// Whether a file is an SQLite database, by its first bytes.
fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == *b"SQLite format 3\0")
}

fn add(
    entry: &ignore::DirEntry,
    known: &mut BTreeSet<PathBuf>,
    files: &mut Vec<FoundFile>,
    problems: &mut Vec<Problem>,
) {
    let Some(kind) = entry.file_type() else {
        return;
    };
    if kind.is_dir() {
        return;
    }
    let name = entry.path().to_string_lossy().into_owned();
    if !kind.is_file() {
        problems.push(Problem::new(
            name,
            "not a regular file (a device, socket or pipe), so it was not read",
            "give the file that the data ends up in, or pipe it in as `-`",
        ));
        return;
    }
    let real = entry
        .path()
        .canonicalize()
        .unwrap_or_else(|_| entry.path().to_owned());
    if known.insert(real) {
        let metadata = entry.metadata().ok();
        files.push(FoundFile {
            path: entry.path().to_owned(),
            name,
            bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            modified: metadata
                .and_then(|m| m.modified().ok())
                .and_then(|time| Timestamp::try_from(time).ok()),
            log: None,
        });
    }
}

fn refused(root: &Path, error: &ignore::Error) -> Problem {
    let text = error.to_string();
    let hint = match error.io_error().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::NotFound) => "check the spelling of the path",
        Some(std::io::ErrorKind::PermissionDenied) => "run as a user who may read it",
        _ if text.contains("loop") => {
            "a link leads back to its own folder; it was not followed again"
        }
        _ => "check the disk and its permissions",
    };
    Problem::new(root.to_string_lossy(), text, hint)
}

#[cfg(test)]
mod tests {
    use super::files_below;

    #[test]
    fn the_log_of_a_database_belongs_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("History"), "SQLite format 3\0...").unwrap();
        for name in ["History-wal", "History-shm", "notes", "notes-wal"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let (files, _) = files_below(&[at("History")]);
        assert_eq!(files[0].log, Some(at("History-wal")));
        let (files, _) = files_below(&[folder.path().to_owned()]);
        let names: Vec<_> = files.iter().map(|f| f.path.file_name().unwrap()).collect();
        assert_eq!(names, ["History", "notes", "notes-wal"]);
        assert_eq!(files[1].log, None);
    }

    #[test]
    fn every_file_is_found_once_and_what_is_missing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a/.hidden")).unwrap();
        std::fs::write(root.join("a/.hidden/x.log"), "x").unwrap();
        std::fs::write(root.join("a/.gitignore"), "*").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("..", root.join("a/up")).unwrap();
        let (files, problems) = files_below(&[root.to_owned(), root.join("a"), root.join("none")]);
        let names: Vec<_> = files
            .iter()
            .map(|f| {
                f.path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert_eq!(names, ["a/.gitignore", "a/.hidden/x.log"]);
        assert!(
            problems.iter().any(|p| p.hint.contains("spelling")),
            "{problems:?}"
        );
        #[cfg(unix)]
        assert!(
            problems.iter().any(|p| p.hint.contains("link")),
            "{problems:?}"
        );
    }
}
