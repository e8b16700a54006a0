//! Facts that belong to one file, gathered from label lines, table rows and lines with several values.
//!
//! A record opens at a hash or a label, and closes at a heading, a blank line, a repeated hash label
//! or a line that is no part of it. The same name with another hash is another file.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{FileRecord, ObservableKind as K, ReportCitation};

mod clauses;
mod forms;
mod labels;
mod lists;
mod merge;
mod prose;
mod rows;
mod titled;

pub(crate) use merge::{join, merge};

use forms::{
    announced, announces_names, bare_path, bracketed, equated, is_other_label, led_in,
    names_several, plain_name, served_name, summed, summed_word, valued,
};

use crate::assemble::Columns;
use crate::content::{Block, BlockKind};
use crate::deeds;
use crate::judge::looks_up;
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
    file.hashes().count()
        + usize::from(file.ssdeep.is_some())
        + file.names.len()
        + file.detections.len()
        + usize::from(file.size.is_some())
        + usize::from(file.claimed_product.is_some())
        + usize::from(file.reference_url.is_some())
}

fn has_hash(file: &FileRecord) -> bool {
    file.has_hash()
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
    /// Whether the line above names several files, and so may the line it goes on with.
    several_above: bool,
    /// Whether the list began with a name of its own line: then each hash has its name above it, not below.
    names_first: Option<bool>,
    /// Whether the open record has its name from there.
    named_above: bool,
    /// Whether any record had its name from there: one list is enough for it.
    used_above: bool,
    /// Whether something says that the facts of the open record are one file's, so that it needs no hash.
    is_stated: bool,
    /// Records without a hash that something says so of.
    stated: Vec<FileRecord>,
    /// The table that the open record was read from.
    table: Option<u32>,
    /// Lines of the paragraph so far.
    lines: usize,
    /// The open record as it was when the label of another paragraph went on with it.
    before_label: Option<FileRecord>,
    /// Whether the block before was an item of a list.
    in_list: bool,
    /// The label that the line before was, with nothing behind its colon: its value is the next line.
    waiting: Option<Field>,
    /// The files of a table that has a column for each.
    across: rows::Across,
    /// What the rows of tables say of their hashes.
    alike: rows::Alike,
    /// The list of bare lines that is being read.
    run: lists::Run,
    done: Vec<FileRecord>,
    /// What stands at a distance from its hash.
    titled: titled::Titled,
    /// What scanners say of a file at a distance from it, by one of its hashes.
    heard: BTreeMap<String, Vec<String>>,
    /// For a document about one file: what is said without its hash beside it.
    loose: Loose,
}

/// What a document says apart from any hash. When all its hashes are those of one file, this is about that file: an
/// online scanner's report has a part of hashes, a part of names and a part of detections.
#[derive(Default)]
struct Loose {
    hashes: BTreeSet<(K, String)>,
    /// The heading above says that names of files follow.
    under_names: bool,
    names: Vec<String>,
    /// Names behind labels that stand apart from any hash.
    labelled: Vec<String>,
    /// The one file that the first heading names: "Analysis of a.exe".
    title: Option<String>,
    /// Whether a heading was read.
    begun: bool,
    detections: Vec<String>,
    /// Hashes that were no record, having nothing beside them.
    lone: FileRecord,
}

/// Facts that one file may have of each kind before they are no longer about one.
const LOOSE_LIMIT: usize = 64;

impl Loose {
    fn take(&mut self, seen: &Seen<'_>) {
        if seen.block.aside {
            return;
        }
        // `File inside: <hash>` is about another.
        if !seen.candidates.is_empty()
            && matches!(
                label_and_value(&seen.clean.text),
                Some((Field::Related, ..))
            )
        {
            return;
        }
        if seen.block.kind == BlockKind::Heading {
            self.under_names = announces_names(&seen.clean.text);
            if !std::mem::replace(&mut self.begun, true) {
                let here = seen.within(0, seen.clean.text.len());
                self.title = announced(&seen.clean.text, &here);
            }
            return;
        }
        let sample = seen.block.kind != BlockKind::Row
            && !seen
                .candidates
                .iter()
                .any(|c| c.observable.kind().is_file_hash())
            && label_and_value(&seen.clean.text)
                .is_some_and(|(field, ..)| field == Field::Kind(K::FileName));
        for one in seen
            .candidates
            .iter()
            .filter(|c| c.origin != Origin::UrlPart)
        {
            let value = one.observable.value();
            match one.observable.kind() {
                K::FileName if sample && !self.under_names => push(&mut self.labelled, value),
                kind if kind.is_file_hash() && self.hashes.len() < LOOSE_LIMIT => {
                    self.hashes.insert((kind, value.to_owned()));
                }
                K::FileName if self.under_names => push(&mut self.names, value),
                K::DetectionName => push(&mut self.detections, value),
                _ => {}
            }
        }
    }

