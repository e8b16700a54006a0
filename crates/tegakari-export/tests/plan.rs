//! What is blocked and what is held back.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

use tegakari_export::{OwnAssets, Policy, plan, plan_with};
use tegakari_knowledge::Knowledge;
use tegakari_model::{
    Indicator, IndicatorRole, ObjectionKind as O, Observable, ObservableKind as K, Scope,
};

fn indicator(kind: K, value: &str) -> Indicator {
    Indicator::new(Observable::new(kind, value).unwrap())
}

fn own() -> OwnAssets {
    OwnAssets {
        names: vec!["ws-014.corp-inc.net".into()],
        addresses: vec!["45.9.148.1".parse().unwrap()],
        networks: vec!["45.10.0.0/16".parse().unwrap()],
        domains: vec!["our-house.org".into()],
    }
}

/// The scope of the entry, or the kinds of objections that hold the value back.
fn decide(knowledge: &Knowledge, kind: K, value: &str) -> Result<Scope, Vec<O>> {
    let plan = plan(&[indicator(kind, value)], &own(), knowledge);
    assert_eq!(plan.entries.len() + plan.held_back.len(), 1);
    match plan.entries.first() {
        Some(entry) => Ok(entry.scope),
        None => Err(plan.held_back[0]
            .objections
            .iter()
            .map(|o| o.kind)
            .collect()),
    }
}

#[test]
fn nobody_cuts_off_himself_or_everybody() {
    let knowledge = Knowledge::default();
    for (kind, value, want) in [
        (K::Domain, "evil-c2.com", Ok(Scope::Tree)),
        (K::Domain, "a.evil-c2.com", Ok(Scope::Tree)),
        (K::Domain, "evil.co.uk", Ok(Scope::Tree)),
        (K::Domain, "co.uk", Err(vec![O::PublicSuffix])),
        (K::Domain, "github.io", Err(vec![O::PublicSuffix])),
        (K::Domain, "our-house.org", Err(vec![O::OwnAsset])),
        (K::Domain, "x.our-house.org", Err(vec![O::OwnAsset])),
        (K::Domain, "corp-inc.net", Err(vec![O::OwnAsset])),
        (K::Domain, "not-our-house.org", Ok(Scope::Tree)),
        (K::Domain, "evil.example", Err(vec![O::Documentation])),
        (K::Ipv4, "45.9.148.1", Err(vec![O::OwnAsset])),
        (K::Ipv4, "45.10.3.4", Err(vec![O::OwnAsset])),
        (K::Ipv4, "45.9.148.2", Ok(Scope::Exact)),
        (K::Ipv4, "10.0.0.1", Err(vec![O::SpecialPurpose])),
        (K::Ipv4, "198.51.100.7", Err(vec![O::Documentation])),
        (K::Ipv6, "fe80::1", Err(vec![O::SpecialPurpose])),
        // By translation and 6to4 it leads to 45.9.148.1.
        (K::Ipv6, "64:ff9b::2d09:9401", Err(vec![O::OwnAsset])),
        (K::Ipv6, "2002:2d09:9401::1", Err(vec![O::OwnAsset])),
        (K::Ipv6, "64:ff9b::2d09:9402", Ok(Scope::Exact)),
        (K::Ipv6, "::ffff:10.0.0.1", Err(vec![O::SpecialPurpose])),
        (K::Cidr, "45.9.148.0/24", Err(vec![O::OwnAsset])),
        (K::Cidr, "45.11.0.0/15", Err(vec![O::OwnAsset, O::TooWide])),
        (K::Cidr, "45.12.0.0/16", Ok(Scope::Exact)),
        (K::Cidr, "2a00::/20", Err(vec![O::TooWide])),
        (K::Url, "http://our-house.org/x", Err(vec![O::OwnAsset])),
        (K::Url, "http://evil-c2.com/x", Ok(Scope::Exact)),
        (
            K::Md5,
            "d41d8cd98f00b204e9800998ecf8427e",
            Err(vec![O::CommonFile]),
        ),
        (K::Cve, "CVE-2024-1234", Err(vec![O::NotBlockable])),
        (K::FileName, "a.exe", Err(vec![O::NotBlockable])),
    ] {
        let mut got = decide(&knowledge, kind, value);
        let mut want = want;
        for side in [&mut got, &mut want] {
            if let Err(kinds) = side {
                kinds.sort();
                kinds.dedup();
            }
        }
        assert_eq!(got, want, "{value}");
    }
}

