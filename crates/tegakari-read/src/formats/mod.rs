//! Report formats Tegakari can read.
//!
//! To add one: write `my_format.rs` here with a type that implements [`ReportFormat`], and add its
//! `mod` line and its line in [`ALL`] below. Nothing else changes: the command line and the manual
//! read this list.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::content::Content;
use crate::decode::{Decoded, decode};
pub(crate) use archive::is_archive;
pub(crate) use csv::delimiter_of as csv_delimiter;
use nested::Budget;
pub(crate) use ole::is_read as is_read_compound;

pub(crate) mod aligned;
mod archive;
mod asciidoc;
pub(crate) mod copied;
mod csv;
mod docx;
mod feed;
pub(crate) mod flow;
mod html;
pub(crate) mod joins;
mod json_lines;
mod mail;
mod markdown;
mod misp_event;
mod misp_feed;
pub(crate) mod nested;
mod odf;
mod ole;
mod openioc;
pub(crate) mod package;
mod pdf;
mod plain;
mod sheet;
mod sigma;
mod stix1;
mod stix_bundle;
pub(crate) mod stix_pattern;
pub(crate) mod tabbed;
pub(crate) mod table;
pub(crate) mod word;
pub(crate) mod xml;
mod yara;

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
    /// The whole document, for packages that keep their directory at the end.
    pub whole: &'a [u8],
}

/// A document for a format to read.
pub struct Source<'a> {
    /// Its name; a hint only.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    decoded: OnceCell<Decoded<'a>>,
    budget: Rc<Budget>,
    depth: usize,
}

impl<'a> Source<'a> {
    pub(crate) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self {
            name,
            bytes,
            decoded: OnceCell::new(),
            budget: Rc::default(),
            depth: 0,
        }
    }

    /// A document inside this one. It draws on the same budget.
    pub(crate) fn inside<'b>(&self, name: &'b str, bytes: &'b [u8]) -> Source<'b> {
        Source {
            name,
            bytes,
            decoded: OnceCell::new(),
            budget: Rc::clone(&self.budget),
            depth: self.depth + 1,
        }
    }

    /// A piece of this document that is already text.
    pub(crate) fn piece<'b>(&self, text: &'b str) -> Source<'b> {
        let piece = self.inside("", text.as_bytes());
        let _ = piece.decoded.set(Decoded {
            text: text.into(),
            encoding: "utf-8".to_owned(),
            damaged: false,
        });
        piece
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
    &docx::Docx,
    &sheet::Sheet,
    &odf::Odf,
    &ole::Workbook,
    &ole::OutlookMessage,
    &archive::Zip,
    &pdf::Pdf,
    &archive::Tar,
    &archive::Packed,
    &mail::Mail,
    &feed::Feed,
    &stix_bundle::StixBundle,
    &stix1::Stix1,
    &openioc::OpenIoc,
    &yara::Yara,
    &sigma::Sigma,
    &misp_event::MispEvent,
    &misp_feed::MispFeed,
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
        whole: bytes,
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

/// Reads a document as a format, whatever it looks like: one reader alone, for tests and fuzzing.
pub fn read_as(format: &dyn ReportFormat, name: &str, bytes: &[u8]) -> Content {
    let mut content = Content::default();
    format.read(&Source::new(name, bytes), &mut content);
    content
}

/// Whether a name ends in one of some extensions.
fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ext)| extensions.iter().any(|e| ext.eq_ignore_ascii_case(e)))
}
