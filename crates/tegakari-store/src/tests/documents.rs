//! What goes in comes out, once.

use crate::{BlockBasis, IdMatch, Saved, StoreError, StoredId};
use tegakari_model::*;

use super::sample::{self, at, noon, store};

#[test]
fn every_document_comes_back_exactly() {
    let mut store = store();
    let report = sample::report("one");
    let hunt = sample::hunt("one", &report);
    let assessment = sample::assessment("one", &hunt);
    let plan = sample::plan(&report);
    let basis = BlockBasis::new(vec![report.id.clone()], Some(hunt.id.clone()));
    assert_eq!(store.save_report(&report, noon()).unwrap(), Saved::New);
    assert_eq!(store.save_hunt(&hunt, noon()).unwrap(), Saved::New);
    assert_eq!(
        store.save_assessment(&assessment, noon()).unwrap(),
        Saved::New
    );
    assert_eq!(store.save_block(&basis, &plan, noon()).unwrap(), Saved::New);

    assert_eq!(store.report(&report.id).unwrap().as_ref(), Some(&report));
    assert_eq!(store.hunt(&hunt.id).unwrap().as_ref(), Some(&hunt));
    assert_eq!(
        store.assessment(&assessment.id).unwrap().as_ref(),
        Some(&assessment)
    );
    assert_eq!(store.block(&basis).unwrap().as_ref(), Some(&plan));

    // Saved again, nothing changes: neither content nor the time of saving.
    let later = at("2027-01-01T00:00:00Z");
    assert_eq!(store.save_report(&report, later).unwrap(), Saved::Unchanged);
    assert_eq!(store.save_hunt(&hunt, later).unwrap(), Saved::Unchanged);
    assert_eq!(
        store.save_assessment(&assessment, later).unwrap(),
        Saved::Unchanged
    );
    assert_eq!(
        store.save_block(&basis, &plan, later).unwrap(),
        Saved::Unchanged
    );
    assert_eq!(store.reports().unwrap()[0].saved_at, noon());
    assert_eq!(store.hunts().unwrap()[0].saved_at, noon());
    assert_eq!(store.assessments().unwrap()[0].saved_at, noon());
    assert_eq!(store.blocks().unwrap()[0].saved_at, noon());
}

#[test]
fn what_was_loaded_is_the_same_document_to_the_store() {
    // A loaded hunt shares its negatives differently in memory than a fresh one.
    let mut store = store();
    let report = sample::report("one");
    let hunt = sample::hunt("one", &report);
    store.save_report(&report, noon()).unwrap();
    store.save_hunt(&hunt, noon()).unwrap();
    let report = store.report(&report.id).unwrap().unwrap();
    let hunt = store.hunt(&hunt.id).unwrap().unwrap();
    let json = serde_json::to_string(&hunt).unwrap();
    let unshared: HuntResult = serde_json::from_str(&json).unwrap();
    assert_eq!(
        store.save_report(&report, noon()).unwrap(),
        Saved::Unchanged
    );
    assert_eq!(store.save_hunt(&hunt, noon()).unwrap(), Saved::Unchanged);
    assert_eq!(
        store.save_hunt(&unshared, noon()).unwrap(),
        Saved::Unchanged
    );
}

#[test]
fn a_document_with_the_same_id_and_other_content_takes_the_place_of_the_old_one() {
    let mut store = store();
    let mut report = sample::report("one");
    let hunt = sample::hunt("one", &report);
    store.save_report(&report, noon()).unwrap();
    store.save_hunt(&hunt, noon()).unwrap();
    store.save_report(&sample::report("two"), noon()).unwrap();
    report.mentions.remove(0);
    let later = at("2026-03-13T00:00:00Z");
    assert_eq!(store.save_report(&report, later).unwrap(), Saved::Replaced);
    assert_eq!(store.report(&report.id).unwrap().as_ref(), Some(&report));
    assert_eq!(
        store.latest_report().unwrap(),
        Some(report.clone()),
        "the newest comes first"
    );
    let summaries = store.reports().unwrap();
    assert_eq!(summaries.len(), 2);
    assert_eq!((summaries[0].indicators, summaries[0].mentions), (4, 5));
    assert_eq!(summaries[0].saved_at, later);
    // Nothing points to the mention that is gone; the finding of the hunt stays.
    let about = store.about_text("c2.evil.example").unwrap();
    assert_eq!(about.mentions.len(), 1);
    assert_eq!(about.findings.len(), 1);
}

