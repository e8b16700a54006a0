//! Whose the hashes of one sentence are, where its form as a whole tells: `a.exe <hash>, b.dll <hash>`,
//! `<hash> belongs to a.exe, and <hash> to b.dll`, `a.exe and b.dll have <hash> and <hash>, respectively`, and
//! `The dropper (<hash>) writes b.dll`, in which no name is that of the hash.

use std::collections::BTreeMap;

use super::forms::called;
use crate::deeds;
use crate::judge::is_system_program;
use crate::scan::Candidate;

/// Longest words between two values of one list, in bytes: `, and the MD5 `.
const LISTED: usize = 40;
/// Longest words between a name and the bracket with its hash, in bytes.
const APPOSED: usize = 80;

/// What stands in a sentence, in order.
enum Part {
    /// The name of a file, by its index.
    Name(usize),
    /// Hashes of one file, by their indices.
    Sums(Vec<usize>),
}

/// The name of each hash of the sentence `span`; `None` for one that is said to be of no file named there. A hash that
/// the form tells nothing of is not in the answer. Indices are those of `here`.
pub(super) fn owners(
    text: &str,
    here: &[&Candidate],
    span: (usize, usize),
) -> BTreeMap<usize, Option<usize>> {
    let parts = parts(text, here, span);
    let mut told = BTreeMap::new();
    if is_uneven(between(text, span.0, span.1), &parts) {
        let sums = parts.iter().filter_map(|part| match part {
            Part::Sums(sums) => Some(sums),
            Part::Name(_) => None,
        });
        return sums.flatten().map(|sum| (*sum, None)).collect();
    }
    if let Some(pairs) = in_turns(text, here, span, &parts).or_else(|| by_order(text, here, &parts))
    {
        for (name, sums) in pairs {
            told.extend(sums.iter().map(|sum| (*sum, Some(name))));
        }
        return told;
    }
    for (i, part) in parts.iter().enumerate() {
        let Part::Sums(sums) = part else { continue };
        let Some(open) = bracket_before(text, here, span, sums) else {
            continue;
        };
        let before = parts.get(..i).unwrap_or_default();
        let inside = before
            .iter()
            .any(|part| matches!(part, Part::Name(n) if start_of(here, *n) > open));
        if inside {
            continue;
        }
        let owner = before
            .iter()
            .rev()
            .map_while(|part| match part {
                Part::Name(name) => Some(*name),
                Part::Sums(_) => None,
            })
            .find(|name| is_apposed(text, here, *name, open));
        // A name that stands further off may still be meant; one that follows never is, nor one that does something to
        // the file: `a.exe executes the script (<hash>)`.
        let nearest = before.iter().rev().find_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Sums(_) => None,
        });
        let of_another = |name: usize| deeds::tell(between(text, end_of(here, name), open));
        if owner.is_some() || nearest.is_none_or(of_another) {
            told.extend(sums.iter().map(|sum| (*sum, owner)));
        }
    }
    told
}

fn start_of(here: &[&Candidate], at: usize) -> usize {
    here.get(at).map_or(0, |c| c.start)
}

fn end_of(here: &[&Candidate], at: usize) -> usize {
    here.get(at).map_or(0, |c| c.end)
}

/// The names and hashes of a sentence; hashes of different kinds beside each other are of one file.
fn parts(text: &str, here: &[&Candidate], span: (usize, usize)) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (i, one) in here.iter().enumerate() {
        if one.start < span.0 || one.start >= span.1 {
            continue;
        }
        let kind = one.observable.kind();
        if kind.is_file_hash() {
            if let Some(Part::Sums(sums)) = parts.last_mut()
                && let Some(last) = sums.last()
                && sums
                    .iter()
                    .all(|sum| here.get(*sum).is_some_and(|c| c.observable.kind() != kind))
                && between(text, end_of(here, *last), one.start).len() <= LISTED
            {
                sums.push(i);
            } else {
                parts.push(Part::Sums(vec![i]));
            }
        } else if called(one).is_some() {
            parts.push(Part::Name(i));
        }
    }
    parts
}

fn between(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or("")
}

