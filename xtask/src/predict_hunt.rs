//! What a hunt finds in a made corpus, in the form that the scorer of hunts takes.
//!
//! A corpus is a folder with `logs/`, a list of indicators `iocs.csv` (`id,type,value`) and, if it has one,
//! an inventory `assets.csv`. Sightings are JSON lines `{"file", "ioc", "relation", place…}`; coverage is CSV
//! `source,asset,hour`. Everything comes from the hunt that `tegakari hunt` runs; only names are put on it here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use tegakari_model::{HuntResult, Indicator, LogCitation, Observable, Relation, TimeRange};
use tegakari_pipeline::{
    HuntRequest, InventoryAsset, Silent, load_inventory, load_list, merged_indicators, run_hunt,
};

const USAGE: &str = "usage: cargo xtask predict-hunt CORPUS --out SIGHTINGS.jsonl [--coverage COVERAGE.csv] \
     [--iocs FILE] [--threads N]";

/// What was asked on the command line.
struct Asked {
    corpus: PathBuf,
    out: PathBuf,
    coverage: Option<PathBuf>,
    iocs: Option<PathBuf>,
    threads: usize,
}

/// `predict-hunt CORPUS --out SIGHTINGS.jsonl [--coverage COVERAGE.csv]`.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let asked = asked(arguments)?;
    let list = asked
        .iocs
        .clone()
        .unwrap_or_else(|| asked.corpus.join("iocs.csv"));
    let loaded = load_list(&list)?;
    let ids = ids(&list, &loaded.indicators)?;
    let assets = asked.corpus.join("assets.csv");
    let inventory = if assets.is_file() {
        load_inventory(&assets)?.0
    } else {
        Vec::new()
    };
    let logs = asked.corpus.join("logs");
    let logs = if logs.is_dir() {
        logs
    } else {
        asked.corpus.clone()
    };
    let result = hunt(
        loaded.indicators,
        std::slice::from_ref(&logs),
        &inventory,
        asked.threads,
    )?;
    for problem in &result.problems {
        say(&format!("{}: {}", problem.place, problem.what));
    }
    let mut out = std::io::BufWriter::new(
        fs::File::create(&asked.out)
            .with_context(|| format!("cannot write {}", asked.out.display()))?,
    );
    let mut rows = BTreeSet::new();
    for finding in &result.findings {
        for id in ids.get(&finding.indicator.observable).into_iter().flatten() {
            for sighting in finding.finding.sightings() {
                for cited in &sighting.examples {
                    let row = sighting_row(&asked.corpus, id, cited, sighting.relation);
                    rows.insert(row.to_string());
                }
            }
        }
    }
    for row in rows {
        writeln!(out, "{row}")?;
    }
    out.flush()?;
    if let Some(path) = &asked.coverage {
        let cells = coverage(&logs, &result, &inventory, asked.threads)?;
        let mut text = String::from("source,asset,hour\n");
        for (source, asset, hour) in cells {
            text.push_str(&format!("{source},{asset},{hour}\n"));
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "a developer's tool at a terminal")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn asked(arguments: &[String]) -> anyhow::Result<Asked> {
    let mut corpus = None;
    let (mut out, mut coverage, mut iocs) = (None, None, None);
    let mut threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--out" => out = Some(PathBuf::from(value()?)),
            "--coverage" => coverage = Some(PathBuf::from(value()?)),
            "--iocs" => iocs = Some(PathBuf::from(value()?)),
            "--threads" => threads = value()?.parse().context("--threads needs a number")?,
            _ if !argument.starts_with('-') && corpus.is_none() => {
                corpus = Some(PathBuf::from(argument));
            }
            _ => bail!("{USAGE}"),
        }
    }
    Ok(Asked {
        corpus: corpus.context(USAGE)?,
        out: out.context(USAGE)?,
        coverage,
        iocs,
        threads,
    })
}

fn hunt(
    indicators: Vec<Indicator>,
    paths: &[PathBuf],
    inventory: &[InventoryAsset],
    threads: usize,
) -> anyhow::Result<HuntResult> {
    Ok(run_hunt(
        HuntRequest {
            indicators: merged_indicators(indicators),
            set: None,
            reports: Vec::new(),
            techniques: Vec::new(),
            paths,
            window: TimeRange::default(),
            inventory,
            zones: Vec::new(),
            assumptions: tegakari_pipeline::Assumptions::default(),
            problems: Vec::new(),
            threads,
            // The scorer wants every record, not the first few.
            examples: Some(usize::MAX),
            drills: None,
            rules: None,
        },
        &Silent,
    )?)
}

