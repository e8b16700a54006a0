//! The same file told of in several places is one record.

use std::collections::{BTreeMap, HashMap};

use tegakari_model::{FileRecord, ObservableKind as K};

/// Whether a record has no hash of a kind yet.
pub(super) fn lacks(file: &FileRecord, kind: K) -> bool {
    kind.is_file_hash() && !file.hashes().any(|(known, _)| known == kind)
}

/// Adds a hash of a kind that a record lacks.
pub(super) fn fill(file: &mut FileRecord, kind: K, value: &str) {
    if let Some(slot) = file.hash_mut(kind) {
        slot.get_or_insert_with(|| value.to_owned());
    }
}

/// Records of the same file become one; records that share only a name stay apart.
pub(crate) fn merge(files: Vec<FileRecord>) -> Vec<FileRecord> {
    let mut out: Vec<FileRecord> = Vec::new();
    let mut by_hash: HashMap<String, usize> = HashMap::new();
    for file in files {
        let hashes: Vec<String> = file.hashes().map(|(_, hash)| hash.to_owned()).collect();
        let fits = |old: &FileRecord| {
            old.hashes().all(|(kind, old)| {
                file.hashes()
                    .all(|(other, new)| other != kind || new == old)
            })
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

/// Adds records without a hash: to the one file that bears one of their names, or as files of their own.
pub(super) fn add_stated(files: &mut Vec<FileRecord>, stated: Vec<FileRecord>) {
    let hashed = files.len();
    let mut by_name: HashMap<String, Option<usize>> = HashMap::new();
    for (i, file) in files.iter().enumerate() {
        for name in &file.names {
            by_name
                .entry(name.to_lowercase())
                .and_modify(|at| *at = None)
                .or_insert(Some(i));
        }
    }
    for file in stated {
        let mut names = file.names.iter();
        let known = names.find_map(|name| by_name.get(&name.to_lowercase()));
        match known {
            Some(Some(at)) => {
                if let Some(old) = files.get_mut(*at) {
                    join(old, file);
                }
            }
            // Several files bear it.
            Some(None) => {}
            None => {
                let mut own = files.iter().skip(hashed);
                if !own.any(|old| old.names == file.names && old.detections == file.detections) {
                    files.push(file);
                }
            }
        }
    }
}

/// Joins the lists of one document that give the same files by another kind of hash each: "MD5" with ten names,
/// "SHA-256" with the same ten. A single name with two hashes may as well be two files.
pub(super) fn join_lists(files: Vec<FileRecord>) -> Vec<FileRecord> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, file) in files.iter().enumerate() {
        if let [name] = file.names.as_slice() {
            by_name.entry(name.to_lowercase()).or_default().push(i);
        }
    }
    let apart = |a: &FileRecord, b: &FileRecord| a.hashes().all(|(kind, _)| lacks(b, kind));
    let same: Vec<&Vec<usize>> = by_name
        .values()
        .filter(|at| {
            let told: Vec<&FileRecord> = at.iter().filter_map(|i| files.get(*i)).collect();
            (2..=3).contains(&told.len())
                && told
                    .iter()
                    .enumerate()
                    .all(|(i, a)| told.iter().skip(i + 1).all(|b| apart(a, b)))
        })
        .collect();
    if same.len() < 2 {
        return files;
    }
    let mut into: HashMap<usize, usize> = HashMap::new();
    for at in same {
        if let [first, more @ ..] = at.as_slice() {
            into.extend(more.iter().map(|i| (*i, *first)));
        }
    }
    let mut out: Vec<Option<FileRecord>> = Vec::with_capacity(files.len());
    for (i, file) in files.into_iter().enumerate() {
        match into.get(&i).and_then(|first| out.get_mut(*first)) {
            Some(Some(first)) => {
                join(first, file);
                out.push(None);
            }
            _ => out.push(Some(file)),
        }
    }
    out.into_iter().flatten().collect()
}

/// Adds to a record what another says of the same file; of two answers the first stays.
pub(crate) fn join(old: &mut FileRecord, new: FileRecord) {
    old.md5 = old.md5.take().or(new.md5);
    old.sha1 = old.sha1.take().or(new.sha1);
    old.sha256 = old.sha256.take().or(new.sha256);
    old.sha512 = old.sha512.take().or(new.sha512);
    old.ssdeep = old.ssdeep.take().or(new.ssdeep);
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
