//! What rules match: one rule, one record, one answer a row.

use tegakari_model::Problem;
use tegakari_sigma::{Pipeline, RuleFile, RuleSet, Scratch};

use crate::record::Fields;

/// Rules of a text, with their problems.
pub(crate) fn rules(text: &str, pipelines: &[Pipeline]) -> (RuleSet, Vec<Problem>) {
    let mut problems = Vec::new();
    let file = RuleFile {
        name: "t.yml",
        text: text.as_bytes(),
    };
    let rules = RuleSet::compile(&[file], pipelines, &mut problems);
    (rules, problems)
}

/// The titles of the rules that match.
pub(crate) fn matching(rules: &RuleSet, fields: &[(&str, &str)]) -> Vec<String> {
    let source = rules.source(Some("p"), None, None);
    let mut hits = Vec::new();
    rules.evaluate(&source, &Fields(fields), &mut Scratch::default(), &mut hits);
    hits.iter()
        .map(|n| rules.rules()[*n as usize].title.clone())
        .collect()
}

/// A rule with this under `detection`.
pub(crate) fn with(detection: &str) -> String {
    let indented = detection.replace('\n', "\n  ");
    format!("title: t\nlogsource:\n  product: p\ndetection:\n  {indented}\n")
}

fn check(detection: &str, rows: &[(&[(&str, &str)], bool)]) {
    let detection = match detection.contains("condition:") {
        true => detection.to_owned(),
        false => format!("{detection}\ncondition: sel"),
    };
    let (rules, problems) = rules(&with(&detection), &[]);
    assert!(problems.is_empty(), "{detection}\n{problems:#?}");
    for (fields, expect) in rows {
        assert_eq!(
            !matching(&rules, fields).is_empty(),
            *expect,
            "{detection}\n{fields:?}"
        );
    }
}

#[test]
fn texts_match_whole_and_in_any_case() {
    check(
        "sel:\n  A: 'Foo'",
        &[
            (&[("A", "fOO")], true),
            (&[("A", "foox")], false),
            (&[("B", "foo")], false),
        ],
    );
    check(
        "sel:\n  A: 'ÄÖ*'",
        &[(&[("A", "äöx")], true), (&[("A", "ao")], false)],
    );
    check(
        "sel:\n  A|cased: 'Foo'",
        &[(&[("A", "Foo")], true), (&[("A", "foo")], false)],
    );
    check(
        "sel:\n  A|contains|cased: 'Foo'",
        &[(&[("A", "xFoox")], true), (&[("A", "xfooFOO")], false)],
    );
    check(
        "sel:\n  A: 10",
        &[(&[("A", "10")], true), (&[("A", "100")], false)],
    );
    check(
        "sel:\n  A: ''",
        &[(&[("A", "")], true), (&[("A", "x")], false), (&[], false)],
    );
    check(
        "sel:\n  A: null",
        &[(&[("A", "")], true), (&[("A", "x")], false), (&[], true)],
    );
    check(
        "sel:\n  A: '*'",
        &[(&[("A", "")], true), (&[("A", "x")], true), (&[], false)],
    );
    check(
        "sel:\n  A: '?*'",
        &[(&[("A", "")], false), (&[("A", "x")], true), (&[], false)],
    );
}

#[test]
fn lists_are_or_and_maps_are_and() {
    check(
        "sel:\n  A: [x, y]\n  B: z",
        &[
            (&[("A", "y"), ("B", "z")], true),
            (&[("A", "y")], false),
            (&[("A", "q"), ("A", "x"), ("B", "z")], true),
        ],
    );
    check(
        "sel:\n  - A: x\n  - B: y\n    C: z",
        &[
            (&[("A", "x")], true),
            (&[("B", "y")], false),
            (&[("B", "y"), ("C", "z")], true),
        ],
    );
    check(
        "sel:\n  A|contains|all: [x, y]",
        &[(&[("A", "yx")], true), (&[("A", "xx")], false)],
    );
    check(
        "sel:\n  A|all: ['*x*', '*y*']",
        &[(&[("A", "yx")], true), (&[("A", "xx")], false)],
    );
}

#[test]
fn words_without_a_field_are_searched_anywhere() {
    check(
        "sel: [alpha, 'be*ta']",
        &[
            (&[("A", "xALPHAx")], true),
            (&[("A", "al"), ("B", "pha")], false),
            (&[("Z", "beXta")], true),
        ],
    );
    check(
        "sel:\n  '|all': [alpha, beta]",
        &[
            (&[("A", "alpha"), ("B", "beta")], true),
            (&[("A", "alpha")], false),
        ],
    );
}

