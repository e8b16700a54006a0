//! Prints all that was read in documents, as JSON, one line a document: to compare two versions of the
//! reader with `diff`. `cargo run --release --example dump FILE…`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program, not a part of the core"
)]

use tegakari_knowledge::Knowledge;
use tegakari_read::{Document, read};

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let document = Document {
            name: &path,
            bytes: &bytes,
        };
        let report = read(document, Knowledge::embedded());
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}