#[test]
fn what_a_source_says_of_validity_and_company_is_kept_to() {
    let knowledge = Knowledge::default();
    let time = |text: &str| text.parse::<tegakari_model::Timestamp>().unwrap();
    let policy = Policy {
        aging: Some(tegakari_export::Aging {
            lifetimes: tegakari_export::Lifetimes::default(),
            now: time("2026-11-28T00:00:00Z"),
            published: std::collections::BTreeMap::new(),
        }),
        ..Policy::default()
    };
    let of = |change: &dyn Fn(&mut Indicator)| {
        let mut one = indicator(K::Domain, "evil-c2.com");
        change(&mut one);
        let plan = plan_with(&[one], &OwnAssets::default(), &knowledge, &policy);
        match plan.entries.first() {
            Some(entry) => Ok(entry.expires.unwrap().to_string()),
            None => Err(plan.held_back[0].objections[0].kind),
        }
    };
    assert_eq!(
        of(&|_: &mut Indicator| ()),
        Ok("2027-11-28T00:00:00Z".to_owned())
    );
    let ends = |text: &'static str| {
        of(&move |i: &mut Indicator| i.not_after = Some(text.parse().unwrap()))
    };
    assert_eq!(ends("2026-11-20T00:00:00Z"), Err(O::Expired));
    assert_eq!(
        ends("2026-12-24T00:00:00Z"),
        Ok("2026-12-24T00:00:00Z".to_owned())
    );
    let begins = |text: &'static str| {
        of(&move |i: &mut Indicator| i.valid_from = Some(text.parse().unwrap()))
    };
    assert_eq!(begins("2027-06-12T00:00:00Z"), Err(O::NotYetValid));
    assert!(begins("2026-11-28T12:00:00Z").is_ok());
    let together = |i: &mut Indicator| i.only_with = vec!["ipv4 is 192.0.2.1".to_owned()];
    assert_eq!(of(&together), Err(O::OnlyTogether));
    // A second source that names it alone, and without an end.
    let mut one = indicator(K::Domain, "evil-c2.com");
    together(&mut one);
    one.not_after = Some(time("2026-11-20T00:00:00Z"));
    let both = [one, indicator(K::Domain, "evil-c2.com")];
    let plan = plan_with(&both, &OwnAssets::default(), &knowledge, &policy);
    assert_eq!(plan.entries.len(), 1, "{:?}", plan.held_back);
}

#[test]
fn a_landlord_is_held_back_and_his_tenant_is_not() {
    let knowledge = Knowledge::embedded();
    if knowledge.warning_lists().is_empty() {
        println!("SKIP: this build has no warning lists");
        return;
    }
    for (kind, value, blocked) in [
        (K::Ipv4, "8.8.8.8", false),
        (K::Ipv4, "1.1.1.1", false),
        (K::Domain, "google.com", false),
        (K::Domain, "www.google.com", false),
        (K::Domain, "github.com", false),
        (K::Domain, "evil-tenant-0815.github.io", true),
        (K::Domain, "evil-tenant-0815.workers.dev", true),
        (K::Url, "https://pastebin.com/raw/8pYAgF0Z", true),
        (K::Url, "https://google.com/", false),
    ] {
        let got = decide(knowledge, kind, value);
        assert_eq!(got.is_ok(), blocked, "{value}: {got:?}");
    }
}

#[test]
fn a_waived_objection_annotates() {
    let knowledge = Knowledge::default();
    let policy = Policy {
        waived: [O::Documentation, O::NotBlockable].into(),
        ..Policy::default()
    };
    let indicators = [
        indicator(K::Ipv4, "198.51.100.7"),
        indicator(K::FileName, "a.exe"),
    ];
    let plan = plan_with(&indicators, &own(), &knowledge, &policy);
    assert_eq!(plan.entries.len(), 1);
    assert_eq!(plan.entries[0].annotations[0].kind, O::Documentation);
    assert_eq!(
        plan.held_back.len(),
        1,
        "no list can block a file name, whatever is waived"
    );
}

