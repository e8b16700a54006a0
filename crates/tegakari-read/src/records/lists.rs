//! Lists of bare lines, each nothing but a name or a hash: which name is whose is told by the whole list.
//!
//! `hash / name / hash / name` and `name / hash / name / hash` look the same from inside. The blank lines between them,
//! and what the list begins and ends with, tell them apart; a list of names and a list of as many hashes go by their order.

use tegakari_model::{FileRecord, ObservableKind as K, ReportCitation};

use super::merge;

/// Items of a run that are looked at as a whole; a longer one is read line by line.
const LONGEST: usize = 20_000;

/// What a line of a list is.
enum Item {
    Name(String),
    Hash(K, String, ReportCitation),
}

impl Item {
    fn is_name(&self) -> bool {
        matches!(self, Self::Name(_))
    }
}

/// Lines that follow each other and are each a name or a hash.
#[derive(Default)]
pub(super) struct Run {
    /// Each item, and whether a blank line stands before it.
    items: Vec<(Item, bool)>,
    /// The records that were done when it began.
    pub(super) from: usize,
    group: u32,
    /// A label without a value came since the last item.
    parted: bool,
    /// Labels say of which kind the hashes below them are.
    labelled: bool,
    /// What stands before or in it says itself whose the hashes are.
    spoilt: bool,
    /// Names that are the last parts of URLs: where the file of the hash was fetched.
    urls: usize,
    /// All names.
    named: usize,
}

/// Hashes with a URL each that make a list of files and where they were fetched.
const FETCHED: usize = 3;

impl Run {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Begins a run where `done` records are finished.
    pub(super) fn begin(&mut self, done: usize, spoilt: bool) {
        *self = Self {
            from: done,
            spoilt,
            ..Self::default()
        };
    }

    pub(super) fn name(&mut self, group: u32, name: &str) {
        self.named += 1;
        self.push(group, || Item::Name(name.to_owned()));
    }

    /// Whether a URL may be an item: the list has hashes, and no other names.
    pub(super) fn takes_urls(&self) -> bool {
        !self.items.is_empty() && self.named == self.urls
    }

    pub(super) fn has_urls(&self) -> bool {
        self.urls > 0
    }

    /// A URL, with the last part of its path.
    pub(super) fn url(&mut self, group: u32, name: &str) {
        self.name(group, name);
        self.urls += 1;
    }

    pub(super) fn hash(
        &mut self,
        group: u32,
        kind: K,
        value: &str,
        citation: impl FnOnce() -> ReportCitation,
    ) {
        self.push(group, || Item::Hash(kind, value.to_owned(), citation()));
    }

    /// A label with nothing behind it, like the title of the second of two lists.
    pub(super) fn part(&mut self) {
        self.parted = true;
    }

    /// A label that says of which kind the next hash is.
    pub(super) fn label(&mut self) {
        self.labelled = true;
    }

    fn push(&mut self, group: u32, item: impl FnOnce() -> Item) {
        self.spoilt |= self.items.len() >= LONGEST;
        if self.spoilt {
            // One item says that the run goes on.
            self.items.truncate(1);
            if !self.items.is_empty() {
                return;
            }
        }
        let gap = !self.items.is_empty() && (group != self.group || self.parted);
        self.group = group;
        self.parted = false;
        self.items.push((item(), gap));
    }

    /// Ends the run, with its files where the list as a whole says more than its lines.
    pub(super) fn end(&mut self) -> Option<Vec<FileRecord>> {
        let mut run = std::mem::take(self);
        if run.labelled {
            // Labels stand apart from what they are of: blank lines about them say nothing.
            run.items.iter_mut().for_each(|(_, gap)| *gap = false);
        }
        let names = run.items.iter().filter(|(item, _)| item.is_name()).count();
        if run.spoilt || names < 2 || run.items.len() - names < 2 {
            return None;
        }
        if run.urls > 0 {
            // Only `hash / URL / hash / URL` says whose each URL is.
            let strict = run
                .items
                .windows(2)
                .all(|w| matches!(w, [a, b] if a.0.is_name() != b.0.is_name()));
            let first = run.items.first().is_some_and(|(item, _)| !item.is_name());
            return (strict && first && names == run.urls && names >= FETCHED)
                .then(|| below(&run.items));
        }
        let turns = run
            .items
            .windows(2)
            .filter(|w| matches!(w, [a, b] if a.0.is_name() != b.0.is_name()))
            .count();
        if turns == 1 {
            by_order(&run.items, names)
        } else if names_below(&run.items)? {
            Some(below(&run.items))
        } else {
            // Names right above their hashes are read so line by line.
            run.labelled.then(|| above(&run.items))
        }
    }
}

