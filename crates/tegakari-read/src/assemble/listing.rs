//! What a list states, whatever it is judged to be: the cells of its columns of values, and the first value of each line.
//!
//! Who writes a list says with its form which values it is of. A judgement that is right for running text, where a link
//! to a page is there to be read, drops them; and a value in the remark behind another is somebody else's.

use std::collections::BTreeSet;

use tegakari_model::{Observable, ObservableKind as K, public_suffix};

use super::found::Found;
use super::remarks::Remarks;
use super::sections::Sections;
use crate::content::{Block, BlockKind, Content};
use crate::lexicon::{self, Ending, Field, SectionKind};
use crate::scan::{Candidate, Origin};
use crate::text::Clean;
use crate::typed::Wanted;

/// What the form of a list says of its values.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Values that the list is of.
    pub stated: BTreeSet<Observable>,
    /// Values of a list of what one of our own lists held back.
    pub held_back: BTreeSet<Observable>,
    /// Values that stand only in remarks behind others.
    pub beside: BTreeSet<Observable>,
}

/// Adds what the form of a document says, and first values of lines that were not found by their form.
pub(super) fn take(
    content: &Content,
    cleans: &[Clean<'_>],
    sections: &Sections<'_>,
    is_plain: bool,
    found: &mut Vec<Found>,
    listing: &mut Listing,
) {
    let by_line = is_plain && is_by_line(content, cleans, found);
    let mut first = 0;
    let mut missed = Vec::new();
    for (i, (block, clean)) in content.blocks.iter().zip(cleans).enumerate() {
        let from = first
            + found
                .get(first..)
                .map_or(0, |f| f.partition_point(|f| f.block < i));
        let to = from
            + found
                .get(from..)
                .map_or(0, |f| f.partition_point(|f| f.block == i));
        first = to;
        let ours = found.get(from..to).unwrap_or_default();
        if block.kind == BlockKind::Row {
            let is_list = match block.part.checked_sub(1) {
                None => content.is_list,
                Some(part) => content.parts.get(part).is_some_and(|part| part.is_list),
            };
            if is_list {
                row(block, clean, ours, listing);
            }
            continue;
        }
        if !by_line || !is_text(block) || is_to_read(block, sections) {
            continue;
        }
        for (start, line) in lines(&clean.text) {
            let end = start + line.len();
            let here: Vec<&Found> = within(ours, start, end).collect();
            if !told(&clean.text, start, &here, listing)
                && let Some(candidate) = first_word(clean, start, line)
            {
                listing.stated.insert(candidate.observable.clone());
                listing
                    .beside
                    .extend(here.iter().map(|f| f.candidate.observable.clone()));
                missed.push(Found {
                    block: i,
                    candidate,
                    field: None,
                    link_only: false,
                    linked: false,
                    remarks: Remarks::default(),
                });
            }
        }
    }
    if !missed.is_empty() {
        found.append(&mut missed);
        found.sort_by_key(|f| (f.block, f.candidate.start));
    }
    for stated in &listing.stated {
        listing.beside.remove(stated);
    }
}

/// The values of a row.
fn row(block: &Block, clean: &Clean<'_>, ours: &[Found], listing: &mut Listing) {
    let held_back = block.header.as_ref().is_some_and(|header| {
        ["type", "value", "objection"]
            .iter()
            .all(|title| header.iter().any(|h| h == title))
    });
    let mut start = 0;
    for cell in clean.text.split('\t') {
        let end = start + cell.len();
        let here: Vec<&Found> = within(ours, start, end)
            .filter(|f| {
                matches!(
                    f.field,
                    Some(Field::Value | Field::Hash | Field::Kind(_) | Field::C2)
                )
            })
            .collect();
        if held_back {
            let values = here.iter().map(|f| f.candidate.observable.clone());
            listing.held_back.extend(values);
        } else {
            told(&clean.text, start, &here, listing);
        }
        start = end + 1;
    }
}

/// Takes the values of a line or cell that begins with one; whether it does.
fn told(text: &str, start: usize, here: &[&Found], listing: &mut Listing) -> bool {
    let Some(first) = here.first().filter(|f| opens(text, start, f)) else {
        return false;
    };
    let mut end = first.candidate.end;
    let mut is_remark = false;
    for one in here {
        let c = &one.candidate;
        if c.start >= end && !is_remark {
            is_remark = !separates(text.get(end..c.start).unwrap_or(""));
        }
        if is_remark {
            listing.beside.insert(c.observable.clone());
            continue;
        }
        end = end.max(c.end);
        if c.origin != Origin::UrlPart {
            listing.stated.insert(c.observable.clone());
        }
    }
    true
}

/// Whether nothing but marks of a list stands before a value.
fn opens(text: &str, start: usize, found: &Found) -> bool {
    let before = text.get(start..found.candidate.start).unwrap_or("x");
    before.chars().all(is_mark)
}

fn is_mark(c: char) -> bool {
    c.is_whitespace() || "-*•・●▪–'\"`|<>[\u{FEFF}".contains(c)
}

/// Whether what stands between two values makes both of them the list's: separators, and the port of the first.
fn separates(between: &str) -> bool {
    let rest = match between.strip_prefix(':') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => between,
    };
    rest.chars()
        .all(|c| c.is_whitespace() || ",;|、/'\"`<>".contains(c))
}

