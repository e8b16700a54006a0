//! Writes a million indicators in every form of tier 1 and prints the time and size of each, and the memory used.
//!
//! `cargo run --release -p tegakari-export --example million [N]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program"
)]

use std::io::{self, Write};
use std::time::Instant;

use tegakari_export::{Context, formats};
use tegakari_model::{
    BlockEntry, BlockPlan, Indicator, Observable, ObservableKind as K, Scope, Timestamp,
};

/// Counts what passes.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plan(kind: K, count: u32) -> BlockPlan {
    let expires = Timestamp::from_second(1_800_000_000).ok();
    let mut entries: Vec<BlockEntry> = (0..count)
        .map(|i| {
            let value = match kind {
                K::Ipv4 => format!(
                    "{}.{}.{}.{}",
                    45 + i / 4_194_304,
                    i / 16_384 % 256,
                    i / 64 % 256,
                    i % 64 * 4 + 1
                ),
                K::Url => format!("http://c2-{i:07}.evil-net.com/gate.php?id={i}"),
                K::Md5 => format!("{i:032x}"),
                K::Sha256 => format!("{i:064x}"),
                K::Ja3 => format!("{i:032x}"),
                _ => format!("c2-{i:07}.evil-net.com"),
            };
            BlockEntry {
                indicator: Indicator::new(Observable::new(kind, &value).unwrap()),
                scope: if kind == K::Domain {
                    Scope::Tree
                } else {
                    Scope::Exact
                },
                expires,
                annotations: Vec::new(),
            }
        })
        .collect();
    entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
    BlockPlan {
        entries,
        held_back: Vec::new(),
    }
}

/// Most memory that the process has used, in MB (Linux).
fn peak() -> String {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or_else(|| "?".to_owned(), |text| text.trim().to_owned())
}

/// Seconds of processor time that the process has used (Linux, 100 ticks a second).
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn main() {
    let count = std::env::args()
        .nth(1)
        .map_or(1_000_000, |text| text.parse().unwrap());
    let mut context = Context::new("0");
    context.made = Timestamp::from_second(1_790_000_000).ok();
    for kind in [K::Ipv4, K::Domain, K::Url, K::Md5, K::Sha256, K::Ja3] {
        let plan = plan(kind, count);
        println!("{count} of kind {}; peak {}", kind.name(), peak());
        for format in formats::usual().filter(|f| f.accepts(kind)) {
            let mut out = Counted(0);
            let (start, used) = (Instant::now(), cpu());
            let written = format.write(&plan, &context, &mut out).unwrap();
            println!(
                "  {:20} {:6.2} s ({:5.2} s of CPU) {:>11} bytes {:>8} entries; peak {}",
                format.id(),
                start.elapsed().as_secs_f64(),
                cpu() - used,
                out.0,
                written.entries,
                peak()
            );
        }
    }
}
