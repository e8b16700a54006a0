//! What is known about a value, a name, a technique, a machine.

use crate::{BlockBasis, Decision, Store};
use tegakari_model::*;

use super::sample::{self, cite, domain, mention, noon, observable, store};

fn filled() -> (Store, Report, HuntResult) {
    let mut store = store();
    let report = sample::report("one");
    let hunt = sample::hunt("one", &report);
    store.save_report(&report, noon()).unwrap();
    store.save_hunt(&hunt, noon()).unwrap();
    store
        .save_assessment(&sample::assessment("one", &hunt), noon())
        .unwrap();
    let basis = BlockBasis::new(vec![report.id.clone()], Some(hunt.id.clone()));
    store
        .save_block(&basis, &sample::plan(&report), noon())
        .unwrap();
    (store, report, hunt)
}

#[test]
fn a_value_is_told_with_reports_findings_and_decisions() {
    let (store, report, hunt) = filled();
    let about = store.about_value(&domain("C2.evil.example.")).unwrap();
    assert_eq!(about.values, [domain("c2.evil.example")]);
    assert_eq!(about.mentions.len(), 1);
    assert_eq!(about.mentions[0].report.id, report.id);
    assert_eq!(about.mentions[0].mention, report.mentions[0]);
    assert_eq!(about.findings.len(), 1);
    assert_eq!(about.findings[0].hunt.id, hunt.id);
    assert_eq!(about.findings[0].finding, hunt.findings[0]);
    assert_eq!(about.blocks.len(), 1);
    assert!(matches!(&about.blocks[0].decision, Decision::HeldBack(held)
        if held.objections[0].kind == ObjectionKind::Popular));
    assert!(about.above.is_empty());
    let below: Vec<&str> = about.below.iter().map(|r| r.observable.value()).collect();
    assert_eq!(below, ["http://c2.evil.example/a?b=1"]);
}

#[test]
fn what_is_no_indicator_is_told_as_such() {
    let (store, _, _) = filled();
    let about = store.about_text("news.example").unwrap();
    assert_eq!(
        about.mentions[0].mention.disposition,
        Disposition::Reference
    );
    assert!(about.findings.is_empty() && about.blocks.is_empty());
}

#[test]
fn related_values_are_found_by_meaning() {
    let (store, report, _) = filled();
    let rows: &[(&str, &[&str], &[&str])] = &[
        // Asked about, what holds it, what is below it.
        (
            "evil.example",
            &[],
            &["c2.evil.example", "http://c2.evil.example/a?b=1"],
        ),
        ("x.c2.evil.example", &["c2.evil.example"], &[]),
        ("http://x.c2.evil.example/", &["c2.evil.example"], &[]),
        ("boss@c2.evil.example", &["c2.evil.example"], &[]),
        ("notc2.evil.example", &[], &[]),
        ("198.51.100.200", &["198.51.100.0/24"], &[]),
        (
            "http://198.51.100.7:81/x",
            &["198.51.100.7", "198.51.100.0/24"],
            &[],
        ),
        ("198.51.101.7", &[], &[]),
        ("sub.news.example", &[], &[]),
    ];
    for (asked, above, below) in rows {
        let about = store.about_text(asked).unwrap();
        let values = |list: &[crate::Related]| -> Vec<String> {
            assert!(list.iter().all(|one| one.reports == [report.id.clone()]));
            list.iter()
                .map(|one| one.observable.value().to_owned())
                .collect()
        };
        assert!(about.values.is_empty(), "{asked}");
        assert_eq!(values(&about.above), *above, "above {asked}");
        assert_eq!(values(&about.below), *below, "below {asked}");
        assert_eq!(about.is_empty(), above.is_empty() && below.is_empty());
    }
}

#[test]
fn a_file_is_found_by_hash_and_by_name_in_either_case() {
    let (store, report, _) = filled();
    for asked in [
        "71FEA034B422E4A17EBB06022532FDDE",
        "evil.EXE",
        "win.trojan.evil-1",
    ] {
        let about = store.about_text(asked).unwrap();
        assert_eq!(about.files.len(), 1, "{asked}");
        assert_eq!(about.files[0].file, report.files[0]);
    }
    // A domain is compared in its canonical form, a URL's path with its case.
    assert!(
        store
            .about_text("http://c2.evil.example/A?b=1")
            .unwrap()
            .values
            .is_empty()
    );
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let (store, report, _) = filled();
    for asked in [
        "lotusblossom",
        "LOTUS-BLOSSOM",
        "Lotus Blossum",
        "ロータスブロッサム",
        "ｌｏｔｕｓ　ｂｌｏｓｓｏｍ",
    ] {
        let about = store.about_name(asked).unwrap();
        assert_eq!(about.reports.len(), 1, "{asked}");
        assert_eq!(about.reports[0].name, report.names[0]);
    }
    let about = store.about_name("lotus blossom panda").unwrap();
    assert_eq!(about.weighed.len(), 1, "an alias of a hypothesis");
    assert_eq!(about.weighed[0].rank, 1);
    assert_eq!(about.weighed[0].likelihood, Likelihood::Likely);
    assert!(store.about_name("Lotus").unwrap().is_empty());
    assert!(store.about_name("").unwrap().is_empty());
}

