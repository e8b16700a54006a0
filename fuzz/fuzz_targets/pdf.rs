//! Any bytes are read as a PDF: no panic of ours, no endless work.
//!
//! `cargo +nightly fuzz run pdf fuzz/corpus/pdf fuzz/seeds/pdf -- -max_total_time=600 -timeout=20 -rss_limit_mb=4096`
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegakari_read::{Document, contents};

fuzz_target!(
    init: {
        // The reader survives panics of the library that it builds on; those of its own count.
        std::panic::set_hook(Box::new(|panic| {
            if panic.location().is_some_and(|l| l.file().contains("tegakari")) {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    },
    |data: &[u8]| {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        if data.starts_with(b"%PDF-") {
            bytes.clear();
        }
        bytes.extend_from_slice(data);
        let content = contents(Document { name: "report.pdf", bytes: &bytes });
        for block in &content.blocks {
            for link in &block.links {
                assert!(block.text.get(link.start..link.end).is_some(), "a link lies in its text");
            }
        }
    }
);
