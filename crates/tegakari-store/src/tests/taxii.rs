//! Collections of a TAXII server: pages lose nothing and repeat nothing, whatever is added in between.

use tegakari_model::Timestamp;

use crate::{NewTaxiiObject, Store, TaxiiQuery, TaxiiVersions};

fn object(number: u32, version: &str) -> NewTaxiiObject {
    NewTaxiiObject {
        id: format!("indicator--{number:08}"),
        type_name: if number.is_multiple_of(2) {
            "indicator"
        } else {
            "malware"
        }
        .to_owned(),
        spec: "2.1".to_owned(),
        version: version.parse().ok(),
        digest: vec![0],
        body: format!("{{\"n\":{number}}}"),
    }
}

const FIRST: &str = "2026-01-01T00:00:00Z";
const SECOND: &str = "2026-01-02T00:00:00Z";

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn ids(store: &Store, query: &TaxiiQuery) -> Vec<String> {
    let found = store.taxii_page("c", query).unwrap();
    found.into_iter().map(|one| one.id).collect()
}

#[test]
fn pages_hold_every_object_once_in_the_order_of_adding() {
    let mut store = Store::in_memory().unwrap();
    let objects: Vec<_> = (0..25).map(|n| object(n, FIRST)).collect();
    assert_eq!(
        store.taxii_add("c", &objects, now()).unwrap(),
        vec![true; 25]
    );
    assert_eq!(
        store.taxii_add("c", &objects, now()).unwrap(),
        vec![false; 25]
    );
    store.taxii_add("other", &objects, now()).unwrap();
    let mut query = TaxiiQuery {
        most: 10,
        ..TaxiiQuery::default()
    };
    let mut all = Vec::new();
    loop {
        let page = store.taxii_page("c", &query).unwrap();
        let Some(last) = page.last() else { break };
        query.behind = last.key;
        // The clock stands still, or goes back: times rise all the same.
        store
            .taxii_add(
                "other",
                &[object(100 + u32::try_from(all.len()).unwrap(), FIRST)],
                Timestamp::UNIX_EPOCH,
            )
            .unwrap();
        all.extend(page);
    }
    assert_eq!(all.len(), 25);
    assert!(
        all.windows(2)
            .all(|pair| pair[0].added < pair[1].added && pair[0].id < pair[1].id)
    );
    let after = TaxiiQuery {
        most: 100,
        added_after: Some(all[19].added),
        ..TaxiiQuery::default()
    };
    assert_eq!(ids(&store, &after).len(), 5);
    let odd = TaxiiQuery {
        most: 100,
        types: vec!["malware".to_owned()],
        ..TaxiiQuery::default()
    };
    assert_eq!(ids(&store, &odd).len(), 12);
    assert_eq!(store.taxii_count("c").unwrap(), 25);
}

#[test]
fn versions_are_told_apart() {
    let mut store = Store::in_memory().unwrap();
    store
        .taxii_add("c", &[object(1, FIRST), object(1, SECOND)], now())
        .unwrap();
    let versions = |versions: TaxiiVersions| {
        let query = TaxiiQuery {
            most: 10,
            versions,
            bodies: true,
            ..TaxiiQuery::default()
        };
        let found = store.taxii_page("c", &query).unwrap();
        found
            .iter()
            .map(|one| one.version.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(TaxiiVersions::default()), [SECOND]);
    assert_eq!(
        versions(TaxiiVersions {
            oldest: true,
            ..TaxiiVersions::default()
        }),
        [FIRST]
    );
    assert_eq!(
        versions(TaxiiVersions {
            all: true,
            ..TaxiiVersions::default()
        }),
        [FIRST, SECOND]
    );
    let these = vec![FIRST.parse().unwrap()];
    assert_eq!(
        versions(TaxiiVersions {
            these,
            ..TaxiiVersions::default()
        }),
        [FIRST]
    );
    let newest = TaxiiVersions {
        newest: true,
        ..TaxiiVersions::default()
    };
    assert_eq!(
        store
            .taxii_delete("c", "indicator--00000001", &newest)
            .unwrap(),
        1
    );
    let (left, _) = store
        .taxii_newest("c", "indicator--00000001")
        .unwrap()
        .unwrap();
    assert_eq!(left.version.to_string(), FIRST);
}

#[test]
fn what_has_no_version_is_there_once_and_statuses_are_forgotten_in_the_end() {
    let mut store = Store::in_memory().unwrap();
    let bare = object(1, "none");
    assert_eq!(
        store.taxii_add("c", &[bare.clone(), bare], now()).unwrap(),
        [true, false]
    );
    for number in 0..1100 {
        store
            .keep_taxii_status(&format!("s{number}"), "{}")
            .unwrap();
    }
    assert_eq!(store.taxii_status("s5").unwrap(), None);
    assert_eq!(store.taxii_status("s1099").unwrap().as_deref(), Some("{}"));
}
