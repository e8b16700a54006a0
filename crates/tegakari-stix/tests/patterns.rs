//! The pattern parser: what it takes, what it refuses, what it reads out of a pattern.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

use proptest::prelude::*;
use tegakari_model::ObservableKind as K;
use tegakari_stix::pattern::{
    self, Comparison, Expression, Literal, MAX_DEPTH, ObjectPath, Observation, Operator, Pattern,
    Qualifier, Step,
};

#[test]
fn patterns_print_in_one_form() {
    for (text, want) in [
        (
            "[file:hashes.SHA256='ab']",
            Some("[file:hashes.SHA256 = 'ab']"),
        ),
        (
            "[file:hashes.'SHA-256' = 'ab']",
            Some("[file:hashes.'SHA-256' = 'ab']"),
        ),
        (
            "[file:hashes.SHA-256 == 'ab']",
            Some("[file:hashes.'SHA-256' = 'ab']"),
        ),
        (
            "[a:b = 1 OR a:b <> -2.5 AND a:c != true]",
            Some("[a:b = 1 OR a:b != -2.5 AND a:c != true]"),
        ),
        (
            "[(a:b = 1 OR a:b = 2) AND a:c >= 3]",
            Some("[(a:b = 1 OR a:b = 2) AND a:c >= 3]"),
        ),
        ("[a:b NOT IN ('x','y')]", Some("[a:b NOT IN ('x', 'y')]")),
        ("[EXISTS a:b]", Some("[EXISTS a:b]")),
        (
            "[a:b[*].c[0].'d e' LIKE '%x']",
            Some("[a:b[*].c[0].'d e' LIKE '%x']"),
        ),
        (
            "[a:b MATCHES '^x\\\\.y$']",
            Some("[a:b MATCHES '^x\\\\.y$']"),
        ),
        (
            "[a:b ISSUBSET '198.51.100.0/24']",
            Some("[a:b ISSUBSET '198.51.100.0/24']"),
        ),
        (
            "([a:b = 1] followedby [a:b = 2]) WITHIN 300 SECONDS",
            Some("([a:b = 1] FOLLOWEDBY [a:b = 2]) WITHIN 300 SECONDS"),
        ),
        (
            "[a:b = t'2025-01-01T00:00:00Z'] START t'2025-01-01T00:00:00Z' STOP '2025-02-01T00:00:00Z' REPEATS 5 TIMES",
            Some(
                "[a:b = t'2025-01-01T00:00:00Z'] START t'2025-01-01T00:00:00Z' STOP t'2025-02-01T00:00:00Z' REPEATS 5 TIMES",
            ),
        ),
        (
            "[a:b = h'4f0A' OR a:b = b'Zm9v']",
            Some("[a:b = h'4f0A' OR a:b = b'Zm9v']"),
        ),
        (
            "[a:b = 1] /* why */ AND [a:b = 2] // end",
            Some("[a:b = 1] AND [a:b = 2]"),
        ),
        (
            "[a:b = 'line\nbreak \\' \\\\ \\n']",
            Some("[a:b = 'line\nbreak \\' \\\\ \\\\n']"),
        ),
        ("[a:b = 'x'", None),
        ("[a:b = 'x]", None),
        ("[a:b 'x']", None),
        ("[a = 'x']", None),
        ("[a:b = 'x'] [a:b = 'y']", None),
        ("[a:b = 'x' AND]", None),
        ("[a:b IN 'x']", None),
        ("[a:b = t'yesterday']", None),
        ("a:b = 'x'", None),
        ("[]", None),
        ("", None),
        ("[a:b = 'é' AND a:ö = 1]", None),
    ] {
        let got = pattern::parse(text);
        assert_eq!(
            got.as_ref().ok().map(ToString::to_string).as_deref(),
            want,
            "{text}: {got:?}"
        );
    }
}

#[test]
fn nesting_is_bounded_and_length_is_not() {
    let nested = |n: usize| format!("[{}a:b = 1{}]", "(".repeat(n), ")".repeat(n));
    assert!(pattern::parse(&nested(MAX_DEPTH)).is_ok());
    let error = pattern::parse(&nested(100_000)).unwrap_err();
    // The parenthesis that is one too many has been taken when the parser stops.
    assert_eq!(error.at, MAX_DEPTH + 2);
    let long = format!("[{}]", vec!["a:b = 'x'"; 50_000].join(" OR "));
    assert_eq!(pattern::parse(&long).unwrap().comparisons().len(), 50_000);
}

