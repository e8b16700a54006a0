//! The reader from outside, in one program: each file of its own would be linked on its own.
#![allow(missing_docs, reason = "tests")]

mod cases;
mod feeds;
mod files;
mod layouts;
mod lists;
mod nested;
mod office;
mod openioc;
mod pdf;
mod real_reports;
mod records;
mod robust;
mod rules;
mod stix1;
mod strangers;
mod structured;
mod techniques;
mod threads;
mod unseen;

use tegakari_knowledge::Knowledge;
use tegakari_model::Report;
use tegakari_read::{Document, read};

/// What the reader makes of a text.
fn report(name: &str, text: &str) -> Report {
    let document = Document {
        name,
        bytes: text.as_bytes(),
    };
    read(document, Knowledge::embedded())
}
