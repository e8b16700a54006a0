//! Scanning generated log lines with sets of growing size: the time should hardly change.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput};
use tegakari_match::Matcher;
use tegakari_model::{Observable, ObservableKind as K};

/// A small generator of repeatable numbers (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn name(&mut self) -> String {
        let tld = ["com", "net", "org", "example", "jp", "de"][(self.next() % 6) as usize];
        format!(
            "{:x}-{}.{tld}",
            self.next() >> 40,
            ["cdn", "mail", "update"][(self.next() % 3) as usize]
        )
    }

    fn address(&mut self) -> String {
        let n = self.next().to_be_bytes();
        format!("{}.{}.{}.{}", n[0], n[1], n[2], n[3])
    }
}

fn values(count: usize, numbers: &mut Numbers) -> Vec<Observable> {
    (0..count)
        .filter_map(|i| {
            let (kind, text) = match i % 6 {
                0..=2 => (K::Domain, numbers.name()),
                3 => (
                    K::Url,
                    format!("http://{}/{:x}", numbers.name(), numbers.next()),
                ),
                4 => (K::Ipv4, numbers.address()),
                _ => (
                    K::Md5,
                    format!("{:016x}{:016x}", numbers.next(), numbers.next()),
                ),
            };
            Observable::new(kind, &text).ok()
        })
        .collect()
}

fn log(bytes: usize, numbers: &mut Numbers) -> String {
    let mut text = String::with_capacity(bytes + 400);
    while text.len() < bytes {
        let (time, port) = (numbers.next() % 1_000_000, numbers.next() % 65_536);
        let _ = writeln!(
            text,
            "1767571200.{time:06} 10.20.0.7 TCP_MISS/200 GET https://www.{}/a/{:x}.js?id={port} - HIER_DIRECT/{} \"Mozilla/5.0\"",
            numbers.name(),
            numbers.next(),
            numbers.address(),
        );
        let _ = writeln!(
            text,
            "{{\"ts\":\"2026-01-05T12:34:56.{time}Z\",\"image\":\"C:\\\\Windows\\\\System32\\\\svchost.exe\",\"sha256\":\"{:032x}{:032x}\",\"port\":{port}}}",
            numbers.next(),
            numbers.next(),
        );
    }
    text
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let mut numbers = Numbers(0x5EED);
    let text = log(4 << 20, &mut numbers);
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for count in [1_000, 100_000, 1_000_000] {
        let (matcher, _) = Matcher::build(&values(count, &mut numbers));
        let mut hits = Vec::new();
        group.bench_function(format!("{count} indicators"), |bencher| {
            bencher.iter(|| {
                hits.clear();
                matcher.scan(black_box(text.as_bytes()), &mut hits);
                black_box(hits.len())
            });
        });
    }
    group.finish();
    let list = values(100_000, &mut numbers);
    criterion.bench_function("build 100000 indicators", |bencher| {
        bencher.iter(|| Matcher::build(black_box(&list)));
    });
    criterion.final_summary();
}
