//! What is wrong with a rule costs that rule, and is told with line and reason. Hostile rules are bounded.

use tegakari_sigma::{Pipeline, RuleFile, RuleSet};

use crate::detections::{matching, rules, with};

#[test]
fn a_broken_rule_is_told_with_its_line_and_the_others_are_used() {
    let good = with("sel:\n  A: x\ncondition: sel");
    for (bad, line, reason) in [
        (
            with("sel:\n  A|nonsense: x\ncondition: sel"),
            6,
            "the modifier \"nonsense\" is not known",
        ),
        (
            with("sel:\n  A: x\ncondition: sel and other"),
            7,
            "which is no search of the rule",
        ),
        (with("sel:\n  A: x"), 5, "there is no condition"),
        (
            with("sel:\n  A|re: '(a'\ncondition: sel"),
            6,
            "the regular expression cannot be used",
        ),
        (
            with("sel:\n  A|re: '(?=a)b'\ncondition: sel"),
            6,
            "look-around",
        ),
        (
            with("sel:\n  A|re: '((a{1,999}){1,999}){1,999}'\ncondition: sel"),
            6,
            "multiply",
        ),
        (
            with("sel:\n  A|cidr: nowhere\ncondition: sel"),
            6,
            "is not a network",
        ),
        (
            with("sel:\n  A|gt: many\ncondition: sel"),
            6,
            "is not a number",
        ),
        (
            with("sel:\n  A|base64: 'a*'\ncondition: sel"),
            6,
            "wildcards",
        ),
        (
            with("sel:\n  A|startswith|endswith: a\ncondition: sel"),
            6,
            "exclude each other",
        ),
        (
            with("sel:\n  A|contains: null\ncondition: sel"),
            6,
            "null cannot be searched",
        ),
        (
            with("sel:\n  A: [x, [y]]\ncondition: sel"),
            6,
            "neither text nor number",
        ),
        (with("sel: []\ncondition: sel"), 5, "a search is empty"),
        (
            with("sel:\n  A: x\n  A: y\ncondition: sel"),
            7,
            "stands twice",
        ),
        (
            "title: t\ndetection:\n  sel: x\n  condition: sel\n".to_owned(),
            1,
            "there is no logsource",
        ),
        ("- a\n- b\n".to_owned(), 1, "this is no rule"),
        ("title: t\nlevel: enormous\n".to_owned(), 2, "the level"),
        ("a: *b\n".to_owned(), 1, "YAML"),
    ] {
        let files = [
            RuleFile {
                name: "bad.yml",
                text: bad.as_bytes(),
            },
            RuleFile {
                name: "good.yml",
                text: good.as_bytes(),
            },
        ];
        let mut problems = Vec::new();
        let set = RuleSet::compile(&files, &[], &mut problems);
        assert_eq!(set.rules().len(), 1, "{bad}\n{problems:#?}");
        assert_eq!(problems.len(), 1, "{bad}\n{problems:#?}");
        assert!(problems[0].what.contains(reason), "{bad}\n{problems:#?}");
        assert_eq!(
            problems[0].place,
            format!("bad.yml:{line}"),
            "{bad}\n{problems:#?}"
        );
    }
}

#[test]
fn hostile_files_end_with_a_reason() {
    let bomb = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let before = n - 1;
        format!("{text}a{n}: &a{n} [*a{before}, *a{before}]\n")
    });
    let many: String = (0..220_000).map(|n| format!("    - v{n}\n")).collect();
    let nested =
        |n: usize| format!("title: t\nx: {}{}\n", "[".repeat(n), "]".repeat(n)).into_bytes();
    for (text, reason) in [
        (bomb.into_bytes(), "nodes"),
        (
            with(&format!("sel:\n  A:\n{many}condition: sel")).into_bytes(),
            "nodes",
        ),
        (nested(100), "nested deeper"),
        (nested(5000), "limit"),
        (vec![b'a'; 5 << 20], "larger than 4 MiB"),
        (b"title: \xff\xfe".to_vec(), "not UTF-8"),
        (
            with(&format!(
                "sel:\n  A: x\ncondition: {}sel",
                "not ".repeat(1000)
            ))
            .into_bytes(),
            "nested deeper",
        ),
        (
            with(&format!(
                "sel:\n  A|re: '{}a{}'\ncondition: sel",
                "(".repeat(500),
                ")".repeat(500)
            ))
            .into_bytes(),
            "expression",
        ),
    ] {
        let mut problems = Vec::new();
        let file = RuleFile {
            name: "h.yml",
            text: &text,
        };
        let set = RuleSet::compile(&[file], &[], &mut problems);
        assert!(set.rules().is_empty(), "{reason}");
        assert!(
            problems.iter().any(|p| p.what.contains(reason)),
            "{reason}: {problems:#?}"
        );
    }
}

