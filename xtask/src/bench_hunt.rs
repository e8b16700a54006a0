//! What a hunt costs beside `rg -F -f`, with the same logs and indicators, in one run on one machine.
//!
//! The corpus (logs of seven formats, lists of indicators) is made once and kept; everything is read once beforehand,
//! so that all programs find it in memory. Programs run in turns, and the quickest of several runs by CPU counts, because
//! whatever else the machine does only ever slows one down. `rg` and `grep` look for the values as the list has them: they
//! know nothing of defanged or normalised forms, label borders or networks. All programs write what they find to
//! a file (grep stops at the first hit when it writes to /dev/null).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

const USAGE: &str = "usage: cargo xtask bench-hunt [--size 200M] [--indicators 1000,100000,1000000] [--ten-million] [--runs 3] \
     [--peers-up-to 100000] [--grep] [--corpus DIR] [--generator FILE] [--tegakari FILE]";
/// The program that the others are compared with.
const RIPGREP: &str = "`rg -F -f`, 1 thread";
/// What stops a program that would run for hours.
const LIMIT: &str = "3600";

struct Asked {
    size: String,
    counts: Vec<usize>,
    runs: usize,
    /// The most indicators given as a list, and to other programs: memory and time grow with them.
    peers_up_to: usize,
    grep: bool,
    corpus: Option<PathBuf>,
    generator: PathBuf,
    tegakari: PathBuf,
}

/// One program with its arguments.
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// Statuses that are answers.
    pub(crate) fine: &'static [i32],
}

/// What a run cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) user: f64,
    pub(crate) system: f64,
    pub(crate) wall: f64,
    pub(crate) megabytes: u64,
    pub(crate) lines: usize,
}

/// `bench-hunt`.
#[allow(clippy::print_stdout, reason = "the table is what was asked for")]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let asked = asked(arguments)?;
    ensure!(
        asked.tegakari.is_file(),
        "no program at {}; build it with `cargo build --release`",
        asked.tegakari.display()
    );
    let corpus = corpus(&asked)?;
    let logs = corpus.join("logs");
    let mut files = Vec::new();
    files_below(&logs, &mut files)?;
    let mut bytes = 0;
    for file in &files {
        bytes += fs::read(file)?.len() as u64;
    }
    let work = tempfile::tempdir()?;
    println!(
        "{} MB of logs in seven formats, {} CPUs, {}, {}; the quickest of {} runs by CPU, in turns. Ratio: user CPU divided by that of \
         `rg -F -f` on one thread with the same indicators; growth: by that of the same program with the fewest.\n",
        bytes / 1_000_000,
        std::thread::available_parallelism().map_or(1, usize::from),
        first_line("rg")?,
        first_line("grep")?,
        asked.runs,
    );
    println!(
        "| indicators | program | user s | system s | wall s | user s/GB | peak MB | lines out | ratio | growth |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut fewest: BTreeMap<String, f64> = BTreeMap::new();
    for count in &asked.counts {
        let list = corpus.join(format!("iocs-{count}.csv"));
        let contestants = contestants(&asked, *count, &list, &logs, work.path())?;
        let costs = race(&contestants, asked.runs, work.path())?;
        let rg = contestants
            .iter()
            .zip(&costs)
            .find(|(one, _)| one.name == RIPGREP)
            .and_then(|(_, cost)| cost.map(|cost| cost.user));
        for (one, cost) in contestants.iter().zip(costs) {
            let Some(cost) = cost else {
                println!("| {count} | {} | failed | | | | | | | |", one.name);
                continue;
            };
            let ratio = rg.map_or("-".to_owned(), |rg| format!("{:.3}", cost.user / rg));
            let first = *fewest.entry(one.name.clone()).or_insert(cost.user);
            let growth = cost.user / first;
            #[allow(
                clippy::cast_precision_loss,
                reason = "logs have fewer than 2^52 bytes"
            )]
            let each = cost.user * 1e9 / bytes as f64;
            println!(
                "| {count} | {} | {:.2} | {:.2} | {:.2} | {each:.2} | {} | {} | {ratio} | {growth:.2} |",
                one.name, cost.user, cost.system, cost.wall, cost.megabytes, cost.lines
            );
        }
    }
    Ok(())
}

