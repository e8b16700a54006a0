//! What stands at a distance from its hash: the heading that names the file its section is about, and the list of
//! names that a sentence gives to the file told of before.

use tegakari_model::{FileRecord, ObservableKind as K, ReportCitation};

use super::forms::{announced, announces_names};
use super::{Seen, has_hash, merge};
use crate::content::BlockKind;
use crate::lexicon::{self, Field};
use crate::scan::{Candidate, Origin, label_and_value};

/// Words for the names of a file, beside those that headings use.
const NAMES: [&str; 8] = [
    "名称",
    "別名",
    "following names",
    "names include",
    "names are",
    "names were",
    "names:",
    "名字",
];
/// Longest sentence that announces a list of names, in characters.
const SENTENCE: usize = 160;
/// Names of one list.
const MANY: usize = 64;

/// A section under the name of a file.
#[derive(Default)]
pub(super) struct Titled {
    /// The name that the heading is.
    name: Option<String>,
    /// The records that were done at the heading.
    from: usize,
    /// The section's hashes that stand on lines of their own or behind labels.
    file: FileRecord,
    /// It holds a second hash of a kind, or one in a sentence.
    several: bool,
    /// The hash that was told of last, which a list of names below may be about.
    last: Option<FileRecord>,
    /// A sentence said that names follow.
    listing: bool,
    /// The names since then.
    names: Vec<String>,
}

impl Titled {
    /// Takes a block that is no row; `done` is how many records are finished.
    pub(super) fn take(
        &mut self,
        seen: &Seen<'_>,
        done: &mut Vec<FileRecord>,
        cite: &dyn Fn(&Candidate) -> ReportCitation,
    ) {
        let text = seen.clean.text.trim();
        if seen.block.kind == BlockKind::Heading {
            let of_hashes = matches!(
                lexicon::field(text),
                Some(Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512))
            );
            if !of_hashes {
                let last = self.last.clone();
                self.end(done);
                // A short sentence above a list looks like a heading.
                self.listing = last.is_some() && says_names_follow(&text.to_lowercase());
                self.last = last.filter(|_| self.listing);
                self.name = announced(text, &seen.within(0, seen.clean.text.len()));
                self.from = done.len();
            }
            return;
        }
        self.names(seen, text, done, cite);
        if self.name.is_none() {
            return;
        }
        let related = matches!(label_and_value(text), Some((Field::Related, ..)));
        for one in seen.within(0, seen.clean.text.len()) {
            if !one.observable.kind().is_file_hash() || related {
                continue;
            }
            let kind = one.observable.kind();
            let value = one.observable.value();
            let line = line_about(&seen.clean.text, one.start, one.end);
            let beside = line.len() - (one.end - one.start);
            self.several |= !merge::lacks(&self.file, kind) || beside > 40;
            merge::fill(&mut self.file, kind, value);
            if self.file.citations.is_empty() {
                self.file.citations.push(cite(one));
            }
        }
    }

    /// A list of names below a sentence that says so.
    fn names(
        &mut self,
        seen: &Seen<'_>,
        text: &str,
        done: &mut Vec<FileRecord>,
        cite: &dyn Fn(&Candidate) -> ReportCitation,
    ) {
        let named = seen
            .candidates
            .iter()
            .filter(|c| c.observable.kind() == K::FileName && c.origin != Origin::UrlPart);
        if self.listing && seen.block.kind == BlockKind::ListItem {
            let before = self.names.len();
            for one in named {
                let bare = text.len() <= one.end - one.start + 4;
                if bare && before < MANY {
                    self.names.push(one.observable.value().to_owned());
                }
            }
            if self.names.len() > before {
                return;
            }
        }
        self.end_names(done);
        // The hash may stand in the address of what a scanner says of it.
        let mut hashes: Vec<(K, String, &Candidate)> = Vec::new();
        for one in seen.candidates {
            let kind = one.observable.kind();
            let value = one.observable.value();
            let sum = match kind {
                K::Url => sum_in(value),
                _ => kind.is_file_hash().then_some((kind, value)),
            };
            if let Some((kind, value)) = sum
                && hashes.len() < 2
                && !hashes.iter().any(|(_, known, _)| known == value)
            {
                hashes.push((kind, value.to_owned(), one));
            }
        }
        let mut hashes = hashes.into_iter();
        match (hashes.next(), hashes.next()) {
            (Some((kind, value, one)), None) if is_sum(kind) => {
                let mut file = FileRecord::default();
                merge::fill(&mut file, kind, &value);
                file.citations.push(cite(one));
                self.last = Some(file);
            }
            (Some(_), _) => self.last = None,
            (None, _) => {
                self.listing = self.last.is_some()
                    && seen.block.kind == BlockKind::Paragraph
                    && announces(text);
            }
        }
    }

    fn end_names(&mut self, done: &mut Vec<FileRecord>) {
        let names = std::mem::take(&mut self.names);
        if std::mem::take(&mut self.listing)
            && names.len() > 1
            && let Some(mut file) = self.last.clone()
        {
            file.names = names;
            done.push(file);
        }
    }

    /// The end of a section: the heading's name is that of its only file, where nothing else names one.
    pub(super) fn end(&mut self, done: &mut Vec<FileRecord>) {
        self.end_names(done);
        let section = std::mem::take(self);
        let Some(name) = section.name.filter(|_| !section.several) else {
            return;
        };
        let others = done.get(section.from..).unwrap_or_default();
        if has_hash(&section.file) && others.iter().all(|file| file.names.is_empty()) {
            let mut file = section.file;
            file.names.push(name);
            done.push(file);
        }
    }
}

/// Whether a sentence says that names of a file follow.
fn announces(text: &str) -> bool {
    let lower = text.to_lowercase();
    text.chars().count() <= SENTENCE && (announces_names(&lower) || says_names_follow(&lower))
}

/// The same by words that headings do not use.
fn says_names_follow(lower: &str) -> bool {
    NAMES.iter().any(|words| lower.contains(words))
}

fn is_sum(kind: K) -> bool {
    matches!(kind, K::Md5 | K::Sha1 | K::Sha256 | K::Sha512)
}

/// The hash that a part of a URL's path is.
pub(super) fn sum_in(url: &str) -> Option<(K, &str)> {
    url.split(['/', '?', '#', '=', '&']).find_map(|part| {
        let kind = match part.len() {
            32 => K::Md5,
            40 => K::Sha1,
            64 => K::Sha256,
            _ => return None,
        };
        part.bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then_some((kind, part))
    })
}

/// The line that a value stands on.
fn line_about(text: &str, start: usize, end: usize) -> &str {
    let from = text
        .get(..start)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |at| at + 1);
    let to = text
        .get(end..)
        .and_then(|t| t.find('\n'))
        .map_or(text.len(), |at| end + at);
    text.get(from..to).unwrap_or("").trim()
}
