//! How long the embedded knowledge takes to be ready: `cargo run --release -p tegakari-knowledge --example load`.
//!
//! Prints its size and the quickest and median of 21 runs of each step. A program pays the first step at its start; the
//! index of names and the warning lists only when something asks for them.
#![allow(
    clippy::print_stdout,
    reason = "its result is for a developer at a terminal"
)]

use std::time::{Duration, Instant};

use tegakari_knowledge::Knowledge;
use tegakari_model::{Observable, ObservableKind};

fn main() {
    let bytes = Knowledge::embedded_bytes();
    println!("embedded: {} bytes", bytes.len());
    let start = Instant::now();
    let actors = Knowledge::embedded().actors().len();
    println!(
        "facts, first time, {actors} actor records: {:?}",
        start.elapsed()
    );
    measure("every section, decoded and checked", || {
        usize::from(Knowledge::decode(bytes).is_ok())
    });
    measure("the same, ready for own sources", || {
        usize::from(Knowledge::decode_with(bytes, &[]).is_ok())
    });
    let start = Instant::now();
    let names = Knowledge::embedded().names().len();
    println!("index of {names} names: {:?}", start.elapsed());
    let start = Instant::now();
    let asked = Observable::new(ObservableKind::Ipv4, "198.51.100.1");
    let objections = asked.map_or(0, |one| Knowledge::embedded().benign(&one).len());
    println!(
        "warning lists ({objections} objection to 198.51.100.1): {:?}",
        start.elapsed()
    );
}

fn measure(what: &str, run: impl Fn() -> usize) {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(run(), 1);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{what}: {:?}, median {:?}", times[0], times[10]);
}
