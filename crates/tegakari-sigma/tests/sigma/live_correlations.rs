//! Correlations while records come in: told once, as soon as they are, and the same as when everything is there.

use tegakari_sigma::{Change, CorrelationState, LiveCorrelations, LiveMatch, RuleSet, occurrences};

use crate::correlations::{BASE, spot};
use crate::detections::rules;
use crate::record::Fields;

/// A match: rule, time in milliseconds, user, port, stream.
type Came = (&'static str, i64, &'static str, String, u64);

const MINUTE: i64 = 60_000;

fn set(correlation: &str) -> RuleSet {
    let (set, problems) = rules(&format!("{BASE}title: c\nname: rc\n{correlation}"), &[]);
    assert!(problems.is_empty(), "{problems:#?}");
    set
}

fn number(set: &RuleSet, name: &str) -> u32 {
    set.rules()
        .iter()
        .position(|r| r.name == name)
        .expect("a rule") as u32
}

fn add(state: &mut LiveCorrelations<usize>, set: &RuleSet, one: &Came, n: usize, now_ms: i64) {
    let record = [("User", one.2), ("Port", one.3.as_str())];
    let spot = spot(one.4, n);
    for one in occurrences(set, number(set, one.0), one.1, &Fields(&record), spot) {
        state.add(set, one, n, now_ms);
    }
}

/// Gives matches one by one, each when it is its time, and says what was told, with the number of the match after which it was.
fn live(set: &RuleSet, all: &[Came]) -> Vec<(usize, LiveMatch<usize>)> {
    let mut state = LiveCorrelations::default();
    let mut out = Vec::new();
    for (n, one) in all.iter().enumerate() {
        add(&mut state, set, one, n, one.1);
        out.extend(
            state
                .conclude(set, one.1, false)
                .into_iter()
                .map(|m| (n, m)),
        );
    }
    out
}

fn came(rule: &'static str, at: i64, user: &'static str, port: &str) -> Came {
    (rule, at, user, port.to_owned(), 1)
}

const COUNT: &str = "correlation:\n  type: event_count\n  rules: ra\n  group-by: [User]\n  timespan: 5m\n  condition: {gte: 3}\n";
const ORDERED: &str = "correlation:\n  type: temporal_ordered\n  rules: [ra, rb]\n  group-by: [User]\n  timespan: 10m\n";

#[test]
fn a_burst_is_told_with_the_record_that_makes_it_one_and_only_once() {
    let set = set(COUNT);
    let mut all: Vec<Came> = (0..4).map(|n| came("ra", n * MINUTE, "u", "")).collect();
    all.push(came("ra", 4 * MINUTE, "v", ""));
    all.push(came("ra", 5 * MINUTE, "u", ""));
    all.extend((6..9).map(|n| came("ra", n * MINUTE, "u", "")));
    let found = live(&set, &all);
    let told: Vec<_> = found
        .iter()
        .map(|(n, m)| (*n, m.first_ms / MINUTE, m.count, m.records.clone()))
        .collect();
    assert_eq!(told, [(2, 0, 3, vec![0, 1, 2]), (8, 6, 3, vec![6, 7, 8])]);
}

#[test]
fn what_comes_late_counts_at_its_own_time() {
    let set = set(COUNT);
    // The second was held up for four minutes.
    let all = [
        came("ra", 0, "u", ""),
        came("ra", 4 * MINUTE, "u", ""),
        came("ra", 2 * MINUTE, "u", ""),
    ];
    assert_eq!(live(&set, &all).len(), 1);
    // A record that says it is of next year lets nothing be forgotten.
    let mut state = LiveCorrelations::default();
    let far = came("ra", 400 * 24 * 60 * MINUTE, "u", "");
    for (n, one) in [&all[0], &far, &all[1], &all[2]].into_iter().enumerate() {
        add(&mut state, &set, one, n, 4 * MINUTE);
    }
    state.pass(&set, 4 * MINUTE);
    assert_eq!(state.conclude(&set, 4 * MINUTE, false).len(), 1);
}