fn asked(arguments: &[String]) -> anyhow::Result<Asked> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut asked = Asked {
        size: "200M".to_owned(),
        counts: vec![1_000, 100_000, 1_000_000],
        runs: 3,
        peers_up_to: 100_000,
        grep: false,
        corpus: None,
        generator: root.join("../shared/tools/gen_hunt_corpus.py"),
        tegakari: target()?.join("release/tegakari"),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--size" => asked.size.clone_from(value()?),
            "--indicators" => {
                asked.counts = value()?
                    .split(',')
                    .map(|n| n.parse().with_context(|| format!("{n} is no number")))
                    .collect::<anyhow::Result<_>>()?;
            }
            "--ten-million" => asked.counts.push(10_000_000),
            "--runs" => asked.runs = value()?.parse().context("--runs needs a number")?,
            "--peers-up-to" => {
                asked.peers_up_to = value()?.parse().context("--peers-up-to needs a number")?;
            }
            "--grep" => asked.grep = true,
            "--corpus" => asked.corpus = Some(value()?.into()),
            "--generator" => asked.generator = value()?.into(),
            "--tegakari" => asked.tegakari = value()?.into(),
            _ => bail!("{USAGE}"),
        }
    }
    ensure!(asked.runs > 0 && !asked.counts.is_empty(), "{USAGE}");
    Ok(asked)
}

/// Cargo's target folder: this program is in it.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe()?;
    let target = me.parent().and_then(Path::parent);
    Ok(target.context("not in a target folder")?.to_owned())
}

