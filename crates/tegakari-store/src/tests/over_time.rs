//! Histories of assessments, own clusters, and a database of the version before them.

use tegakari_model::{
    Asked, AssessmentDeed, AssessmentEvent, ClusterDeed, ClusterEvent, ClusterId, Country, Said,
    Statement, Timestamp,
};
use tempfile::tempdir;

use super::sample;
use crate::Store;

fn at(day: u8) -> Timestamp {
    format!("2025-03-{day:02}T12:00:00Z").parse().unwrap()
}

#[test]
fn a_case_keeps_all_its_assessments_and_events() {
    let mut store = Store::in_memory().unwrap();
    let hunt = sample::hunt("one", &sample::report("one"));
    let first = sample::assessment("first", &hunt);
    let second = sample::assessment("second", &hunt);
    assert_eq!(first.case(), second.case());
    store.save_assessment(&first, at(1)).unwrap();
    store.save_assessment(&second, at(2)).unwrap();
    let case = first.case();
    let all = store.assessments_of_case(&case).unwrap();
    assert_eq!(all, [(first.clone(), at(1)), (second.clone(), at(2))]);
    let [standing] = &store.standing_cases().unwrap()[..] else {
        panic!("one case");
    };
    assert_eq!(standing.assessment, second.id);
    assert_eq!((&standing.case, standing.since), (&case, at(2)));
    assert_eq!(
        (&standing.reports, &standing.hunt, standing.closed),
        (&second.reports, &second.hunt, false)
    );
    assert_eq!(store.open_cases().unwrap(), 1);
    let why = || "a reason".to_owned();
    let deeds = [
        AssessmentDeed::Closed { why: why() },
        AssessmentDeed::Reopened { why: why() },
        AssessmentDeed::Closed { why: why() },
    ];
    for (day, what) in (1..).zip(deeds) {
        let closed = matches!(what, AssessmentDeed::Closed { .. });
        let event = AssessmentEvent { at: at(day), what };
        store.add_assessment_event(&case, &event).unwrap();
        assert_eq!(store.is_closed(&case).unwrap(), closed);
    }
    assert_eq!(store.assessment_events(&case).unwrap().len(), 3);
    assert_eq!(store.open_cases().unwrap(), 0);
    assert!(store.standing_cases().unwrap()[0].closed);
}

#[test]
fn statements_are_kept_in_order_and_apart() {
    let mut store = Store::in_memory().unwrap();
    let incident = |name: &str| tegakari_model::CaseId::derive(&[name.as_bytes()]);
    let says = |name: &str, yes: bool| Statement {
        incident: incident(name),
        says: Said::Answer {
            asked: Asked::Country {
                country: Country::new("VN").unwrap(),
            },
            yes,
            visibility: 0.1 + 0.2,
        },
        withdrawn: false,
        why: "a reason".into(),
        at: at(1),
    };
    let made = [says("a", false), says("b", true), says("a", true)];
    store.add_statements(&made).unwrap();
    assert_eq!(
        store.statements(&incident("a")).unwrap(),
        [made[0].clone(), made[2].clone()]
    );
    let all = store.all_statements().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[&incident("b")], [made[1].clone()]);
    assert_eq!(store.statements(&incident("c")).unwrap(), []);
}

#[test]
fn knowledge_is_kept_once_and_comes_back() {
    let mut store = Store::in_memory().unwrap();
    assert!(!store.has_knowledge("v1").unwrap());
    store.keep_knowledge("v1", b"facts").unwrap();
    store.keep_knowledge("v1", b"other").unwrap();
    assert!(store.has_knowledge("v1").unwrap());
    assert_eq!(
        store.knowledge_file("v1").unwrap().as_deref(),
        Some(&b"facts"[..])
    );
    assert_eq!(store.knowledge_file("v2").unwrap(), None);
}

#[test]
fn a_database_of_the_version_before_is_brought_forward_with_its_content() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.db");
    let assessment = sample::assessment("first", &sample::hunt("one", &sample::report("one")));
    let mut store = Store::open(&path).unwrap();
    store.save_assessment(&assessment, at(1)).unwrap();
    drop(store);
    // What version 2 did not have.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE assessment_events; DROP TABLE knowledge_files; DROP TABLE cluster_events;
             DROP TABLE statements; DROP TABLE searched; DROP TABLE drill_checks; DROP TABLE drill_plans;
             DROP TABLE taxii_objects; DROP TABLE taxii_statuses; PRAGMA user_version = 2",
        )
        .unwrap();
    drop(connection);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.assessment(&assessment.id).unwrap(), Some(assessment));
    assert_eq!(store.clusters().unwrap(), []);
    let id = ClusterId::derive(&[b"x"]);
    let event = |deed| ClusterEvent {
        cluster: id.clone(),
        at: at(1),
        why: "a reason".into(),
        deed,
    };
    let made = event(ClusterDeed::Created { name: "X".into() });
    let renamed = event(ClusterDeed::Renamed { name: "Y".into() });
    store.add_cluster_events(&[made, renamed]).unwrap();
    let clusters = store.clusters().unwrap();
    assert_eq!(clusters.len(), 1);
    assert_eq!(
        (clusters[0].name.as_str(), clusters[0].history.len()),
        ("Y", 2)
    );
}
