//! Facts by the columns of a table, and tables that are labels and values.

use std::collections::BTreeMap;

use tegakari_model::{FileRecord, ObservableKind as K, ReportCitation};

use super::labels::size;
use super::{Gatherer, Seen, facts, merge};
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
        if seen
            .block
            .text
            .get(second.0..second.1)
            .is_some_and(|t| t.trim().is_empty())
            && more.is_empty()
            && let [name] = seen.candidates
            && name.observable.kind() == K::FileName
            && seen.clean.text.trim().len() <= name.end - name.start + 4
        {
            // A row that is nothing but the name of the file that the rows below are about.
            self.close();
            self.table = None;
            self.group = seen.block.group;
            self.above = Some(name.observable.value().to_owned());
            self.used_above = false;
            return true;
        }
        let label = seen.block.text.get(first.0..first.1).unwrap_or("");
        let Some(field) = lexicon::field(label) else {
            // `CPU | X86-32`: a fact that is not kept.
            let told = seen
                .candidates
                .iter()
                .any(|c| c.observable.kind().is_file_hash() || c.observable.kind() == K::FileName);
            return more.is_empty()
                && self.first.is_some()
                && seen.block.group == self.group
                && facts(&self.open) > 0
                && !told;
        };
        let Some(tab) = seen.clean.text.find('\t') else {
            return false;
        };
        if second.0 > second.1 {
            return false;
        }
        // `SHA256: …` as a line and `SHA1: …` below it in a table, as PDFs come apart.
        let goes_on = self.table.is_none()
            && self.first.is_some()
            && super::has_hash(&self.open)
            && matches!(field, Field::Kind(kind) if merge::lacks(&self.open, kind));
        if self.table.take().is_some() || seen.block.group != self.group {
            if !goes_on {
                self.close();
            }
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
            // `Package | com.example`: a fact that is not kept.
            || more.is_empty()
                && facts(&self.open) > 0
                && !here.iter().any(|c| {
                    c.observable.kind().is_file_hash() || c.observable.kind() == K::FileName
                })
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
        let rest = usize::from(here.len() % 2 == 1 && here.last().is_some_and(|c| is_hash(c)));
        let here = here.get(..here.len() - rest).unwrap_or_default();
        let alternate = here.len() >= 4
            && here.len().is_multiple_of(2)
            && (rest == 0 || here.first().is_some_and(|c| !is_hash(c)))
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

    /// `a.exe, b.dll | <hash>, <hash>`: a cell of names and one of as many hashes of one kind go by their order.
    fn lists_in_row(&mut self, seen: &Seen<'_>) -> bool {
        let text = &*seen.clean.text;
        let mut sums = seen
            .candidates
            .iter()
            .filter(|c| c.observable.kind().is_file_hash());
        if sums.nth(1).is_none() {
            return false;
        }
        let (mut names, mut hashes): (Vec<&Candidate>, Vec<&Candidate>) = (Vec::new(), Vec::new());
        let mut start = 0;
        for cell in text.split('\t') {
            let here = seen.within(start, start + cell.len());
            start += cell.len() + 1;
            let named = here.iter().all(|c| c.observable.kind() == K::FileName);
            let hashed = here.iter().all(|c| c.observable.kind().is_file_hash());
            if here.len() < 2 {
                continue;
            } else if named && names.is_empty() {
                names = here;
            } else if hashed && hashes.is_empty() {
                hashes = here;
            } else {
                return false;
            }
        }
        let kind = hashes.first().map(|c| c.observable.kind());
        if names.len() != hashes.len()
            || names.is_empty()
            || !hashes.iter().all(|c| Some(c.observable.kind()) == kind)
        {
            return false;
        }
        self.close();
        for (name, hash) in names.into_iter().zip(hashes) {
            self.add_all(seen, &[name, hash]);
            self.close();
        }
        self.table = Some(seen.block.group);
        true
    }

    /// `MD5 | <hash of the first> | <hash of the second>`: a table with a column for each file.
    pub(super) fn across(&mut self, seen: &Seen<'_>) -> bool {
        let text = &*seen.clean.text;
        let mut cells = text.split('\t');
        let label = cells.next().unwrap_or("");
        let wanted = match lexicon::field(label.trim()) {
            Some(Field::Kind(kind @ (K::FileName | K::DetectionName))) => Some(kind),
            Some(Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512)) => None,
            _ => return false,
        };
        let mut start = label.len() + 1;
        let mut found = Vec::new();
        for cell in cells {
            let here = seen.within(start, start + cell.len());
            start += cell.len() + 1;
            let fits = |c: &Candidate| match wanted {
                Some(kind) => c.observable.kind() == kind,
                None => matches!(
                    c.observable.kind(),
                    K::Md5 | K::Sha1 | K::Sha256 | K::Sha512
                ),
            };
            match here.as_slice() {
                [one] if fits(one) => found.push(Some(*one)),
                [] if lexicon::is_none_word(cell) || cell.trim().is_empty() => found.push(None),
                _ => return false,
            }
        }
        if found.iter().flatten().count() < 2 {
            return false;
        }
        self.close();
        let full = |file: &FileRecord, one: &Candidate| match one.observable.kind() {
            K::FileName => !file.names.is_empty(),
            K::DetectionName => !file.detections.is_empty(),
            kind => !merge::lacks(file, kind),
        };
        let pairs = || self.across.files.iter().zip(found.iter().copied());
        if !self.across.is_of(seen.block.group)
            || self.across.files.len() != found.len()
            || pairs().any(|(file, one)| one.is_some_and(|one| full(file, one)))
        {
            self.done.extend(self.across.end());
            self.across = Across {
                table: Some(seen.block.group),
                files: vec![FileRecord::default(); found.len()],
            };
        }
        for (file, one) in self.across.files.iter_mut().zip(found) {
            let Some(one) = one else { continue };
            let value = one.observable.value();
            match one.observable.kind() {
                K::FileName => file.names.push(value.to_owned()),
                K::DetectionName => file.detections.push(value.to_owned()),
                kind => merge::fill(file, kind, value),
            }
            if file.citations.is_empty() {
                file.citations
                    .push((self.cite)(seen.block, seen.clean, one.start, one.end));
            }
        }
        true
    }

    /// Whether a table has a column of files and one of what they are detected as.
    fn names_detections(&mut self, seen: &Seen<'_>) -> bool {
        let Some(header) = seen.block.header.as_ref() else {
            return false;
        };
        let fields = self.columns.of(header);
        let has = |kind| fields.contains(&Some(Field::Kind(kind)));
        has(K::FileName) && has(K::DetectionName)
    }

    /// A row under a header, or one whose cells speak for themselves.
    pub(super) fn row(&mut self, seen: &Seen<'_>) {
        let text = &*seen.clean.text;
        if self.table.is_none() {
            self.close();
        }
        if self.pairs_in_row(seen) || self.lists_in_row(seen) {
            return;
        }
        if seen.block.header.is_some() {
            self.alike.take(seen, &|c| {
                (self.cite)(seen.block, seen.clean, c.start, c.end)
            });
        }
        let held = std::mem::take(&mut self.open);
        let mut start = 0;
        for (i, cell) in text.split('\t').enumerate() {
            let (from, to) = (start, start + cell.len());
            start = to + 1;
            let header = seen.block.header.as_ref();
            let field = header.and_then(|h| self.columns.of(h).get(i).copied().flatten());
            if matches!(field, Some(Field::Legitimate | Field::Related)) {
                continue;
            }
            let mut here = seen.within(from, to);
            // `log.dll!Initialise`: what a program imports.
            here.retain(|c| {
                c.observable.kind() != K::FileName
                    || !text.get(c.end..).is_some_and(|rest| rest.starts_with('!'))
            });
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
                    } else if let [name] = here.as_slice()
                        && name.observable.kind() == K::FileName
                    {
                        // "Reference | loader.bin": what the value belongs to.
                        self.add_all(seen, &here);
                    }
                }
                Some(Field::Description | Field::Family | Field::Type) => {
                    // Descriptions may name a file ("loader setup.mjs"), when the cell is short or begins
                    // with it, and not what the file contains or comes from; or list its hashes.
                    let contained = ["contain", "含", " stage of ", "parent"]
                        .into_iter()
                        .chain(super::prose::AGENT.map(str::trim_start))
                        .filter_map(|word| cell.find(word))
                        .chain(crate::deeds::first(cell))
                        .min()
                        .map_or(to, |at| from + at);
                    let hashes = here
                        .iter()
                        .filter(|c| c.observable.kind().is_file_hash())
                        .count();
                    let named_column = seen.block.header.as_ref().is_some_and(|header| {
                        let names = Some(Field::Kind(K::FileName));
                        self.columns.of(header).contains(&names)
                    });
                    // What is said beside the names.
                    let named: usize = here.iter().map(|c| c.end - c.start).sum();
                    let short = cell.len().saturating_sub(named) <= 80;
                    let names: Vec<&Candidate> = here
                        .iter()
                        .copied()
                        .filter(|c| match c.observable.kind() {
                            K::FileName
                                if named_column
                                    || crate::judge::is_system_program(&c.observable) =>
                            {
                                false
                            }
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
                    if field.is_none()
                        && here.iter().any(|c| c.observable.kind() == K::FileName)
                        && let Some(deed) = crate::deeds::first(cell)
                    {
                        // `Writes b.dll.`: another file.
                        here.retain(|c| {
                            c.observable.kind() != K::FileName || c.start < from + deed
                        });
                    }
                    // Several hashes of one kind in a cell are several files.
                    if kinds.len() == hashes {
                        self.add_all(seen, &here);
                    }
                }
            }
        }
        self.table = Some(seen.block.group);
        let is_stated = self.open.names.len() == 1 && self.names_detections(seen)
            || self.open.names.len() > 1 && equates(text);
        let bare = match seen.block.header.as_ref() {
            Some(header) => self.columns.of(header).iter().all(|field| {
                matches!(
                    field,
                    Some(
                        Field::Hash
                            | Field::Size
                            | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512)
                    )
                )
            }),
            None => !text.contains('\t'),
        };
        if bare
            && super::has_hash(&self.open)
            && self.open.names.is_empty()
            && let Some(name) = &self.above
        {
            // A table of nothing but hashes, below the name of the file.
            self.open.names.push(name.clone());
            self.used_above = true;
        }
        if self.open.names.is_empty()
            && let Some(name) = odd_name(seen).or_else(|| explained_name(seen))
        {
            self.open.names.push(name);
        }
        if is_next_hash(&held, &self.open) {
            // One row for each hash of the file.
            let row = std::mem::replace(&mut self.open, held);
            merge::join(&mut self.open, row);
        } else {
            let row = std::mem::replace(&mut self.open, held);
            self.close();
            self.open = row;
            self.is_stated = is_stated;
        }
    }
}