#[test]
fn one_second_of_one_log_has_an_order_and_of_two_logs_it_has_none() {
    let set = set(ORDERED);
    let at = |rule, stream| (rule, 0, "u", String::new(), stream);
    assert_eq!(live(&set, &[at("rb", 1), at("ra", 1)]).len(), 0);
    assert_eq!(live(&set, &[at("ra", 1), at("rb", 1)]).len(), 1);
    assert_eq!(live(&set, &[at("rb", 1), at("ra", 2)]).len(), 1);
    let batch = |all: &[Came]| {
        let mut state = CorrelationState::new();
        for (n, one) in all.iter().enumerate() {
            let record = [("User", one.2)];
            state.add(
                &set,
                number(&set, one.0),
                one.1,
                &Fields(&record),
                spot(one.4, n),
            );
        }
        state.conclude(&set).len()
    };
    assert_eq!(batch(&[at("rb", 1), at("ra", 1)]), 0);
    assert_eq!(batch(&[at("ra", 1), at("rb", 1)]), 1);
    assert_eq!(batch(&[at("rb", 1), at("ra", 2)]), 1);
}

#[test]
fn what_only_its_end_tells_is_told_at_its_end() {
    let set = set(&COUNT.replace("gte: 3", "lt: 3"));
    let mut state = LiveCorrelations::default();
    for (n, at) in [0, 1].into_iter().enumerate() {
        add(
            &mut state,
            &set,
            &came("ra", at * MINUTE, "u", ""),
            n,
            at * MINUTE,
        );
    }
    assert_eq!(state.conclude(&set, MINUTE, false), []);
    state.pass(&set, 2 * MINUTE);
    assert_eq!(state.conclude(&set, 2 * MINUTE, false), []);
    state.pass(&set, 6 * MINUTE);
    let found = state.conclude(&set, 6 * MINUTE, false);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, state.held()), (2, 0));
    // At the end of everything nothing more is waited for.
    add(
        &mut state,
        &set,
        &came("ra", 20 * MINUTE, "u", ""),
        7,
        20 * MINUTE,
    );
    assert_eq!(state.conclude(&set, 20 * MINUTE, true).len(), 1);
}

#[test]
fn kept_changes_are_the_same_state_again_and_records_may_come_twice() {
    let set = set(COUNT);
    let all: Vec<Came> = (0..8)
        .map(|n| came("ra", n * MINUTE / 2, "u", ""))
        .collect();
    for crash in 0..all.len() {
        for snapshot in [false, true] {
            let mut state = LiveCorrelations::default();
            let mut kept: Vec<Change<usize>> = Vec::new();
            let mut told = 0;
            for (n, one) in all.iter().enumerate().take(crash) {
                add(&mut state, &set, one, n, one.1);
                told += state.conclude(&set, one.1, false).len();
                kept.extend(state.changes());
            }
            if snapshot {
                kept = state.all();
            }
            let mut state = LiveCorrelations::default();
            for change in kept {
                state.restore(&set, change, Some, 0);
            }
            // What came before the crash comes again.
            for (n, one) in all.iter().enumerate() {
                add(&mut state, &set, one, n, one.1);
                told += state.conclude(&set, one.1, false).len();
            }
            assert_eq!(told, 1, "{crash} {snapshot}");
        }
    }
}

#[test]
fn other_rules_keep_what_is_held_of_those_that_stay_the_same() {
    let before = set(COUNT);
    // The same correlation, at another place among others.
    let more = format!(
        "{COUNT}---\ntitle: a0\nid: 00000000-0000-4000-8000-000000000000\ncorrelation: {{type: temporal, rules: [ra], timespan: 1m}}\n"
    );
    let (same, changed) = (set(&more), set(&COUNT.replace("5m", "6m")));
    let mut state = LiveCorrelations::default();
    for n in 0..2 {
        add(
            &mut state,
            &before,
            &came("ra", n * MINUTE, "u", ""),
            n as usize,
            0,
        );
    }
    let third = came("ra", 2 * MINUTE, "u", "");
    let mut after = state.for_rules(&before, &same, 0);
    add(&mut after, &same, &third, 2, 0);
    let title = |m: &LiveMatch<usize>| same.correlations()[m.correlation as usize].title.clone();
    let found = after.conclude(&same, 0, false);
    assert_eq!(
        found.iter().filter(|m| title(m) == "c").count(),
        1,
        "{found:?}"
    );
    let mut after = state.for_rules(&before, &changed, 0);
    assert_eq!(after.held(), 0);
    add(&mut after, &changed, &third, 2, 0);
    assert_eq!(after.conclude(&changed, 0, false), []);
}