/// The ids of the list for every value read from it: by the line that the reader cites. Values that it
/// did not take from the list are told, because nothing can be found of them.
fn ids(
    list: &Path,
    indicators: &[Indicator],
) -> anyhow::Result<BTreeMap<Observable, BTreeSet<String>>> {
    let mut by_line = BTreeMap::new();
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_path(list)?;
    for row in rows.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let id = row.get(0).unwrap_or_default().to_owned();
        by_line.insert(line, (id, row.iter().skip(1).collect::<Vec<_>>().join(" ")));
    }
    let mut ids: BTreeMap<Observable, BTreeSet<String>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for indicator in indicators {
        for line in indicator.citations.iter().filter_map(|c| c.line) {
            let line = u64::from(line);
            if let Some((id, _)) = by_line.get(&line) {
                taken.insert(line);
                ids.entry(indicator.observable.clone())
                    .or_default()
                    .insert(id.clone());
            }
        }
    }
    for (line, (id, value)) in by_line.iter().filter(|(line, _)| !taken.contains(line)) {
        say(&format!(
            "{}:{line}: nothing was read of {id} {value}",
            list.display()
        ));
    }
    Ok(ids)
}

/// One sighting as the scorer reads it. A place in a packed or binary file is named by what the file has:
/// the member of an archive, the number of a packet, the row of a table.
fn sighting_row(corpus: &Path, id: &str, cited: &LogCitation, relation: Relation) -> Value {
    let (file, member) = match cited.file.split_once('!') {
        Some((file, member)) => (file, Some(member)),
        None => (cited.file.as_str(), None),
    };
    let file = Path::new(file)
        .strip_prefix(corpus)
        .unwrap_or(Path::new(file));
    let mut row = Map::new();
    row.insert("file".to_owned(), json!(file.to_string_lossy()));
    row.insert("ioc".to_owned(), json!(id));
    row.insert("relation".to_owned(), json!(relation_name(relation)));
    if let Some(member) = member {
        row.insert("member".to_owned(), json!(member));
    }
    match cited.format.as_str() {
        "pcap" => row.insert("packet".to_owned(), json!(cited.record)),
        "sqlite" => {
            row.insert("table".to_owned(), json!(cited.source));
            row.insert("row".to_owned(), json!(cited.record))
        }
        _ => row.insert("line".to_owned(), json!(cited.line)),
    };
    Value::Object(row)
}

/// The truth's words for relations.
fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Exact | Relation::Joined | Relation::PathEnd => "exact",
        Relation::Subdomain => "subdomain",
        Relation::Host => "host",
        Relation::InNetwork => "in-network",
        Relation::MailDomain => "mail-domain",
        Relation::ReverseName => "ptr",
        Relation::Defanged => "defanged",
        Relation::Embedded | Relation::Decoded => "embedded",
    }
}

/// Machine-hours by source. The hunt says which kind of records they were (`zeek dns`); which of the
/// organisation's sources that is, only files can say: the folder below `logs/`, or the file where a folder
/// holds several. So the files of one source are hunted in together, for nothing.
fn coverage(
    logs: &Path,
    result: &HuntResult,
    inventory: &[InventoryAsset],
    threads: usize,
) -> anyhow::Result<BTreeSet<(String, String, String)>> {
    let mut formats: BTreeMap<PathBuf, BTreeSet<&str>> = BTreeMap::new();
    let mut files: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for input in &result.coverage.inputs {
        let file = input.file.split('!').next().unwrap_or(&input.file);
        let file = PathBuf::from(file);
        if let Some(folder) = file.parent() {
            formats
                .entry(folder.to_owned())
                .or_default()
                .insert(&input.format);
        }
        files.insert(file, &input.format);
    }
    let mut groups: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files.keys() {
        let folder = file.parent().unwrap_or(logs);
        let below = folder.strip_prefix(logs).unwrap_or(folder);
        let several = formats.get(folder).is_some_and(|all| all.len() > 1);
        let name = match below.iter().next() {
            Some(name) if !several => name.to_string_lossy().into_owned(),
            _ => file.file_name().map_or_else(String::new, |name| {
                let name = name.to_string_lossy();
                name.split('.').next().unwrap_or(&name).to_owned()
            }),
        };
        groups.entry(name).or_default().push(file.clone());
    }
    let mut cells = BTreeSet::new();
    for (name, files) in groups {
        let hunt = hunt(Vec::new(), &files, inventory, threads)?;
        // A device that reports about others is no machine that is seen.
        let sensors: BTreeSet<&str> = hunt
            .coverage
            .assets
            .iter()
            .filter(|asset| asset.sensor)
            .map(|asset| asset.name.as_str())
            .collect();
        for source in &hunt.coverage.sources {
            if sensors.contains(source.asset.as_str()) {
                continue;
            }
            // Zeek's logs say themselves which of them they are.
            let own = source
                .source
                .strip_prefix("zeek")
                .and_then(|rest| rest.rsplit(' ').next())
                .filter(|path| !path.is_empty());
            for hour in source.hours.iter().filter_map(|one| one.hour.start()) {
                cells.insert((
                    own.unwrap_or(&name).to_owned(),
                    source.asset.clone(),
                    hour.to_string(),
                ));
            }
        }
    }
    Ok(cells)
}
