//! Reads one file and prints how fast: `cargo run --release --example throughput FILE`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program, not a part of the core"
)]

use std::time::Instant;

use tegakari_knowledge::Knowledge;
use tegakari_read::{Document, read};

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let bytes = std::fs::read(&path)?;
    let knowledge = Knowledge::embedded();
    // What is built once is built before the clock starts.
    let _ = read(
        Document {
            name: "warm-up",
            bytes: b"8.8.8.8",
        },
        knowledge,
    );
    let start = Instant::now();
    let report = read(
        Document {
            name: &path,
            bytes: &bytes,
        },
        knowledge,
    );
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} bytes as {}: {} mentions, {} names, {seconds:.2} s, {:.1} MB/s",
        bytes.len(),
        report.source.format,
        report.mentions.len(),
        report.names.len(),
        bytes.len() as f64 / 1e6 / seconds
    );
    Ok(())
}