/// A list of names, and one of as many hashes of each kind.
fn by_order(items: &[(Item, bool)], count: usize) -> Option<Vec<FileRecord>> {
    let mut files: Vec<FileRecord> = items
        .iter()
        .filter_map(|(item, _)| match item {
            Item::Name(name) => Some(FileRecord {
                names: vec![name.clone()],
                ..FileRecord::default()
            }),
            Item::Hash(..) => None,
        })
        .collect();
    let mut most = 0;
    let mut even = true;
    for kind in [K::Md5, K::Sha1, K::Sha256, K::Sha512] {
        let mut given = 0;
        for (item, _) in items {
            if let Item::Hash(one, value, citation) = item
                && *one == kind
            {
                if let Some(file) = files.get_mut(given) {
                    merge::fill(file, kind, value);
                    if file.citations.is_empty() {
                        file.citations.push(citation.clone());
                    }
                }
                given += 1;
            }
        }
        most = most.max(given);
        even &= given == 0 || given == count;
    }
    if even {
        return Some(files);
    }
    // Other numbers of names and hashes: nothing says which is whose. A single name above a file's hashes does, and
    // so does one with a blank line between it and the names before.
    let last = items.iter().rposition(|(item, _)| item.is_name())?;
    let apart = items.get(last).is_some_and(|(_, gap)| *gap);
    let names_first = items.first().is_some_and(|(item, _)| item.is_name());
    (names_first && !apart && most > 1).then(Vec::new)
}

/// Whether the names stand below their hashes; `None` where nothing tells.
fn names_below(items: &[(Item, bool)]) -> Option<bool> {
    let (mut above, mut below) = (0, 0);
    for pair in items.windows(2) {
        if let [(first, _), (second, gap)] = pair
            && !gap
        {
            above += usize::from(first.is_name() && !second.is_name());
            below += usize::from(!first.is_name() && second.is_name());
        }
    }
    match (above, below) {
        (0, 1..) => return Some(true),
        (1.., 0) => return Some(false),
        _ => {}
    }
    let first = items.first()?.0.is_name();
    let last = items.last()?.0.is_name();
    (first != last).then_some(last)
}

/// Each name with the hashes below it; a second hash of a kind is another file of the name.
fn above(items: &[(Item, bool)]) -> Vec<FileRecord> {
    let mut files = Vec::new();
    let mut open = FileRecord::default();
    for (item, _) in items {
        match item {
            Item::Name(name) => {
                files.push(std::mem::take(&mut open));
                open.names.push(name.clone());
            }
            Item::Hash(kind, value, citation) => {
                if !merge::lacks(&open, *kind) {
                    let names = open.names.clone();
                    files.push(std::mem::take(&mut open));
                    open.names = names;
                }
                merge::fill(&mut open, *kind, value);
                open.citations.push(citation.clone());
            }
        }
    }
    files.push(open);
    files.retain(|file| super::has_hash(file) && super::facts(file) >= 2);
    files
}

/// Each name with the hashes right above it, one of a kind.
fn below(items: &[(Item, bool)]) -> Vec<FileRecord> {
    // Where every line stands alone, blank lines tell nothing.
    let tight = items
        .windows(2)
        .any(|w| matches!(w, [(a, _), (b, false)] if !a.is_name() && b.is_name()));
    let mut files = Vec::new();
    let mut open = FileRecord::default();
    for (item, gap) in items {
        if tight && *gap {
            open = FileRecord::default();
        }
        match item {
            Item::Hash(kind, value, citation) => {
                if !merge::lacks(&open, *kind) {
                    open = FileRecord::default();
                }
                merge::fill(&mut open, *kind, value);
                open.citations.truncate(0);
                open.citations.push(citation.clone());
            }
            Item::Name(name) => {
                if super::has_hash(&open) {
                    open.names.push(name.clone());
                    files.push(std::mem::take(&mut open));
                }
            }
        }
    }
    files
}
