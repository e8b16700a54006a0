//! What a scan costs beside the programs that only take digests, on the same files, in one run on one machine.
//!
//! The files are made anew in a temporary folder: many small ones and some large, of bytes that do not compress, with a
//! hundred that are looked for. Everything is read once beforehand, so that all programs find it in memory. Programs run
//! in turns, and the quickest of several runs by CPU counts. `yr` (YARA-X) takes part where it is installed, with one
//! rule that matches the same files: it takes no digests.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use crate::bench_hunt::{Contestant, race, target};

const USAGE: &str =
    "usage: cargo xtask bench-scan [--files 10000] [--megabytes 2000] [--runs 3] [--tegakari FILE]";
/// Files that are looked for.
const WANTED: usize = 100;
/// What stands in them, for the rule.
const MARK: &[u8] = b"TEGAKARI-BENCH-MARK";

struct Asked {
    files: usize,
    megabytes: usize,
    runs: usize,
    tegakari: PathBuf,
}

/// `bench-scan`.
#[allow(clippy::print_stdout, reason = "the table is what was asked for")]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let asked = asked(arguments)?;
    ensure!(
        asked.tegakari.is_file(),
        "no program at {}; build it with `cargo build --release`",
        asked.tegakari.display()
    );
    let work = tempfile::tempdir()?;
    let bytes = make(work.path(), &asked)?;
    let runners = contestants(work.path(), &asked)?;
    let costs = race(&runners, asked.runs, work.path())?;
    let gigabytes = to_f64(bytes) / 1e9;
    println!(
        "{} files with {:.2} GB, {WANTED} of them looked for among 1000 hashes; the quickest of {} runs by CPU, in turns.\n",
        asked.files, gigabytes, asked.runs
    );
    println!("| program | user s | system s | wall s | user s/GB | peak MB | lines out |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (one, cost) in runners.iter().zip(costs) {
        let Some(cost) = cost else {
            println!("| {} | failed | | | | | |", one.name);
            continue;
        };
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
            one.name,
            cost.user,
            cost.system,
            cost.wall,
            cost.user / gigabytes,
            cost.megabytes,
            cost.lines
        );
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn to_f64(number: u64) -> f64 {
    number as f64
}

fn asked(arguments: &[String]) -> anyhow::Result<Asked> {
    let mut asked = Asked {
        files: 10_000,
        megabytes: 2000,
        runs: 3,
        tegakari: target()?.join("release/tegakari"),
    };
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().context(USAGE)?;
        match name.as_str() {
            "--files" => asked.files = value.parse().context(USAGE)?,
            "--megabytes" => asked.megabytes = value.parse().context(USAGE)?,
            "--runs" => asked.runs = value.parse().context(USAGE)?,
            "--tegakari" => asked.tegakari = PathBuf::from(value),
            _ => anyhow::bail!(USAGE),
        }
    }
    ensure!(asked.files >= WANTED, "at least {WANTED} files are needed");
    Ok(asked)
}

/// Makes the files and the list; gives the number of bytes.
fn make(work: &Path, asked: &Asked) -> anyhow::Result<u64> {
    let folder = work.join("files");
    let mean = asked.megabytes * 1_000_000 / asked.files;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        // xorshift64* (Vigna 2016)
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    };
    let mut list = String::from("type,value\n");
    let mut all = 0_u64;
    let every = asked.files / WANTED;
    for number in 0..asked.files {
        let below = folder.join(format!("{:03}", number % 200));
        fs::create_dir_all(&below)?;
        // Of ten files nine have half of the mean size, and one five and a half times as much.
        let size = if number % 10 == 0 {
            mean * 11 / 2
        } else {
            mean / 2
        };
        let mut bytes: Vec<u8> = (0..size.div_ceil(8))
            .flat_map(|_| random().to_le_bytes())
            .collect();
        bytes.truncate(size);
        let is_wanted = number % every == 0 && number / every < WANTED;
        if is_wanted {
            bytes.extend_from_slice(MARK);
            let digits: String = Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            list.push_str(&format!("sha256,{digits}\n"));
        }
        all += bytes.len() as u64;
        fs::write(below.join(format!("{number}.bin")), bytes)?;
    }
    for number in WANTED..1000 {
        list.push_str(&format!("sha256,{number:064x}\n"));
    }
    fs::write(work.join("list.csv"), list)?;
    let mut rule = fs::File::create(work.join("rule.yar"))?;
    writeln!(
        rule,
        "rule mark {{ strings: $a = \"{}\" condition: $a }}",
        String::from_utf8_lossy(MARK)
    )?;
    Ok(all)
}

fn contestants(work: &Path, asked: &Asked) -> anyhow::Result<Vec<Contestant>> {
    let at = |name: &str| work.join(name).to_string_lossy().into_owned();
    let scan = |name: &str, more: &[&str]| {
        let mut arguments: Vec<String> = [
            "scan",
            &at("files"),
            "--indicators",
            &at("list.csv"),
            "--format",
            "jsonl",
            "-q",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        Contestant {
            name: name.to_owned(),
            program: asked.tegakari.clone(),
            arguments,
            fine: &[1],
        }
    };
    let mut all = vec![
        scan("`scan`, 1 thread", &["--threads", "1"]),
        scan("`scan`", &[]),
        scan(
            "`scan --contents`, 1 thread",
            &["--threads", "1", "--contents"],
        ),
    ];
    let quoted = at("files");
    for program in ["sha256sum", "sha1sum", "md5sum"] {
        all.push(Contestant {
            name: format!("`{program}`"),
            program: "sh".into(),
            arguments: vec![
                "-c".to_owned(),
                format!("find '{quoted}' -type f -print0 | xargs -0 {program}"),
            ],
            fine: &[0],
        });
    }
    if Command::new("yr").arg("--version").output().is_ok() {
        all.push(Contestant {
            name: "`yr scan`, 1 thread, no digests".to_owned(),
            program: "yr".into(),
            arguments: [
                "scan",
                "--threads",
                "1",
                "--recursive",
                &at("rule.yar"),
                &at("files"),
            ]
            .map(str::to_owned)
            .to_vec(),
            fine: &[0],
        });
    }
    Ok(all)
}
