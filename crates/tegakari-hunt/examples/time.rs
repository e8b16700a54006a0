//! Hunts in files for the values of a CSV (`id,type,value`) and prints seconds of CPU a file (on Linux), the quickest of several turns, and a
//! print of what came out, so that two versions can be told to find the same.
//!
//! `time TURNS IOCS.csv FILE…`, on one thread; nothing is concluded.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::ops::ControlFlow;

use tegakari_hunt::{Input, Plan, hunt_input};
use tegakari_model::{Indicator, Observable, ObservableKind as K, TimeRange};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [turns, list, files @ ..] = arguments.as_slice() else {
        return Err("usage: time TURNS IOCS.csv FILE…".into());
    };
    let turns: u32 = turns.parse()?;
    let mut indicators = Vec::new();
    for row in csv::Reader::from_path(list)?.records() {
        let row = row?;
        let (kind, value) = (
            row.get(1).unwrap_or_default(),
            row.get(2).unwrap_or_default(),
        );
        let kind = K::ALL.into_iter().find(|k| k.name() == kind);
        if let Some(Ok(value)) = kind.map(|kind| Observable::new(kind, value)) {
            indicators.push(Indicator::new(value));
        }
    }
    let plan = Plan::new(indicators, TimeRange::default()).0;
    let mut out = io::stdout().lock();
    let mut all = 0.0;
    for file in files {
        #[allow(clippy::disallowed_methods, reason = "an example has files to read")]
        let bytes = std::fs::read(file)?;
        let mut best = f64::MAX;
        let mut print = 0;
        for _ in 0..turns {
            let begun = seconds();
            let outcome = hunt_input(Input::new(file, bytes.as_slice()), &plan, &|_| {
                ControlFlow::Continue(())
            });
            best = best.min(seconds() - begun);
            let mut hasher = DefaultHasher::new();
            outcome.to_bytes().hash(&mut hasher);
            print = hasher.finish();
        }
        all += best;
        writeln!(out, "{best:7.3} s {print:016x} {file}")?;
    }
    writeln!(out, "{all:7.3} s")?;
    Ok(())
}

/// Seconds that this thread was on a processor.
fn seconds() -> f64 {
    #[allow(clippy::disallowed_methods, reason = "an example measures")]
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: f64 = said
        .split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or_default();
    nanos / 1e9
}
