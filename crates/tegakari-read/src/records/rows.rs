//! Facts by the columns of a table, and tables that are labels and values.

use tegakari_model::{FileRecord, ObservableKind as K};

use super::labels::size;
use super::{Gatherer, Seen, merge};
use crate::lexicon::{self, Field};
use crate::scan::{Candidate, Origin};

impl Gatherer<'_> {
    /// `label | value` rows of a table without a header.
    pub(super) fn labelled_row(&mut self, seen: &Seen<'_>) -> bool {
        let [first, second, more @ ..] = seen.block.cells.as_slice() else {
            return false;
        };
        // Without a header that says so, only two cells are a label and its value.
        if !more.is_empty() && seen.block.header.is_none() {
            return false;
        }
        let label = seen.block.text.get(first.0..first.1).unwrap_or("");
        let Some(field) = lexicon::field(label) else {
            return false;
        };
        let Some(tab) = seen.clean.text.find('\t') else {
            return false;
        };
        if second.0 > second.1 {
            return false;
        }
        if self.table.take().is_some() || seen.block.group != self.group {
            self.close();
            self.group = seen.block.group;
        }
        let here: Vec<&Candidate> = seen
            .candidates
            .iter()
            .copied()
            .filter(|c| c.origin != Origin::UrlPart)
            .collect();
        let rest = seen.clean.text.get(tab + 1..).unwrap_or("");
        let length = rest.find('\t').unwrap_or(rest.len());
        self.field(seen, field, (tab + 1, tab + 1 + length), &here)
    }

    /// The file at a path is called after the path's last part.
    pub(super) fn name_from_path(&mut self, here: &[&Candidate]) {
        for one in here.iter().filter(|c| c.observable.kind() == K::FilePath) {
            let path = one.observable.value();
            let name = path.rsplit(['/', '\\']).next().unwrap_or("");
            // Debug symbols lie where the program was built, under another name.
            let symbols = name.to_ascii_lowercase().ends_with(".pdb");
            if !name.is_empty() && !symbols && !self.open.names.iter().any(|n| n == name) {
                self.open.names.push(name.to_owned());
            }
        }
    }

    /// `name | hash | name | hash`: lists that stand beside each other to save room.
    fn pairs_in_row(&mut self, seen: &Seen<'_>) -> bool {
        let here = seen.within(0, seen.clean.text.len());
        let is_hash = |c: &Candidate| c.observable.kind().is_file_hash();
        let mut kinds = here
            .iter()
            .filter(|c| is_hash(c))
            .map(|c| c.observable.kind());
        let first = kinds.next();
        // Names and hashes of one kind, each beside the other, and nothing else.
        let alternate = here.len() >= 4
            && here.len().is_multiple_of(2)
            && kinds.all(|kind| Some(kind) == first)
            && here.chunks(2).all(|pair| match pair {
                [a, b] => {
                    is_hash(a) != is_hash(b)
                        && here.first().is_some_and(|f| is_hash(f)) == is_hash(a)
                        && [a, b]
                            .iter()
                            .all(|c| is_hash(c) || c.observable.kind() == K::FileName)
                }
                _ => false,
            });
        if !alternate {
            return false;
        }
        self.close();
        for pair in here.chunks(2) {
            self.add_all(seen, pair);
            self.close();
        }
        self.table = Some(seen.block.group);
        true
    }

    /// A row under a header, or one whose cells speak for themselves.
    pub(super) fn row(&mut self, seen: &Seen<'_>) {
        let text = &*seen.clean.text;
        if self.table.is_none() {
            self.close();
        }
        if self.pairs_in_row(seen) {
            return;
        }
        let held = std::mem::take(&mut self.open);
        let mut start = 0;
        for (i, cell) in text.split('\t').enumerate() {
            let (from, to) = (start, start + cell.len());
            start = to + 1;
            let header = seen.block.header.as_ref();
            let field = header.and_then(|h| self.columns.of(h).get(i).copied().flatten());
            if field == Some(Field::Legitimate) {
                continue;
            }
            let here = seen.within(from, to);
            match field {
                Some(Field::ClaimedProduct) => {
                    self.open.claimed_product_stated = true;
                    if !lexicon::is_none_word(cell) {
                        self.open.claimed_product = Some(cell.trim().chars().take(200).collect());
                    }
                }
                Some(Field::Size) => self.open.size = size(cell),
                Some(Field::ReferenceUrl) => {
                    if let Some(url) = here.iter().find(|c| c.observable.kind() == K::Url) {
                        self.open.reference_url = Some(url.observable.value().to_owned());
                    }
                }
                Some(Field::Description | Field::Family | Field::Type) => {
                    // Descriptions may name a file ("loader setup.mjs"), when the cell is short or begins
                    // with it, and not what the file contains; or list its hashes.
                    let contained = ["contain", "含"]
                        .iter()
                        .filter_map(|word| cell.find(word))
                        .min()
                        .map_or(to, |at| from + at);
                    let hashes = here
                        .iter()
                        .filter(|c| c.observable.kind().is_file_hash())
                        .count();
                    let short = cell.len() <= 80;
                    let names: Vec<&Candidate> = here
                        .iter()
                        .copied()
                        .filter(|c| match c.observable.kind() {
                            K::FileName | K::DetectionName => {
                                c.start < contained && (short || hashes > 0 || c.start <= from + 2)
                            }
                            kind => kind.is_file_hash() && hashes <= 3,
                        })
                        .collect();
                    self.add_all(seen, &names);
                }
                _ => {
                    // A cell that is nothing but a path says so itself.
                    let only_path = field.is_none()
                        && matches!(here.as_slice(), [one] if one.observable.kind() == K::FilePath
                            && one.end - one.start + 2 >= cell.trim().len());
                    if matches!(field, Some(Field::Kind(K::FileName | K::FilePath))) || only_path {
                        self.name_from_path(&here);
                    }
                    let hashes = here
                        .iter()
                        .filter(|c| c.observable.kind().is_file_hash())
                        .count();
                    let mut kinds: Vec<K> = here
                        .iter()
                        .filter(|c| c.observable.kind().is_file_hash())
                        .map(|c| c.observable.kind())
                        .collect();
                    kinds.sort_unstable();
                    kinds.dedup();
                    // Several hashes of one kind in a cell are several files.
                    if kinds.len() == hashes {
                        self.add_all(seen, &here);
                    }
                }
            }
        }
        self.table = Some(seen.block.group);
        if is_next_hash(&held, &self.open) {
            // One row for each hash of the file.
            let row = std::mem::replace(&mut self.open, held);
            merge::join(&mut self.open, row);
        } else {
            let row = std::mem::replace(&mut self.open, held);
            self.close();
            self.open = row;
        }
    }
}

/// Whether a row gives another hash of the file that the row above is about.
fn is_next_hash(above: &FileRecord, row: &FileRecord) -> bool {
    let hashes = [
        (K::Md5, &row.md5),
        (K::Sha1, &row.sha1),
        (K::Sha256, &row.sha256),
    ];
    let mut given = hashes.iter().filter(|(_, value)| value.is_some());
    let (Some((kind, _)), None) = (given.next(), given.next()) else {
        return false;
    };
    !row.names.is_empty() && row.names == above.names && merge::lacks(above, *kind)
}