fn read(text: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let reading = pattern::parse(text).unwrap().observables();
    let groups = reading
        .groups
        .iter()
        .map(|g| {
            g.observables
                .iter()
                .map(|o| format!("{} {}", o.kind().name(), o.value()))
                .collect()
        })
        .collect();
    (groups, reading.unread.into_iter().map(|u| u.why).collect())
}

#[test]
fn values_that_hold_together_stay_together() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    for (text, groups, unread) in [
        (format!("[file:hashes.MD5 = '{md5}' AND file:name = 'a.exe' AND file:size = 12]"), vec![vec![format!("md5 {md5}"), "file_name a.exe".into()]], 0),
        ("[domain-name:value IN ('a.example', 'b.example')]".into(), vec![vec!["domain a.example".to_owned()], vec!["domain b.example".into()]], 0),
        ("[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND network-traffic:dst_port = 443]".into(), vec![vec!["domain a.example".to_owned()], vec!["domain b.example".into()]], 0),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7']".into(), vec![vec!["ipv4 198.51.100.7".to_owned()]], 0),
        ("[domain-name:value != 'a.example']".into(), vec![], 1),
        ("[domain-name:value NOT IN ('a.example', 'b.example')]".into(), vec![], 1),
        ("[url:value LIKE 'http://a.example/%']".into(), vec![], 1),
        ("[url:value MATCHES '^http://a\\\\.example/x$']".into(), vec![vec!["url http://a.example/x".to_owned()]], 0),
        ("[url:value MATCHES '^http://a.+$']".into(), vec![], 1),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv4-addr:value = '198.51.100.1/32']".into(), vec![vec!["cidr 198.51.100.0/24".to_owned()], vec!["ipv4 198.51.100.1".into()]], 0),
        ("[url:value = 'a.example/x' OR url:value = 'b.example' OR url:value = '198.51.100.1:8080/y']".into(), vec![vec!["url http://a.example/x".to_owned()], vec!["domain b.example".into()], vec!["url http://198.51.100.1:8080/y".into()]], 0),
        ("[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\\\Temp']".into(), vec![vec!["file_name a.exe".to_owned(), "file_path C:\\Temp\\a.exe".into()]], 0),
        ("[email-message:from_ref.value = 'a@b.example' AND email-message:subject = 'hi']".into(), vec![vec!["email a@b.example".to_owned()]], 1),
        (format!("[file:hashes.'SHA-256' = '{md5}']"), vec![vec![format!("md5 {md5}")]], 0),
        ("[file:extensions.'windows-pebinary-ext'.sections[*].name = '.text' AND file:extensions.'windows-pebinary-ext'.sections[*].hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']".into(), vec![], 2),
        ("[x509-certificate:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']".into(), vec![], 1),
        ("[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'a.example']".into(), vec![vec!["domain a.example".to_owned()], vec!["domain a.example".into()]], 0),
    ] {
        let (got, why) = read(&text);
        assert_eq!(got, groups, "{text}");
        assert_eq!(why.len(), unread, "{text}: {why:?}");
    }
}

#[test]
fn a_file_is_described_only_when_two_things_are_said_of_it() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    let files = |text: String| -> Vec<bool> {
        let reading = pattern::parse(&text).unwrap().observables();
        reading.groups.iter().map(|g| g.file.is_some()).collect()
    };
    assert_eq!(files(format!("[file:hashes.MD5 = '{md5}']")), [false]);
    assert_eq!(
        files(format!("[file:hashes.MD5 = '{md5}' OR file:name = 'a']")),
        [false, false]
    );
    assert_eq!(
        files(format!("[file:hashes.MD5 = '{md5}' AND file:name = 'a']")),
        [true]
    );
}