#[test]
fn any_cut_or_changed_byte_of_a_rule_does_no_harm() {
    let whole = with(
        "sel:\n  - A|windash|contains|all: ['a -b', '*c?']\n  - B|re: 'x{2}'\nk: [y]\ncondition: 1 of sel or not k",
    );
    for at in 0..whole.len() {
        for byte in [b'\0', b'*', b'|', b':', b'\'', 0xff] {
            let mut text = whole.clone().into_bytes();
            text[at] = byte;
            let mut problems = Vec::new();
            let set = RuleSet::compile(
                &[RuleFile {
                    name: "f",
                    text: &text,
                }],
                &[],
                &mut problems,
            );
            assert!(
                set.rules().len() == 1 || !problems.is_empty(),
                "{}",
                String::from_utf8_lossy(&text)
            );
            matching(&set, &[("A", "a -b c"), ("B", "xx")]);
        }
        let mut problems = Vec::new();
        RuleSet::compile(
            &[RuleFile {
                name: "f",
                text: &whole.as_bytes()[..at],
            }],
            &[],
            &mut problems,
        );
    }
}

#[test]
fn several_documents_and_collections_are_put_together() {
    let text = "action: global\ntitle: g\nlogsource:\n  product: p\ndetection:\n  condition: sel\n---\ndetection:\n  sel:\n    A: x\n---\naction: repeat\ntitle: again\ndetection:\n  sel:\n    A: y\n---\naction: reset\n---\n".to_owned()
        + &with("sel:\n  A: z\ncondition: sel");
    let (set, problems) = rules(&text, &[]);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(matching(&set, &[("A", "x")]), ["g"]);
    assert_eq!(matching(&set, &[("A", "y")]), ["again"]);
    assert_eq!(matching(&set, &[("A", "z")]), ["t"]);
}

#[test]
fn filters_of_others_are_added_to_the_rules_that_they_name() {
    let rule = "title: r\nid: i1\nlogsource:\n  product: p\ndetection:\n  sel:\n    A: x\n  condition: sel\n---\n";
    let filter = "title: f\nlogsource:\n  product: p\nfilter:\n  rules: [i1]\n  ours:\n    User|startswith: adm_\n  condition: not ours\n";
    let (set, problems) = rules(&format!("{rule}{filter}"), &[]);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(matching(&set, &[("A", "x"), ("User", "bob")]).len(), 1);
    assert_eq!(matching(&set, &[("A", "x"), ("User", "ADM_bob")]).len(), 0);
    assert_eq!(set.rules()[0].fields, ["A", "User"]);
    let (_, problems) = rules(&format!("{rule}{}", filter.replace("i1", "i2")), &[]);
    assert!(problems[0].what.contains("for no rule"), "{problems:#?}");
}

#[test]
fn pipelines_change_names_conditions_and_placeholders() {
    let text = "name: ours\npriority: 10\nvars:\n  admins: [adm_a, adm_b]\ntransformations:\n- type: field_name_mapping\n  mapping:\n    A: [A1, A2]\n  rule_conditions:\n  - type: logsource\n    product: p\n- type: add_condition\n  conditions:\n    Kind: [1, 2]\n- type: value_placeholders\n- type: field_name_prefix\n  prefix: 'n.'\n  field_name_conditions:\n  - type: include_fields\n    fields: [Kind]\n";
    let mut problems = Vec::new();
    let file = RuleFile {
        name: "p.yml",
        text: text.as_bytes(),
    };
    let pipeline = Pipeline::read(&file, &mut problems).expect("a pipeline");
    let (set, problems) = rules(
        &with("sel:\n  A|contains: x\n  User|expand: '%admins%'\ncondition: sel"),
        &[pipeline],
    );
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(set.rules()[0].fields, ["A1", "A2", "User", "n.Kind"]);
    for (fields, expect) in [
        ([("A1", "x"), ("User", "adm_b"), ("n.Kind", "2")], 1),
        ([("A2", "x"), ("User", "adm_a"), ("n.Kind", "1")], 1),
        ([("A2", "x"), ("User", "adm_c"), ("n.Kind", "1")], 0),
        ([("A2", "x"), ("User", "adm_a"), ("n.Kind", "3")], 0),
    ] {
        assert_eq!(matching(&set, &fields).len(), expect, "{fields:?}");
    }
    for (text, reason) in [
        (
            "transformations:\n- type: set_state\n  key: a\n",
            "\"set_state\" is not supported",
        ),
        (
            "transformations:\n- type: drop_detection_item\n  rule_conditions:\n  - type: processing_state\n",
            "processing_state",
        ),
        ("postprocessing: []\n", "postprocessing"),
        ("transformations: x\n", "are a list"),
    ] {
        let mut problems = Vec::new();
        let file = RuleFile {
            name: "p.yml",
            text: text.as_bytes(),
        };
        assert!(Pipeline::read(&file, &mut problems).is_none());
        assert!(problems[0].what.contains(reason), "{problems:#?}");
    }
}