    /// Adds everything to the one file of the document, if it has but one.
    fn settle(self, files: &mut Vec<FileRecord>) {
        let told = !(self.names.is_empty() && self.detections.is_empty());
        if files.is_empty() && has_hash(&self.lone) && told {
            files.push(self.lone);
        }
        let kinds: BTreeSet<K> = self.hashes.iter().map(|(kind, _)| *kind).collect();
        if let [file] = files.as_mut_slice()
            && kinds.len() == self.hashes.len()
            && self.names.len() < LOOSE_LIMIT
            && self.detections.len() < LOOSE_LIMIT
        {
            if file.names.is_empty() && self.names.is_empty() {
                match self.labelled.as_slice() {
                    [name] => file.names.push(name.clone()),
                    [] => file.names.extend(self.title),
                    _ => {}
                }
            }
            self.names
                .iter()
                .for_each(|name| push(&mut file.names, name));
            self.detections
                .iter()
                .for_each(|name| push(&mut file.detections, name));
        }
    }
}

/// Whether a block of several lines begins with the name of a file and ends with a hash and nothing else.
fn begins_with_its_name(seen: &Seen<'_>) -> bool {
    let text = seen.clean.text.trim_end();
    let (Some((first, _)), Some((_, last))) = (text.split_once('\n'), text.rsplit_once('\n'))
    else {
        return false;
    };
    let alone = |c: &Candidate, line: &str| line.trim().len() <= c.end - c.start + 4;
    let hash = seen
        .candidates
        .iter()
        .rfind(|c| c.observable.kind().is_file_hash());
    let name = seen.candidates.first();
    hash.is_some_and(|c| c.start >= text.len() - last.len() && alone(c, last))
        && name.is_some_and(|c| {
            c.observable.kind() == K::FileName && c.end <= first.len() && alone(c, first)
        })
}

