//! Makes the logs of the example: one working day of a small organisation that does not exist.
//!
//! Everything is drawn from a fixed seed, so that the same program gives the same bytes. Each record
//! that is planted is noted when it is written, and `EXPECTED.json` is counted from these notes: the
//! truth does not come from a program that searches.

mod cast;
mod day;
mod endpoint;
mod intrusion;
mod random;
mod servers;
mod sheet;
mod truth;
mod zeek;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Writes `examples/logs`, `examples/assets.csv` and `examples/EXPECTED.json`, or the same below `--to DIR`.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let target = match arguments {
        [] => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples")),
        [option, folder] if option == "--to" => PathBuf::from(folder),
        _ => anyhow::bail!("usage: cargo xtask make-example [--to DIR]"),
    };
    for (name, bytes) in files()? {
        let path = target.join(&name);
        let folder = path.parent().unwrap_or(&target);
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&path, packed(&path, &bytes)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Every file by its name below the examples' folder, not yet packed.
fn files() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let sheet = day::write();
    let expected = truth::expected(sheet.notes())?;
    let mut files: Vec<(String, Vec<u8>)> = sheet
        .into_files()
        .map(|(name, text)| (format!("logs/{name}"), text.into_bytes()))
        .collect();
    files.push(("assets.csv".to_owned(), cast::inventory().into_bytes()));
    files.push(("EXPECTED.json".to_owned(), expected.into_bytes()));
    Ok(files)
}

/// The bytes as they stand on the disk: gzip where the name says so.
fn packed(path: &Path, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(bytes.to_vec());
    }
    let mut gzip = flate2::GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// The bytes of a file of the example, unpacked: how well a version of the packer packs may change.
    fn on_disk(name: &str) -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../examples")
            .join(name);
        let bytes = fs::read(&path).unwrap_or_default();
        if !name.ends_with(".gz") {
            return bytes;
        }
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn the_example_is_what_its_generator_makes() {
        for (name, bytes) in files().unwrap() {
            assert!(
                on_disk(&name) == bytes,
                "examples/{name} is not what `cargo xtask make-example` makes; run it"
            );
        }
    }

    #[test]
    fn the_example_is_small_and_varied() {
        let mut bytes_on_disk = 0;
        let mut machines = std::collections::BTreeSet::new();
        for (name, bytes) in files().unwrap() {
            bytes_on_disk += packed(Path::new(&name), &bytes).unwrap().len();
            if let Some(machine) = name
                .strip_prefix("logs/")
                .and_then(|rest| rest.split('/').next())
            {
                machines.insert(machine.to_owned());
            }
        }
        assert!(bytes_on_disk <= 2_000_000, "{bytes_on_disk} bytes");
        assert!(machines.len() >= 6, "{machines:?}");
        assert!(
            !machines.contains("srv-backup"),
            "the machine without logs has logs"
        );
    }

    #[test]
    fn both_reports_name_every_indicator() {
        for report in ["report.en.md", "report.ja.md"] {
            let text = String::from_utf8(on_disk(report)).unwrap();
            let plain = text.replace("[.]", ".").replace("hxxp", "http");
            for (_, value) in cast::INDICATORS {
                assert!(plain.contains(value), "{report} lacks {value}");
            }
        }
    }

    #[test]
    fn traps_stand_in_the_logs() {
        let all = files().unwrap();
        for trap in cast::TRAPS {
            let found = all.iter().any(|(name, bytes)| {
                name.starts_with("logs/") && String::from_utf8_lossy(bytes).contains(trap.text)
            });
            assert!(found, "{} is nowhere", trap.text);
        }
    }
}