#[test]
fn summaries_and_latest_follow_the_order_of_saving() {
    let mut store = store();
    assert!(store.latest_report().unwrap().is_none());
    assert!(store.latest_hunt().unwrap().is_none());
    assert!(store.latest_assessment().unwrap().is_none());
    assert!(store.latest_block().unwrap().is_none());
    let (first, second) = (sample::report("one"), sample::report("two"));
    // The second is saved with an earlier clock: the order of saving counts, not the clock.
    store.save_report(&first, noon()).unwrap();
    store
        .save_report(&second, at("2020-01-01T00:00:00Z"))
        .unwrap();
    let names: Vec<_> = store
        .reports()
        .unwrap()
        .into_iter()
        .map(|r| r.name)
        .collect();
    assert_eq!(names, ["two.md", "one.md"]);

    let hunts = [sample::hunt("h1", &first), sample::hunt("h2", &second)];
    for hunt in &hunts {
        store.save_hunt(hunt, noon()).unwrap();
    }
    assert_eq!(store.latest_hunt().unwrap().as_ref(), Some(&hunts[1]));
    let of_first = store.hunts_of(&first.id).unwrap();
    assert_eq!(of_first.len(), 1);
    assert_eq!(of_first[0].id, hunts[0].id);
    assert_eq!(
        of_first[0].totals,
        Totals {
            seen: 1,
            not_seen: 4,
            cannot_tell: 0
        }
    );
    assert!(of_first[0].partial);

    let assessment = sample::assessment("a1", &hunts[0]);
    store.save_assessment(&assessment, noon()).unwrap();
    store
        .save_assessment(&sample::assessment("a2", &hunts[1]), noon())
        .unwrap();
    assert_eq!(
        store.assessment_of_hunt(&hunts[0].id).unwrap().as_ref(),
        Some(&assessment)
    );
    assert_eq!(
        store.assessment_of_report(&first.id).unwrap().as_ref(),
        Some(&assessment)
    );
    let summary = &store.assessments().unwrap()[1];
    assert_eq!(
        summary.leading.clone().flatten().unwrap().name,
        "Lotus Blossom"
    );
    assert_eq!(summary.likelihood, Likelihood::Likely);
}

#[test]
fn a_block_plan_belongs_to_its_basis() {
    let mut store = store();
    let (one, two) = (sample::report("one"), sample::report("two"));
    let basis = BlockBasis::new(vec![two.id.clone(), one.id.clone(), one.id.clone()], None);
    store
        .save_block(&basis, &sample::plan(&one), noon())
        .unwrap();
    let unsorted = BlockBasis {
        reports: vec![one.id.clone(), two.id.clone()],
        hunt: None,
    };
    assert!(store.block(&unsorted).unwrap().is_some());
    assert!(
        store
            .block(&BlockBasis::new(vec![one.id.clone()], None))
            .unwrap()
            .is_none()
    );
    let (latest, plan) = store.latest_block().unwrap().unwrap();
    assert_eq!(latest, basis);
    assert_eq!(plan, sample::plan(&one));
    let summary = &store.blocks().unwrap()[0];
    assert_eq!((summary.entries, summary.held_back), (4, 1));
}

#[test]
fn a_number_that_is_none_is_refused_before_it_is_lost() {
    let mut store = store();
    let mut assessment = sample::assessment("a", &sample::hunt("h", &sample::report("r")));
    assessment.rest = f64::NAN;
    let error = store.save_assessment(&assessment, noon()).unwrap_err();
    assert!(matches!(error, StoreError::NotStorable { .. }), "{error}");
    assert!(store.assessments().unwrap().is_empty());
}

#[test]
fn the_beginning_of_an_id_is_enough_when_it_is_unique() {
    let mut store = store();
    let report = sample::report("one");
    let hunt = sample::hunt("a hunt", &report);
    store.save_report(&report, noon()).unwrap();
    store.save_hunt(&hunt, noon()).unwrap();
    let id = report.id.as_str();
    let one = IdMatch::One(StoredId::Report(report.id.clone()));
    for typed in [
        id,
        &id[..6],
        &id[2..],
        &id[2..7],
        &id.to_lowercase(),
        &id.to_uppercase(),
        " R- ",
    ] {
        assert_eq!(store.find_id_prefix(typed).unwrap(), one, "{typed}");
    }
    let hunt_id = IdMatch::One(StoredId::Hunt(hunt.id.clone()));
    assert_eq!(store.find_id_prefix(hunt.id.as_str()).unwrap(), hunt_id);
    for typed in [
        "",
        "R",
        "abc",
        "X-12",
        "R-xyz",
        "R-' OR 1=1",
        "A-",
        &format!("{id}0"),
        "日本",
    ] {
        assert_eq!(
            store.find_id_prefix(typed).unwrap(),
            IdMatch::None,
            "{typed}"
        );
    }
    // Sixty reports: some share the first digit.
    for n in 0..60 {
        store
            .save_report(&sample::report(&n.to_string()), noon())
            .unwrap();
    }
    let IdMatch::Many(ids) = store.find_id_prefix("R-").unwrap() else {
        panic!()
    };
    assert_eq!(ids.len(), IdMatch::SHOWN);
    assert!(ids.is_sorted());
}