#[test]
fn a_product_of_long_lists_is_read_as_single_values() {
    let names: Vec<String> = (0..700).map(|i| format!("'n{i}.example'")).collect();
    let list = names.join(", ");
    let text =
        format!("[domain-name:value IN ({list}) AND network-traffic:dst_ref.value IN ({list})]");
    let reading = pattern::parse(&text).unwrap().observables();
    // Both lists hold the same names, and a value is listed once.
    assert_eq!(reading.groups.len(), 700);
    assert!(reading.groups.iter().all(|g| g.observables.len() == 1));
    assert!(
        reading
            .groups
            .iter()
            .all(|g| g.observables[0].kind() == K::Domain)
    );
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,6}"
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::Text),
        "['\\\\\"\\r\\n\\[\\]() ]{0,8}".prop_map(Literal::Text),
        "-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,4})?".prop_map(Literal::Number),
        any::<bool>().prop_map(Literal::Bool),
        Just(Literal::Time("2025-03-04T01:57:43.120Z".to_owned())),
        "([0-9a-f]{2}){0,4}".prop_map(Literal::Hex),
        "[A-Za-z0-9+/]{0,8}={0,2}".prop_map(Literal::Binary),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let step = prop_oneof![
        any::<String>().prop_map(Step::Key),
        word().prop_map(Step::Key),
        "-?[0-9]{1,3}".prop_map(Step::Index),
        Just(Step::Every),
    ];
    let path = (
        "[a-z]{1,5}(-[a-z0-9]{1,4})?",
        any::<String>(),
        prop::collection::vec(step, 0..3),
    )
        .prop_map(|(object_type, first, mut steps)| {
            steps.insert(0, Step::Key(first));
            ObjectPath { object_type, steps }
        });
    let operator = prop_oneof![
        Just(Operator::Equal),
        Just(Operator::NotEqual),
        Just(Operator::Less),
        Just(Operator::GreaterOrEqual),
        Just(Operator::In),
        Just(Operator::Like),
        Just(Operator::Matches),
        Just(Operator::IsSubset),
        Just(Operator::IsSuperset),
        Just(Operator::Exists),
    ];
    (
        path,
        any::<bool>(),
        operator,
        prop::collection::vec(literal(), 1..4),
    )
        .prop_map(|(path, negated, operator, mut values)| {
            match operator {
                Operator::In => {}
                Operator::Exists => values.clear(),
                _ => values.truncate(1),
            }
            Comparison {
                path,
                negated,
                operator,
                values,
            }
        })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = comparison().prop_map(Expression::Comparison);
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::All),
            prop::collection::vec(inner, 2..4).prop_map(Expression::Any),
        ]
    })
}

fn observation() -> impl Strategy<Value = Observation> {
    let leaf = expression().prop_map(Observation::Event);
    leaf.prop_recursive(3, 8, 3, |inner| {
        let qualifier = prop_oneof![
            "[0-9]{1,4}".prop_map(Qualifier::Within),
            "[1-9]".prop_map(Qualifier::Repeats),
            Just(Qualifier::StartStop {
                start: "2025-01-01T00:00:00Z".to_owned(),
                stop: "2025-02-01T00:00:00Z".to_owned(),
            }),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Observation::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Observation::Any),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Observation::Sequence),
            (inner, prop::collection::vec(qualifier, 1..3)).prop_map(|(inner, qualifiers)| {
                Observation::Qualified {
                    inner: Box::new(inner),
                    qualifiers,
                }
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_tree(root in observation()) {
        let pattern = Pattern { root };
        let text = pattern.to_string();
        prop_assert_eq!(pattern::parse(&text), Ok(pattern), "{}", text);
    }

    #[test]
    fn any_value_survives_a_pattern(value in any::<String>()) {
        let pattern = Pattern {
            root: Observation::Event(Expression::Comparison(Comparison {
                path: ObjectPath { object_type: "url".into(), steps: vec![Step::Key("value".into())] },
                negated: false,
                operator: Operator::Equal,
                values: vec![Literal::Text(value.clone())],
            })),
        };
        let back = pattern::parse(&pattern.to_string()).unwrap();
        prop_assert_eq!(back.comparisons()[0].values[0].text(), value);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[\\[\\]()'\\\\:.,*=<>!a-zA-Z0-9 \\n/%\u{00e9}\u{3042}-]{0,60}") {
        if let Ok(pattern) = pattern::parse(&text) {
            pattern.observables();
            prop_assert_eq!(pattern::parse(&pattern.to_string()), Ok(pattern));
        }
    }
}
