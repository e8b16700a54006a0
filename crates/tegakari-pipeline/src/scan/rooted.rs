//! Paths below a root that is not this machine's: links in an image lead into the image and never out of it.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use tegakari_scan::places::fits;

/// Links that are followed for one path.
const MOST_LINKS: usize = 16;
/// Files that are taken for one pattern.
const MOST_FILES: usize = 100_000;

/// Where `path`, absolute below `root`, really lies; `None` where there is nothing.
pub(super) fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let mut parts: VecDeque<String> = path.split('/').map(str::to_owned).collect();
    let mut below: Vec<String> = Vec::new();
    let mut links = 0;
    while let Some(part) = parts.pop_front() {
        match part.as_str() {
            "" | "." => {}
            ".." => {
                below.pop();
            }
            _ => {
                below.push(part);
                let here = joined(root, &below);
                if !here.symlink_metadata().ok()?.is_symlink() {
                    continue;
                }
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                let target = fs::read_link(&here).ok()?;
                below.pop();
                if target.is_absolute() {
                    below.clear();
                }
                let target = target.to_string_lossy().into_owned();
                for part in target.split('/').rev() {
                    parts.push_front(part.to_owned());
                }
            }
        }
    }
    Some(joined(root, &below))
}

fn joined(root: &Path, below: &[String]) -> PathBuf {
    let mut path = root.to_owned();
    path.extend(below);
    path
}

/// The files that fit a pattern, as absolute paths below the root, sorted; not what leads to a device, as masked units do. What cannot be listed is given to `refused`.
pub(super) fn files(
    root: &Path,
    pattern: &str,
    minds_case: bool,
    refused: &mut dyn FnMut(&Path, &std::io::Error),
) -> Vec<String> {
    let mut found = vec![String::new()];
    let parts: Vec<&str> = pattern.split('/').collect();
    for (at, part) in parts.iter().enumerate() {
        let is_last = at + 1 == parts.len();
        let mut next = Vec::new();
        for folder in &found {
            if *part == "**" {
                all_below(root, folder, &mut next, refused);
                continue;
            }
            if minds_case && !part.contains('*') {
                let path = format!("{folder}/{part}");
                if resolve(root, &path).is_some_and(|real| real.symlink_metadata().is_ok()) {
                    next.push(path);
                }
                continue;
            }
            for name in names(root, folder, refused) {
                // A name that begins with a dot is meant only where that is said, as in a shell.
                let hidden = name.starts_with('.') && !part.starts_with('.') && !is_last;
                if !hidden && fits(part, &name, minds_case) {
                    next.push(format!("{folder}/{name}"));
                }
            }
        }
        next.truncate(MOST_FILES);
        found = next;
    }
    found.retain(|path| {
        resolve(root, path)
            .is_some_and(|real| real.symlink_metadata().is_ok_and(|about| about.is_file()))
    });
    found.sort();
    found
}

fn names(
    root: &Path,
    folder: &str,
    refused: &mut dyn FnMut(&Path, &std::io::Error),
) -> Vec<String> {
    let Some(real) = resolve(root, folder) else {
        return Vec::new();
    };
    if !real.is_dir() {
        return Vec::new();
    }
    match fs::read_dir(&real) {
        Ok(entries) => {
            let mut names: Vec<String> = entries
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect();
            names.sort();
            names
        }
        Err(error) => {
            refused(&real, &error);
            Vec::new()
        }
    }
}

/// All files below a folder; links are not followed.
fn all_below(
    root: &Path,
    folder: &str,
    found: &mut Vec<String>,
    refused: &mut dyn FnMut(&Path, &std::io::Error),
) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for name in names(root, &folder, refused) {
            let path = format!("{folder}/{name}");
            let real = root.join(path.trim_start_matches('/'));
            match real.symlink_metadata() {
                Ok(about) if about.is_dir() => folders.push(path),
                Ok(_) if found.len() < MOST_FILES => found.push(path),
                _ => {}
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{files, resolve};

    #[test]
    fn links_never_lead_out_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("usr/lib")).unwrap();
        fs::write(root.join("usr/lib/x"), "x").unwrap();
        symlink("usr/lib", root.join("lib")).unwrap();
        symlink("/usr/lib/x", root.join("absolute")).unwrap();
        symlink("../../../../usr/lib/x", root.join("up")).unwrap();
        symlink("round", root.join("round")).unwrap();
        let want = Some(root.join("usr/lib/x"));
        for path in ["/lib/x", "/absolute", "/up", "/../lib/../lib/x"] {
            assert_eq!(resolve(root, path), want, "{path}");
        }
        assert_eq!(resolve(root, "/round"), None);
        assert_eq!(resolve(root, "/etc/passwd"), None);
        let mut refused = |_: &std::path::Path, _: &std::io::Error| {};
        assert_eq!(files(root, "lib/*", true, &mut refused), ["/lib/x"]);
        assert_eq!(
            files(root, "USR/LIB/X", false, &mut refused),
            ["/usr/lib/x"]
        );
        assert_eq!(files(root, "usr/**", true, &mut refused), ["/usr/lib/x"]);
    }
}
