//! What programs take without a word and then do nothing with: each trap by its number in docs/blocking.md. Those
//! that need the program to show themselves are in `real_programs` (1, 2, 3, 4, 5, 9, 10, and 13 at every resolver and proxy).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tegakari_export::{Context, formats};
use tegakari_model::{BlockEntry, BlockPlan, Indicator, Observable, ObservableKind as K, Scope};

fn plan(values: &[(K, &str, Scope)]) -> BlockPlan {
    let mut entries: Vec<BlockEntry> = values
        .iter()
        .map(|(kind, value, scope)| BlockEntry {
            indicator: Indicator::new(Observable::new(*kind, value).unwrap()),
            scope: *scope,
            expires: None,
            annotations: Vec::new(),
        })
        .collect();
    entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
    BlockPlan {
        entries,
        held_back: Vec::new(),
    }
}

fn text(id: &str, plan: &BlockPlan) -> String {
    let mut out = Vec::new();
    let format = formats::by_id(id).unwrap();
    format.write(plan, &Context::new("0"), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything but comments.
fn body(id: &str, plan: &BlockPlan) -> Vec<String> {
    text(id, plan)
        .lines()
        .filter(|line| !line.starts_with(['#', '!', ';']) && !line.starts_with("//"))
        .map(str::to_owned)
        .collect()
}

const NAME_LISTS: [&str; 12] = [
    "hosts",
    "rpz",
    "unbound",
    "dnsmasq",
    "adblock",
    "squid-domains",
    "haproxy-trees",
    "nginx-map",
    "suricata",
    "fortigate-domain",
    "firepower-domain",
    "zeek",
];

#[test]
fn traps_1_and_2_hashes_and_names_are_lower_case_in_every_form() {
    let plan = plan(&[
        (K::Domain, "EVIL-C2.com", Scope::Tree),
        (K::Md5, "5D41402ABC4B2A76B9719D911017C592", Scope::Exact),
        (K::Ja3, "E7D705A3286E19EA42F587B344EE6865", Scope::Exact),
    ]);
    for format in formats::ALL {
        let text = text(format.id(), &plan);
        assert!(!text.contains("EVIL"), "{}", format.id());
        // Sysmon itself writes hashes in upper case.
        assert!(
            !text.contains("5D41") || format.id() == "sysmon",
            "{}",
            format.id()
        );
        assert!(!text.contains("E7D7"), "{}", format.id());
    }
}

#[test]
fn trap_3_a_reputation_is_never_above_127() {
    let plan = plan(&[(K::Ipv4, "45.9.148.7", Scope::Exact)]);
    assert_eq!(body("suricata-iprep", &plan), ["45.9.148.7,1,127"]);
}

#[test]
fn trap_4_no_owner_in_a_policy_zone_ends_with_a_dot() {
    let plan = plan(&[(K::Domain, "evil-c2.com.", Scope::Tree)]);
    let owners: Vec<String> = body("rpz", &plan).into_iter().skip(3).collect();
    assert_eq!(
        owners,
        ["evil-c2.com IN CNAME .", "*.evil-c2.com IN CNAME ."]
    );
}

#[test]
fn trap_5_a_name_is_written_as_it_goes_over_the_wire() {
    let plan = plan(&[(K::Domain, "日本-evil.jp", Scope::Tree)]);
    for id in NAME_LISTS {
        let text = body(id, &plan).join("\n");
        assert!(text.is_ascii() && text.contains("xn--"), "{id}: {text}");
    }
}

#[test]
fn trap_6_a_name_with_an_empty_label_is_on_no_list() {
    assert!(Observable::new(K::Domain, "a..b-evil.com").is_err());
    // What a database or file says to be a domain is checked again when it is written.
    let long = format!("{}.com", "a".repeat(64));
    if let Ok(name) = Observable::new(K::Domain, &long) {
        let mut plan = plan(&[(K::Domain, "x.com", Scope::Tree)]);
        plan.entries[0].indicator = Indicator::new(name);
        for id in NAME_LISTS {
            assert!(!body(id, &plan).join("\n").contains("aaaa"), "{id}");
        }
    }
}

/// Knot Resolver passes over records that it does not know, so the zone has one kind of record only.
#[test]
fn trap_7_a_policy_zone_has_one_kind_of_record() {
    let plan = plan(&[
        (K::Domain, "evil-c2.com", Scope::Tree),
        (K::Domain, "single-c2.com", Scope::Exact),
        (K::Ipv4, "45.9.148.7", Scope::Exact),
    ]);
    for line in body("rpz", &plan).into_iter().skip(3) {
        assert!(line.ends_with(" IN CNAME ."), "{line}");
    }
}

/// ClamAV passes over rules of YARA that use a module and calls the file clean: it gets signatures of its own, and the
/// rules say for whom they are not.
#[test]
fn trap_8_rules_with_a_module_are_not_for_clamav() {
    let plan = plan(&[(K::Md5, "5d41402abc4b2a76b9719d911017c592", Scope::Exact)]);
    assert!(text("yara", &plan).contains("import \"hash\""));
    assert!(!text("clamav-hdb", &plan).contains("import"));
    let yara = formats::by_id("yara").unwrap();
    let written = yara
        .write(&plan, &Context::new("0"), &mut Vec::new())
        .unwrap();
    assert!(
        written
            .notes
            .iter()
            .any(|note| note.contains("not for ClamAV"))
    );
}

#[test]
fn trap_9_every_signature_of_unknown_size_names_its_level() {
    let plan = plan(&[
        (K::Md5, "5d41402abc4b2a76b9719d911017c592", Scope::Exact),
        (
            K::Sha1,
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            Scope::Exact,
        ),
    ]);
    for id in ["clamav-hdb", "clamav-hsb"] {
        let lines = body(id, &plan);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].contains(":*:") && lines[0].ends_with(":73"),
            "{lines:?}"
        );
    }
}

