//! What rules of behaviour add to what a negative is worth: only what somebody looked for, where it would have shown.

use std::sync::Arc;

use tegakari_hunt::{Asked, Assumptions, InventoryAsset, Outcome, Plan, Rules, conclude};
use tegakari_model::{
    HuntResult, Measure, ObservableKind as K, ReportedTechnique, RuleLevel, Strength, TechniqueId,
    Telemetry, TimeRange, Timestamp,
};
use tegakari_sigma::{RuleFile, RuleSet};

use crate::{hunt, indicators};

/// 2025-03-04T00:00:00Z.
const BEGIN: i64 = 1_741_046_400;

fn sysmon(machine: &str, hour: i64) -> String {
    format!(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>1</EventID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0Z\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{machine}</Computer></System><EventData><Data Name=\"Image\">C:\\a.exe</Data><Data Name=\"CommandLine\">a.exe -k</Data></EventData></Event>\n"
    )
}

/// A process start by auditing, which does not give command lines unless it is told to.
fn audited(machine: &str, hour: i64) -> String {
    format!(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/><EventID>4688</EventID><TimeCreated SystemTime=\"2025-03-04T{hour:02}:01:00.0Z\"/><Channel>Security</Channel><Computer>{machine}</Computer></System><EventData><Data Name=\"NewProcessName\">C:\\a.exe</Data></EventData></Event>\n"
    )
}

fn rule(technique: &str, source: &str, field: &str) -> String {
    format!(
        "title: Evil by {technique}\nstatus: test\nlevel: medium\nlogsource:\n    product: windows\n    {source}\ndetection:\n    selection:\n        {field}|contains: 'evil.dat'\n    condition: selection\ntags:\n    - attack.{}\n",
        technique.to_lowercase()
    )
}

const PROCESS: &str = "category: process_creation";

fn technique(id: &str, probability: f64) -> ReportedTechnique {
    ReportedTechnique {
        id: TechniqueId::parse(id).unwrap(),
        name: "A technique".to_owned(),
        probability,
        telemetry: vec![Telemetry::Process, Telemetry::CommandLine],
    }
}

fn ask(log: &str, rules: &[String], techniques: Vec<ReportedTechnique>) -> HuntResult {
    ask_for(&[], log, rules, techniques)
}