/// Makes the corpus, unless it is there.
fn corpus(asked: &Asked) -> anyhow::Result<PathBuf> {
    let corpus = match &asked.corpus {
        Some(corpus) => corpus.clone(),
        None => target()?.join("bench-corpus").join(&asked.size),
    };
    let counts: Vec<String> = asked.counts.iter().map(ToString::to_string).collect();
    let there = |count: &String| corpus.join(format!("iocs-{count}.csv")).is_file();
    if !corpus.join("logs").is_dir() || !counts.iter().all(there) {
        fs::create_dir_all(&corpus)?;
        let done = Command::new("python3")
            .arg(&asked.generator)
            .arg(&corpus)
            .args(["--size", &asked.size, "--iocs", &counts.join(",")])
            .stdout(Stdio::null())
            .status()
            .context("python3 is needed to make the corpus")?;
        ensure!(
            done.success(),
            "no corpus could be made with {}",
            asked.generator.display()
        );
    }
    Ok(corpus)
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// All that take part with so many indicators.
fn contestants(
    asked: &Asked,
    count: usize,
    list: &Path,
    logs: &Path,
    work: &Path,
) -> anyhow::Result<Vec<Contestant>> {
    let patterns = work.join(format!("patterns-{count}"));
    let mut rows = csv::Reader::from_path(list)?;
    let mut values = String::new();
    for row in rows.records() {
        values.push_str(row?.get(2).unwrap_or_default());
        values.push('\n');
    }
    fs::write(&patterns, values)?;
    let set = work.join(format!("set-{count}"));
    let built = Command::new(&asked.tegakari)
        .args(["--quiet", "--format", "json", "indicators", "build"])
        .arg(list)
        .arg("--out")
        .arg(&set)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(
        built.success(),
        "no set could be made of {}",
        list.display()
    );
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (patterns, logs, list, set) = (text(&patterns), text(logs), text(list), text(&set));
    let rg = |threads: &[&str]| {
        let mut arguments = vec!["--no-config", "--no-ignore", "--no-messages"];
        arguments.extend(threads);
        arguments.extend(["-F", "-f", &patterns, &logs]);
        arguments.into_iter().map(str::to_owned).collect()
    };
    let database = text(&work.join("none.db"));
    let hunt = |indicators: [&str; 2], threads: &[&str]| {
        let mut arguments = vec![
            "--quiet",
            "--db",
            &database,
            "--format",
            "jsonl",
            "hunt",
            "--no-save",
        ];
        arguments.extend(indicators);
        arguments.extend(threads);
        arguments.push(&logs);
        arguments.into_iter().map(str::to_owned).collect()
    };
    let mut all = Vec::new();
    let mut add = |name: &str, program: &Path, fine, arguments| {
        all.push(Contestant {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments,
            fine,
        });
    };
    let hunted: &[i32] = &[0, 1, 3];
    // Reading a list takes longer than searching when it is long, and it may have 128 MB.
    let peers = count <= asked.peers_up_to;
    if peers {
        add(RIPGREP, Path::new("rg"), &[0, 1][..], rg(&["-j1"]));
        add("`rg -F -f`", Path::new("rg"), &[0, 1], rg(&[]));
    }
    let one = &["--threads", "1"];
    let with_set = ["--indicators-set", set.as_str()];
    add(
        "`hunt --indicators-set`, 1 thread",
        &asked.tegakari,
        hunted,
        hunt(with_set, one),
    );
    add(
        "`hunt --indicators-set`",
        &asked.tegakari,
        hunted,
        hunt(with_set, &[]),
    );
    if peers {
        let with_list = ["--indicators", list.as_str()];
        add(
            "`hunt --indicators`, 1 thread",
            &asked.tegakari,
            hunted,
            hunt(with_list, one),
        );
    }
    if asked.grep && peers {
        let arguments = ["-r", "-F", "-f", &patterns, &logs]
            .map(str::to_owned)
            .to_vec();
        add("`grep -F -f`", Path::new("grep"), &[0, 1], arguments);
    }
    Ok(all)
}

/// Lets all run in turns; the quickest run of each by CPU, or `None` where one failed.
pub(crate) fn race(
    contestants: &[Contestant],
    runs: usize,
    work: &Path,
) -> anyhow::Result<Vec<Option<Cost>>> {
    let mut best: Vec<Option<Cost>> = vec![None; contestants.len()];
    let mut failed = vec![false; contestants.len()];
    for _ in 0..runs {
        for (at, one) in contestants.iter().enumerate() {
            if failed[at] {
                continue;
            }
            match cost(one, work)? {
                Some(cost) => {
                    let quicker = |known: Cost| cost.user + cost.system < known.user + known.system;
                    if best[at].is_none_or(quicker) {
                        best[at] = Some(cost);
                    }
                }
                None => {
                    failed[at] = true;
                    best[at] = None;
                }
            }
        }
    }
    Ok(best)
}

/// One run, measured by time(1).
fn cost(one: &Contestant, work: &Path) -> anyhow::Result<Option<Cost>> {
    let (out, times) = (work.join("out"), work.join("times"));
    let status = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %e %M", "-o"])
        .arg(&times)
        .args(["timeout", "--foreground", LIMIT])
        .arg(&one.program)
        .args(&one.arguments)
        .stdout(fs::File::create(&out)?)
        .stderr(Stdio::null())
        .status()
        .context("/usr/bin/time is needed (Debian: apt-get install time)")?;
    if !status.code().is_some_and(|code| one.fine.contains(&code)) {
        return Ok(None);
    }
    let told = fs::read_to_string(&times)?;
    // The last line: time(1) writes another before it when the status is not zero.
    let numbers: Vec<f64> = told
        .lines()
        .last()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|number| number.parse().ok())
        .collect();
    let [user, system, wall, kilobytes] = numbers[..] else {
        bail!("time(1) said {told:?}");
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size in kilobytes"
    )]
    let megabytes = (kilobytes / 1024.0) as u64;
    let lines = fs::read(&out)?
        .iter()
        .filter(|byte| **byte == b'\n')
        .count();
    Ok(Some(Cost {
        user,
        system,
        wall,
        megabytes,
        lines,
    }))
}

fn first_line(program: &str) -> anyhow::Result<String> {
    let out = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("{program} is needed"))?;
    let text = String::from_utf8_lossy(&out.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
