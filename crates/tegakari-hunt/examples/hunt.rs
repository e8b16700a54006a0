//! Hunts in files on one thread and prints what each step took: for profiles of readers and sums.
//!
//! `hunt IOCS.csv FILE…`, where the list has the columns `id,type,value`. Nothing is printed of findings but their number.

use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use tegakari_hunt::{Input, Outcome, Plan, hunt_input};
use tegakari_model::{Indicator, Observable, ObservableKind as K, TimeRange};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((list, files)) = arguments.split_first() else {
        return Err("usage: hunt IOCS.csv FILE…".into());
    };
    let mut messages = io::stderr().lock();
    let begun = Instant::now();
    let indicators = read_list(list)?;
    let read = begun.elapsed();
    let (plan, problems) = Plan::new(indicators, TimeRange::default());
    let planned = begun.elapsed();
    writeln!(
        messages,
        "{} indicators, {} problems: read in {:.3} s, compiled in {:.3} s",
        plan.indicators().len(),
        problems.len(),
        read.as_secs_f64(),
        (planned - read).as_secs_f64(),
    )?;
    let mut all = Outcome::default();
    for file in files {
        let before = begun.elapsed();
        let input = Input::new(file.clone(), File::open(file)?);
        all.merge(hunt_input(input, &plan, &|_| ControlFlow::Continue(())));
        let took = begun.elapsed() - before;
        writeln!(messages, "{file}: {:.3} s", took.as_secs_f64())?;
    }
    let took = begun.elapsed() - planned;
    writeln!(
        messages,
        "{} records, {} indicators seen, {:.3} s",
        all.records(),
        all.seen().len(),
        took.as_secs_f64(),
    )?;
    Ok(())
}

/// The list, with values as feeds give them made plain.
fn read_list(path: &str) -> Result<Vec<Indicator>, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut indicators = Vec::new();
    for row in reader.records() {
        let row = row?;
        let name = row.get(1).unwrap_or_default();
        let name = if name == "filename" {
            "file_name"
        } else {
            name
        };
        let text = row.get(2).unwrap_or_default();
        let text = text.replace("[.]", ".").replace("hxxp", "http");
        let Some(kind) = K::ALL.into_iter().find(|kind| kind.name() == name) else {
            continue;
        };
        if let Ok(value) = Observable::new(kind, &text) {
            indicators.push(Indicator::new(value));
        }
    }
    Ok(indicators)
}
