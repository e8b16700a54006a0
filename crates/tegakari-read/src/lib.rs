//! A report's bytes to what it says.
//!
//! [`read`] takes a document of any format in [`formats::ALL`] and returns a [`Report`]: every
//! observable it mentions with what the mention means and why, the files it describes, the actors,
//! malware, techniques and victims it names. The way there:
//!
//! 1. `decode`: bytes to text, whatever the encoding.
//! 2. [`formats`]: text to [`content::Content`], blocks with their section, line, cells and links.
//! 3. `text`: widths folded and defanging undone, once for all kinds of values, with a map back.
//! 4. `scan`: candidates for every kind of observable; the context picks among several readings.
//! 5. `judge`: what each mention means, from weighed evidence that is kept as reasons.
//! 6. `records`, `names`, `techniques`, `targets`, `front_matter`: the other facts.
//!
//! Everything here is linear in the size of the document, and nothing is dropped: what is no
//! indicator stays in the report with the reason why.
#![warn(clippy::disallowed_methods)]

use tegakari_knowledge::Knowledge;
use tegakari_model::Report;

mod assemble;
pub mod behaviour;
mod broken;
pub mod content;
mod correct;
mod cybox;
mod decode;
mod deeds;
mod feed;
pub mod formats;
mod front_matter;
mod hashing;
mod judge;
pub mod labels;
mod lexicon;
mod misp;
mod names;
mod openings;
mod phrases;
mod records;
mod rule;
mod scan;
mod several;
mod sigma;
mod targets;
mod techniques;
mod text;
mod tree;
mod typed;
mod unread;
mod unreadable;
mod withdrawn;
mod yaml;
mod yara;

pub use assemble::Listing;
pub use correct::correct;
pub use feed::HELD_BACK;
pub use several::several;
pub use unreadable::unreadable;
pub use withdrawn::{Withdrawal, withdrawal};
pub use yaml::yaml_value;
pub use yara::nested_too_deeply;

/// A document to read.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its name as the user gave it; `-` for standard input. Only a hint to the format.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Reads a document. Never fails as a whole: what could not be read is in [`Report::problems`].
pub fn read(document: Document<'_>, knowledge: &Knowledge) -> Report {
    assemble::read(document, knowledge, None, None)
}

/// Reads a document as a list: what [`read`] does, and what its form says of its values, whatever they are judged to be.
pub fn read_list(document: Document<'_>, knowledge: &Knowledge) -> (Report, Listing) {
    let mut listing = Listing::default();
    let report = assemble::read(document, knowledge, None, Some(&mut listing));
    (report, listing)
}

/// A text with defanging undone (`hxxp://evil[.]example`), in any style that reports use.
pub fn refanged(text: &str) -> String {
    text::clean(text).text.into_owned()
}

/// A value and the names of the signs it was judged by, for fitting their weights.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The value.
    pub observable: tegakari_model::Observable,
    /// Names of signs as in [`weights`]; the same one may speak twice.
    pub signs: Vec<&'static str>,
}

/// Reads a document for the signs that its values were judged by, in order of the values' first mention.
pub fn judged(document: Document<'_>, knowledge: &Knowledge) -> Vec<Judged> {
    let mut judged = Vec::new();
    assemble::read(document, knowledge, Some(&mut judged), None);
    judged
}

/// The weights in log-odds of "is an indicator", each with the name of its sign, and the sum from which on a
/// value is one.
pub fn weights() -> (Vec<(&'static str, f32)>, f32) {
    let table = judge::WEIGHTS.iter().map(|(_, name, w)| (*name, *w));
    (table.collect(), judge::THRESHOLD)
}

/// A document with its format removed: the blocks and stated facts that all else is read from.
pub fn contents(document: Document<'_>) -> content::Content {
    let source = formats::Source::new(document.name, document.bytes);
    let mut content = content::Content::default();
    formats::sniff(document.name, document.bytes).read(&source, &mut content);
    broken::put_together(&mut content.blocks);
    content
}
