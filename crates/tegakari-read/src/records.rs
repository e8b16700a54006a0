//! Facts that belong to one file, gathered from label lines, table rows and lines with several values.
//!
//! A record opens at a hash or a label, and closes at a heading, a blank line, a repeated hash label
//! or a line that is no part of it. The same name with another hash is another file.

use tegakari_model::{FileRecord, ObservableKind as K, ReportCitation};

use crate::assemble::Columns;
use crate::content::{Block, BlockKind};
use crate::lexicon::{self, Field};
use crate::scan::{Candidate, Origin, label_and_value};
use crate::text::Clean;

/// A block with what was found in it.
pub(crate) struct Seen<'a> {
    pub(crate) block: &'a Block,
    pub(crate) clean: &'a Clean<'a>,
    pub(crate) candidates: &'a [&'a Candidate],
}

impl<'a> Seen<'a> {
    /// Candidates inside a range that are values of their own; candidates are in order of place.
    fn within(&self, start: usize, end: usize) -> Vec<&'a Candidate> {
        let from = self.candidates.partition_point(|c| c.start < start);
        let rest = self.candidates.get(from..).unwrap_or_default();
        rest.iter()
            .copied()
            .take_while(|c| c.start <= end)
            .filter(|c| c.end <= end && c.origin != Origin::UrlPart)
            .collect()
    }
}

/// How many facts a record holds.
pub(crate) fn facts(file: &FileRecord) -> usize {
    [&file.md5, &file.sha1, &file.sha256]
        .iter()
        .filter(|h| h.is_some())
        .count()
        + file.names.len()
        + file.detections.len()
        + usize::from(file.size.is_some())
        + usize::from(file.claimed_product.is_some())
        + usize::from(file.reference_url.is_some())
}

fn has_hash(file: &FileRecord) -> bool {
    file.md5.is_some() || file.sha1.is_some() || file.sha256.is_some()
}

/// Gathers records from blocks in reading order.
pub(crate) struct Gatherer<'a> {
    cite: &'a dyn Fn(&Block, &Clean<'_>, usize, usize) -> ReportCitation,
    open: FileRecord,
    first: Option<Field>,
    group: u32,
    columns: Columns,
    /// The file that a short line of its own names: hashes on the lines right below are its.
    above: Option<String>,
    /// How many records there were after the row above, and its table, when that row made one.
    row_above: Option<(usize, u32)>,
    done: Vec<FileRecord>,
}