fn ask_for(
    values: &[(K, &str)],
    log: &str,
    rules: &[String],
    techniques: Vec<ReportedTechnique>,
) -> HuntResult {
    let inventory = ["ws-01", "ws-02"].map(|name| InventoryAsset {
        name: name.to_owned(),
        ..InventoryAsset::default()
    });
    let time = |hour: i64| Timestamp::from_second(BEGIN + hour * 3600).ok();
    let window = TimeRange {
        from: time(0),
        until: time(4),
    };
    let mut plan = Plan::new(indicators(values), window)
        .0
        .with_inventory(&inventory);
    if !rules.is_empty() {
        let files: Vec<RuleFile<'_>> = rules
            .iter()
            .map(|text| RuleFile {
                name: "a.yml",
                text: text.as_bytes(),
            })
            .collect();
        let mut problems = Vec::new();
        let set = RuleSet::compile(&files, &[], &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let rules = Rules::new(Arc::new(set), RuleLevel::Informational, "test");
        plan = plan.with_rules(Arc::new(rules));
    }
    let mut all = Outcome::default();
    all.merge(hunt("a.xml", log.as_bytes(), &plan));
    // What is kept for the next run is the same.
    let all = Outcome::from_bytes(&all.to_bytes().unwrap()).unwrap();
    let asked = Asked {
        techniques,
        ..Asked::default()
    };
    conclude(all, &plan, &inventory, asked)
}

fn on(result: &HuntResult, machine: &str) -> f64 {
    let strength: &Strength = result.strength.as_ref().unwrap();
    let of = strength.assets.iter().find(|one| one.asset == machine);
    of.unwrap().probability
}

fn hours(of: std::ops::Range<i64>, record: impl Fn(&str, i64) -> String) -> String {
    of.map(|hour| record("ws-01", hour)).collect()
}

#[test]
fn a_technique_counts_where_a_rule_looked_for_it_and_nowhere_else() {
    let check = |log: &str, rules: &[String], want: f64| {
        let result = ask(log, rules, vec![technique("T1218.010", 1.0)]);
        assert_eq!(on(&result, "ws-01"), want, "{rules:?}");
        assert_eq!(on(&result, "ws-02"), 0.0, "nothing shows ws-02");
        result
    };
    let right = [rule("T1218.010", PROCESS, "CommandLine")];
    let whole = hours(0..4, sysmon);
    // 60 % of victims, rules that match 30 % of the ways, a log that shows 95 %.
    let result = check(&whole, &right, 0.171);
    let part = &result.strength.unwrap().techniques[0];
    assert_eq!((part.rules, part.visible), (1, 0.5));
    assert_eq!((part.used, part.matched), (0.6, 0.3));
    // In half of the hours.
    check(&hours(0..2, sysmon), &right, 0.0855);
    // Visible telemetry that nobody searched is no detection: no rules, rules for something else, for other records,
    // for records of many kinds.
    check(&whole, &[], 0.0);
    check(&whole, &[rule("T1059.001", PROCESS, "CommandLine")], 0.0);
    check(&whole, &[rule("T1218", PROCESS, "CommandLine")], 0.0);
    let registry = "category: registry_set";
    check(&whole, &[rule("T1218.010", registry, "TargetObject")], 0.0);
    let sysmon_all = "service: sysmon";
    check(&whole, &[rule("T1218.010", sysmon_all, "CommandLine")], 0.0);
    // Records without the field that the rule cannot do without.
    check(&hours(0..4, audited), &right, 0.0);
    check(
        &(hours(0..2, audited) + &hours(2..4, sysmon)),
        &right,
        0.0855,
    );
    // Something is missing in an hour of the source.
    let numbered = |machine: &str, hour: i64| {
        let number = if hour < 2 { hour + 1 } else { hour + 9 };
        sysmon(machine, hour).replace(
            "<TimeCreated",
            &format!("<EventRecordID>{number}</EventRecordID><TimeCreated"),
        )
    };
    check(&hours(0..4, numbered), &right, 0.0855);
}

#[test]
fn many_techniques_count_for_no_more_than_the_one_that_shows_best() {
    let rules = [
        rule("T1218.010", PROCESS, "CommandLine"),
        rule("T1059.003", PROCESS, "CommandLine"),
    ];
    let log = hours(0..4, sysmon);
    let both = vec![technique("T1218.010", 1.0), technique("T1059.003", 1.0)];
    assert_eq!(on(&ask(&log, &rules, both), "ws-01"), 0.171);
    // One that is only probably meant counts for less, and adds nothing to one that is surely meant.
    let probable = vec![technique("T1059.003", 0.75)];
    assert_eq!(on(&ask(&log, &rules, probable), "ws-01"), 0.1197);
    let mixed = vec![technique("T1218.010", 1.0), technique("T1059.003", 0.75)];
    assert_eq!(on(&ask(&log, &rules, mixed), "ws-01"), 0.171);
    // Beside an indicator in the same records: what the one adds to the other, as far as they can depend.
    let value = [(K::CommandLine, "regsvr32 /s evil.dat")];
    let result = ask_for(&value, &log, &rules, vec![technique("T1218.010", 1.0)]);
    let want: f64 = 0.35 * 0.95 + (0.6 - 0.35) * 0.3 * 0.95;
    assert!((on(&result, "ws-01") - want).abs() < 1e-4);
}

#[test]
fn the_cheapest_change_can_be_to_ask() {
    let log = hours(0..4, sysmon);
    let result = ask(&log, &[], vec![technique("T1218.010", 1.0)]);
    let strength = result.strength.unwrap();
    assert_eq!(strength.organisation, 0.0);
    let first = &strength.improvements[0];
    assert_eq!(first.measure, Measure::AskRules);
    assert_eq!(first.assets, ["ws-01"]);
    assert_eq!((first.from, first.to), (0.0, 0.0855));
    // Where rules are asked, what lacks is the records: auditing will do, as the rule asks for nothing else.
    let rules = [rule("T1218.010", PROCESS, "CommandLine")];
    let result = ask(&log, &rules, vec![technique("T1218.010", 1.0)]);
    let strength = result.strength.unwrap();
    let first = &strength.improvements[0];
    assert_eq!(
        (first.measure, first.assets.as_slice()),
        (Measure::ProcessAudit, &["ws-02".to_owned()][..])
    );
    assert_eq!((first.from, first.to), (0.0855, 0.171));
    // One that asks for a hash needs a sensor.
    let rules = [rule("T1218.010", PROCESS, "Hashes")];
    let result = ask(&log, &rules, vec![technique("T1218.010", 1.0)]);
    let improvements = result.strength.unwrap().improvements;
    assert!(
        improvements
            .iter()
            .any(|one| one.measure == Measure::EndpointSensor),
        "{improvements:?}"
    );
    assert!(
        improvements
            .iter()
            .all(|one| one.measure != Measure::ProcessAudit),
        "{improvements:?}"
    );
}

#[test]
fn a_machine_that_nobody_knows_is_told() {
    let (assumptions, problems) =
        Assumptions::read("measured,process,0.5,ws-99\nmeasured,process,0.5,WS-01\n");
    assert!(problems.is_empty());
    let plan = Plan::new(Vec::new(), TimeRange::default()).0;
    let asked = Asked {
        assumptions,
        ..Asked::default()
    };
    let outcome = hunt("a.xml", hours(0..4, sysmon).as_bytes(), &plan);
    let result = conclude(outcome, &plan, &[], asked);
    let told: Vec<&str> = result
        .problems
        .iter()
        .filter(|one| one.place == "assumptions")
        .map(|one| one.what.as_str())
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("ws-99") && !told[0].contains("ws-01"),
        "{told:?}"
    );
}
