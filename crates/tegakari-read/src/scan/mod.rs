//! Candidates for observables in one cleaned text. Every scanner is linear: it starts at an anchor
//! (`://`, `@`, a colon, a backslash, a dot in a word) and never looks back over what it has read.
//!
//! Scanners decide what a value *is*; what it *means* is for `judge`.

use tegakari_model::{Observable, ObservableKind as K};

use crate::lexicon::Field;
use crate::text::Clean;

mod detection;
mod file;
mod hash;
mod host;
mod label;
mod named;
mod path;
mod program;
mod spaced;
mod unended;
mod url;
mod version;
mod wallet;

pub(crate) use host::has_known_suffix;
pub(crate) use label::{label_and_value, labelled};
pub(crate) use spaced::says_of_a_file;
pub(crate) use unended::{holds_hash, unended};
pub(crate) use url::written;
pub(crate) use wallet::is_wallet;

/// Where in the text a candidate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By its own form.
    Form,
    /// By its form, but other readings are nearly as good (a dotted name in prose).
    WeakForm,
    /// Inside a URL.
    UrlPart,
    /// Because a label, header or heading says what it is.
    Label,
}

/// A value at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) observable: Observable,
    /// Byte range in the cleaned text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) defanged: bool,
    pub(crate) origin: Origin,
    /// As written, where that says more than the value; see [`written`].
    pub(crate) written: Option<String>,
}

/// What the surroundings say about the values in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hint {
    /// The label, column or section the text stands under.
    pub(crate) field: Option<Field>,
    /// It is a line of code, or a literal block.
    pub(crate) code: bool,
    /// The section lists indicators.
    pub(crate) in_indicators: bool,
    /// It is a field of a structured document: a title, whose words are capitalised whatever they are.
    pub(crate) title: bool,
}

/// Byte ranges already read, so that no value is read twice.
#[derive(Debug, Default)]
struct Taken(Vec<(usize, usize)>);

impl Taken {
    fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// The end of the range that holds `at`, if one does. Ranges must be sorted.
    fn end_of(&self, at: usize) -> Option<usize> {
        let i = self.0.partition_point(|(start, _)| *start <= at);
        let (_, end) = self.0.get(i.checked_sub(1)?)?;
        (at < *end).then_some(*end)
    }
}

/// All candidates in a part of a text, in order of place. The part is read as if it stood alone;
/// places are those in the whole.
pub(crate) fn scan(clean: &Clean<'_>, start: usize, end: usize, hint: Hint) -> Vec<Candidate> {
    let text = cut(&clean.text, start, end);
    let mut found = Finder {
        clean,
        base: start,
        found: Vec::new(),
    };
    let mut taken = Taken::default();
    if !has_anchor(text) && !named::may_name(text) {
        return found.found;
    }
    url::with_scheme(text, &mut taken, &mut found);
    taken.sort();
    path::scan(text, hint, &mut taken, &mut found);
    taken.sort();
    detection::scan(text, hint, &mut taken, &mut found);
    taken.sort();
    named::scan(text, &mut taken, &mut found);
    taken.sort();
    if !text.is_ascii() {
        file::files_in_cjk(text, &mut taken, &mut found);
        taken.sort();
    }
    spaced::numbered(text, hint, &mut taken, &mut found);
    taken.sort();
    spaced::beside_a_hash(text, &mut taken, &mut found);
    taken.sort();
    host::mail(text, &mut taken, &mut found);
    host::colons(text, &mut taken, &mut found);
    taken.sort();
    host::words(text, hint, &taken, &mut found);
    let mut found = found.found;
    found.sort_by_key(|c| (c.start, c.end));
    for one in &mut found {
        one.start += start;
        one.end += start;
    }
    found
}

/// Whether a text can hold any value at all: a digit, a dot, a backslash or an at sign.
fn has_anchor(text: &str) -> bool {
    text.bytes()
        .any(|b| b.is_ascii_digit() || matches!(b, b'.' | b'\\' | b'@' | b':' | b'/'))
}

/// Collects candidates.
struct Finder<'a> {
    clean: &'a Clean<'a>,
    /// Where the part that is read starts in the whole.
    base: usize,
    found: Vec<Candidate>,
}

impl Finder<'_> {
    /// Adds a value if it is valid; says whether it was.
    fn add(&mut self, kind: K, value: &str, (start, end): (usize, usize), origin: Origin) -> bool {
        let Ok(observable) = Observable::new(kind, value) else {
            return false;
        };
        self.push(observable, (start, end), origin);
        true
    }

    fn push(&mut self, observable: Observable, (start, end): (usize, usize), origin: Origin) {
        self.found.push(Candidate {
            observable,
            start,
            end,
            defanged: self.is_defanged(start, end),
            origin,
            written: None,
        });
    }

    /// Whether anything between two offsets of the part was defanged.
    fn is_defanged(&self, start: usize, end: usize) -> bool {
        self.clean.is_defanged(self.base + start, self.base + end)
    }
}

/// A slice that is empty rather than a panic.
fn cut(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or("")
}

fn byte(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

fn before(bytes: &[u8], i: usize) -> u8 {
    i.checked_sub(1).map_or(0, |i| byte(bytes, i))
}

/// Chinese, Japanese and Korean letters and punctuation: text runs on into these without a space.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}')
}