/// A table with a column for each file, as far as it is read.
#[derive(Default)]
pub(super) struct Across {
    table: Option<u32>,
    files: Vec<FileRecord>,
}

impl Across {
    /// Whether it is this table.
    pub(super) fn is_of(&self, table: u32) -> bool {
        self.table == Some(table)
    }

    /// Ends the table, with its files.
    pub(super) fn end(&mut self) -> Vec<FileRecord> {
        let mut files = std::mem::take(self).files;
        files.retain(|file| super::has_hash(file) && facts(file) >= 2);
        files
    }
}

/// Hashes and names by what the other cells of their rows say: in a list of values a file has a row for each, with the
/// same words.
#[derive(Default)]
pub(super) struct Alike {
    told: BTreeMap<Words, Vec<(K, String, ReportCitation)>>,
    /// What files are detected as, by the same words.
    detections: BTreeMap<Words, String>,
    /// Rows so far.
    rows: usize,
    /// Rows of each table that give nothing but a value and its kind, by their numbers.
    kinds: BTreeMap<u32, Vec<Typed>>,
    /// The number of the row.
    row: usize,
}

/// A row that gives nothing but a value and its kind: its number, and both.
type Typed = (usize, K, String, ReportCitation);

/// A table, and what the cells of one of its rows say.
type Words = (u32, String);