#[test]
fn modifiers_say_where_and_how() {
    check(
        "sel:\n  A|startswith: 'ab'",
        &[(&[("A", "abc")], true), (&[("A", "cab")], false)],
    );
    check(
        "sel:\n  A|endswith: 'ab'",
        &[(&[("A", "cab")], true), (&[("A", "abc")], false)],
    );
    check(
        "sel:\n  A|contains: 'a*b'",
        &[(&[("A", "xaYbx")], true), (&[("A", "ba")], false)],
    );
    check(
        "sel:\n  A|contains: '\\*'",
        &[(&[("A", "a*b")], true), (&[("A", "ab")], false)],
    );
    check(
        "sel:\n  A|re: '^a.c$'",
        &[
            (&[("A", "abc")], true),
            (&[("A", "ABC")], false),
            (&[("A", "xabc")], false),
        ],
    );
    check(
        "sel:\n  A|re|i: 'a.c'",
        &[(&[("A", "xABCx")], true), (&[("A", "ab")], false)],
    );
    check("sel:\n  A|re|s: 'a.c'", &[(&[("A", "a\nc")], true)]);
    check("sel:\n  A|re|m: '^c$'", &[(&[("A", "a\nc")], true)]);
    check(
        "sel:\n  A|cidr: ['10.0.0.0/8', 'fe80::/10']",
        &[
            (&[("A", "10.2.3.4")], true),
            (&[("A", "fe80::1")], true),
            (&[("A", "11.0.0.1")], false),
            (&[("A", "x")], false),
        ],
    );
    check(
        "sel:\n  A|windash|contains: ' -enc '",
        &[
            (&[("A", "x /ENC y")], true),
            (&[("A", "x –enc y")], true),
            (&[("A", "x +enc y")], false),
        ],
    );
    check(
        "sel:\n  A|windash|contains|all: [' -f', ' -a -b']",
        &[(&[("A", "x /f –a /b")], true), (&[("A", "x /f")], false)],
    );
    check(
        "sel:\n  A|base64offset|contains: 'http://'",
        &[
            (&[("A", "xxaHR0cDovLyz")], true),
            (&[("A", "Zodh0dHA6Ly")], true),
            (&[("A", "http://")], false),
        ],
    );
    check(
        "sel:\n  A|wide|base64offset|contains: 'IEX'",
        &[(&[("A", "SQBFAFgA")], true), (&[("A", "SUVY")], false)],
    );
    check(
        "sel:\n  A|utf16be|base64: 'IEX'",
        &[(&[("A", "AEkARQBY")], true)],
    );
    check(
        "sel:\n  A|utf16|base64: 'IEX'",
        &[(&[("A", "//5JAEUAWAA=")], true)],
    );
    check(
        "sel:\n  A|fieldref: B",
        &[
            (&[("A", "x"), ("B", "X")], true),
            (&[("A", "x"), ("B", "y")], false),
            (&[("A", "x")], false),
        ],
    );
    check(
        "sel:\n  A|fieldref|endswith: B",
        &[
            (&[("A", "xy"), ("B", "Y")], true),
            (&[("A", "xy"), ("B", "x")], false),
        ],
    );
    check(
        "sel:\n  A|gte: 10",
        &[
            (&[("A", "10")], true),
            (&[("A", "9")], false),
            (&[("A", "0x10")], true),
            (&[("A", "x")], false),
        ],
    );
    check(
        "sel:\n  A|lt: 1.5",
        &[(&[("A", "1")], true), (&[("A", "2")], false), (&[], false)],
    );
    check(
        "sel:\n  A|exists: true",
        &[(&[("A", "")], true), (&[], false)],
    );
    check(
        "sel:\n  A|exists: false",
        &[(&[("A", "")], false), (&[], true)],
    );
    check(
        "sel:\n  A|neq: x",
        &[(&[("A", "x")], false), (&[("A", "y")], true)],
    );
    check(
        "sel:\n  A|hour|gte: 22",
        &[
            (&[("A", "2024-01-01T23:00:00Z")], true),
            (&[("A", "2024-01-01T03:00:00Z")], false),
        ],
    );
    check(
        "sel:\n  A|year: 2024",
        &[(&[("A", "2024-01-01T23:00:00Z")], true)],
    );
}

#[test]
fn filters_of_a_rule_that_ask_for_what_is_not_there_do_not_hold() {
    check(
        "sel:\n  A: x\nfilter:\n  B|contains: y\ncondition: sel and not filter",
        &[(&[("A", "x")], true), (&[("A", "x"), ("B", "xyz")], false)],
    );
    check(
        "a1:\n  A: x\na2:\n  B: x\na3:\n  C: x\ncondition: 2 of a*",
        &[(&[("A", "x"), ("C", "x")], true), (&[("A", "x")], false)],
    );
    check(
        "sel:\n  A: x\ncondition:\n  - sel\n  - not sel",
        &[(&[], true), (&[("A", "x")], true)],
    );
}

#[test]
fn a_scratch_that_was_used_for_other_rules_changes_nothing() {
    let (rules_a, _) = rules(&with("sel:\n  A: x\n  B|re: 'y+'\ncondition: sel"), &[]);
    let (rules_b, _) = rules(&with("sel:\n  B|contains: [q, y]\ncondition: not sel"), &[]);
    let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
    let sources = [
        rules_a.source(Some("p"), None, None),
        rules_b.source(Some("p"), None, None),
    ];
    let records: [&[(&str, &str)]; 3] = [&[("A", "x"), ("B", "yy")], &[("B", "z")], &[]];
    let mut seen = Vec::new();
    for _ in 0..3 {
        for record in records {
            for (rules, source) in [&rules_a, &rules_b].into_iter().zip(&sources) {
                rules.evaluate(source, &Fields(record), &mut scratch, &mut hits);
                seen.push(hits.len());
            }
        }
    }
    assert_eq!(seen, [1, 0, 0, 1, 0, 1].repeat(3));
}

#[test]
fn numbers_are_compared_exactly() {
    check(
        "sel:\n  A|gt: 9007199254740992",
        &[
            (&[("A", "9007199254740993")], true),
            (&[("A", "9007199254740992")], false),
            (&[("A", "9007199254740992.5")], true),
            (&[("A", "0x20000000000001")], true),
            (&[("A", "-9007199254740993")], false),
        ],
    );
    check(
        "sel:\n  A|lte: -0.5",
        &[(&[("A", "-0.25")], false), (&[("A", "-0.5")], true)],
    );
}
