//! What a watch takes in, and how long a sighting takes to come out.
//!
//! Two measurements with the real program: how many records a second of processor time it reads from a file that is there (`--once`),
//! and, while lines are added at a steady rate, the time from the moment a line was written to the moment its sighting can be read in
//! the output. One line in a thousand holds an indicator.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

const USAGE: &str = "usage: cargo xtask bench-watch [--rate 50000] [--seconds 20] [--records 2000000] [--indicators 100000] [--tegakari FILE]";
/// One line in so many holds an indicator.
const SEEN: u64 = 1000;

struct Asked {
    rate: u64,
    seconds: u64,
    records: u64,
    indicators: u64,
    tegakari: PathBuf,
}

fn asked(arguments: &[String]) -> anyhow::Result<Asked> {
    let mut asked = Asked {
        rate: 50_000,
        seconds: 20,
        records: 2_000_000,
        indicators: 100_000,
        tegakari: PathBuf::from("target/release/tegakari"),
    };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!(USAGE) };
        let number = || value.parse::<u64>().context(USAGE);
        match name.as_str() {
            "--rate" => asked.rate = number()?.max(100),
            "--seconds" => asked.seconds = number()?.max(1),
            "--records" => asked.records = number()?.max(1),
            "--indicators" => asked.indicators = number()?.max(1),
            "--tegakari" => asked.tegakari = PathBuf::from(value),
            _ => bail!(USAGE),
        }
    }
    ensure!(
        asked.tegakari.is_file(),
        "no program at {}; build it with `cargo build --release`",
        asked.tegakari.display()
    );
    Ok(asked)
}

fn line(n: u64, indicators: u64) -> String {
    let name = if n.is_multiple_of(SEEN) {
        format!("bad{}.example", n % indicators)
    } else {
        format!("host{}.example.net", n % 9973)
    };
    format!(
        "2026-03-04T05:06:{:02}.{:03}Z ws-{:04} named[811]: client @0x7f 10.1.{}.{}#53124 ({name}): query: {name} IN A + (10.0.0.53) n={n}\n",
        n / 1000 % 60,
        n % 1000,
        n % 2000,
        n / 256 % 256,
        n % 256
    )
}

/// Processor time of a child, in seconds: user and system.
fn processor(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let rest = text.rsplit_once(") ")?.1;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    #[allow(clippy::cast_precision_loss, reason = "a few seconds in hundredths")]
    Some(ticks as f64 / 100.0)
}

fn command(asked: &Asked, folder: &Path, state: &str) -> Command {
    let mut command = Command::new(&asked.tegakari);
    command
        .args(["-q", "--db"])
        .arg(folder.join("t.db"))
        .args(["watch", "--from-start", "--indicators"])
        .arg(folder.join("list.csv"))
        .arg("--state")
        .arg(folder.join(state))
        .arg("--out")
        .arg(folder.join(state).with_extension("jsonl"))
        .stdout(Stdio::null());
    command
}