/// Rows that are compared; in longer tables only the first are.
const ROWS: usize = 4096;

impl Alike {
    /// Takes a row with one hash or name and words of its own.
    fn take(&mut self, seen: &Seen<'_>, cite: &dyn Fn(&Candidate) -> ReportCitation) {
        self.row += 1;
        let text = &*seen.clean.text;
        let mut hashes = seen.candidates.iter().filter(|c| {
            c.origin != Origin::UrlPart
                && matches!(
                    c.observable.kind(),
                    K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 | K::FileName
                )
        });
        let (Some(hash), None) = (hashes.next(), hashes.next()) else {
            return;
        };
        if self.rows >= ROWS {
            return;
        }
        let mut words = String::new();
        let mut start = 0;
        let mut stated = false;
        for cell in text.split('\t') {
            let here = (start..=start + cell.len()).contains(&hash.start);
            start += cell.len() + 1;
            let kind = matches!(
                lexicon::field(cell.trim()),
                Some(
                    Field::Hash
                        | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 | K::FileName)
                )
            );
            stated |= !here && kind;
            if !here && !kind {
                words.push_str(cell.trim());
                words.push('\t');
            }
        }
        if stated && words.trim().is_empty() {
            self.rows += 1;
            self.kinds.entry(seen.block.group).or_default().push((
                self.row,
                hash.observable.kind(),
                hash.observable.value().to_owned(),
                cite(hash),
            ));
        }
        if words.trim().chars().count() < 4 {
            return;
        }
        self.rows += 1;
        let key = (seen.block.group, words);
        let mut detected = seen
            .candidates
            .iter()
            .filter(|c| c.observable.kind() == K::DetectionName);
        if let (Some(name), None) = (detected.next(), detected.next()) {
            self.detections
                .insert(key.clone(), name.observable.value().to_owned());
        }
        self.told.entry(key).or_default().push((
            hash.observable.kind(),
            hash.observable.value().to_owned(),
            cite(hash),
        ));
    }

    /// The files that have one hash of each of several kinds, in tables where several have.
    pub(super) fn files(self) -> Vec<FileRecord> {
        let mut by_table: BTreeMap<u32, Vec<FileRecord>> = BTreeMap::new();
        for (key, told) in self.told {
            let mut file = FileRecord::default();
            let several = told.len() > 1;
            let apart = told.into_iter().all(|(kind, value, citation)| {
                let lacks = match kind {
                    K::FileName => file.names.is_empty(),
                    _ => merge::lacks(&file, kind),
                };
                if kind == K::FileName {
                    file.names.push(value);
                } else {
                    merge::fill(&mut file, kind, &value);
                }
                file.citations.push(citation);
                lacks
            });
            if several && apart && super::has_hash(&file) {
                file.detections.extend(self.detections.get(&key).cloned());
                by_table.entry(key.0).or_default().push(file);
            }
        }
        by_table
            .into_values()
            .filter(|files| files.len() > 1)
            .flatten()
            .chain(self.kinds.into_values().filter_map(of_one_file))
            .collect()
    }
}

