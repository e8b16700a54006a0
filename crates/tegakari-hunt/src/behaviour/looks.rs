//! Where rules of behaviour looked for the techniques of a report: on which machines, in which hours.
//!
//! That records would show a technique finds nothing as long as nobody asks. So a technique counts in the hours in which
//! a rule for it had records of the machine with all fields that the rule needs.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{ReportedTechnique, Telemetry};

use super::Rules;
use super::deeds::{Deeds, Label};
use crate::Kinds;
use crate::assets::Machines;
use crate::sources::Sources;

/// What the rules that were asked make of the techniques of a report: one for each technique, in the order given.
#[derive(Debug, Default)]
pub(crate) struct Looks(pub(crate) Vec<Look>);

/// One technique.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) technique: ReportedTechnique,
    /// Rules for it.
    pub(crate) rules: u64,
    /// By kind of record: the hours of each machine in which one of the rules looked.
    pub(crate) hours: BTreeMap<Telemetry, BTreeMap<String, BTreeSet<i64>>>,
    /// What records would have to show, so that one of the rules could look: one set for each kind of record.
    pub(crate) wants: BTreeSet<(Telemetry, Kinds)>,
}

/// The kind of telemetry that records of a category of Sigma's are; `Other` where none of ours says the same.
fn kind_of(category: &str) -> Telemetry {
    match category {
        "process_creation" => Telemetry::Process,
        "network_connection" | "firewall" => Telemetry::Flow,
        "dns_query" | "dns" => Telemetry::Dns,
        "proxy" => Telemetry::HttpUrl,
        "file_event" => Telemetry::FileName,
        "registry_event" | "registry_add" | "registry_set" | "registry_delete"
        | "registry_rename" => Telemetry::Registry,
        "pipe_created" => Telemetry::Pipe,
        _ => Telemetry::Other,
    }
}

/// Whether a kind is of traffic that a proxy may make in the place of a machine.
fn is_beyond_proxy(kind: Telemetry) -> bool {
    matches!(kind, Telemetry::Flow | Telemetry::Dns)
}

/// Fields of a process start that auditing gives without a sensor on the machine.
const AUDITED: [&str; 8] = [
    "CommandLine",
    "Image",
    "LogonId",
    "NewProcessName",
    "ParentImage",
    "ParentProcessName",
    "SubjectUserName",
    "User",
];

/// What a rule asks of records.
struct Asked {
    kind: Telemetry,
    /// Without all of these it never matches.
    required: Vec<String>,
    /// It looks at no other fields.
    fields: Vec<String>,
}

impl Asked {
    /// Whether a record with these fields, as bits in the order of `names`, can match.
    fn can_match(&self, names: &[String], has: u64) -> bool {
        let is_there = |name: &String| {
            names
                .binary_search(name)
                .is_ok_and(|at| at < 64 && has & 1 << at != 0)
        };
        self.required.iter().all(is_there)
            && (self.fields.is_empty() || self.fields.iter().any(is_there))
    }

    fn wants(&self) -> Option<Kinds> {
        match self.kind {
            Telemetry::Other => None,
            Telemetry::Process => {
                let audited = |name: &String| AUDITED.contains(&name.as_str());
                let audits = self.required.iter().all(audited);
                Some(Kinds::of(if audits {
                    &[Telemetry::Process, Telemetry::CommandLine]
                } else {
                    &[Telemetry::Process, Telemetry::FileSha256]
                }))
            }
            kind => Some(Kinds::of(&[kind])),
        }
    }
}

/// Where the rules looked for each of the techniques. Of rules for a product or a service as a whole nothing is said: its
/// records are of many kinds, and that some are there does not prove that those asked for were collected.
pub(crate) fn looks(
    techniques: Vec<ReportedTechnique>,
    deeds: &Deeds,
    rules: Option<&Rules>,
    machines: &Machines,
    sources: &Sources,
    has_proxies: impl Fn(&str) -> bool,
) -> Looks {
    let mut all: Vec<Look> = techniques
        .into_iter()
        .map(|technique| Look {
            technique,
            rules: 0,
            hours: BTreeMap::new(),
            wants: BTreeSet::new(),
        })
        .collect();
    let Some(rules) = rules else {
        return Looks(all);
    };
    let set = rules.set();
    let mut by_rule: BTreeMap<u32, (Asked, Vec<usize>)> = BTreeMap::new();
    for (rule, number) in set.rules().iter().zip(0_u32..) {
        if !rule.tells || !rules.tells(rule.level) {
            continue;
        }
        let is_for = |look: &Look| {
            let id = look.technique.id.as_str();
            rule.techniques.iter().any(|one| one == id)
        };
        let of: Vec<usize> = (0..all.len()).filter(|at| is_for(&all[*at])).collect();
        if of.is_empty() {
            continue;
        }
        for at in &of {
            all[*at].rules += 1;
        }
        let Some(category) = rule.log_source.category.as_deref() else {
            continue;
        };
        let asked = Asked {
            kind: kind_of(category),
            required: set.required(number),
            fields: rule.fields.clone(),
        };
        if let Some(wants) = asked.wants() {
            for at in &of {
                all[*at].wants.insert((asked.kind, wants));
            }
        }
        by_rule.insert(number, (asked, of));
    }
    if by_rule.is_empty() {
        return Looks(all);
    }
    let mut for_labels: BTreeMap<&[Label], (Vec<u32>, Vec<String>)> = BTreeMap::new();
    for (what, hours) in &deeds.watched {
        let (numbers, names) = for_labels
            .entry(&what.labels)
            .or_insert_with(|| of_labels(&what.labels, rules));
        let able: Vec<&(Asked, Vec<usize>)> = numbers
            .iter()
            .filter_map(|number| by_rule.get(number))
            .collect();
        if able.is_empty() {
            continue;
        }
        for (&hour, &has) in hours {
            let Some(asset) = machines.asset(&what.party, Some(hour)) else {
                continue;
            };
            // Hours that are not whole are none of the source's.
            let key = (asset, what.source.clone());
            if !sources
                .get(&key)
                .is_some_and(|sum| sum.subject && sum.hours.contains_key(&hour))
            {
                continue;
            }
            for (asked, of) in &able {
                if !asked.can_match(names, has)
                    || is_beyond_proxy(asked.kind) && has_proxies(&key.0)
                {
                    continue;
                }
                for at in of {
                    let by_machine = all[*at].hours.entry(asked.kind).or_default();
                    match by_machine.get_mut(&key.0) {
                        Some(known) => {
                            known.insert(hour);
                        }
                        None => {
                            by_machine.insert(key.0.clone(), BTreeSet::from([hour]));
                        }
                    }
                }
            }
        }
    }
    Looks(all)
}

/// The rules for records with these labels, and the fields that they ask for, sorted: as the records were looked at.
fn of_labels(labels: &[Label], rules: &Rules) -> (Vec<u32>, Vec<String>) {
    let some = |text: &'_ String| (!text.is_empty()).then(|| text.clone());
    let mut numbers: BTreeSet<u32> = BTreeSet::new();
    for (product, category, service) in labels {
        let of = rules.set().source(
            some(product).as_deref(),
            some(category).as_deref(),
            some(service).as_deref(),
        );
        numbers.extend(of.rules());
    }
    let all = rules.set().rules();
    let names: BTreeSet<String> = numbers
        .iter()
        .filter_map(|number| all.get(*number as usize))
        .flat_map(|rule| rule.fields.iter().cloned())
        .collect();
    (numbers.into_iter().collect(), names.into_iter().collect())
}
