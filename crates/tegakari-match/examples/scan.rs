//! Finds the indicators of a CSV (`id,type,value`) in files and prints one JSON object a hit.
//!
//! `scan IOCS.csv FILE…`; `scan --time IOCS.csv FILE…` prints no hits but the seconds that building and
//! scanning took. One thread, blocks of one megabyte cut at line ends.

use std::io::{self, BufWriter, Read, Write};
use std::time::Instant;

use tegakari_match::{Hit, Matcher};
use tegakari_model::{Observable, ObservableKind as K};

const BLOCK: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let timed = arguments.first().is_some_and(|a| a == "--time");
    if timed {
        arguments.remove(0);
    }
    let Some((list, files)) = arguments.split_first() else {
        return Err("usage: scan [--time] IOCS.csv FILE…".into());
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut messages = io::stderr().lock();
    let (ids, values) = read_list(list, &mut messages)?;
    let begun = Instant::now();
    let (matcher, refused) = Matcher::build(&values);
    let built = begun.elapsed();
    for refusal in &refused {
        writeln!(
            messages,
            "refused {}: {}",
            values[refusal.index], refusal.why
        )?;
    }
    let mut bytes = 0;
    let mut found = 0;
    for file in files {
        bytes += scan_file(&matcher, file, |line, hit| {
            found += 1;
            if timed {
                return Ok(());
            }
            let row = serde_json::json!({
                "file": file, "line": line, "ioc": ids[hit.entry as usize], "relation": hit.relation,
            });
            writeln!(out, "{row}")
        })?;
    }
    if timed {
        let scanned = begun.elapsed() - built;
        writeln!(
            messages,
            "{} indicators built in {:.2} s; {bytes} bytes scanned in {:.2} s ({:.2} s/GB), {found} hits",
            values.len(),
            built.as_secs_f64(),
            scanned.as_secs_f64(),
            scanned.as_secs_f64() * 1e9 / bytes.max(1) as f64,
        )?;
    }
    Ok(())
}

/// Scans one file; how many bytes it has.
fn scan_file(
    matcher: &Matcher,
    path: &str,
    mut each: impl FnMut(u64, &Hit) -> io::Result<()>,
) -> io::Result<u64> {
    let mut file = std::fs::File::open(path)?;
    let mut block = vec![0; BLOCK];
    let (mut held, mut line, mut total) = (0, 1u64, 0);
    let mut hits = Vec::new();
    loop {
        if held == block.len() {
            block.resize(2 * held, 0);
        }
        let read = file.read(&mut block[held..])?;
        total += read as u64;
        held += read;
        if read > 0 && held < BLOCK {
            continue;
        }
        let end = match block[..held].iter().rposition(|b| *b == b'\n') {
            Some(last) if read > 0 => last + 1,
            None if read > 0 => continue,
            _ => held,
        };
        hits.clear();
        matcher.scan(&block[..end], &mut hits);
        let (mut at, mut here) = (0, line);
        for hit in &hits {
            here += newlines(&block[at..hit.start]);
            at = hit.start;
            each(here, hit)?;
        }
        line = here + newlines(&block[at..end]);
        block.copy_within(end..held, 0);
        held -= end;
        if read == 0 {
            return Ok(total);
        }
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

type List = (Vec<String>, Vec<Observable>);

/// The list, with values as feeds give them made plain.
fn read_list(path: &str, messages: &mut dyn Write) -> Result<List, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let (mut ids, mut values) = (Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row?;
        let (id, name, text) = (&row[0], &row[1], refanged(&row[2]));
        let name = if name == "filename" {
            "file_name"
        } else {
            name
        };
        let Some(kind) = K::ALL.into_iter().find(|kind| kind.name() == name) else {
            writeln!(messages, "{id}: unknown type {name}")?;
            continue;
        };
        match Observable::new(kind, &text) {
            Ok(value) => {
                ids.push(id.to_owned());
                values.push(value);
            }
            Err(error) => writeln!(messages, "{id}: {error}")?,
        }
    }
    Ok((ids, values))
}

fn refanged(text: &str) -> String {
    let text = text
        .replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[:]", ":");
    match text.get(..4) {
        Some(front) if front.eq_ignore_ascii_case("hxxp") => format!("http{}", &text[4..]),
        _ => text,
    }
}