#[test]
fn placeholders_without_values_never_match_and_are_told() {
    let (set, problems) = rules(
        &with("sel:\n  A: x\nf:\n  A|expand: '%known%'\ncondition: sel and not f"),
        &[],
    );
    assert_eq!(matching(&set, &[("A", "x")]).len(), 1);
    assert!(problems[0].what.contains("%known%"), "{problems:#?}");
}

#[test]
fn what_can_never_match_and_a_file_without_a_rule_are_told() {
    for never in [
        "sel:\n  A: x\ncondition: sel and not sel",
        "sel:\n  A: null\n  A|contains: x\ncondition: sel",
        "a:\n  A|exists: false\nb:\n  A|gt: 3\ncondition: a and b",
        "a:\n  A: x\nb:\n  B: y\ncondition: (a and not a) or (b and not b)",
    ] {
        let (set, problems) = rules(&with(never), &[]);
        assert!(set.rules().is_empty(), "{never}");
        assert!(
            problems[0].what.contains("contradicts itself"),
            "{problems:#?}"
        );
    }
    // A field may have two values, and what is negated may be another search.
    for fine in [
        "a:\n  A: x\nb:\n  A: y\ncondition: a and b",
        "a:\n  A: x\nb:\n  A: y\ncondition: a and not b",
        "sel:\n  A: null\n  B|contains: x\ncondition: sel",
    ] {
        let (set, problems) = rules(&with(fine), &[]);
        assert!(
            set.rules().len() == 1 && problems.is_empty(),
            "{fine} {problems:#?}"
        );
    }
    for empty in [
        "",
        "# nothing\n",
        "---\n---\n",
        "action: global\ntitle: t\n",
    ] {
        let (set, problems) = rules(empty, &[]);
        assert!(set.rules().is_empty());
        assert!(
            problems[0].what.contains("no rule in the file"),
            "{empty:?} {problems:#?}"
        );
        assert_eq!(problems[0].place, "t.yml:1");
    }
}

#[test]
fn expressions_have_an_end_to_their_work_on_one_record() {
    // Twenty thousand steps for a byte: sixteen kilobytes of it are three hundred million.
    let (set, problems) = rules(
        &with("sel:\n  A|re: '(x[a-z]{1,100}){200}z'\ncondition: sel"),
        &[],
    );
    assert!(problems.is_empty(), "{problems:#?}");
    let source = set.source(Some("p"), None, None);
    let mut scratch = tegakari_sigma::Scratch::default();
    let mut hits = Vec::new();
    let value = "xa".repeat(8000);
    let one = [("A", value.as_str())];
    let many: Vec<(&str, &str)> = (0..200).map(|_| ("A", value.as_str())).collect();
    let mut ask = |fields: &[(&str, &str)]| {
        set.evaluate(&source, &Lists(fields), &mut scratch, &mut hits);
        (hits.len(), scratch.is_cut_short())
    };
    assert_eq!(ask(&many), (0, true));
    // It is the record that is too much, and the next one is asked anew.
    assert_eq!(ask(&[("A", "short")]), (0, false));
    assert_eq!(ask(&one[..0]), (0, false));
    // An expression of the size of public rules goes through the same record.
    let (set, _) = rules(&with("sel:\n  A|re: 'x[a-z]{1,20}z$'\ncondition: sel"), &[]);
    let source = set.source(Some("p"), None, None);
    set.evaluate(&source, &Lists(&many), &mut scratch, &mut hits);
    assert_eq!((hits.len(), scratch.is_cut_short()), (0, false));
}

/// Fields of which a name that comes again is a list.
struct Lists<'a>(&'a [(&'a str, &'a str)]);

impl tegakari_sigma::Record for Lists<'_> {
    fn field(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| std::borrow::Cow::Borrowed(*value))
    }

    fn each_value(&self, name: &str, f: &mut dyn FnMut(&str)) {
        self.0
            .iter()
            .filter(|(known, _)| *known == name)
            .for_each(|(_, value)| f(value));
    }

    fn each_text(&self, f: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(_, value)| f(value));
    }
}
