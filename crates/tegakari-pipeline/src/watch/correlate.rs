//! Correlations of a watch: what is held of them, kept on the disk beside the positions.
//!
//! What changes is appended to a file, and is on the disk before positions move: so what lies before the positions is held after a
//! crash, and what lies behind them is read again, where a match that is held already changes nothing. Streams that cannot be
//! asked again (syslog) lose nothing but what positions would have lost. The file is written anew when it has outgrown what is held,
//! and names the correlations by what they say, so that rules may change between two runs.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tegakari_hunt::Rules;
use tegakari_model::{Problem, Timestamp};
use tegakari_sigma::{Change, LiveCorrelations, LiveMatch, Occurrence, RuleSet, Spot};
use tegakari_watch::{SIGHTING_SCHEMA, WatchCorrelation, WatchRecord, WatchSighting, sighting_id};

use super::keep::replace;

const SCHEMA: &str = "tegakari/watch-correlations/1";
/// Lines that a file may have beyond twice what is held.
const SPARE_LINES: usize = 20_000;

/// First line of the file.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    /// What the correlations say, by their numbers.
    correlations: Vec<String>,
}

/// What is held, and where it is kept.
pub(super) struct Correlating {
    held: LiveCorrelations<WatchRecord>,
    rules: RuleSet,
    path: PathBuf,
    file: Option<File>,
    lines: usize,
    told_dropped: u64,
}

/// A match that correlations are about.
pub(super) struct Part<'p> {
    pub(super) occurrences: Vec<Occurrence>,
    pub(super) record: WatchRecord,
    /// The machine as the record names it.
    pub(super) party: &'p str,
}

impl Correlating {
    /// Reads what an earlier run kept.
    pub(super) fn open(
        folder: &Path,
        rules: Option<&Rules>,
        now: Timestamp,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut new = Self {
            held: LiveCorrelations::default(),
            rules: rules.map(|rules| rules.set().clone()).unwrap_or_default(),
            path: folder.join("correlations.jsonl"),
            file: None,
            lines: 0,
            told_dropped: 0,
        };
        if new.rules.correlations().is_empty() {
            return new;
        }
        let Ok(file) = File::open(&new.path) else {
            return new;
        };
        let lost = new.read(BufReader::new(file), now.as_millisecond());
        if lost > 0 {
            problems.push(
                Problem::new(
                    new.path.display().to_string(),
                    "lines of what is held for correlations cannot be read; they begin without them",
                    "nothing has to be done; look at the disk if it happens again",
                )
                .losing_records(lost),
            );
        }
        new.held.changes();
        new
    }

