//! Facts by their labels: `MD5: …`, `ファイル名：…`.

use tegakari_model::ObservableKind as K;

use super::{Gatherer, Seen, facts, merge};
use crate::lexicon::{self, Field};
use crate::scan::Candidate;

impl Gatherer<'_> {
    /// Takes one labelled value; says whether the label belongs to file records.
    pub(super) fn field(
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
        let names = inside
            .iter()
            .filter(|c| c.observable.kind() == K::FileName)
            .count();
        if wants_hash && hash.is_some() && names == 1 {
            // `SHA-1  <hash>  loader.dll, October build`: the line is a record of its own.
            self.close();
            let all: Vec<&Candidate> = inside.iter().map(|c| **c).collect();
            self.add_all(seen, &all);
            return true;
        }
        let sums = inside
            .iter()
            .filter(|c| c.observable.kind().is_file_hash())
            .count();
        if wants_hash && names > 1 && sums > 1 {
            // `MD5s: <hash> (a.exe); <hash> (b.dll)`
            self.close();
            let all: Vec<&Candidate> = inside.iter().map(|c| **c).collect();
            self.pairs(seen, &all, (from, to));
            return true;
        }
        let repeats = match (hash.filter(|_| wants_hash), self.first) {
            (Some(hash), _) => self.open.hashes().any(|(kind, old)| {
                kind == hash.observable.kind() && old != hash.observable.value()
            }),
            (None, Some(first)) => first == field && facts(&self.open) > 1,
            (None, None) => false,
        };
        if repeats {
            self.part_paragraphs();
        }
        if hash.is_some()
            && wants_hash
            && self.open.names.is_empty()
            && !super::has_hash(&self.open)
            && let Some(name) = &self.above
        {
            self.open.names.push(name.clone());
            self.named_above = true;
            self.used_above = true;
        }
        if field == Field::Related
            && super::has_hash(&self.open)
            && let [name] = inside.as_slice()
            && name.observable.kind() == K::FileName
        {
            // `Dropped file: b.dll`: the hashes below are that file's.
            self.close();
            self.above = Some(name.observable.value().to_owned());
            self.used_above = false;
            return true;
        }
        let known = match field {
            Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256 | K::Sha512) => {
                for one in &inside {
                    let value = Some(one.observable.value().to_owned());
                    match one.observable.kind() {
                        // `sha1:<hash> — Trojan.Agent.1`
                        K::DetectionName if hash.is_some_and(|h| h.end <= one.start) => {
                            self.open.detections.extend(value);
                        }
                        K::Ssdeep => {}
                        kind => {
                            if let Some(slot) = self.open.hash_mut(kind) {
                                *slot = value;
                            }
                        }
                    }
                }
                true
            }
            Field::Kind(kind @ (K::FileName | K::DetectionName)) => {
                if kind == K::FileName && std::mem::take(&mut self.named_above) {
                    self.open.names.clear();
                }
                for one in inside.iter().filter(|c| c.observable.kind().is_file_hash()) {
                    merge::fill(
                        &mut self.open,
                        one.observable.kind(),
                        one.observable.value(),
                    );
                }
                // `File name: a.exe (dropped by b.exe)`
                let own = crate::deeds::first(value).map_or(to, |deed| from + deed);
                for one in inside
                    .iter()
                    .filter(|c| c.observable.kind() == kind && c.start < own)
                {
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
            Field::OtherName => {
                for one in inside.iter().filter(|c| c.observable.kind() == K::FileName) {
                    let value = one.observable.value().to_owned();
                    if !self.open.names.contains(&value) {
                        self.open.names.push(value);
                    }
                }
                facts(&self.open) > 0
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
                // `VT: 15/76 (trojan.mirai/gafgyt)`
                for one in inside
                    .iter()
                    .filter(|c| c.observable.kind() == K::DetectionName)
                {
                    let value = one.observable.value().to_owned();
                    let begun = facts(&self.open) > 0 || self.above.is_some();
                    if begun && !self.open.detections.contains(&value) {
                        self.open.detections.push(value);
                    }
                }
                true
            }
            Field::Size => {
                self.open.size = size(value);
                true
            }
            Field::Kind(K::FilePath) => {
                let path = inside
                    .iter()
                    .find(|c| c.observable.kind() == K::FilePath)
                    .map(|c| c.observable.value());
                // `File location: hxxp://…/update.exe`
                let served = inside
                    .iter()
                    .filter(|c| c.observable.kind() == K::Url)
                    .map(|c| c.observable.value())
                    .find(|url| crate::judge::hosts::ends_like_a_payload(url))
                    .and_then(super::served_name);
                let last = path.and_then(|p| p.rsplit(['\\', '/']).next()).or(served);
                if let Some(name) =
                    last.filter(|n| is_a_name(n) && !self.open.names.iter().any(|o| o == n))
                    && facts(&self.open) > 0
                {
                    self.open.names.push(name.to_owned());
                }
                facts(&self.open) > 0
            }
            Field::Kind(K::Ssdeep) => {
                let fuzzy = inside.iter().find(|c| c.observable.kind() == K::Ssdeep);
                if let Some(fuzzy) = fuzzy.filter(|_| facts(&self.open) > 0) {
                    merge::fill(&mut self.open, K::Ssdeep, fuzzy.observable.value());
                }
                facts(&self.open) > 0
            }
            Field::Kind(K::Imphash)
            | Field::Family
            | Field::Type
            | Field::Description
            | Field::Related
            | Field::FirstSeen
            | Field::LastSeen
            | Field::Ends
            | Field::ValidUntil => facts(&self.open) > 0,
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
}

impl Gatherer<'_> {
    /// Closes the open record. Where its paragraph begins with a name, and only now gives a hash, the name is that of the
    /// next: `SHA256: …`, and below a blank line `File name: …`, `SHA256: …`.
    fn part_paragraphs(&mut self) {
        let before = self.before_label.take().filter(|old| {
            self.lines > 1
                && super::has_hash(old)
                && old.names.is_empty()
                && !self.open.names.is_empty()
        });
        let Some(old) = before else {
            self.close();
            return;
        };
        let names = std::mem::take(&mut self.open.names);
        self.open = old;
        self.close();
        self.open.names = names;
    }
}

/// A size in bytes, with or without a unit.
pub(super) fn size(text: &str) -> Option<u64> {
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

/// Whether the last part of a path is a file's name; debug symbols lie where the program was built, under another.
pub(super) fn is_a_name(last: &str) -> bool {
    last.contains('.') && !last.to_ascii_lowercase().ends_with(".pdb")
}