fn within(ours: &[Found], start: usize, end: usize) -> impl Iterator<Item = &Found> {
    ours.iter()
        .filter(move |f| !f.link_only && f.candidate.start >= start && f.candidate.start < end)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let shown = line.trim();
        let is_comment = shown.starts_with(['#', ';']) || shown.starts_with("//");
        (!shown.is_empty() && !is_comment).then_some((start, line))
    })
}

fn is_text(block: &Block) -> bool {
    !block.aside && !matches!(block.kind, BlockKind::Row | BlockKind::Heading)
}

fn is_to_read(block: &Block, sections: &Sections<'_>) -> bool {
    use SectionKind as S;
    matches!(
        sections.kind(block.section),
        Some((S::References | S::About | S::News | S::Mitigation, _))
    )
}

/// Whether four of five lines begin with a value.
fn is_by_line(content: &Content, cleans: &[Clean<'_>], found: &[Found]) -> bool {
    let (mut all, mut with) = (0_usize, 0_usize);
    let mut first = 0;
    for (i, (block, clean)) in content.blocks.iter().zip(cleans).enumerate() {
        let from = first
            + found
                .get(first..)
                .map_or(0, |f| f.partition_point(|f| f.block < i));
        let to = from
            + found
                .get(from..)
                .map_or(0, |f| f.partition_point(|f| f.block == i));
        first = to;
        if !is_text(block) {
            continue;
        }
        let ours = found.get(from..to).unwrap_or_default();
        for (start, line) in lines(&clean.text) {
            all += 1;
            let value = within(ours, start, start + line.len()).next();
            let begins = value.is_some_and(|f| opens(&clean.text, start, f))
                || first_word(clean, start, line).is_some();
            with += usize::from(begins);
        }
    }
    with > 0 && with * 5 >= all * 4
}

/// The name of a host that a line begins with, where a bracket without a blank or its neighbours hid it.
fn first_word(clean: &Clean<'_>, start: usize, line: &str) -> Option<Candidate> {
    let body = line.trim_start_matches(is_mark);
    let lead = line.len() - body.len();
    let end = body
        .find(|c: char| c.is_whitespace() || "([（「『,;、".contains(c))
        .unwrap_or(body.len());
    let word = body.get(..end).filter(|word| word.is_ascii())?;
    let (_, last) = word.rsplit_once('.')?;
    if lexicon::ending(last) == Ending::File {
        return None;
    }
    let observable = Wanted::Kind(K::Domain).read(word).ok()?;
    let known = observable.kind() != K::Domain
        || public_suffix::suffix(observable.value().as_bytes()).is_some_and(|s| s.is_known());
    let (from, to) = (start + lead, start + lead + word.len());
    known.then(|| Candidate {
        observable,
        start: from,
        end: to,
        defanged: clean.is_defanged(from, to),
        origin: Origin::Form,
        written: None,
    })
}
