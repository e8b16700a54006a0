//! Facts from files, which merge in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tegakari_model::{
    FileRule, FileRuleMatch, LiveProcess, NotAskedReason, Problem, ProgramTrace, ScanMatch,
    ScanTally, StartEntry, UnreadReason,
};

/// Places that are kept of an indicator: the first ones, by their names.
const MOST_PLACES: usize = 200;
/// Examples that are kept of what was not read for one reason.
const MOST_EXAMPLES: usize = 10;
/// Problems that are kept one by one; a disk can hold millions of bad archives.
const MOST_PROBLEMS: usize = 1000;

/// What was found and what was read of some files.
#[derive(Debug, Default)]
pub struct Outcome {
    pub(crate) met: BTreeMap<u32, Met>,
    pub(crate) ruled: BTreeMap<Arc<FileRule>, RuleMet>,
    pub(crate) not_asked: BTreeMap<NotAskedReason, Group>,
    pub(crate) tally: ScanTally,
    pub(crate) unread: BTreeMap<UnreadReason, Group>,
    pub(crate) entries: BTreeSet<StartEntry>,
    pub(crate) traces: BTreeSet<ProgramTrace>,
    pub(crate) processes: BTreeSet<LiveProcess>,
    pub(crate) processes_seen: u64,
    pub(crate) problems: BTreeSet<Problem>,
    pub(crate) problems_untold: u64,
    pub(crate) partial: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) count: u64,
    pub(crate) places: BTreeSet<ScanMatch>,
}

#[derive(Debug, Default)]
pub(crate) struct RuleMet {
    pub(crate) count: u64,
    pub(crate) places: BTreeSet<FileRuleMatch>,
}

#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) files: u64,
    pub(crate) folders: u64,
    pub(crate) bytes: u64,
    pub(crate) examples: BTreeSet<String>,
}

impl Group {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.folders += other.folders;
        self.bytes = self.bytes.saturating_add(other.bytes);
        for example in other.examples {
            keep(&mut self.examples, example, MOST_EXAMPLES);
        }
    }
}

/// Keeps the smallest `most`: so the same ones stay in any order of merging.
fn keep<T: Ord>(set: &mut BTreeSet<T>, one: T, most: usize) {
    set.insert(one);
    if set.len() > most {
        set.pop_last();
    }
}

impl Outcome {
    /// Notes that an indicator was met. What is met in one place twice in the same way counts once: the one that tells
    /// of its file stays.
    pub(crate) fn meet(&mut self, indicator: u32, place: ScanMatch) {
        let met = self.met.entry(indicator).or_default();
        let same = |one: &&ScanMatch| one.place == place.place && one.by == place.by;
        if let Some(known) = met.places.iter().find(same) {
            if known.file.is_none() && place.file.is_some() {
                let known = known.clone();
                met.places.remove(&known);
                met.places.insert(place);
            }
            return;
        }
        met.count += 1;
        keep(&mut met.places, place, MOST_PLACES);
    }

    /// Notes that a rule matched.
    pub(crate) fn meet_rule(&mut self, rule: Arc<FileRule>, place: FileRuleMatch) {
        let met = self.ruled.entry(rule).or_default();
        met.count += 1;
        keep(&mut met.places, place, MOST_PLACES);
    }

    /// Counts a file of which no rule was asked.
    pub(crate) fn not_asked(&mut self, reason: NotAskedReason, place: &str, bytes: u64) {
        let group = self.not_asked.entry(reason).or_default();
        group.files += 1;
        group.bytes = group.bytes.saturating_add(bytes);
        keep(&mut group.examples, place.to_owned(), MOST_EXAMPLES);
    }

    /// Counts a file, or a member of an archive, that was not read, and so many bytes of it.
    pub fn unread_file(&mut self, reason: UnreadReason, place: &str, bytes: u64) {
        let group = self.unread.entry(reason).or_default();
        group.files += 1;
        group.bytes = group.bytes.saturating_add(bytes);
        keep(&mut group.examples, place.to_owned(), MOST_EXAMPLES);
    }

    /// Counts a folder that was not entered, or not read to its end.
    pub fn unread_folder(&mut self, reason: UnreadReason, place: &str) {
        let group = self.unread.entry(reason).or_default();
        group.folders += 1;
        keep(&mut group.examples, place.to_owned(), MOST_EXAMPLES);
    }

    /// Counts a name that was looked at.
    pub(crate) fn name_seen(&mut self) {
        self.tally.names += 1;
    }

    /// Adds something that went wrong.
    pub fn add_problem(&mut self, problem: Problem) {
        if self.problems.insert(problem) && self.problems.len() > MOST_PROBLEMS {
            self.problems.pop_last();
            self.problems_untold += 1;
        }
    }

    /// Adds something that starts by itself.
    pub fn add_entry(&mut self, entry: StartEntry) {
        self.entries.insert(entry);
    }

    /// Adds a program that was run or was there.
    pub(crate) fn add_trace(&mut self, trace: ProgramTrace) {
        self.traces.insert(trace);
    }

    /// Counts a process; it is kept when `told`.
    pub fn add_process(&mut self, process: LiveProcess, told: bool) {
        self.processes_seen += 1;
        if told {
            self.processes.insert(process);
        }
    }

    /// Says that not all was read.
    pub fn mark_partial(&mut self) {
        self.partial = true;
    }

    /// The numbers of the indicators that were met, for the progress.
    pub fn seen(&self) -> Vec<u32> {
        self.met.keys().copied().collect()
    }

    /// Adds the facts of other files.
    pub fn merge(&mut self, other: Self) {
        for (indicator, met) in other.met {
            let mine = self.met.entry(indicator).or_default();
            mine.count += met.count;
            for place in met.places {
                keep(&mut mine.places, place, MOST_PLACES);
            }
        }
        for (rule, met) in other.ruled {
            let mine = self.ruled.entry(rule).or_default();
            mine.count += met.count;
            for place in met.places {
                keep(&mut mine.places, place, MOST_PLACES);
            }
        }
        for (reason, group) in other.not_asked {
            self.not_asked.entry(reason).or_default().add(group);
        }
        for (reason, group) in other.unread {
            self.unread.entry(reason).or_default().add(group);
        }
        self.tally.names += other.tally.names;
        self.tally.files += other.tally.files;
        self.tally.bytes = self.tally.bytes.saturating_add(other.tally.bytes);
        self.tally.members += other.tally.members;
        self.tally.member_bytes = self
            .tally
            .member_bytes
            .saturating_add(other.tally.member_bytes);
        self.tally.known_good += other.tally.known_good;
        self.entries.extend(other.entries);
        self.traces.extend(other.traces);
        self.processes.extend(other.processes);
        self.processes_seen += other.processes_seen;
        self.problems_untold += other.problems_untold;
        for problem in other.problems {
            self.add_problem(problem);
        }
        self.partial |= other.partial;
    }
}
