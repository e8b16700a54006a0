//! How long it takes to make saved assessments again: makes a database of so many open ones from made-up reports, makes
//! all of them again with newer knowledge (each document is read, each case weighed), and then once more with nothing
//! changed.
//!
//! `cargo run --release -p tegakari-pipeline --example again -- 10000 FOLDER`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement may fail, and says what it measured"
)]

use std::path::PathBuf;
use std::time::Instant;

use tegakari_model::{Assessment, AssessmentId, CaseId, Confidence, Matter, Timestamp};
use tegakari_pipeline::{Store, assess_again, knowledge, read_reports};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most.max(1)
    }
}

/// A report of some 1500 letters: half of what it tells is on record for one actor.
fn text(number: usize, dice: &mut Dice) -> String {
    let known = knowledge();
    let actors: Vec<_> = known
        .actors()
        .iter()
        .filter(|a| a.is_live() && a.techniques.len() >= 5)
        .collect();
    let actor = actors[dice.below(actors.len())];
    let live: Vec<_> = known.techniques().iter().filter(|t| t.is_live()).collect();
    let mut out = format!("# Intrusion {number} in a network of a government in Vietnam\n\n");
    for _ in 0..6 {
        let own = &actor.techniques[dice.below(actor.techniques.len())].what;
        let any = &live[dice.below(live.len())].id;
        out.push_str(&format!("The attacker used {own}, and later {any}.\n"));
    }
    if !actor.software.is_empty() && dice.below(2) == 0 {
        let id = &actor.software[dice.below(actor.software.len())].what;
        if let Some(software) = known.software(id) {
            out.push_str(&format!(
                "We found the malware {} on a server.\n",
                software.name
            ));
        }
    }
    out.push_str("\n## Indicators of compromise\n\n");
    for _ in 0..10 {
        out.push_str(&format!(
            "- host{}[.]example{}[.]net\n",
            dice.below(999),
            dice.below(99_999)
        ));
    }
    out
}

/// An assessment with older knowledge that said nothing.
fn older(reports: Vec<tegakari_model::ReportId>) -> Assessment {
    let case: CaseId = Assessment::case_of(&reports, None);
    Assessment {
        id: AssessmentId::derive(&[case.as_str().as_bytes()]),
        reports,
        hunt: None,
        knowledge: "2020-01-01-0".to_owned(),
        model: "older".to_owned(),
        hypotheses: Vec::new(),
        rest: 1.0,
        rest_count: 1,
        confidence: Confidence::Low,
        confidence_reasons: Vec::new(),
        evidence: Vec::new(),
        assumptions: Vec::new(),
        alternatives: Vec::new(),
        triggers: Vec::new(),
        matter: Matter::default(),
        behind: Vec::new(),
        clusters: Vec::new(),
        questions: Vec::new(),
        turns: Vec::new(),
        phases: Vec::new(),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let many: usize = arguments.next().map_or(10_000, |n| n.parse().unwrap());
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "again".to_owned()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("again.db");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut store = Store::open(&database).unwrap();
    let started = Instant::now();
    if store.open_cases().unwrap() == 0 {
        let mut dice = Dice(7);
        let document = folder.join("report.md");
        for number in 0..many {
            std::fs::write(&document, text(number, &mut dice)).unwrap();
            let reports = read_reports(std::slice::from_ref(&document), Some(&mut store)).unwrap();
            let ids = reports.into_iter().map(|r| r.id).collect();
            store
                .save_assessment(&older(ids), Timestamp::now())
                .unwrap();
        }
        println!("made {many} in {:.1} s", started.elapsed().as_secs_f64());
    }
    for what in [
        "newer knowledge, everything read and weighed",
        "nothing changed",
    ] {
        let started = Instant::now();
        let again = assess_again(&mut store, &[], threads, Timestamp::now()).unwrap();
        println!(
            "{what}: {:.1} s, {} changed, {} unchanged, {} left, {threads} threads",
            started.elapsed().as_secs_f64(),
            again.changed.len(),
            again.unchanged.len(),
            again.left.len(),
        );
    }
}
