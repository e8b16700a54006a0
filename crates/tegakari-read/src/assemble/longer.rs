//! File names with blanks that a list gives in full: where the text names such a file again, nothing but the
//! list says how far back the name reaches. The path of a URL says it too: `/files/Quarterly%20Report.xls`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tegakari_model::{Observable, ObservableKind as K};

use super::found::Found;
use crate::lexicon::{Ending, ending};
use crate::scan::Origin;
use crate::text::Clean;

/// Most names that end in the same word.
const SAME_END: usize = 16;

/// The last part of a URL's path where it is a file name that holds blanks.
fn last_of(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let last = path.rsplit('/').next().filter(|last| last.len() <= 300)?;
    let name = last.replace("%20", " ");
    let (_, extension) = name.rsplit_once('.')?;
    let plain = name.len() < last.len()
        && !name.contains('%')
        && ending(extension) != Ending::Unknown
        && !name.starts_with(' ');
    plain.then_some(name)
}

/// Takes the words before a name into it where another place gives them as a part of it.
pub(super) fn names(cleans: &[Clean<'_>], found: &mut [Found]) {
    let mut full: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in found.iter().map(|f| &f.candidate) {
        let value = one.observable.value();
        let value = match one.observable.kind() {
            K::FileName if one.origin != Origin::UrlPart => Cow::Borrowed(value),
            K::Url => match last_of(value) {
                Some(name) => Cow::Owned(name),
                None => continue,
            },
            _ => continue,
        };
        if let Some((_, last)) = value.rsplit_once(' ') {
            let known = full.entry(last.to_lowercase()).or_default();
            if known.len() < SAME_END && !known.iter().any(|k| *k == value) {
                known.push(value.clone().into_owned());
            }
        }
    }
    if full.is_empty() {
        return;
    }
    // Longest first: `B C.exe` is the end of `A B C.exe`.
    for known in full.values_mut() {
        known.sort_by_key(|name| std::cmp::Reverse(name.len()));
    }
    // Where the value before ends: names never reach into it.
    let mut last = (usize::MAX, 0);
    for one in found.iter_mut() {
        let candidate = &one.candidate;
        let free = if last.0 == one.block { last.1 } else { 0 };
        if !one.link_only {
            last = (one.block, free.max(candidate.end));
        }
        if candidate.observable.kind() != K::FileName || one.link_only {
            continue;
        }
        let (Some(clean), Some(known)) = (
            cleans.get(one.block),
            full.get(&candidate.observable.value().to_lowercase()),
        ) else {
            continue;
        };
        let before = clean.text.get(..candidate.start).unwrap_or("");
        let whole = known.iter().find_map(|name| {
            let head = name.get(..name.len().checked_sub(candidate.end - candidate.start)?)?;
            let at = before.len().checked_sub(head.len())?;
            let same = before.get(at..)?.eq_ignore_ascii_case(head);
            let begins = !before
                .get(..at)?
                .ends_with(|c: char| c.is_ascii_alphanumeric());
            (same && begins && at >= free && !head.is_empty()).then_some((at, name))
        });
        if let Some((at, name)) = whole
            && let Ok(observable) = Observable::new(K::FileName, name)
        {
            one.candidate.observable = observable;
            one.candidate.start = at;
        }
    }
}
