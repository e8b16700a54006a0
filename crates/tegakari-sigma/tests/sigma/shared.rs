//! The data that tests share with other projects, where they are.

use std::fs;
use std::path::{Path, PathBuf};

use tegakari_model::Problem;
use tegakari_sigma::{RuleFile, RuleSet};

/// A folder of the shared data; `None`, having said so, when it is not there.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// All files of rules below a folder, sorted by name, with their bytes.
pub(crate) fn rule_files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yml") {
                let name = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                out.push((name, fs::read(&path).expect("a readable file")));
            }
        }
    }
    out.sort();
    out
}

/// The rules of files.
pub(crate) fn compiled(files: &[(String, Vec<u8>)]) -> (RuleSet, Vec<Problem>) {
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let mut problems = Vec::new();
    let rules = RuleSet::compile(&files, &[], &mut problems);
    (rules, problems)
}
