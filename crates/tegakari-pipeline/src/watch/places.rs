//! Which files there are to follow: paths, folders and patterns, looked at again and again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use tegakari_model::Problem;
use tegakari_watch::rotation::{is_packed, is_rotation_of};

use crate::walk::files_below;

/// Files that are followed; more are told and left out.
const MOST_FILES: usize = 20_000;

/// What was given to follow.
pub(super) struct Places {
    given: Vec<Place>,
}

enum Place {
    /// A file, whether it is there yet or not.
    File(PathBuf),
    Folder(PathBuf),
    /// A pattern and the folder above its first wildcard.
    Pattern(PathBuf, GlobMatcher),
}

impl Places {
    /// From what was typed. A path that is there is meant as it stands; one that is not may be a pattern.
    pub(super) fn new(paths: &[PathBuf]) -> Result<Self, String> {
        let given = paths
            .iter()
            .map(|path| place(path))
            .collect::<Result<_, _>>()?;
        Ok(Self { given })
    }

    /// All files to follow, by path, each with whether it was named itself. Packed files and rotated copies of others are
    /// left out: what stands in them was read while it was written.
    pub(super) fn list(&self) -> (BTreeMap<PathBuf, bool>, Vec<Problem>) {
        let mut found: BTreeMap<PathBuf, bool> = BTreeMap::new();
        let mut problems = Vec::new();
        for place in &self.given {
            let (root, pattern) = match place {
                Place::File(path) => {
                    found.insert(path.clone(), true);
                    continue;
                }
                Place::Folder(path) => (path, None),
                Place::Pattern(root, pattern) => (root, Some(pattern)),
            };
            if !root.exists() {
                continue;
            }
            let (files, met) = files_below(std::slice::from_ref(root));
            problems.extend(met);
            for file in files {
                if pattern.is_none_or(|pattern| pattern.is_match(&file.path)) {
                    found.entry(file.path).or_insert(false);
                }
            }
        }
        let all: Vec<PathBuf> = found.keys().cloned().collect();
        found.retain(|path, named| *named || !is_left_out(path, &all));
        if found.len() > MOST_FILES {
            problems.push(Problem::new(
                "files to follow",
                format!(
                    "there are {}; the first {MOST_FILES} are followed",
                    found.len()
                ),
                "give narrower paths, or several watches",
            ));
            let rest: Vec<PathBuf> = found.keys().skip(MOST_FILES).cloned().collect();
            for path in rest {
                found.remove(&path);
            }
        }
        (found, problems)
    }
}

fn place(path: &Path) -> Result<Place, String> {
    if path.is_dir() {
        return Ok(Place::Folder(path.to_owned()));
    }
    let text = path.to_string_lossy();
    if path.exists() || !text.contains(['*', '?', '[']) {
        return Ok(Place::File(path.to_owned()));
    }
    let glob = GlobBuilder::new(&text)
        .literal_separator(true)
        .build()
        .map_err(|error| error.to_string())?;
    let root: PathBuf = path
        .components()
        .take_while(|part| {
            !part
                .as_os_str()
                .to_string_lossy()
                .contains(['*', '?', '[', '{'])
        })
        .collect();
    let root = if root.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        root
    };
    // Below `.`, files are called `./a`.
    let glob = if root == Path::new(".") {
        GlobBuilder::new(&format!("./{}", text.trim_start_matches("./")))
            .literal_separator(true)
            .build()
            .map_err(|error| error.to_string())?
    } else {
        glob
    };
    Ok(Place::Pattern(root, glob.compile_matcher()))
}

fn is_left_out(path: &Path, all: &[PathBuf]) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
        return true;
    };
    if is_packed(&name) || name.starts_with(".nfs") {
        return true;
    }
    // Names of one folder stand together; a rotated name is mostly longer than the name it was made of.
    let folder = path.parent();
    let from = all.partition_point(|other| other.parent() < folder);
    all[from..]
        .iter()
        .take_while(|other| other.parent() == folder)
        .filter_map(|other| other.file_name())
        .any(|other| is_rotation_of(&name, &other.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::Places;
    use std::fs;

    #[test]
    fn packed_and_rotated_files_are_left_out_and_new_ones_appear() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for name in ["a.log", "a.log.1", "a.log.2.gz", "sub/b.log", "c.1"] {
            fs::write(at(name), b"x\n").unwrap();
        }
        let names = |places: &Places| -> Vec<String> {
            let (found, _) = places.list();
            let root = folder.path();
            let strip =
                |p: &std::path::PathBuf| p.strip_prefix(root).unwrap().display().to_string();
            found.keys().map(strip).collect()
        };
        let all = Places::new(&[folder.path().to_owned()]).unwrap();
        assert_eq!(names(&all), ["a.log", "c.1", "sub/b.log"]);
        let pattern = Places::new(&[at("*.log"), at("later")]).unwrap();
        assert_eq!(names(&pattern), ["a.log", "later"]);
        fs::write(at("d.log"), b"x\n").unwrap();
        assert_eq!(names(&pattern), ["a.log", "d.log", "later"]);
    }
}