/// Two and more pairs in one order from the first to the last: a name and its hash, or a hash and its name.
fn in_turns<'p>(
    text: &str,
    here: &[&Candidate],
    span: (usize, usize),
    parts: &'p [Part],
) -> Option<Vec<(usize, &'p [usize])>> {
    if parts.len() < 4 || !parts.len().is_multiple_of(2) {
        return None;
    }
    let names_first = matches!(parts.first(), Some(Part::Name(_)));
    let mut pairs = Vec::new();
    for pair in parts.chunks(2) {
        let (name, sums) = match pair {
            [Part::Name(name), Part::Sums(sums)] if names_first => (*name, sums),
            [Part::Sums(sums), Part::Name(name)] if !names_first => (*name, sums),
            _ => return None,
        };
        let (first, last) = (*sums.first()?, *sums.last()?);
        let apart = if names_first {
            start_of(here, first).saturating_sub(end_of(here, name))
        } else {
            start_of(here, name).saturating_sub(end_of(here, last))
        };
        let apposed = !names_first
            || bracket_before(text, here, span, sums)
                .is_none_or(|open| is_apposed(text, here, name, open));
        // What a file is started with is not what it is called.
        let system = here
            .get(name)
            .is_some_and(|c| is_system_program(&c.observable));
        let words = if names_first {
            between(text, end_of(here, name), start_of(here, first))
        } else {
            between(text, end_of(here, last), start_of(here, name))
        };
        if apart > APPOSED || system || !apposed || deeds::tell(words) {
            return None;
        }
        pairs.push((name, sums.as_slice()));
    }
    // `the script <hash>, a.exe <hash>, b.dll <hash>, c.dll`: marks of lists stand between pairs, not in them.
    let span_of = |part: &Part| match part {
        Part::Name(name) => (start_of(here, *name), end_of(here, *name)),
        Part::Sums(sums) => (
            sums.first().map_or(0, |sum| start_of(here, *sum)),
            sums.last().map_or(0, |sum| end_of(here, *sum)),
        ),
    };
    let (mut inner, mut outer) = (0, 0);
    for (i, pair) in parts.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let words = between(text, span_of(first).1, span_of(second).0);
        let marked = usize::from(words.contains([',', ';', '、', '，', '；', '。']));
        if i.is_multiple_of(2) {
            inner += marked;
        } else {
            outer += marked;
        }
    }
    let all = parts.len() / 2;
    if inner * (all - 1) > outer * all {
        return None;
    }
    // One name twice is about one file.
    let mut values: Vec<&str> = pairs
        .iter()
        .filter_map(|(name, _)| here.get(*name).map(|c| c.observable.value()))
        .collect();
    values.sort_unstable();
    values
        .windows(2)
        .all(|w| w.first() != w.last())
        .then_some(pairs)
}

/// Whether names and hashes are said to belong to each other by their order and are not as many.
fn is_uneven(sentence: &str, parts: &[Part]) -> bool {
    let names = parts
        .iter()
        .filter(|part| matches!(part, Part::Name(_)))
        .count();
    let ordered = ["respectively", "それぞれ", "分别"]
        .iter()
        .any(|word| sentence.contains(word));
    ordered && names * 2 != parts.len()
}

/// As many hashes of one kind as names, each in a list of its own.
fn by_order<'p>(
    text: &str,
    here: &[&Candidate],
    parts: &'p [Part],
) -> Option<Vec<(usize, &'p [usize])>> {
    let names: Vec<usize> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Sums(_) => None,
        })
        .collect();
    let sums: Vec<&[usize]> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Sums(sums) => Some(sums.as_slice()),
            Part::Name(_) => None,
        })
        .collect();
    let turns = parts
        .windows(2)
        .filter(|w| {
            matches!(
                w,
                [Part::Name(_), Part::Sums(_)] | [Part::Sums(_), Part::Name(_)]
            )
        })
        .count();
    if names.len() < 2 || names.len() != sums.len() || turns != 1 {
        return None;
    }
    let listed = |ends: &[(usize, usize)]| {
        ends.windows(2).all(|w| match w {
            [(_, end), (start, _)] => is_list_mark(between(text, *end, *start)),
            _ => false,
        })
    };
    let spans: Vec<(usize, usize)> = names
        .iter()
        .map(|n| (start_of(here, *n), end_of(here, *n)))
        .collect();
    let sum_spans: Vec<(usize, usize)> = sums
        .iter()
        .filter_map(|s| Some((start_of(here, *s.first()?), end_of(here, *s.last()?))))
        .collect();
    (listed(&spans) && listed(&sum_spans)).then(|| names.into_iter().zip(sums).collect())
}

/// Whether words stand between two values of a list and say nothing else.
fn is_list_mark(words: &str) -> bool {
    let words = words.to_lowercase();
    words.len() <= LISTED
        && words
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .all(|word| {
                matches!(
                    word,
                    "and"
                        | "or"
                        | "the"
                        | "file"
                        | "files"
                        | "md5"
                        | "sha1"
                        | "sha256"
                        | "sha"
                        | "1"
                        | "256"
                        | "と"
                        | "および"
                        | "及び"
                        | "和"
                        | "及"
                )
            })
}

/// Where the bracket opens in which hashes stand.
fn bracket_before(
    text: &str,
    here: &[&Candidate],
    span: (usize, usize),
    sums: &[usize],
) -> Option<usize> {
    let first = start_of(here, *sums.first()?);
    let left = between(text, span.0, first);
    let open = left.rfind(['(', '（'])?;
    let closed = left.rfind([')', '）']).is_some_and(|at| at > open);
    (!closed).then_some(span.0 + open)
}

/// Whether the bracket at `open` speaks of the name before it, as `a.exe, a loader (…)` does and `a.exe, the script (…)`
/// does not.
fn is_apposed(text: &str, here: &[&Candidate], name: usize, open: usize) -> bool {
    let end = end_of(here, name);
    let words = between(text, end, open);
    let lower = words.to_lowercase();
    let system = here
        .get(name)
        .is_some_and(|c| is_system_program(&c.observable));
    let far = if system { 12 } else { APPOSED };
    words.len() <= far
        && !words.contains([';', '；', '。', '\n'])
        && !deeds::tell(words)
        && ![", the ", " and the ", "、"]
            .iter()
            .any(|mark| lower.contains(mark))
}
