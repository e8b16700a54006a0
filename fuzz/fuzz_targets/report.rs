//! Any bytes become a report: format told by its looks, then names, techniques, targets, meaning. What the
//! report cites stands in its text.
#![no_main]

use tegakari_knowledge::Knowledge;
use tegakari_read::{Document, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tegakari_fuzz::caught_panics_pass();
    let report = read(
        Document {
            name: "fuzz",
            bytes,
        },
        Knowledge::embedded(),
    );
    for mention in &report.mentions {
        assert!((0.0..=1.0).contains(&mention.confidence), "{mention:?}");
        assert!(!mention.citations.is_empty(), "{mention:?}");
        assert!(!mention.reasons.is_empty(), "{mention:?}");
    }
});
