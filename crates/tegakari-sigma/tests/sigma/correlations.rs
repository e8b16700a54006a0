//! Correlations: several matches near each other.

use tegakari_sigma::{CorrelationState, RuleSet, Spot};

use crate::detections::rules;
use crate::record::Fields;

pub(crate) const BASE: &str = "title: a\nname: ra\nlogsource: {product: p}\ndetection:\n  sel: {A: 1}\n  condition: sel\n---\ntitle: b\nname: rb\nlogsource: {product: p}\ndetection:\n  sel: {A: 2}\n  condition: sel\n---\n";

/// The record of that number in a stream.
pub(crate) fn spot(stream: u64, number: usize) -> Spot {
    Spot {
        place: stream * 1_000_000 + number as u64,
        stream,
        number: number as u64,
    }
}

/// What a correlation says of matches: (rule, minute, user, port).
fn concluded(
    correlation: &str,
    matches: &[(&str, i64, &str, &str)],
) -> Vec<(i64, i64, String, u64)> {
    let (set, problems) = rules(&format!("{BASE}title: c\nname: rc\n{correlation}"), &[]);
    assert!(problems.is_empty(), "{problems:#?}");
    let fill = |order: &mut dyn Iterator<Item = usize>| {
        let mut state = CorrelationState::new();
        for i in order {
            let (rule, minute, user, port) = matches[i];
            let number = set
                .rules()
                .iter()
                .position(|r| r.name == rule)
                .expect("a rule") as u32;
            let record = [("User", user), ("Port", port), ("Account", user)];
            let mut one = CorrelationState::new();
            one.add(&set, number, minute * 60_000, &Fields(&record), spot(1, i));
            state.merge(one);
        }
        state
    };
    let state = fill(&mut (0..matches.len()));
    assert_eq!(
        state,
        fill(&mut (0..matches.len()).rev()),
        "the order does not matter"
    );
    assert_eq!(state.dropped(), 0);
    let found = state.conclude(&set);
    found
        .into_iter()
        .map(|m| {
            (
                m.first_ms / 60_000,
                m.last_ms / 60_000,
                m.group.join("+"),
                m.count,
            )
        })
        .collect()
}

#[test]
fn matches_are_counted_in_a_group_within_a_span() {
    let rule = "correlation:\n  type: event_count\n  rules: ra\n  group-by: [User]\n  timespan: 5m\n  condition: {gte: 3}\n";
    let matches = [
        ("ra", 0, "u", ""),
        ("ra", 9, "u", ""),
        ("ra", 10, "u", ""),
        ("ra", 12, "u", ""),
        ("ra", 13, "v", ""),
        ("ra", 14, "u", ""),
        ("ra", 30, "u", ""),
    ];
    assert_eq!(concluded(rule, &matches), [(9, 14, "u".to_owned(), 4)]);
    assert_eq!(concluded(rule, &matches[..3]), []);
}

#[test]
fn different_values_are_counted_once() {
    let rule = "correlation:\n  type: value_count\n  rules: [ra]\n  group-by: [User]\n  timespan: 1h\n  condition: {field: Port, gt: 2}\n";
    let matches = [
        ("ra", 0, "u", "1"),
        ("ra", 1, "u", "1"),
        ("ra", 2, "u", "2"),
        ("ra", 3, "u", "3"),
    ];
    assert_eq!(concluded(rule, &matches), [(0, 3, "u".to_owned(), 3)]);
    assert_eq!(concluded(rule, &matches[..3]), []);
}

#[test]
fn all_rules_are_needed_and_in_their_order_where_asked() {
    let rule =
        "correlation:\n  type: temporal\n  rules: [ra, rb]\n  group-by: [User]\n  timespan: 10m\n";
    let backwards = [("rb", 0, "u", ""), ("ra", 5, "u", "")];
    let forwards = [("ra", 0, "u", ""), ("ra", 1, "u", ""), ("rb", 5, "u", "")];
    assert_eq!(concluded(rule, &backwards), [(0, 5, "u".to_owned(), 2)]);
    assert_eq!(concluded(rule, &forwards[..2]), []);
    let ordered = rule.replace("temporal", "temporal_ordered");
    assert_eq!(concluded(&ordered, &backwards), []);
    assert_eq!(concluded(&ordered, &forwards), [(0, 5, "u".to_owned(), 2)]);
    assert_eq!(
        concluded(&ordered, &[("ra", 0, "u", ""), ("rb", 11, "u", "")]),
        []
    );
    assert_eq!(
        concluded(&ordered, &[("ra", 0, "u", ""), ("rb", 1, "w", "")]),
        []
    );
}

#[test]
fn aliases_join_fields_of_different_names_and_correlations_stand_on_others() {
    let rule = "correlation:\n  type: temporal\n  rules: [ra, rb]\n  aliases:\n    who: {ra: User, rb: Account}\n  group-by: [who]\n  timespan: 10m\n";
    let matches = [("ra", 0, "u", ""), ("rb", 5, "u", "")];
    assert_eq!(concluded(rule, &matches), [(0, 5, "u".to_owned(), 2)]);
    let above = "correlation:\n  type: event_count\n  rules: ra\n  group-by: [User]\n  timespan: 5m\n  condition: {gte: 2}\n---\ntitle: d\ncorrelation:\n  type: temporal_ordered\n  rules: [rc, rb]\n  group-by: [User]\n  timespan: 1h\n";
    let matches = [("ra", 0, "u", ""), ("ra", 1, "u", ""), ("rb", 20, "u", "")];
    let found = concluded(above, &matches);
    assert_eq!(
        found,
        [(0, 1, "u".to_owned(), 2), (0, 20, "u".to_owned(), 2)]
    );
}

#[test]
fn what_is_not_there_is_told_and_parts_speak_only_when_asked() {
    let with = |c: &str| rules(&format!("{BASE}title: c\n{c}"), &[]);
    let tells = |set: &RuleSet| set.rules().iter().map(|r| r.tells).collect::<Vec<_>>();
    let (set, _) = with("correlation: {type: temporal, rules: [ra], timespan: 1m}\n");
    assert_eq!(tells(&set), [false, true]);
    let (set, _) =
        with("correlation: {type: temporal, rules: [ra], timespan: 1m, generate: true}\n");
    assert_eq!(tells(&set), [true, true]);
    for (bad, reason) in [
        (
            "correlation: {type: temporal, rules: [rz], timespan: 1m}\n",
            "no rule that is used",
        ),
        (
            "name: me\ncorrelation: {type: temporal, rules: [me], timespan: 1m}\n",
            "no rule that is used",
        ),
        (
            "correlation: {type: near, rules: [ra], timespan: 1m}\n",
            "not supported",
        ),
        (
            "correlation: {type: event_count, rules: [ra], timespan: 1m}\n",
            "no condition",
        ),
        (
            "correlation: {type: event_count, rules: [ra], timespan: soon, condition: {gte: 1}}\n",
            "timespan",
        ),
        (
            "correlation: {type: value_count, rules: [ra], timespan: 1m, condition: {gte: 1}}\n",
            "field",
        ),
    ] {
        let (set, problems) = with(bad);
        assert!(set.correlations().is_empty(), "{bad}");
        assert!(problems[0].what.contains(reason), "{bad} {problems:#?}");
    }
}