fn push(list: &mut Vec<String>, value: &str) {
    if list.len() < LOOSE_LIMIT && !list.iter().any(|old| old == value) {
        list.push(value.to_owned());
    }
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
            several_above: false,
            names_first: None,
            named_above: false,
            used_above: false,
            is_stated: false,
            stated: Vec::new(),
            table: None,
            lines: 0,
            before_label: None,
            in_list: false,
            waiting: None,
            across: rows::Across::default(),
            alike: rows::Alike::default(),
            run: lists::Run::default(),
            done: Vec::new(),
            titled: titled::Titled::default(),
            heard: BTreeMap::new(),
            loose: Loose::default(),
        }
    }

    /// Takes the next block.
    pub(crate) fn take(&mut self, seen: &Seen<'_>) {
        let block = seen.block;
        self.loose.take(seen);
        self.looked_up(seen);
        if !block.aside {
            self.hear_scanners(seen);
        }
        // The title of the second of two lists: their names stand in the first.
        let of_hashes = matches!(
            lexicon::field(&block.text),
            Some(Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512))
        );
        if block.kind == BlockKind::Heading && !block.aside && !of_hashes {
            // The records of the section before.
            self.end_run();
            self.close();
        }
        if block.kind != BlockKind::Row && !block.aside {
            let cite = |c: &Candidate| (self.cite)(block, seen.clean, c.start, c.end);
            self.titled.take(seen, &mut self.done, &cite);
        }
        if block.kind != BlockKind::Row || !self.across.is_of(block.group) {
            self.done.extend(self.across.end());
        }
        if block.kind == BlockKind::Heading || block.aside {
            if of_hashes && !block.aside {
                self.run.label();
            } else {
                self.end_run();
            }
            self.close();
            let text = &*seen.clean.text;
            let here = seen.within(0, text.len());
            self.above = announced(text, &here).filter(|_| !block.aside);
            self.used_above = false;
            self.group = block.group;
            self.lines = 0;
            return;
        }
        if block.kind == BlockKind::Row {
            self.end_run();
            if self.across(seen) {
                return;
            }
            if self.table.is_some_and(|table| table != block.group) {
                self.close();
                self.table = None;
            }
            let attributes = |header: &std::rc::Rc<Vec<String>>| {
                lexicon::names_attributes(header) || lexicon::is_label_and_value(header)
            };
            if seen.block.header.as_ref().is_none_or(attributes) && self.labelled_row(seen) {
                return;
            }
            self.row(seen);
            if !self.used_above && !seen.candidates.is_empty() {
                self.above = None;
            }
            return;
        }
        if self.table.take().is_some() {
            self.close();
        }
        if block.group != self.group {
            let text = &*seen.clean.text;
            // Labels with blank lines between them are those of one file.
            let label = label_and_value(text).map(|(field, ..)| field);
            // The name of another, where the line above has given this one's.
            let other = self.named_above && label == Some(Field::Kind(K::FileName));
            let labels = block.kind != BlockKind::ListItem
                && self.first.is_some()
                && self.lines == 1
                && !other
                && !text.trim_end().contains('\n')
                && (label.is_some() || is_other_label(text) || deeds::begin(text));
            self.lines = 0;
            // `- File name: a.exe`, `- Hashes:` and below it, further in, the hashes: one list within the other.
            let nested = block.kind == BlockKind::ListItem
                && self.in_list
                && !self.open.names.is_empty()
                && !has_hash(&self.open);
            if !(nested || labels) {
                self.close();
            }
            self.before_label = labels.then(|| self.open.clone());
            self.group = block.group;
            self.names_first = None;
            if std::mem::take(&mut self.used_above) {
                self.above = None;
            }
        }
        self.lines += 1 + seen.clean.text.trim_end().matches('\n').count();
        self.in_list = block.kind == BlockKind::ListItem;
        let text = &*seen.clean.text;
        if prose::is_wrapped_prose(seen) {
            self.end_run();
            self.close();
            self.above = None;
            let here = seen.within(0, text.len());
            self.pairs(seen, &here, (0, text.len()));
            return;
        }
        if self.name_over_hash(seen) {
            return;
        }
        if begins_with_its_name(seen) {
            // What stood above it has its own name.
            self.end_run();
            self.close();
        }
        // Lines of one block are lines of their own.
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            self.line(seen, start, start + line.trim_end().len());
            start = end;
        }
    }

    /// Closes the last record and returns all, the same file once.
    pub(crate) fn finish(mut self) -> Vec<FileRecord> {
        self.end_run();
        self.close();
        self.done.extend(self.across.end());
        let alike = std::mem::take(&mut self.alike);
        self.done.extend(alike.files());
        self.titled.end(&mut self.done);
        if !self.heard.is_empty() {
            for file in &mut self.done {
                let said: Vec<String> = file
                    .hashes()
                    .filter_map(|(_, hash)| self.heard.remove(hash))
                    .flatten()
                    .collect();
                said.iter()
                    .for_each(|name| push(&mut file.detections, name));
            }
        }
        let mut files = merge::join_lists(merge(self.done));
        self.loose.settle(&mut files);
        merge::add_stated(&mut files, self.stated);
        files
    }

    fn line(&mut self, seen: &Seen<'_>, start: usize, end: usize) {
        let text = seen.clean.text.get(start..end).unwrap_or("");
        if text.trim().is_empty() {
            return;
        }
        let here = seen.within(start, end);
        self.run(seen, text, &here);
        let item = seen.block.kind == BlockKind::ListItem;
        if item && !here.iter().any(|c| c.observable.kind().is_file_hash()) {
            if let Some(name) = plain_name(text)
                && *self.names_first.get_or_insert(true)
            {
                self.close();
                self.above = Some(name.to_owned());
                self.used_above = false;
                return;
            }
        } else if item {
            self.names_first.get_or_insert(false);
        }
        if let Some(field) = self.waiting.take()
            && facts(&self.open) > 0
            && label_and_value(text).is_none()
            && self.field(seen, field, (start, end), &here)
        {
            return;
        }
        if self.more_of_the_same(text, &here) {
            return;
        }
        // `a.exe – SHA256: <hash>`: what stands before the colon is more than a label.
        let named = |from: usize| {
            here.iter().any(|c| {
                matches!(c.observable.kind(), K::FileName | K::FilePath) && c.end <= start + from
            })
        };
        let labelled = self.first.is_some();
        if let Some((field, from, to)) =
            label_and_value(text).filter(|(_, from, _)| !named(*from) && summed(text).is_none())
            && self.field(seen, field, (start + from, start + to), &here)
        {
            // In a list of hashes by their kind a label is not of the last file; in a record it is.
            self.waiting = Some(field).filter(|_| labelled && from >= to);
            return;
        }
        let hashes: Vec<&&Candidate> = here
            .iter()
            .filter(|c| c.observable.kind().is_file_hash())
            .collect();
        let link_to_open = here
            .iter()
            .any(|c| c.observable.kind() == K::Url && self.names_open(c.observable.value()));
        let Some(first) = hashes.first() else {
            if link_to_open {
                self.link(&here);
            } else if self.looked_up_below(text, &here) {
                // The page of a scanner has its address by another hash of the file.
            } else if self.below_its_hash(text, &here) {
                self.close();
            } else if facts(&self.open) > 0 && is_other_label(text) {
                // `Compiled: …`: a fact that is not kept. `Ransom note: readme.txt` may begin another file.
                if has_hash(&self.open) && valued(text, &here) {
                    self.above = announced(text, &here);
                    self.used_above = false;
                }
            } else if deeds::begin(text) {
                // `Drops b.dll.` below the name of a file tells of it, and names another.
            } else {
                self.close();
                // `a.dll, b.dll, Main⏎Loader.dll`: what a line of several names goes on with is one more.
                let goes_on = std::mem::replace(
                    &mut self.several_above,
                    names_several(&here) && !deeds::tell(text),
                );
                self.above = announced(text, &here)
                    .or_else(|| led_in(text))
                    .filter(|_| !goes_on);
                self.several_above |= goes_on && !here.is_empty();
                self.used_above = false;
            }
            return;
        };
        self.several_above = false;
        // `MD5 (a.exe) = <hash>`, as the sum programs of BSD write; people write `SHA256 (a.exe / b.exe): <hash>`.
        if let ([only], Some(names)) = (hashes.as_slice(), summed(text))
            && names
                .iter()
                .all(|name| here.iter().any(|c| c.observable.value() == *name))
        {
            self.close();
            self.open.names.extend(names.into_iter().map(str::to_owned));
            self.add_all(seen, &[only]);
            self.close();
            return;
        }
        // `/var/tmp/agent  md5=<hash>`: the file at a path.
        let mut paths = here.iter().filter(|c| c.observable.kind() == K::FilePath);
        if let (Some(_), None, [only]) = (paths.next(), paths.next(), hashes.as_slice())
            && text.split_whitespace().nth(5).is_none()
            && !here.iter().any(|c| c.observable.kind() == K::FileName)
        {
            self.close();
            self.name_from_path(&here);
            self.add_all(seen, &[only]);
            self.close();
            return;
        }
        // `MD5 0cc1…`: a label needs no colon before a hash.
        let label = text.get(..first.start - start).unwrap_or("");
        let label = label.trim_start_matches(|c: char| !c.is_alphanumeric());
        if let [only] = hashes.as_slice()
            && !named(only.start - start)
            && let Some(field) = lexicon::field(label)
            && text.get(only.end - start..).unwrap_or("").trim().is_empty()
            && self.field(seen, field, (only.start, only.end), &here)
        {
            return;
        }
        // `b = 0cc1…`, `0cc1…  b-1`
        if let [only] = hashes.as_slice()
            && let Some(name) = equated(text.get(..only.start - start).unwrap_or(""), &here)
                .or_else(|| summed_word(text.get(only.end - start..).unwrap_or(""), &here))
                .or_else(|| bracketed(text.get(only.end - start..).unwrap_or(""), &here))
        {
            self.close();
            self.open.names.push(name.to_owned());
            self.add_all(seen, &[only]);
            self.close();
            return;
        }
        // Prose that names many files is no record; a line that is about one file is.
        let mut kinds: Vec<K> = hashes.iter().map(|c| c.observable.kind()).collect();
        kinds.sort_unstable();
        let distinct = kinds.windows(2).all(|w| w.first() != w.last());
        let names = here
            .iter()
            .filter(|c| c.observable.kind() == K::FileName)
            .count();
        let span: usize = here.iter().map(|c| c.end - c.start).sum();
        let words = text.split_whitespace().filter(|w| w.len() < 24).count();
        // In scripts without blanks a sentence is what is long beside its values.
        let wide = !text.is_ascii() && text.chars().count() > span + 12;
        let told = names == 1 && (words >= 8 || wide || deeds::name_another(text));
        let prose = text.len() > span + 120 || told;
        if !distinct || names > 1 || prose {
            self.close();
            self.above = None;
            self.pairs(seen, &here, (start, end));
            return;
        }
        let bare = text.len() <= span + 24 && names == 0;
        if let Some(name) = self.above.clone().filter(|_| bare) {
            // Hashes of one file stand below each other; another of the same kind is another file's.
            let goes_on = self.open.names.first() == Some(&name)
                && kinds.iter().all(|kind| merge::lacks(&self.open, *kind));
            if !goes_on {
                self.close();
                self.open.names.push(name);
                self.used_above = true;
            }
            self.add_all(seen, &here);
            return;
        }
        self.close();
        self.add_all(seen, &here);
        if bare {
            // Its name may stand on the line below.
            return;
        }
        // `loader.dll  MD5: …` may go on with the other hashes below.
        let labelled = names == 1
            && text
                .get(..first.start - start)
                .is_some_and(|t| t.trim_end().ends_with(':'));
        if !labelled {
            self.close();
        }
    }

    /// A hash that leads to what a scanner says of the file under another: both are the file's.
    fn looked_up(&mut self, seen: &Seen<'_>) {
        let mut sums = seen
            .block
            .links
            .iter()
            .filter(|link| looks_up(&link.target))
            .filter_map(|link| titled::sum_in(&link.target));
        let (Some((kind, value)), None) = (sums.next(), sums.next()) else {
            return;
        };
        let value = value.to_ascii_lowercase();
        let mut file = FileRecord::default();
        let own = |c: &&&Candidate| c.origin != Origin::UrlPart;
        let mut hashes = seen
            .candidates
            .iter()
            .filter(own)
            .filter(|c| c.observable.kind().is_file_hash());
        let about = match (hashes.next(), hashes.next()) {
            (Some(one), None) if one.observable.kind() != kind => {
                merge::fill(&mut file, one.observable.kind(), one.observable.value());
                one
            }
            // `a96874d62613… | bot.arm7 (link)`: the text has but the beginning of the hash.
            (None, _)
                if value
                    .get(..8)
                    .is_some_and(|head| seen.clean.text.contains(head)) =>
            {
                let mut names = seen
                    .candidates
                    .iter()
                    .filter(own)
                    .filter(|c| c.observable.kind() == K::FileName);
                let (Some(name), None) = (names.next(), names.next()) else {
                    return;
                };
                file.names.push(name.observable.value().to_owned());
                name
            }
            _ => return,
        };
        merge::fill(&mut file, kind, &value);
        file.citations
            .push((self.cite)(seen.block, seen.clean, about.start, about.end));
        self.done.push(file);
    }

    /// What scanners say of the file that was told of last: rows of scanners, or, as long as no other was told of, a sentence
    /// that names several.
    fn hear_scanners(&mut self, seen: &Seen<'_>) {
        let mut said = Vec::new();
        for one in seen.candidates {
            match one.observable.kind() {
                K::DetectionName => said.push(one.observable.value()),
                K::FileName => return,
                kind if kind.is_file_hash() => return,
                _ => {}
            }
        }
        if said.is_empty() {
            return;
        }
        let scanners = seen
            .block
            .header
            .as_ref()
            .is_some_and(|header| header.iter().any(|title| lexicon::is_scanner(title)));
        let done = self.done.iter().filter(|file| has_hash(file));
        let told = done.take(2).count() + usize::from(has_hash(&self.open));
        let last = Some(&self.open)
            .filter(|file| has_hash(file))
            .or_else(|| self.done.iter().rev().find(|file| has_hash(file)));
        let (true, Some((_, hash))) = (
            scanners || told == 1 && said.len() > 1,
            last.and_then(|file| file.hashes().next()),
        ) else {
            return;
        };
        let heard = self.heard.entry(hash.to_owned()).or_default();
        said.iter().for_each(|name| push(heard, name));
    }

    /// A line that is nothing but where a scanner tells of the open file, by another hash of it.
    fn looked_up_below(&mut self, text: &str, here: &[&Candidate]) -> bool {
        let [url] = here else { return false };
        let value = url.observable.value();
        if url.observable.kind() != K::Url
            || text.trim().len() > url.end - url.start + 4
            || !has_hash(&self.open)
            || !looks_up(value)
        {
            return false;
        }
        let Some((kind, sum)) =
            titled::sum_in(value).filter(|(kind, _)| merge::lacks(&self.open, *kind))
        else {
            return false;
        };
        merge::fill(&mut self.open, kind, &sum.to_ascii_lowercase());
        self.open.reference_url.get_or_insert(value.to_owned());
        true
    }

    /// An item of a list that is a name and, on the line below, its hash: the name may have any form.
    fn name_over_hash(&mut self, seen: &Seen<'_>) -> bool {
        let text = &*seen.clean.text;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(name), Some(hash), None) = (lines.next(), lines.next(), lines.next()) else {
            return false;
        };
        let Some(name) = plain_name(name) else {
            return false;
        };
        let here = seen.within(0, text.len());
        let hashes: Vec<&Candidate> = here
            .iter()
            .copied()
            .filter(|c| c.observable.kind().is_file_hash())
            .collect();
        if seen.block.kind != BlockKind::ListItem
            || !matches!(hashes.as_slice(), [one] if one.end - one.start == hash.len())
        {
            return false;
        }
        self.end_run();
        self.close();
        self.open.names.push(name.to_owned());
        self.add_all(seen, &hashes);
        self.close();
        self.above = None;
        true
    }

    /// Adds a line to the list of bare lines, or ends that.
    fn run(&mut self, seen: &Seen<'_>, text: &str, here: &[&Candidate]) {
        let spoilt = facts(&self.open) > 0 || self.waiting.is_some();
        let group = seen.block.group;
        let bare = |c: &Candidate| text.trim().len() <= c.end - c.start + 4;
        match here {
            [one] if one.observable.kind().is_file_hash() && bare(one) => {
                if self.run.is_empty() {
                    self.run
                        .begin(self.done.len(), spoilt || self.above.is_some());
                }
                let value = one.observable.value();
                self.run.hash(group, one.observable.kind(), value, || {
                    (self.cite)(seen.block, seen.clean, one.start, one.end)
                });
            }
            [] | [_] => {
                let name = match here {
                    [one] if one.observable.kind() == K::FileName && bare(one) => {
                        Some(one.observable.value())
                    }
                    [one] if one.observable.kind() == K::FilePath => bare_path(text, here),
                    [] => plain_name(text),
                    _ => None,
                };
                let served = match here {
                    [one] if one.observable.kind() == K::Url && bare(one) => {
                        served_name(one.observable.value())
                    }
                    _ => None,
                };
                if let Some(name) = served
                    && self.run.takes_urls()
                {
                    self.run.url(group, name);
                } else if let Some(name) = name {
                    if self.run.has_urls() {
                        self.end_run();
                    }
                    if self.run.is_empty() {
                        self.run.begin(self.done.len(), spoilt);
                    }
                    self.run.name(group, name);
                } else if !self.run.is_empty() {
                    let label = label_and_value(text)
                        .filter(|(_, from, to)| from >= to)
                        .map(|(field, ..)| field)
                        .or_else(|| lexicon::field(text.trim()).filter(|_| here.is_empty()));
                    match label {
                        Some(
                            Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512),
                        ) => {
                            self.run.label();
                        }
                        Some(_) => self.run.part(),
                        None => self.end_run(),
                    }
                }
            }
            [sum, url]
                if sum.observable.kind().is_file_hash()
                    && url.observable.kind() == K::Url
                    && sum.end < url.start
                    && text.trim().len() <= url.end - sum.start + 4
                    && (self.run.is_empty() || self.run.takes_urls()) =>
            {
                let Some(name) = served_name(url.observable.value()) else {
                    self.end_run();
                    return;
                };
                if self.run.is_empty() {
                    self.run
                        .begin(self.done.len(), spoilt || self.above.is_some());
                }
                let value = sum.observable.value();
                self.run.hash(group, sum.observable.kind(), value, || {
                    (self.cite)(seen.block, seen.clean, sum.start, sum.end)
                });
                self.run.url(group, name);
            }
            _ => self.end_run(),
        }
    }

    /// What the list of bare lines as a whole says goes before what its lines did.
    fn end_run(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let from = self.run.from;
        if let Some(files) = self.run.end() {
            self.close();
            self.done.truncate(from);
            self.done.extend(files);
            self.above = None;
            self.used_above = false;
        }
    }

    /// `MD5 of the same: …`: one more hash of the file before.
    fn more_of_the_same(&mut self, text: &str, here: &[&Candidate]) -> bool {
        let mut hashes = here.iter().filter(|c| c.observable.kind().is_file_hash());
        let named = here.iter().any(|c| c.observable.kind() == K::FileName);
        let (Some(hash), None, false) = (hashes.next(), hashes.next(), named) else {
            return false;
        };
        if !prose::is_of_the_same(text) {
            return false;
        }
        if has_hash(&self.open) && merge::lacks(&self.open, hash.observable.kind()) {
            merge::fill(
                &mut self.open,
                hash.observable.kind(),
                hash.observable.value(),
            );
            return true;
        }
        self.close();
        if let Some(last) = self.done.last_mut() {
            merge::fill(last, hash.observable.kind(), hash.observable.value());
        }
        true
    }

    /// A line that is nothing but the name of the file whose hash stands above it.
    fn below_its_hash(&mut self, text: &str, here: &[&Candidate]) -> bool {
        let [name] = here else { return false };
        let bare = name.observable.kind() == K::FileName
            && !text.trim_end().ends_with(['-', '–', '—', ':', '：'])
            && text.trim().len() <= name.end - name.start + 4
            && has_hash(&self.open)
            && self.open.names.is_empty();
        if bare {
            self.open.names.push(name.observable.value().to_owned());
        }
        bare
    }

    fn names_open(&self, url: &str) -> bool {
        let url = url.to_ascii_lowercase();
        self.open.hashes().any(|(_, hash)| url.contains(hash))
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
                K::FileName => self.open.names.push(value),
                K::DetectionName => self.open.detections.push(value),
                K::Url if self.names_open(&value) => self.open.reference_url = Some(value),
                kind => match self.open.hash_mut(kind) {
                    Some(slot) => *slot = Some(value),
                    None => continue,
                },
            }
            if self.open.citations.is_empty() {
                self.open
                    .citations
                    .push((self.cite)(seen.block, seen.clean, one.start, one.end));
            }
        }
    }

    fn close(&mut self) {
        let mut file = std::mem::take(&mut self.open);
        self.first = None;
        self.waiting = None;
        self.named_above = false;
        let is_stated = std::mem::take(&mut self.is_stated);
        file.names.dedup();
        file.detections.dedup();
        if has_hash(&file) && facts(&file) >= 2 {
            self.done.push(file);
        } else if is_stated && file.names.len() + file.detections.len() >= 2 {
            self.stated.push(file);
        } else if has_hash(&file) {
            merge::join(&mut self.loose.lone, file);
        }
    }
}
