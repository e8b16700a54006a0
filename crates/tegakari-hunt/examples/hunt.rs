//! Hunts for the indicators of a CSV (`id,type,value`) in files, one thread, and prints one line a file
//! with its size, records and seconds: where the time of a hunt goes, without the rest of the program.
//!
//! `hunt IOCS.csv FILE…`

use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use tegakari_hunt::{Asked, Input, Outcome, Plan, conclude, hunt_input};
use tegakari_model::{Indicator, Observable, ObservableKind, TimeRange};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((list, files)) = arguments.split_first() else {
        return Err("usage: hunt IOCS.csv FILE…".into());
    };
    let mut out = io::stdout().lock();
    let mut indicators = Vec::new();
    for row in csv::Reader::from_path(list)?.records() {
        let row = row?;
        let name = match row.get(1).unwrap_or_default() {
            "filename" => "file_name",
            name => name,
        };
        let kind = ObservableKind::ALL.into_iter().find(|k| k.name() == name);
        let value = row.get(2).unwrap_or_default();
        if let Some(value) = kind.and_then(|k| Observable::new(k, value).ok()) {
            indicators.push(Indicator::new(value));
        }
    }
    let begun = Instant::now();
    let (plan, _) = Plan::new(indicators, TimeRange::default());
    writeln!(out, "{:7.3} s  compiling", begun.elapsed().as_secs_f64())?;
    let mut all = Outcome::default();
    for file in files {
        let begun = Instant::now();
        let one = hunt_input(Input::new(file, File::open(file)?), &plan, &|_| {
            ControlFlow::Continue(())
        });
        let (records, seen) = (one.records(), one.seen().len());
        let hunted = begun.elapsed().as_secs_f64();
        all.merge(one);
        let merged = begun.elapsed().as_secs_f64() - hunted;
        writeln!(
            out,
            "{hunted:7.3} s + {merged:.3} s merging  {records} records, {seen} indicators seen  {file}"
        )?;
    }
    let begun = Instant::now();
    let result = conclude(all, &plan, &[], Asked::default());
    writeln!(
        out,
        "{:7.3} s  concluding; {} is derived from all that was found",
        begun.elapsed().as_secs_f64(),
        result.id,
    )?;
    Ok(())
}