#[test]
fn a_correlation_may_stand_on_another() {
    let set = set(
        "correlation:\n  type: event_count\n  rules: ra\n  group-by: [User]\n  timespan: 5m\n  condition: {gte: 2}\n---\ntitle: d\ncorrelation:\n  type: temporal_ordered\n  rules: [rc, rb]\n  group-by: [User]\n  timespan: 1h\n",
    );
    let all = [
        came("ra", 0, "u", ""),
        came("ra", MINUTE, "u", ""),
        came("rb", 20 * MINUTE, "u", ""),
    ];
    let found = live(&set, &all);
    let told: Vec<_> = found.iter().map(|(n, m)| (*n, m.records.clone())).collect();
    assert_eq!(told, [(1, vec![0, 1]), (2, vec![0, 1, 2])]);
}

#[test]
fn what_is_held_is_bounded_and_what_is_let_go_is_counted() {
    let set = set(&COUNT.replace("gte: 3", "gte: 1000000"));
    let mut state = LiveCorrelations::default();
    let record = [("User", "u")];
    let one = occurrences(&set, number(&set, "ra"), 0, &Fields(&record), spot(1, 0)).remove(0);
    for n in 0..250_000_u64 {
        let mut one = one.clone();
        one.time_ms = i64::try_from(n).unwrap();
        one.spot.place = n;
        one.spot.number = n;
        if n % 2 == 0 {
            one.group = vec![format!("{n} {}", "x".repeat(500))];
        }
        state.add(&set, one, 0_usize, i64::try_from(n).unwrap());
        state.changes();
    }
    assert!(state.dropped() > 50_000, "{}", state.dropped());
    assert_eq!(state.held() as u64 + state.dropped(), 250_000);
    assert!(state.held() < 200_000, "{}", state.held());
}

/// The same numbers in every run.
fn shuffled(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |most| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % most
    }
}

#[test]
fn live_is_what_it_is_when_everything_is_there() {
    let kinds = [
        COUNT.to_owned(),
        ORDERED.to_owned(),
        ORDERED.replace("temporal_ordered", "temporal"),
        "correlation:\n  type: value_count\n  rules: [ra, rb]\n  group-by: [User]\n  timespan: 3m\n  condition: {field: Port, gte: 3}\n".to_owned(),
        "correlation:\n  type: temporal_ordered\n  rules: [ra, rb, ra]\n  timespan: 4m\n".to_owned(),
    ];
    let mut next = shuffled(88_172_645_463_325_252);
    let mut told = 0;
    for kind in &kinds {
        let set = set(kind);
        for _ in 0..60 {
            let mut at = 0;
            let all: Vec<Came> = (0..60)
                .map(|_| {
                    // Often at the same moment.
                    at += [0, 0, 1, 30, 200][next(5) as usize] * 1000;
                    let rule = ["ra", "rb"][next(2) as usize];
                    let user = ["u", "v"][next(2) as usize];
                    (rule, at, user, next(4).to_string(), 1)
                })
                .collect();
            let mut state = CorrelationState::new();
            for (n, one) in all.iter().enumerate() {
                let record = [("User", one.2), ("Port", one.3.as_str())];
                state.add(
                    &set,
                    number(&set, one.0),
                    one.1,
                    &Fields(&record),
                    spot(1, n),
                );
            }
            let mut batch: Vec<(i64, Vec<String>)> = state
                .conclude(&set)
                .into_iter()
                .map(|m| (m.first_ms, m.group))
                .collect();
            let mut live: Vec<(i64, Vec<String>)> = live(&set, &all)
                .into_iter()
                .map(|(_, m)| (m.first_ms, m.group))
                .collect();
            batch.sort();
            live.sort();
            assert_eq!(live, batch, "{kind}\n{all:?}");
            told += live.len();
        }
    }
    assert!(told > 500, "{told}");
}
