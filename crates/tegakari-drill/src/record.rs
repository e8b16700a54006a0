//! What a script wrote down: which traces it planted, when, and why not the others. A record holds no tokens, so that it
//! is no trace itself when it lies among the logs.

use std::collections::BTreeMap;

use tegakari_model::{DrillPlan, DrillPlatform, Problem, Timestamp, TraceKind};

/// How each line of a record begins.
const LINE: &str = "tegakari/drill-record/1";
/// How much is kept of a reason.
const REASON: usize = 300;

/// What is known of one trace on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) platform: DrillPlatform,
    /// When it was planted, the first time.
    pub(crate) planted: Option<Timestamp>,
    pub(crate) why_not: Option<String>,
}

/// What records say of a plan, together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub(crate) deeds: BTreeMap<(String, TraceKind), Deed>,
}

impl Record {
    fn add(&mut self, host: &str, kind: TraceKind, deed: Deed) {
        let known = self
            .deeds
            .entry((host.to_owned(), kind))
            .or_insert_with(|| deed.clone());
        let earlier = match (deed.planted, known.planted) {
            (Some(new), Some(old)) => new < old,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            // Of reasons the first in order, so that the order of files does not matter.
            (None, None) => deed.why_not < known.why_not,
        };
        if earlier {
            *known = deed;
        }
    }
}

/// Adds what one record says to what others said. A line that is not understood, or of another plan or machine, costs
/// itself; each kind of such lines is one problem.
pub fn read_record(
    record: &mut Record,
    file: &str,
    bytes: &[u8],
    plan: &DrillPlan,
) -> Vec<Problem> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut broken = Lines::default();
    let mut of_others = Lines::default();
    let mut unknown = Lines::default();
    let mut any = false;
    for (number, line) in (1_u64..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        any = true;
        let fields: Vec<&str> = line.trim_end_matches('\r').split('\t').collect();
        let [LINE, of_plan, host, platform, kind, state, at, why] = fields[..] else {
            broken.add(number);
            continue;
        };
        if of_plan != plan.id.as_str() {
            of_others.add(number);
            continue;
        }
        let platform = DrillPlatform::ALL
            .into_iter()
            .find(|p| p.name() == platform);
        let (Some(platform), Some(kind), Ok(at)) =
            (platform, TraceKind::parse(kind), at.parse::<Timestamp>())
        else {
            broken.add(number);
            continue;
        };
        let known = plan
            .hosts
            .iter()
            .find(|one| one.name == host)
            .is_some_and(|one| one.traces.iter().any(|trace| trace.kind == kind));
        if !known {
            unknown.add(number);
            continue;
        }
        let (planted, why_not) = match state {
            "planted" => (Some(at), None),
            "skipped" => (None, Some(why.chars().take(REASON).collect())),
            _ => {
                broken.add(number);
                continue;
            }
        };
        let deed = Deed {
            platform,
            planted,
            why_not,
        };
        record.add(host, kind, deed);
    }
    let mut problems = Vec::new();
    if !any {
        problems.push(Problem::new(
            file,
            "there is nothing in this record",
            "take the record that the script names when it runs",
        ));
    }
    broken.tell(
        &mut problems,
        file,
        "are no lines of a record of a drill",
        "take the record as the script wrote it",
    );
    of_others.tell(
        &mut problems,
        file,
        "are of another plan",
        "check it with that plan: the name of a record tells which",
    );
    unknown.tell(
        &mut problems,
        file,
        "are of a machine or trace that the plan does not have",
        "take the record as the script wrote it",
    );
    problems
}

/// Lines with one trouble.
#[derive(Default)]
struct Lines {
    count: u64,
    first: u64,
}

impl Lines {
    fn add(&mut self, number: u64) {
        if self.count == 0 {
            self.first = number;
        }
        self.count += 1;
    }

    fn tell(&self, problems: &mut Vec<Problem>, file: &str, what: &str, hint: &str) {
        if self.count > 0 {
            let what = format!(
                "{} lines of this record {what} (the first is line {}) and were left out",
                self.count, self.first
            );
            problems.push(Problem::new(file, what, hint).losing_records(self.count));
        }
    }
}
