//! `cargo xtask compile-knowledge --from DIR [--check]`: the publishers' files to `knowledge.bin` and NOTICE.
//!
//! With `--check` nothing is written; it fails when the files in the repository are not what DIR gives.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// No file of a source unpacks to more.
const MAX_FILE: u64 = 1 << 30;

/// Runs the chore.
#[allow(
    clippy::print_stdout,
    reason = "its result is for a developer at a terminal"
)]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut from = None;
    let mut check = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--from" => from = rest.next().map(PathBuf::from),
            "--check" => check = true,
            other => bail!("unknown argument {other:?}; use --from DIR and --check"),
        }
    }
    let from =
        from.context("--from DIR is needed: the folder that holds attack/ and misp-galaxy/")?;
    let (bytes, knowledge) =
        tegakari_pipeline::compile_knowledge(&from, tegakari_pipeline::Purpose::Embed)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let outputs = [
        (
            root.join("crates/tegakari-knowledge/data/knowledge.bin"),
            bytes,
        ),
        (root.join("NOTICE"), knowledge.notice().into_bytes()),
    ];
    for (path, content) in outputs {
        if check {
            let known =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            if known != content {
                bail!(
                    "{} is not what {} gives; run without --check",
                    path.display(),
                    from.display()
                );
            }
        } else {
            std::fs::write(&path, &content)
                .with_context(|| format!("writing {}", path.display()))?;
        }
        println!("{:>9} bytes  {}", content.len(), path.display());
    }
    println!("version {}", knowledge.version());
    for source in knowledge.sources() {
        let counts: Vec<String> = source
            .counts
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        println!(
            "  {:<20} {:<24} {}",
            source.id,
            source.version,
            counts.join(", ")
        );
    }
    Ok(())
}

pub(crate) fn unpack(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes)
        .take(MAX_FILE)
        .read_to_end(&mut out)?;
    if read as u64 >= MAX_FILE {
        bail!("unpacks to more than {} MB", MAX_FILE >> 20);
    }
    Ok(out)
}
