//! A report with a hundred thousand indicators is ordinary: feeds are read as reports.

use std::time::Instant;

use crate::{Saved, Store};
use tegakari_model::*;
use tempfile::tempdir;

use super::sample::{self, mention, noon, observable};

const MANY: usize = 100_000;

#[test]
#[allow(
    clippy::print_stdout,
    reason = "the times are what this test is read for"
)]
fn a_hundred_thousand_indicators_are_kept_and_found() {
    let folder = tempdir().unwrap();
    let mut report = sample::report("feed");
    report.mentions.clear();
    for n in 0..MANY {
        let one = match n % 4 {
            0 => observable(
                ObservableKind::Domain,
                &format!("h{n}.evil-{}.example", n / 100),
            ),
            1 => observable(ObservableKind::Sha256, &format!("{n:064x}")),
            2 => observable(
                ObservableKind::Ipv4,
                &format!("198.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255),
            ),
            _ => observable(
                ObservableKind::Url,
                &format!("http://h{n}.evil.example/{n}"),
            ),
        };
        report
            .mentions
            .push(mention(&report.id, one, Disposition::Ioc));
    }
    let hunt = sample::hunt("feed", &report);
    let mut store = Store::open(&folder.path().join("t.db")).unwrap();
    let mut last = Instant::now();
    let mut lap = |what: &str| {
        let took = last.elapsed();
        println!("{what}: {:.0} ms", took.as_secs_f64() * 1e3);
        last = Instant::now();
        took
    };
    assert_eq!(store.save_report(&report, noon()).unwrap(), Saved::New);
    lap("save a report of 100,000 indicators");
    assert_eq!(
        store.save_report(&report, noon()).unwrap(),
        Saved::Unchanged
    );
    lap("save it again");
    assert_eq!(store.report(&report.id).unwrap().as_ref(), Some(&report));
    lap("load it and compare");
    assert_eq!(store.save_hunt(&hunt, noon()).unwrap(), Saved::New);
    lap("save a hunt of 100,000 findings");
    assert_eq!(store.hunt(&hunt.id).unwrap().as_ref(), Some(&hunt));
    lap("load it and compare");
    assert_eq!(store.all_indicators().unwrap().len(), MANY);
    lap("gather all indicators");
    let about = store.about_text("http://h3.evil.example/3").unwrap();
    assert_eq!((about.mentions.len(), about.findings.len()), (1, 1));
    assert_eq!(
        store.about_text("evil.example").unwrap().below.len(),
        100,
        "a list that ends"
    );
    let took = lap("two look-ups");
    // Whole documents take hundreds of times as long; no loaded machine brings this near a second.
    assert!(
        took.as_millis() < 1000,
        "look-ups read whole documents: {took:?}"
    );
    let size = std::fs::metadata(folder.path().join("t.db")).unwrap().len();
    println!("file: {:.0} MB", size as f64 / 1e6);
}