/// `bench-watch`.
#[allow(clippy::print_stdout, reason = "the numbers are what was asked for")]
#[allow(
    clippy::cast_precision_loss,
    reason = "numbers of records and milliseconds"
)]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let asked = asked(arguments)?;
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let mut list = String::from("type,value\n");
    for n in 0..asked.indicators {
        list.push_str(&format!("domain,bad{n}.example\n"));
    }
    fs::write(at.join("list.csv"), list)?;
    // Where nothing is to be read, it costs what a start costs.
    fs::write(at.join("empty.log"), "")?;
    let begun = Instant::now();
    let status = command(&asked, at, "start")
        .arg("--once")
        .arg(at.join("empty.log"))
        .status()?;
    ensure!(status.success(), "the watch of an empty file failed");
    let start = begun.elapsed();

    let whole = at.join("whole.log");
    let mut file = std::io::BufWriter::new(File::create(&whole)?);
    let mut bytes = 0;
    for n in 0..asked.records {
        let line = line(n, asked.indicators);
        bytes += line.len() as u64;
        file.write_all(line.as_bytes())?;
    }
    file.flush()?;
    drop(file);
    let begun = Instant::now();
    let mut child = command(&asked, at, "whole")
        .arg("--once")
        .arg(&whole)
        .spawn()?;
    let mut used = 0.0;
    while child.try_wait()?.is_none() {
        used = processor(child.id()).unwrap_or(used);
        thread::sleep(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    let out = fs::read_to_string(at.join("whole.jsonl"))?;
    let found = out.lines().filter(|l| l.contains("watch-sighting")).count() as u64;
    ensure!(
        found == asked.records.div_ceil(SEEN),
        "{found} sightings instead of {}",
        asked.records.div_ceil(SEEN)
    );
    println!(
        "{} records ({} MB), {} indicators: {:.2} s ({:.2} s of it the start), {:.2} s of processor time; {:.0} records a second of processor time",
        asked.records,
        bytes / 1_000_000,
        asked.indicators,
        took.as_secs_f64(),
        start.as_secs_f64(),
        used,
        asked.records as f64 / used.max(0.01)
    );

    let live = at.join("live.log");
    fs::write(&live, "")?;
    let mut child = command(&asked, at, "live").arg(&live).spawn()?;
    while !at.join("live/positions.json").exists() {
        ensure!(child.try_wait()?.is_none(), "the watch ended");
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(500));
    let before = processor(child.id()).unwrap_or(0.0);
    let written = write_steadily(&asked, &live);
    let (times, last) = read_back(&at.join("live.jsonl"), &written);
    let after = processor(child.id()).unwrap_or(0.0);
    let _ = child.kill();
    let _ = child.wait();
    let written = written
        .join()
        .map_err(|_| anyhow::anyhow!("the writer failed"))??;
    let mut waits: Vec<f64> = Vec::new();
    for (n, seen) in times {
        if let Some(at) = written.iter().find(|(of, _)| *of == n) {
            waits.push(seen.saturating_duration_since(at.1).as_secs_f64() * 1000.0);
        }
    }
    waits.sort_by(f64::total_cmp);
    ensure!(
        waits.len() == written.len(),
        "{} of {} sightings came",
        waits.len(),
        written.len()
    );
    let part = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{} records a second for {} s: {:.0} % of a core; sightings after {:.0} ms (median), {:.0} ms (99 %), {:.0} ms (longest); the last {:.2} s after the first",
        asked.rate,
        asked.seconds,
        (after - before) / asked.seconds as f64 * 100.0,
        part(0.5),
        part(0.99),
        part(1.0),
        last.as_secs_f64()
    );
    Ok(())
}

type Written = Vec<(u64, Instant)>;

/// Adds lines at a rate, fifty times a second, and notes when those were written that hold an indicator.
fn write_steadily(asked: &Asked, path: &Path) -> thread::JoinHandle<anyhow::Result<Written>> {
    let (rate, seconds, indicators) = (asked.rate, asked.seconds, asked.indicators);
    let path = path.to_owned();
    thread::spawn(move || {
        let mut file = OpenOptions::new().append(true).open(path)?;
        let begun = Instant::now();
        let mut written = Vec::new();
        let mut n = 1;
        for turn in 1..=seconds * 50 {
            let mut text = String::new();
            let mut seen = Vec::new();
            while n <= turn * rate / 50 {
                text.push_str(&line(n, indicators));
                if n.is_multiple_of(SEEN) {
                    seen.push(n);
                }
                n += 1;
            }
            file.write_all(text.as_bytes())?;
            let now = Instant::now();
            written.extend(seen.into_iter().map(|n| (n, now)));
            let due = begun + Duration::from_millis(turn * 20);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(written)
    })
}

/// When each sighting could be read, until nothing more comes.
fn read_back(
    path: &Path,
    writer: &thread::JoinHandle<anyhow::Result<Written>>,
) -> (Written, Duration) {
    let mut times = Vec::new();
    let mut at = 0;
    let mut held = Vec::new();
    let begun = Instant::now();
    let mut last = begun;
    loop {
        if let Ok(mut file) = File::open(path)
            && file.seek(SeekFrom::Start(at)).is_ok()
            && let Ok(got) = file.read_to_end(&mut held)
            && got > 0
        {
            at += got as u64;
            last = Instant::now();
            while let Some(end) = held.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = held.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line);
                let number = text.split("n=").nth(1).map(|rest| {
                    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    digits.parse::<u64>()
                });
                if let Some(Ok(n)) = number {
                    times.push((n, last));
                }
            }
        }
        if writer.is_finished()
            && last.elapsed() > Duration::from_secs(2)
            && begun.elapsed() > Duration::from_secs(3)
        {
            return (times, last - begun);
        }
        thread::sleep(Duration::from_millis(2));
    }
}
