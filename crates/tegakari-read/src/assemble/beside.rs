//! Names with blanks that a hash beside them holds together: `ドキュメント January 2020.doc    5a0f…`. What stands
//! alone in a column before or after a column of hashes is a name, whatever its words.

use tegakari_model::{Observable, ObservableKind as K};

use super::found::Found;
use crate::scan::{self, Origin};
use crate::text::Clean;

/// Longest name, in characters, and most words of one.
const LONGEST: usize = 120;
const WORDS: usize = 10;

/// Makes names whole in a row of cells.
pub(super) fn in_row(clean: &Clean<'_>, found: &mut [Found]) {
    let mut start = 0;
    let cells: Vec<(usize, usize)> = clean
        .text
        .split('\t')
        .map(|cell| {
            let from = start;
            start += cell.len() + 1;
            (from, from + cell.len())
        })
        .collect();
    let is_hash = |i: Option<usize>| {
        i.and_then(|i| cells.get(i))
            .and_then(|(from, to)| clean.text.get(*from..*to))
            .is_some_and(is_only_a_hash)
    };
    for (i, cell) in cells.iter().enumerate() {
        if is_hash(i.checked_sub(1)) || is_hash(Some(i + 1)) {
            whole(clean, *cell, found);
        }
    }
}

/// Makes names whole in lines of a name, two blanks or more, and a hash.
pub(super) fn in_lines(clean: &Clean<'_>, found: &mut [Found]) {
    if found.is_empty() || !clean.text.contains("  ") {
        return;
    }
    let mut start = 0;
    for line in clean.text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let Some((name, hash)) = line.trim_end().rsplit_once("  ") else {
            continue;
        };
        if is_only_a_hash(hash) {
            whole(clean, (from, from + name.len()), found);
        }
    }
}

fn is_only_a_hash(cell: &str) -> bool {
    let cell = cell.trim().trim_matches('`');
    matches!(cell.len(), 32 | 40 | 64 | 128) && cell.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The name that ends a cell reaches to the cell's beginning.
fn whole(clean: &Clean<'_>, (start, end): (usize, usize), found: &mut [Found]) {
    let cell = clean.text.get(start..end).unwrap_or("");
    let name = cell.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '`' | '"' | '*' | '•' | '・' | '-' | '|')
    });
    // Words before a span of code are no part of what stands in it.
    if name.contains('`') {
        return;
    }
    // Cells and lines are scanned in order, so that what was found before this one stands before.
    let first = found.partition_point(|one| one.candidate.start < start);
    let mut inside = found
        .iter_mut()
        .skip(first)
        .map(|one| &mut one.candidate)
        .take_while(|c| c.start < end)
        .filter(|c| c.end <= end);
    let (Some(one), None) = (inside.next(), inside.next()) else {
        return;
    };
    let Some(from) = cell.find(name).map(|at| start + at) else {
        return;
    };
    let words = name.split_whitespace().count();
    let lead = clean.text.get(from..one.start).unwrap_or("");
    if one.observable.kind() != K::FileName
        || one.origin == Origin::UrlPart
        || one.end != from + name.len()
        || one.start <= from
        || name.chars().count() > LONGEST
        || words > WORDS
        || name.contains([':', '/', '\\', '<', '>', '|', ',', ';', '='])
        || scan::says_of_a_file(lead)
    {
        return;
    }
    if let Ok(observable) = Observable::new(K::FileName, name) {
        one.observable = observable;
        one.start = from;
    }
}