#[test]
fn a_technique_is_found_by_itself_and_by_its_parent() {
    let (store, report, _) = filled();
    let find = |id| {
        store
            .about_technique(&TechniqueId::parse(id).unwrap())
            .unwrap()
            .reports
    };
    assert_eq!(find("T1566.001")[0].technique, report.techniques[0]);
    assert_eq!(find("T1566").len(), 1);
    for other in ["T1566.002", "T156", "T1567", "TA0001"] {
        if let Some(id) = TechniqueId::parse(other) {
            assert!(
                store.about_technique(&id).unwrap().reports.is_empty(),
                "{other}"
            );
        }
    }
}

#[test]
fn a_machine_is_told_with_everything_seen_on_it() {
    let (store, _, hunt) = filled();
    let about = store.about_asset("WS-1").unwrap();
    assert_eq!(about.sightings.len(), 1);
    assert_eq!(about.sightings[0].indicator, hunt.findings[0].indicator);
    assert_eq!(about.sightings[0].sighting, sample::sighting(Some("ws-1")));
    assert!(store.about_asset("srv-dark").unwrap().sightings.is_empty());
}

#[test]
fn all_indicators_are_merged_with_the_citations_of_every_report() {
    let mut store = store();
    let one = sample::report("one");
    let mut two = sample::report("two");
    two.mentions.truncate(1);
    two.mentions[0].role = IndicatorRole::Staging;
    two.mentions[0].labels = vec!["Another".to_owned()];
    two.mentions[0].first_seen = Some(sample::at("2025-01-01T00:00:00Z"));
    two.mentions[0].citations = vec![cite(&two.id, 99)];
    two.mentions.push(mention(
        &two.id,
        domain("news.example"),
        Disposition::Benign,
    ));
    // Saved in either order, the outcome is the same.
    let mut outcomes = Vec::new();
    for reports in [[&one, &two], [&two, &one]] {
        for report in reports {
            store.save_report(report, noon()).unwrap();
        }
        outcomes.push(store.all_indicators().unwrap());
        store = sample::store();
    }
    assert_eq!(outcomes[0], outcomes[1]);
    let all = &outcomes[0];
    assert_eq!(
        all.len(),
        5,
        "each value once, and none that is no indicator"
    );
    assert!(all.is_sorted_by_key(|one| one.observable.clone()));
    let c2 = all
        .iter()
        .find(|i| i.observable == domain("c2.evil.example"))
        .unwrap();
    assert_eq!(c2.citations.len(), 2);
    assert_eq!(c2.labels, ["Another", "Flagpro"]);
    assert_eq!(c2.valid_from, Some(sample::at("2025-01-01T00:00:00Z")));
    let first = if one.id < two.id {
        IndicatorRole::C2
    } else {
        IndicatorRole::Staging
    };
    assert_eq!(c2.role, first);
    assert_eq!(c2.id, Indicator::id_of(&domain("c2.evil.example")));
}

#[test]
fn hostile_text_is_only_text() {
    let mut store = store();
    let mut report = sample::report("'; DROP TABLE reports; --");
    report.title = Some("\0<script>\u{202e}=cmd|' /C calc'!A0\u{1b}]0;x\u{7}".to_owned());
    let name = "%'_\" *.exe";
    report.mentions.push(mention(
        &report.id,
        observable(ObservableKind::FileName, name),
        Disposition::Ioc,
    ));
    store.save_report(&report, noon()).unwrap();
    assert_eq!(store.report(&report.id).unwrap(), Some(report));
    assert_eq!(store.about_text(name).unwrap().mentions.len(), 1);
    for asked in ["%", "_", "'", "\0", "", "*", "' OR ''='"] {
        assert!(store.about_text(asked).unwrap().is_empty(), "{asked:?}");
    }
}
