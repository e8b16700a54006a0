//! From facts to answers: one for each indicator, with what it rests on.

use tegakari_model::{
    FindingKind, ObservableKind as K, Problem, ReportId, ScanAnswer, ScanBasis, ScanFinding,
    ScanResult, SearchedBy, Unread, UnreadReason,
};

use crate::outcome::Met;
use crate::rules::{self, RulesAsked};
use crate::sought::is_text;
use crate::{Outcome, Sought};

/// What was asked for.
#[derive(Debug, Default)]
pub struct Asked {
    /// The reports whose indicators were looked for, sorted.
    pub reports: Vec<ReportId>,
    /// What was searched, as given.
    pub paths: Vec<String>,
    /// Whether the bytes of files were searched.
    pub contents: bool,
    /// The rules that were asked, where there were some.
    pub rules: Option<RulesAsked>,
}

/// Makes the answers.
pub fn conclude(mut outcome: Outcome, sought: &Sought, asked: Asked) -> ScanResult {
    if let Some(failure) = sought.failure() {
        outcome.mark_partial();
        outcome.add_problem(Problem::new(
            "the set of indicators",
            failure,
            "make it again with `tegakari indicators build`",
        ));
    }
    if outcome.problems_untold > 0 {
        let untold = outcome.problems_untold;
        outcome.problems_untold = 0;
        outcome.problems.insert(Problem::new(
            "the scan",
            format!("{untold} further problems are not told one by one"),
            "what was not read is counted by reason all the same",
        ));
    }
    let bases = Bases::of(&outcome, asked.contents);
    let rules = asked
        .rules
        .map(|of| rules::conclude(&mut outcome, of, bases.hashes));
    let mut met = std::mem::take(&mut outcome.met);
    let listed = u32::try_from(sought.indicators().len()).unwrap_or(u32::MAX);
    let numbers = (0..listed).chain(met.range(listed..).map(|(number, _)| *number));
    let numbers: Vec<u32> = numbers.collect();
    let mut findings: Vec<ScanFinding> = numbers
        .into_iter()
        .filter_map(|number| {
            let indicator = sought.indicator(number)?.into_owned();
            let basis = if sought.refuses(number) {
                ScanBasis::default()
            } else {
                bases.for_kind(indicator.observable.kind())
            };
            let answer = match met.remove(&number) {
                Some(Met { count, places }) => ScanAnswer::Seen {
                    count,
                    matches: places.into_iter().collect(),
                    basis,
                },
                None => ScanAnswer::negative(basis),
            };
            Some(ScanFinding { indicator, answer })
        })
        .collect();
    let rank = |one: &ScanFinding| match one.answer.kind() {
        FindingKind::Seen => 0,
        FindingKind::CannotTell => 1,
        FindingKind::NotSeen => 2,
    };
    findings.sort_by(|a, b| {
        (rank(a), &a.indicator.observable).cmp(&(rank(b), &b.indicator.observable))
    });
    ScanResult {
        reports: asked.reports,
        paths: asked.paths,
        findings,
        of_set: sought.of_set(),
        rules,
        tally: outcome.tally,
        unread: outcome
            .unread
            .into_iter()
            .map(|(reason, group)| Unread {
                reason,
                files: group.files,
                folders: group.folders,
                bytes: group.bytes,
                examples: group.examples.into_iter().collect(),
            })
            .collect(),
        entries: outcome.entries.into_iter().collect(),
        traces: outcome.traces.into_iter().collect(),
        processes: outcome.processes.into_iter().collect(),
        processes_seen: outcome.processes_seen,
        problems: outcome.problems.into_iter().collect(),
        partial: outcome.partial,
    }
}

/// How much was searched, by what has to be searched.
struct Bases {
    hashes: ScanBasis,
    names: ScanBasis,
    contents: Option<ScanBasis>,
}

impl Bases {
    fn of(outcome: &Outcome, contents: bool) -> Self {
        let tally = outcome.tally;
        let hiding = outcome
            .unread
            .iter()
            .filter(|(reason, _)| reason.hides_content());
        let (mut unread, mut bytes, mut names_hidden) = (0, 0_u64, 0);
        for (reason, group) in hiding {
            unread += group.files + group.folders;
            bytes = bytes.saturating_add(group.bytes);
            names_hidden += group.folders;
            // The names inside are not known.
            if matches!(
                reason,
                UnreadReason::NotOpened | UnreadReason::ArchiveLimit | UnreadReason::Damaged
            ) {
                names_hidden += group.files;
            }
        }
        let whole = ScanBasis {
            by: SearchedBy::Hashes,
            searched: tally.files + tally.members,
            searched_bytes: tally.bytes.saturating_add(tally.member_bytes),
            unsearched: unread,
            unsearched_bytes: bytes,
        };
        Self {
            hashes: whole,
            names: ScanBasis {
                by: SearchedBy::Names,
                searched: tally.names,
                searched_bytes: 0,
                unsearched: names_hidden,
                unsearched_bytes: 0,
            },
            contents: contents.then_some(ScanBasis {
                by: SearchedBy::Contents,
                ..whole
            }),
        }
    }

    fn for_kind(&self, kind: K) -> ScanBasis {
        match kind {
            kind if kind.is_file_hash() => self.hashes,
            K::FileName | K::FilePath => self.names,
            // Keys of the registry, mutexes and the like need not stand in any file in plain text.
            kind if is_text(kind) && kind.is_network() => self.contents.unwrap_or_default(),
            _ => ScanBasis::default(),
        }
    }
}