/// The file of a table that lists one hash of each of several kinds, one below the other, and at most one name.
fn of_one_file(rows: Vec<Typed>) -> Option<FileRecord> {
    let mut file = FileRecord::default();
    let mut numbers = Vec::new();
    for (row, kind, value, citation) in rows {
        if kind == K::FileName {
            file.names.push(value);
            continue;
        }
        if !merge::lacks(&file, kind) {
            return None;
        }
        merge::fill(&mut file, kind, &value);
        file.citations.push(citation);
        numbers.push(row);
    }
    let (first, last) = (numbers.first()?, numbers.last()?);
    if file.names.len() > 1 {
        file.names.clear();
    }
    (numbers.len() > 1 && last - first == numbers.len() - 1).then_some(file)
}

/// Whether a cell says that names in brackets are other names of the file before them: `(also seen as a.js, b.js)`.
fn equates(text: &str) -> bool {
    const AGAIN: [&str; 5] = [
        "also seen as",
        "also named",
        "also known as",
        "renamed to",
        "別名",
    ];
    text.split_once(['(', '（']).is_some_and(|(_, inside)| {
        let inside = inside.trim_start();
        AGAIN.iter().any(|words| {
            inside
                .get(..words.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(words))
        })
    })
}

/// The name in a row of a hash and a name, `4e6745cb7-.16`, whatever it ends in.
fn odd_name(seen: &Seen<'_>) -> Option<String> {
    let [one] = seen.candidates else { return None };
    let (a, b) = seen.clean.text.split_once('\t')?;
    if !one.observable.kind().is_file_hash() || b.contains('\t') {
        return None;
    }
    let hash = one.end - one.start;
    let name = [(a, b), (b, a)]
        .into_iter()
        .find(|(sum, _)| sum.trim().len() == hash)
        .map(|(_, name)| name.trim())?;
    super::forms::plain_name(name)
        .filter(|plain| *plain == name && name.bytes().any(|b| b.is_ascii_digit()))
        .map(str::to_owned)
}

/// The name that a cell begins with, before what the file is in brackets, whatever it ends in: `agent_mips (Go ELF)`.
fn explained_name(seen: &Seen<'_>) -> Option<String> {
    let mut hashes = seen
        .candidates
        .iter()
        .filter(|c| c.observable.kind().is_file_hash() && c.origin != Origin::UrlPart);
    let (Some(_), None) = (hashes.next(), hashes.next()) else {
        return None;
    };
    let mut names = seen.clean.text.split('\t').filter_map(|cell| {
        let (name, rest) = cell.trim().split_once(" (")?;
        let closed = rest.ends_with(')') && !rest.contains('(');
        super::forms::plain_name(name).filter(|plain| *plain == name && closed)
    });
    let name = names.next()?;
    names.next().is_none().then(|| name.to_owned())
}

/// Whether a row gives another hash of the file that the row above is about.
fn is_next_hash(above: &FileRecord, row: &FileRecord) -> bool {
    let mut given = row.hashes();
    let (Some((kind, _)), None) = (given.next(), given.next()) else {
        return false;
    };
    !row.names.is_empty() && row.names == above.names && merge::lacks(above, kind)
}
