//! What is missing when nothing in particular was looked for: kinds of records, machine by machine.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{HuntResult, Telemetry};

use super::gaps::Hole;

/// Kinds that a machine is asked for; what only some machines can have (mail, alerts) is not.
const ASKED: [&[Telemetry]; 9] = [
    &[Telemetry::Dns, Telemetry::DnsAnswer],
    &[Telemetry::HttpHost, Telemetry::HttpUrl],
    &[Telemetry::TlsName],
    &[Telemetry::Flow],
    &[Telemetry::Process, Telemetry::CommandLine],
    &[
        Telemetry::FileMd5,
        Telemetry::FileSha1,
        Telemetry::FileSha256,
    ],
    &[Telemetry::FileName],
    &[Telemetry::Registry],
    &[Telemetry::Logon],
];

/// Machine-hours with any record that shows something of the machine, and all of them.
pub(crate) fn machine_hours(hunt: &HuntResult) -> (u64, u64) {
    let (lit, machines, hours) = lit(hunt, &Telemetry::ALL);
    let visible = lit.values().map(|hours| hours.len() as u64).sum();
    (visible, machines.len() as u64 * hours)
}

type Lit<'a> = BTreeMap<&'a str, BTreeSet<i64>>;

/// Hours by machine in which one of these kinds was shown, all machines, and the hours of the window.
fn lit<'a>(hunt: &'a HuntResult, kinds: &[Telemetry]) -> (Lit<'a>, Vec<&'a str>, u64) {
    let coverage = &hunt.coverage;
    let Some((from, end)) = coverage.window_hours() else {
        return (Lit::new(), Vec::new(), 0);
    };
    let machines: Vec<&str> = coverage
        .assets
        .iter()
        .filter(|asset| !asset.sensor)
        .map(|asset| asset.name.as_str())
        .collect();
    let known: BTreeSet<&str> = machines.iter().copied().collect();
    let mut lit = Lit::new();
    for source in &coverage.sources {
        let hours: BTreeSet<i64> = source
            .hours_with(kinds)
            .filter(|hour| (from..end).contains(hour))
            .map(|hour| hour.0)
            .collect();
        // A machine without any is no entry: a kind without entries is missing everywhere.
        if known.contains(source.asset.as_str()) && !hours.is_empty() {
            lit.entry(source.asset.as_str()).or_default().extend(hours);
        }
    }
    (lit, machines, u64::try_from(end.0 - from.0).unwrap_or(0))
}

/// The holes, the widest first; a kind that no machine shows at all is missing everywhere.
pub(crate) fn holes(hunt: &HuntResult) -> Vec<Hole> {
    let mut holes = Vec::new();
    for kinds in ASKED {
        let (lit, machines, hours) = lit(hunt, kinds);
        let missing = |machine: &str| {
            hours
                - lit
                    .get(machine)
                    .map_or(0, |lit| lit.len() as u64)
                    .min(hours)
        };
        let lacking: Vec<&str> = machines
            .iter()
            .copied()
            .filter(|machine| missing(machine) > 0)
            .collect();
        let sum: u64 = lacking.iter().map(|machine| missing(machine)).sum();
        if sum > 0 {
            let everywhere = lit.is_empty();
            holes.push(Hole {
                needs: kinds.to_vec(),
                assets: if everywhere {
                    Vec::new()
                } else {
                    lacking.into_iter().map(str::to_owned).collect()
                },
                hours: sum,
                undecided: 0,
                weakened: 0,
            });
        }
    }
    holes.sort_by(|a, b| b.hours.cmp(&a.hours).then_with(|| a.needs.cmp(&b.needs)));
    holes
}