#[test]
fn one_value_is_one_entry_whoever_names_it() {
    let mut first = indicator(K::Domain, "evil-c2.com");
    first.labels = vec!["B".into()];
    first.valid_from = Some("2025-02-01T00:00:00Z".parse().unwrap());
    let mut second = indicator(K::Domain, "evil-c2.com");
    second.labels = vec!["A".into(), "B".into()];
    second.role = IndicatorRole::C2;
    second.valid_from = Some("2025-01-01T00:00:00Z".parse().unwrap());
    let third = indicator(K::Ipv4, "45.9.148.2");
    let knowledge = Knowledge::default();
    let one = plan(
        &[first.clone(), second.clone(), third.clone()],
        &own(),
        &knowledge,
    );
    let two = plan(&[third, first, second], &own(), &knowledge);
    assert_eq!(one, two);
    assert_eq!(one.entries.len(), 2);
    let entry = &one.entries[1].indicator;
    assert_eq!(entry.labels, ["A", "B"]);
    assert_eq!(entry.role, IndicatorRole::C2);
    assert_eq!(
        entry.valid_from.unwrap().to_string(),
        "2025-01-01T00:00:00Z"
    );
}

/// Attribution never enters the decision: the compiler checks that planning takes indicators, own
/// assets, knowledge and policy, and nothing that could name an actor.
#[test]
fn planning_takes_no_assessment() {
    let _: fn(&[Indicator], &OwnAssets, &Knowledge) -> tegakari_model::BlockPlan = plan;
    let _: fn(&[Indicator], &OwnAssets, &Knowledge, &Policy) -> tegakari_model::BlockPlan =
        plan_with;
    let plain = indicator(K::Domain, "evil-c2.com");
    let mut named = plain.clone();
    named.labels = vec!["Lotus Blossom".into()];
    let knowledge = Knowledge::default();
    let decision = |i: Indicator| {
        let plan = plan(&[i], &OwnAssets::default(), &knowledge);
        (
            plan.entries.len(),
            plan.entries.first().map(|e| e.scope),
            plan.held_back.len(),
        )
    };
    assert_eq!(decision(plain), decision(named));
}

/// What a vendor published in five years is blocked, but for what no list should hold: the share that
/// is held back stays small, and every reason is told.
#[test]
fn published_indicators_are_mostly_blocked() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/talos-iocs"
    );
    let knowledge = Knowledge::embedded();
    if !std::path::Path::new(folder).is_dir() || knowledge.warning_lists().is_empty() {
        println!("SKIP: no shared data beside the repository, or no warning lists in this build");
        return;
    }
    let mut files = vec![std::path::PathBuf::from(folder)];
    let mut indicators = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "json") {
            let document = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let (bundle, _) = tegakari_stix::parse_bundle(&document);
            for (_, indicator) in bundle.indicators() {
                let groups = indicator.reading.groups.iter();
                indicators.extend(
                    groups
                        .flat_map(|g| g.observables.iter().cloned())
                        .map(Indicator::new),
                );
            }
        }
    }
    let plan = plan(&indicators, &OwnAssets::default(), knowledge);
    let of = |kind: K| {
        let entries: Vec<_> = plan
            .entries
            .iter()
            .filter(|e| e.indicator.observable.kind() == kind)
            .collect();
        let noted = entries.iter().filter(|e| !e.annotations.is_empty()).count();
        let held: Vec<_> = plan
            .held_back
            .iter()
            .filter(|h| h.indicator.observable.kind() == kind)
            .collect();
        for h in held.iter().take(12) {
            let o = &h.objections[0];
            println!(
                "  {} {:?} {} ({})",
                h.indicator.observable.defanged(),
                o.kind,
                o.source,
                o.matched
            );
        }
        println!(
            "{}: {} blocked, of these {noted} annotated; {} held back",
            kind.name(),
            entries.len(),
            held.len()
        );
        (entries.len(), held.len())
    };
    for kind in [K::Ipv4, K::Domain, K::Url, K::Sha256] {
        let (blocked, held) = of(kind);
        assert!(
            blocked > 100 && held * 20 <= blocked + held,
            "{}: {held} of {}",
            kind.name(),
            blocked + held
        );
    }
    assert!(plan.held_back.iter().all(|h| !h.objections.is_empty()));
}