/// `nft` fails on large sets only without real rights: the tests of the programs run as root in a namespace, and 100,000
/// entries load there. Nothing in the list is to be changed for it: one set a family holds them all.
#[test]
fn trap_11_nft_gets_one_set_a_family() {
    let plan = plan(&[
        (K::Ipv4, "45.9.148.7", Scope::Exact),
        (K::Ipv6, "2a00:1::1", Scope::Exact),
    ]);
    let sets = body("nftables", &plan)
        .iter()
        .filter(|l| l.contains("\tset "))
        .count();
    assert_eq!(sets, 2);
}

#[test]
fn trap_12_ipset_says_how_many_it_holds() {
    let plan = plan(&[(K::Ipv4, "45.9.148.7", Scope::Exact)]);
    let creates: Vec<String> = body("ipset", &plan)
        .into_iter()
        .filter(|line| line.starts_with("create "))
        .collect();
    assert_eq!(creates.len(), 4);
    for line in creates {
        let most = line
            .split(" maxelem ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert!(most.parse::<u32>().unwrap() > 65_536, "{line}");
    }
}

/// How far an entry reaches is written where the form can say it; where it cannot, it is told, and never reaches further.
#[test]
fn trap_13_a_tree_is_closed_and_a_single_name_is_not_a_tree() {
    let tree = plan(&[(K::Domain, "evil-c2.com", Scope::Tree)]);
    let single = plan(&[(K::Domain, "evil-c2.com", Scope::Exact)]);
    for (id, want) in [
        ("squid-domains", ".evil-c2.com"),
        ("nginx-map", ".evil-c2.com 1;"),
        ("dnsmasq", "local=/evil-c2.com/"),
        ("adblock", "||evil-c2.com^"),
        ("haproxy-trees", ".evil-c2.com"),
    ] {
        assert!(body(id, &tree).iter().any(|line| line == want), "{id}");
        assert!(!body(id, &single).iter().any(|line| line == want), "{id}");
    }
    for id in ["hosts", "zeek", "suricata-datasets"] {
        let format = formats::by_id(id).unwrap();
        let notes = |plan| {
            format
                .write(plan, &Context::new("0"), &mut Vec::new())
                .unwrap()
                .notes
        };
        assert!(
            notes(&tree)
                .iter()
                .any(|note| note.contains("stay reachable")),
            "{id}"
        );
        assert!(notes(&single).is_empty(), "{id}");
    }
    // Targets that close every tree do not get single names.
    for id in ["firepower-domain", "umbrella"] {
        assert!(!body(id, &single).join("").contains("evil-c2"), "{id}");
    }
}

/// Checkers that print a fault and exit 0 (trap 14) do not judge these lists; trap 15 is of an environment of Python. What can be
/// held here: a value that such a checker lets pass (`999.1.1.1`) never becomes an observable.
#[test]
fn traps_14_and_15_what_no_checker_catches_is_no_observable() {
    for (kind, value) in [
        (K::Ipv4, "999.1.1.1"),
        (K::Ipv4, "1.2.3"),
        (K::Cidr, "45.9.149.0/99"),
        (K::Sha256, "abc"),
        (K::Domain, "-"),
    ] {
        assert!(Observable::new(kind, value).is_err(), "{value}");
    }
}
