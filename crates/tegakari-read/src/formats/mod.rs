//! Report formats Tegakari can read.
//!
//! To add one: write `my_format.rs` here with a type that implements [`ReportFormat`], and add its
//! `mod` line and its line in [`ALL`] below. Nothing else changes: the command line and the manual
//! read this list.

use std::cell::OnceCell;

use crate::content::Content;
use crate::decode::{Decoded, decode};

mod asciidoc;
mod csv;
mod html;
mod json_lines;
mod markdown;
mod misp_event;
mod openioc;
mod plain;
mod stix1;
mod stix_bundle;
mod stix_pattern;

/// How much of a document [`ReportFormat::sniff`] sees.
pub const HEAD: usize = 64 * 1024;

/// How well a head fits a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sniff {
    /// It is something else.
    No,
    /// It can be read as this, as almost anything can.
    Possible,
    /// It has marks of this format.
    Likely,
    /// It cannot well be anything else.
    Certain,
}

/// The beginning of a document.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its first [`HEAD`] bytes.
    pub bytes: &'a [u8],
    /// The same, decoded.
    pub text: &'a str,
}

/// A document for a format to read.
pub struct Source<'a> {
    /// Its name; a hint only.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    decoded: OnceCell<Decoded<'a>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self {
            name,
            bytes,
            decoded: OnceCell::new(),
        }
    }

    /// The whole document as text, in whatever encoding it was.
    pub fn text(&self) -> &str {
        &self.decoded.get_or_init(|| decode(self.bytes)).text
    }

    /// The encoding, once [`Source::text`] was asked for; `binary` otherwise.
    pub(crate) fn encoding(&self) -> (&str, bool) {
        self.decoded
            .get()
            .map_or(("binary", false), |d| (d.encoding.as_str(), d.damaged))
    }
}

/// A format that reports come in.
pub trait ReportFormat: Sync {
    /// Stable id, kept with every report (`plain`, `stix-bundle`).
    fn id(&self) -> &'static str;
    /// One sentence for the list of formats.
    fn about(&self) -> &'static str;
    /// How well the head of a document fits. The name may tip the scales, never decide alone.
    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff;
    /// Reads the document into blocks and stated facts. Trouble goes to [`Content::problems`].
    fn read(&self, source: &Source<'_>, content: &mut Content);
}

/// Every format, most specific first.
pub const ALL: &[&dyn ReportFormat] = &[
    &stix_bundle::StixBundle,
    &stix1::Stix1,
    &openioc::OpenIoc,
    &misp_event::MispEvent,
    &json_lines::JsonLines,
    &html::Html,
    &asciidoc::AsciiDoc,
    &csv::Csv,
    &markdown::Markdown,
    &plain::Plain,
];

/// The format that fits best; of equals, the first in [`ALL`].
pub fn sniff(name: &str, bytes: &[u8]) -> &'static dyn ReportFormat {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let decoded = decode(head);
    let head = Head {
        bytes: head,
        text: &decoded.text,
    };
    let mut best: (&dyn ReportFormat, Sniff) = (&plain::Plain, Sniff::No);
    for format in ALL {
        let fit = format.sniff(name, head);
        if fit > best.1 {
            best = (*format, fit);
        }
    }
    best.0
}

/// Whether a name ends in one of some extensions.
fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ext)| extensions.iter().any(|e| ext.eq_ignore_ascii_case(e)))
}
