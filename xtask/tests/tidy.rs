//! ARCHITECTURE.md cannot lie: the edges between crates, the registries, the fences and the licences
//! of dependencies are read from the tree and compared with what the documents say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn metadata(arguments: &[&str]) -> Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON")
}

/// The rows of the crate table: name → crates it may import, in full names.
fn crate_table() -> BTreeMap<String, BTreeSet<String>> {
    read("ARCHITECTURE.md")
        .lines()
        .skip_while(|l| !l.starts_with("| crate | purpose | may import |"))
        .skip(2)
        .take_while(|l| l.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [name, _, imports] = cells[..] else {
                panic!("three cells are needed: {line}")
            };
            let imports = imports
                .split(", ")
                .map(|i| i.trim_matches(['|', ' ']))
                .filter(|i| *i != "–")
                .map(|i| format!("tegakari-{i}"))
                .collect();
            (name.trim_matches(['`', ' ']).to_owned(), imports)
        })
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn crates_import_only_what_the_architecture_allows() {
    let table = crate_table();
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages.iter().map(|p| text(p, "name")).collect();
    let documented: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(
        names, documented,
        "the crates and the table in ARCHITECTURE.md"
    );
    for package in packages {
        let name = text(package, "name");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let other = text(dependency, "name");
            // Tests may use what the code may not.
            if names.contains(other) && dependency["kind"].is_null() {
                assert!(
                    table[name].contains(other),
                    "{name} imports {other}, which ARCHITECTURE.md does not allow"
                );
            }
        }
    }
}

#[test]
fn core_crates_are_fenced() {
    for name in [
        "model",
        "match",
        "stix",
        "knowledge",
        "read",
        "hunt",
        "scan",
        "assess",
        "export",
        "drill",
        "render",
        "sigma",
        "taxii",
        "watch",
    ] {
        let lib = read(format!("crates/tegakari-{name}/src/lib.rs"));
        assert!(
            lib.contains("#![warn(clippy::disallowed_methods)]"),
            "tegakari-{name} is a core crate and must turn the I/O fence on"
        );
    }
}

#[test]
fn every_file_of_a_registry_is_in_its_list() {
    for folder in [
        "crates/tegakari-read/src/formats",
        "crates/tegakari-hunt/src/formats",
        "crates/tegakari-export/src/formats",
        "crates/tegakari-export/src/share",
        "crates/tegakari-knowledge/src/sources",
        "crates/tegakari-scan/src/places",
        "crates/tegakari-scan/src/traces",
    ] {
        let list = read(format!("{folder}/mod.rs"));
        let start = list
            .find("pub const ALL")
            .unwrap_or_else(|| panic!("{folder}/mod.rs has no ALL"));
        let slice = &list[start..];
        let slice = &slice[..slice.find("];").expect("ALL ends")];
        let mut files = 0;
        for entry in fs::read_dir(root().join(folder)).expect("a registry is a folder") {
            let path = entry.expect("readable").path();
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if stem == "mod" || path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            // What several formats share is declared `pub(crate)`.
            let shared = list.contains(&format!("pub(crate) mod {stem};"));
            if shared {
                continue;
            }
            files += 1;
            assert!(
                list.contains(&format!("mod {stem};")),
                "{folder}/{stem}.rs is not declared"
            );
            assert!(
                slice.contains(&format!("{stem}::")),
                "{folder}/{stem}.rs is not in ALL"
            );
        }
        assert!(files >= 3, "{folder} has only {files} entries");
    }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = read("deny.toml");
    let allowed: BTreeSet<&str> = deny
        .lines()
        .skip_while(|l| !l.starts_with("allow = ["))
        .skip(1)
        .take_while(|l| !l.starts_with(']'))
        .filter_map(|l| {
            l.trim()
                .trim_end_matches(',')
                .strip_prefix('"')?
                .strip_suffix('"')
        })
        .collect();
    assert!(allowed.contains("MIT"), "deny.toml lists licences");
    for package in metadata(&[])["packages"].as_array().expect("packages") {
        let licence = text(package, "license").replace('/', " OR ");
        let fine = licence.split(" AND ").all(|part| {
            part.split(" OR ")
                .any(|one| allowed.contains(one.trim_matches(['(', ')', ' '])))
        });
        assert!(
            fine,
            "{} {}: licence {licence:?}",
            text(package, "name"),
            text(package, "version")
        );
    }
}

#[test]
fn documents_name_files_that_exist() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let body = read(document);
        for word in body.split(['`', ' ', '\n', '(', ')']) {
            let path = word.trim_end_matches(['.', ',', ':', ';']);
            let ours = ["crates/", "xtask/", "docs/", "examples/", "benches/"];
            if ours.iter().any(|p| path.starts_with(p)) && !path.contains(['<', '*', '…']) {
                assert!(
                    root().join(path).exists(),
                    "{document} names {path}, which is not there"
                );
            }
        }
    }
}
