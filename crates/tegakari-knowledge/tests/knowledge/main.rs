//! The embedded knowledge against the facts of the study it was planned from, and against broken input.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests read the publishers' files, measure time, say what they skip and fail by panicking"
)]

mod benign;
mod broken;
mod claims;
mod compiled;
mod embedded;
mod more_sources;
mod names;
mod own;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;

use tegakari_knowledge::sources::ALL;

/// The publishers' files by path, unpacked; `None` where the data are not at hand.
fn published() -> Option<&'static BTreeMap<String, Vec<u8>>> {
    static FILES: OnceLock<Option<BTreeMap<String, Vec<u8>>>> = OnceLock::new();
    FILES
        .get_or_init(|| {
            let root = Path::new(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../../shared/data/knowledge"
            ));
            if !root.is_dir() {
                return None;
            }
            let mut files = BTreeMap::new();
            let mut folders = vec![root.to_owned()];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                        continue;
                    }
                    let below = path.strip_prefix(root).unwrap();
                    let name = below.to_string_lossy().replace('\\', "/");
                    if !ALL.iter().any(|s| s.takes(&name)) {
                        continue;
                    }
                    let mut bytes = std::fs::read(&path).unwrap();
                    if name.ends_with(".gz") {
                        let packed = std::mem::take(&mut bytes);
                        flate2::read::GzDecoder::new(packed.as_slice())
                            .read_to_end(&mut bytes)
                            .unwrap();
                    }
                    files.insert(name, bytes);
                }
            }
            Some(files)
        })
        .as_ref()
}

fn skip(test: &str) {
    println!("{test}: the publishers' files are not at hand; skipped");
}