    /// Gives the lines that could not be read.
    fn read(&mut self, mut lines: impl io::BufRead, now_ms: i64) -> u64 {
        let mut line = Vec::new();
        let mut lost = 0;
        let mut numbers: Option<Vec<Option<u32>>> = None;
        let is = self.rules.correlation_keys();
        while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            // A crash leaves half a line behind, of which positions know nothing.
            if line.last() != Some(&b'\n') {
                break;
            }
            match &numbers {
                None => match serde_json::from_slice::<Head>(&line) {
                    Ok(head) if head.schema == SCHEMA => {
                        let now = |key: &String| is.iter().position(|one| one == key);
                        let number = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok());
                        numbers = Some(head.correlations.iter().map(|k| number(now(k))).collect());
                    }
                    _ => return 1,
                },
                Some(numbers) => match serde_json::from_slice(&line) {
                    Ok(change) => {
                        let number = |n: u32| numbers.get(n as usize).copied().flatten();
                        self.held.restore(&self.rules, change, number, now_ms);
                    }
                    Err(_) => lost += 1,
                },
            }
            line.clear();
        }
        lost
    }

    /// Other rules are asked from now on.
    pub(super) fn reload(&mut self, rules: Option<&Rules>, now: Timestamp) {
        let next = rules.map(|rules| rules.set().clone()).unwrap_or_default();
        self.held = self
            .held
            .for_rules(&self.rules, &next, now.as_millisecond());
        self.rules = next;
        // What is kept names the rules by their numbers.
        self.file = None;
    }

    /// Takes a match.
    pub(super) fn add(&mut self, part: Part<'_>, now: Timestamp) {
        let record = part.record;
        let name = |line: u64, excerpt: &str, party: &str| {
            digest(&sighting_id(
                &record.input,
                record.generation,
                line,
                excerpt,
                "",
                party,
            ))
        };
        let spot = Spot {
            place: name(record.line, &record.excerpt, part.party),
            stream: name(0, "", ""),
            number: record.record,
        };
        for mut one in part.occurrences {
            one.spot = spot;
            self.held
                .add(&self.rules, one, record.clone(), now.as_millisecond());
        }
    }

    /// What has come together, as sightings.
    pub(super) fn conclude(
        &mut self,
        rules: Option<&Rules>,
        now: Timestamp,
        ended: bool,
    ) -> Vec<WatchSighting> {
        let Some(rules) = rules else {
            return Vec::new();
        };
        let found = self.held.conclude(&self.rules, now.as_millisecond(), ended);
        found
            .into_iter()
            .filter_map(|one| told(&one, rules))
            .collect()
    }

    /// Lets go what is too old, and looks at what only its end tells. To be called about once a second.
    pub(super) fn pass(&mut self, now: Timestamp) {
        self.held.pass(&self.rules, now.as_millisecond());
    }

    /// Matches that are held, and such as were let go because there were too many.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.held.held() as u64, self.held.dropped())
    }

    /// What is to be told of matches that were let go since it was last asked.
    pub(super) fn problem(&mut self) -> Option<Problem> {
        let dropped = self.held.dropped();
        let new = dropped - self.told_dropped;
        self.told_dropped = dropped;
        (new > 0).then(|| {
            Problem::new(
                "correlations",
                "matches are too many to be held; groups that nothing came for longest were let go, and may be missed",
                "let the rules that correlations are about match less, or give shorter timespans",
            )
            .losing_records(new)
        })
    }

    /// Puts on the disk what has changed.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let changes = self.held.changes();
        let room = 2 * self.held.held() + SPARE_LINES;
        if let Some(file) = &mut self.file
            && self.lines + changes.len() <= room
        {
            if changes.is_empty() {
                return Ok(());
            }
            let saved = file
                .write_all(&lines(&changes)?)
                .and_then(|()| file.sync_data());
            self.lines += changes.len();
            if saved.is_err() {
                // It is written anew the next time, whatever of it is there now.
                self.file = None;
            }
            return saved;
        }
        if self.rules.correlations().is_empty() || self.held.is_empty() && !self.path.exists() {
            return Ok(());
        }
        let head = Head {
            schema: SCHEMA.to_owned(),
            correlations: self.rules.correlation_keys(),
        };
        let all = self.held.all();
        let mut text = serde_json::to_vec(&head).map_err(io::Error::other)?;
        text.push(b'\n');
        text.extend(lines(&all)?);
        replace(&self.path, &text)?;
        self.lines = all.len();
        self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        Ok(())
    }
}

fn lines(changes: &[Change<WatchRecord>]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for change in changes {
        serde_json::to_writer(&mut text, change).map_err(io::Error::other)?;
        text.push(b'\n');
    }
    Ok(text)
}

fn digest(id: &str) -> u64 {
    id.get(2..18)
        .and_then(|hex| u64::from_str_radix(hex, 16).ok())
        .unwrap_or(0)
}

/// The sighting of a correlation; the record is the one with which it came together.
fn told(one: &LiveMatch<WatchRecord>, rules: &Rules) -> Option<WatchSighting> {
    let rule = rules.about_correlation(one.correlation)?;
    let correlation = rules.set().correlations().get(one.correlation as usize)?;
    let last = one.records.last()?;
    let time = |ms: i64| Timestamp::from_millisecond(ms).ok();
    let group: BTreeMap<String, String> = correlation
        .group_by
        .iter()
        .cloned()
        .zip(one.group.iter().cloned())
        .collect();
    let shared: Vec<String> = group
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .chain([format!("count: {}", one.count)])
        .collect();
    let mut telemetry: Vec<_> = one
        .records
        .iter()
        .flat_map(|r| r.telemetry.clone())
        .collect();
    telemetry.sort();
    telemetry.dedup();
    Some(WatchSighting {
        schema: SIGHTING_SCHEMA.to_owned(),
        // Not by the record that happened to be last, but by what came together: it may come in another order again.
        id: sighting_id(
            "correlation",
            0,
            u64::try_from(one.first_ms).unwrap_or(0),
            &one.group.join("\n"),
            &rule.id,
            "",
        ),
        repeat: false,
        kind: "rule".to_owned(),
        value: rule.title.clone(),
        indicator: rule.id.clone(),
        labels: rule.techniques.clone(),
        reports: Vec::new(),
        rule: Some(rule),
        correlation: Some(WatchCorrelation {
            count: one.count,
            first: time(one.first_ms),
            group,
            records: one.records.clone(),
        }),
        relation: None,
        telemetry,
        asset: last.asset.clone(),
        time: time(one.last_ms),
        input: last.input.clone(),
        generation: last.generation,
        line: last.line,
        record: last.record,
        format: last.format.clone(),
        source: last.source.clone(),
        excerpt: shared.join(" | ").chars().take(400).collect(),
    })
}