impl<'a> Gatherer<'a> {
    pub(crate) fn new(
        cite: &'a dyn Fn(&Block, &Clean<'_>, usize, usize) -> ReportCitation,
    ) -> Self {
        Self {
            cite,
            open: FileRecord::default(),
            first: None,
            group: 0,
            columns: Columns::default(),
            above: None,
            row_above: None,
            done: Vec::new(),
        }
    }

    /// Takes the next block.
    pub(crate) fn take(&mut self, seen: &Seen<'_>) {
        let block = seen.block;
        if block.kind == BlockKind::Heading || block.aside {
            self.close();
            self.above = None;
            return;
        }
        if block.kind == BlockKind::Row {
            if seen.block.header.is_none() && self.labelled_row(seen) {
                return;
            }
            self.close();
            self.above = None;
            self.row(seen);
            return;
        }
        if block.group != self.group {
            self.close();
            self.group = block.group;
        }
        // Lines of one block are lines of their own.
        let text = &*seen.clean.text;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            self.line(seen, start, start + line.trim_end().len());
            start = end;
        }
    }

    /// Closes the last record and returns all, the same file once.
    pub(crate) fn finish(mut self) -> Vec<FileRecord> {
        self.close();
        merge(self.done)
    }

    fn line(&mut self, seen: &Seen<'_>, start: usize, end: usize) {
        let text = seen.clean.text.get(start..end).unwrap_or("");
        if text.trim().is_empty() {
            return;
        }
        let here = seen.within(start, end);
        if let Some((field, from, to)) = label_and_value(text)
            && self.field(seen, field, (start + from, start + to), &here)
        {
            return;
        }
        let hashes: Vec<&&Candidate> = here
            .iter()
            .filter(|c| c.observable.kind().is_file_hash())
            .collect();
        let link_to_open = here
            .iter()
            .any(|c| c.observable.kind() == K::Url && self.names_open(c.observable.value()));
        if hashes.is_empty() {
            if link_to_open {
                self.link(&here);
            } else {
                self.close();
                self.above = announced(text, &here);
            }
            return;
        }
        self.close();
        // Prose that names many files is no record; a line that is about one file is.
        let mut kinds: Vec<K> = hashes.iter().map(|c| c.observable.kind()).collect();
        kinds.sort_unstable();
        let distinct = kinds.windows(2).all(|w| w.first() != w.last());
        let names = here
            .iter()
            .filter(|c| c.observable.kind() == K::FileName)
            .count();
        let span: usize = here.iter().map(|c| c.end - c.start).sum();
        let prose = text.len() > span + 120;
        if distinct && names <= 1 && !prose {
            self.add_all(seen, &here);
            let bare = text.len() <= span + 24 && names == 0;
            if let Some(name) = self.above.take().filter(|_| bare) {
                self.open.names.push(name.clone());
                self.above = Some(name);
            }
            // `loader.dll  MD5: …` may go on with the other hashes below.
            let first = hashes.first().map_or(0, |c| c.start - start);
            let labelled = names == 1
                && text
                    .get(..first)
                    .is_some_and(|t| t.trim_end().ends_with(':'));
            if !labelled {
                self.close();
            }
        } else {
            self.above = None;
            self.pairs(seen, &here);
        }
    }

    /// Names in running text with the hashes that follow each: `a.zip` (MD5 …, SHA-256 …).
    fn pairs(&mut self, seen: &Seen<'_>, here: &[&Candidate]) {
        let text = &*seen.clean.text;
        let mut name: Option<&str> = None;
        let mut last = 0;
        for one in here {
            let kind = one.observable.kind();
            if kind == K::FileName {
                self.close();
                name = Some(one.observable.value());
                last = one.end;
            } else if kind.is_file_hash() {
                let between = text.get(last..one.start).unwrap_or("");
                let near =
                    between.len() <= 64 && !between.contains(". ") && !between.contains('。');
                let Some(of) = name.filter(|_| near) else {
                    name = None;
                    continue;
                };
                let taken = match kind {
                    K::Md5 => self.open.md5.is_some(),
                    K::Sha1 => self.open.sha1.is_some(),
                    K::Sha256 => self.open.sha256.is_some(),
                    _ => true,
                };
                if taken {
                    self.close();
                }
                if self.open.names.is_empty() {
                    self.open.names.push(of.to_owned());
                }
                self.add_all(seen, &[one]);
                last = one.end;
            }
        }
        self.close();
    }

    fn names_open(&self, url: &str) -> bool {
        [&self.open.md5, &self.open.sha1, &self.open.sha256]
            .into_iter()
            .flatten()
            .any(|h| url.to_ascii_lowercase().contains(h.as_str()))
    }

    fn link(&mut self, here: &[&Candidate]) {
        let url = here
            .iter()
            .find(|c| c.observable.kind() == K::Url && self.names_open(c.observable.value()));
        if let Some(url) = url {
            self.open
                .reference_url
                .get_or_insert(url.observable.value().to_owned());
        }
    }

    fn add_all(&mut self, seen: &Seen<'_>, here: &[&Candidate]) {
        for one in here {
            let value = one.observable.value().to_owned();
            match one.observable.kind() {
                K::Md5 => self.open.md5 = Some(value),
                K::Sha1 => self.open.sha1 = Some(value),
                K::Sha256 => self.open.sha256 = Some(value),
                K::FileName => self.open.names.push(value),
                K::DetectionName => self.open.detections.push(value),
                K::Url if self.names_open(&value) => self.open.reference_url = Some(value),
                _ => continue,
            }
            if self.open.citations.is_empty() {
                self.open
                    .citations
                    .push((self.cite)(seen.block, seen.clean, one.start, one.end));
            }
        }
    }

    /// Takes one labelled value; says whether the label belongs to file records.
    fn field(
        &mut self,
        seen: &Seen<'_>,
        field: Field,
        (from, to): (usize, usize),
        here: &[&Candidate],
    ) -> bool {
        let value = seen.clean.text.get(from..to).unwrap_or("");
        let none = lexicon::is_none_word(value);
        let inside: Vec<&&Candidate> = here
            .iter()
            .filter(|c| c.start >= from && c.end <= to)
            .collect();
        let hash = inside.iter().find(|c| c.observable.kind().is_file_hash());
        let wants_hash = matches!(
            field,
            Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512)
        );
        if wants_hash && hash.is_none() && !none {
            return false;
        }
        let repeats = match (hash.filter(|_| wants_hash), self.first) {
            (Some(hash), _) => {
                let slot = match hash.observable.kind() {
                    K::Md5 => &self.open.md5,
                    K::Sha1 => &self.open.sha1,
                    _ => &self.open.sha256,
                };
                slot.as_deref()
                    .is_some_and(|old| old != hash.observable.value())
            }
            (None, Some(first)) => first == field && facts(&self.open) > 1,
            (None, None) => false,
        };
        if repeats {
            self.close();
        }
        let known = match field {
            Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512) => {
                for one in &inside {
                    let value = Some(one.observable.value().to_owned());
                    match one.observable.kind() {
                        K::Md5 => self.open.md5 = value,
                        K::Sha1 => self.open.sha1 = value,
                        K::Sha256 => self.open.sha256 = value,
                        _ => {}
                    }
                }
                true
            }
            Field::Kind(kind @ (K::FileName | K::DetectionName)) => {
                for one in inside.iter().filter(|c| c.observable.kind() == kind) {
                    let list = if kind == K::FileName {
                        &mut self.open.names
                    } else {
                        &mut self.open.detections
                    };
                    let value = one.observable.value().to_owned();
                    if !list.contains(&value) {
                        list.push(value);
                    }
                }
                true
            }
            Field::ClaimedProduct => {
                self.open.claimed_product_stated = true;
                if !none {
                    self.open.claimed_product = Some(value.trim().chars().take(200).collect());
                }
                true
            }
            Field::ReferenceUrl => {
                if let Some(url) = inside.iter().find(|c| c.observable.kind() == K::Url) {
                    self.open.reference_url = Some(url.observable.value().to_owned());
                }
                true
            }
            Field::Size => {
                self.open.size = size(value);
                true
            }
            Field::Kind(K::FilePath) => {
                let paths: Vec<&Candidate> = inside.iter().map(|c| **c).collect();
                if self.open.names.is_empty() && facts(&self.open) > 0 {
                    self.name_from_path(&paths);
                }
                facts(&self.open) > 0
            }
            Field::Kind(K::Imphash | K::Ssdeep)
            | Field::Family
            | Field::Type
            | Field::Description
            | Field::FirstSeen
            | Field::LastSeen => facts(&self.open) > 0,
            _ => false,
        };
        if known {
            self.first = self.first.or(Some(field));
            if facts(&self.open) > 0 && self.open.citations.is_empty() {
                self.open
                    .citations
                    .push((self.cite)(seen.block, seen.clean, from, to));
            }
        }
        known
    }

    /// `label | value` rows of a table without a header.
    fn labelled_row(&mut self, seen: &Seen<'_>) -> bool {
        let [first, second] = seen.block.cells.as_slice() else {
            return false;
        };
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
        if seen.block.group != self.group {
            self.close();
            self.group = seen.block.group;
        }
        let here: Vec<&Candidate> = seen
            .candidates
            .iter()
            .copied()
            .filter(|c| c.origin != Origin::UrlPart)
            .collect();
        self.field(seen, field, (tab + 1, seen.clean.text.len()), &here)
    }

    /// The file at a path is called after the path's last part.
    fn name_from_path(&mut self, here: &[&Candidate]) {
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

    /// A row under a header, or one whose cells speak for themselves.
    fn row(&mut self, seen: &Seen<'_>) {
        let text = &*seen.clean.text;
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
                    // A cell of nothing but a hash holds a hash, whatever the header says.
                    let alone: Vec<&Candidate> = here
                        .iter()
                        .copied()
                        .filter(|c| c.observable.kind().is_file_hash())
                        .filter(|c| c.end - c.start == cell.trim().len())
                        .collect();
                    self.add_all(seen, &alone);
                    // Descriptions may name a file ("loader setup.mjs"), when the cell is short.
                    if cell.len() <= 80 {
                        let names: Vec<&Candidate> = here
                            .iter()
                            .copied()
                            .filter(|c| {
                                matches!(c.observable.kind(), K::FileName | K::DetectionName)
                            })
                            .collect();
                        self.add_all(seen, &names);
                    }
                }
                _ => {
                    if matches!(field, Some(Field::Kind(K::FileName | K::FilePath))) {
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
        let before = self.done.len();
        let table = seen.block.group;
        self.close();
        let joined = self.row_above == Some((before, table)) && self.join_rows();
        self.row_above = (self.done.len() > before || joined).then_some((self.done.len(), table));
    }

    /// Lists with a hash a row give the MD5 of a file and its SHA-256 on rows below each other, with the
    /// same names beside both. Says whether the last two records were such.
    fn join_rows(&mut self) -> bool {
        let [.., above, below] = self.done.as_slice() else {
            return false;
        };
        let apart = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none();
        let one_file = !below.names.is_empty()
            && above.names == below.names
            && apart(&above.md5, &below.md5)
            && apart(&above.sha1, &below.sha1)
            && apart(&above.sha256, &below.sha256);
        if one_file
            && let Some(below) = self.done.pop()
            && let Some(above) = self.done.last_mut()
        {
            join(above, below);
        }
        one_file
    }

    fn close(&mut self) {
        let mut file = std::mem::take(&mut self.open);
        self.first = None;
        file.names.dedup();
        file.detections.dedup();
        if has_hash(&file) && facts(&file) >= 2 {
            self.done.push(file);
        }
    }
}

/// The one file that a short line without a hash names.
fn announced(line: &str, here: &[&Candidate]) -> Option<String> {
    let mut names = here
        .iter()
        .filter(|c| c.observable.kind() == K::FileName)
        .map(|c| c.observable.value());
    let name = names.next()?;
    let only = names.all(|other| other == name);
    (only && line.chars().count() <= name.chars().count() + 40).then(|| name.to_owned())
}

/// A size in bytes, with or without a unit.
fn size(text: &str) -> Option<u64> {
    let text = text.trim().replace([',', '_'], "");
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let scale = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" | "bytes" | "byte" | "バイト" => 1.0,
        "kb" | "kib" => 1024.0,
        "mb" | "mib" => 1024.0 * 1024.0,
        "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number * scale;
    (0.0..1e15).contains(&bytes).then_some(bytes as u64)
}

/// Records of the same file become one; records that share only a name stay apart.
pub(crate) fn merge(files: Vec<FileRecord>) -> Vec<FileRecord> {
    use std::collections::HashMap;
    let mut out: Vec<FileRecord> = Vec::new();
    let mut by_hash: HashMap<String, usize> = HashMap::new();
    for file in files {
        let hashes: Vec<String> = [&file.md5, &file.sha1, &file.sha256]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let fits = |old: &FileRecord| {
            let agree =
                |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
            agree(&old.md5, &file.md5)
                && agree(&old.sha1, &file.sha1)
                && agree(&old.sha256, &file.sha256)
        };
        let known = hashes
            .iter()
            .find_map(|h| by_hash.get(h).copied())
            .filter(|i| out.get(*i).is_some_and(fits));
        let at = match known {
            Some(i) => {
                if let Some(old) = out.get_mut(i) {
                    join(old, file);
                }
                i
            }
            None => {
                out.push(file);
                out.len() - 1
            }
        };
        for hash in hashes {
            by_hash.insert(hash, at);
        }
    }
    out
}

fn join(old: &mut FileRecord, new: FileRecord) {
    old.md5 = old.md5.take().or(new.md5);
    old.sha1 = old.sha1.take().or(new.sha1);
    old.sha256 = old.sha256.take().or(new.sha256);
    old.size = old.size.or(new.size);
    old.claimed_product = old.claimed_product.take().or(new.claimed_product);
    old.claimed_product_stated |= new.claimed_product_stated;
    old.reference_url = old.reference_url.take().or(new.reference_url);
    for name in new.names {
        if !old.names.contains(&name) {
            old.names.push(name);
        }
    }
    for name in new.detections {
        if !old.detections.contains(&name) {
            old.detections.push(name);
        }
    }
    for citation in new.citations {
        if old.citations.len() < 10 && !old.citations.contains(&citation) {
            old.citations.push(citation);
        }
    }
}
