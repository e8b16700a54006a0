//! What rules cost on one thread: reading them, and asking records.
//!
//! Records are the events of event files, read beforehand; they are asked again and again until enough time has passed.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tegakari_sigma::{Labels, Record, RuleFile, RuleSet, Scratch, SourceRules, windows};

use crate::score_sigma::{events, rule_files};
use crate::windows_record::WindowsRecord;

/// How long each measurement lasts at least.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// A record that knows where its fields are, as a reader's does.
struct Known<'e> {
    event: &'e WindowsRecord,
    fields: HashMap<&'e str, Vec<&'e str>>,
}

impl Record for Known<'_> {
    fn field(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.values(name).first().map(|value| (*value).into())
    }

    fn each_value(&self, name: &str, f: &mut dyn FnMut(&str)) {
        self.values(name).iter().for_each(|value| f(value));
    }

    fn each_text(&self, f: &mut dyn FnMut(&str)) {
        self.event.fields.iter().for_each(|(_, value)| f(value));
    }
}

impl Known<'_> {
    fn values(&self, name: &str) -> &[&str] {
        let event = self.event;
        let own = windows::field_name(&event.channel, &event.provider, event.event_id, name);
        let own = own
            .iter()
            .copied()
            .find(|own| self.fields.contains_key(own));
        self.fields
            .get(own.unwrap_or(name))
            .map_or(&[], Vec::as_slice)
    }
}

/// `bench-sigma`.
#[allow(clippy::print_stdout, reason = "the figures are what was asked for")]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut rules = PathBuf::from("../shared/data/sigma");
    let mut logs = PathBuf::from("../shared/data/evtx");
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        match (name.as_str(), rest.next()) {
            ("--rules", Some(value)) => rules = PathBuf::from(value),
            ("--events", Some(value)) => logs = PathBuf::from(value),
            _ => anyhow::bail!("usage: cargo xtask bench-sigma [--rules DIR] [--events DIR]"),
        }
    }
    let files = rule_files(&rules)?;
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let mut set = RuleSet::default();
    let mut load = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        set = RuleSet::compile(&files, &[], &mut Vec::new());
        load = load.min(start.elapsed());
    }
    println!(
        "load: {} rules, {:.1} MB, {:.0} ms (the quickest of five)",
        set.rules().len(),
        bytes as f64 / 1e6,
        load.as_secs_f64() * 1e3
    );
    let mut read = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(&logs)?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "evtx"))
    {
        read.extend(events(path)?);
    }
    ensure!(!read.is_empty(), "no events in {}", logs.display());
    let known: Vec<(Vec<Labels>, Known<'_>)> = read
        .iter()
        .map(|event| (event.labels(), fields_of(event)))
        .collect();
    let mut sources: BTreeMap<&[Labels], SourceRules> = BTreeMap::new();
    let start = Instant::now();
    let (mut scratch, mut hits, mut all) = (Scratch::default(), Vec::new(), 0);
    for (labels, record) in &known {
        let source = sources.entry(labels).or_insert_with(|| set.sources(labels));
        set.evaluate(source, record, &mut scratch, &mut hits);
        all += hits.len();
    }
    println!(
        "first time: {} events, {all} matches, {} kinds of records, {:.0} ms with what is prepared for each kind",
        known.len(),
        sources.len(),
        start.elapsed().as_secs_f64() * 1e3
    );
    let processes = |labels: &[Labels]| {
        labels
            .iter()
            .any(|l| l.category == Some("process_creation"))
    };
    for (name, wanted) in [("all events", false), ("process creation", true)] {
        let chosen: Vec<(&SourceRules, &Known<'_>)> = known
            .iter()
            .filter(|(labels, _)| !wanted || processes(labels))
            .filter_map(|(labels, record)| Some((sources.get(labels.as_slice())?, record)))
            .collect();
        let start = Instant::now();
        let mut asked = 0usize;
        while start.elapsed() < LONG_ENOUGH && !chosen.is_empty() {
            for (source, record) in &chosen {
                set.evaluate(source, *record, &mut scratch, &mut hits);
                black_box(&hits);
            }
            asked += chosen.len();
        }
        let a_second = asked as f64 / start.elapsed().as_secs_f64();
        println!(
            "{name}: {a_second:.0} events a second ({} different ones)",
            chosen.len()
        );
    }
    Ok(())
}

fn fields_of(event: &WindowsRecord) -> Known<'_> {
    let mut fields: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, value) in &event.fields {
        fields.entry(name).or_default().push(value);
    }
    Known { event, fields }
}
