//! Documents inside documents: members of archives, attachments, embedded tables, pieces of HTML.
//!
//! There is one way in. [`read_part`] sniffs a document that stands on its own and reads it into a part
//! of the same [`Content`]; [`read_piece`] reads text of a known format into the section that is open.
//! All of them draw on one [`Budget`], so that no nesting costs more than its limits.

use std::cell::Cell;
use std::io::{self, Read};

use tegakari_model::Problem;

use super::{ReportFormat, Source, sniff};
use crate::content::{Content, Part};
use crate::front_matter;
use crate::text::clean;
use crate::unreadable::unreadable;

/// Documents inside each other that are read.
const DEPTH: usize = 6;
/// Unpacked bytes of a whole document, however nested.
const TOTAL: u64 = 256 << 20;
/// Unpacked bytes of one part: what a document given alone may have.
const PART: u64 = 128 << 20;
/// Unpacked bytes of one part that are allowed whatever their ratio.
const FREE: u64 = 64 << 20;
/// Unpacked bytes per packed byte beyond [`FREE`].
const RATIO: u64 = 250;
/// Parts of a whole document, however nested.
const PARTS: u32 = 2000;
/// Parts named in one problem.
const NAMED: usize = 8;

/// What is left for the parts of a document. Shared by all that is nested in it.
pub(crate) struct Budget {
    bytes: Cell<u64>,
    parts: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: Cell::new(TOTAL),
            parts: Cell::new(PARTS),
        }
    }
}

/// Why a packed part could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It is larger than any limit, or than its packed size allows.
    TooLarge,
    /// Its packing is damaged.
    Damaged,
}

impl Source<'_> {
    /// Unpacks a part under the limits. A part that breaks off is returned as far as it goes.
    pub(crate) fn unpack(&self, packed: u64, reader: impl Read) -> (Vec<u8>, Option<Loss>) {
        let mut out = Vec::new();
        let loss = self.pour(packed, reader, |bytes| out.extend_from_slice(bytes));
        if loss == Some(Loss::TooLarge) {
            out = Vec::new();
        }
        (out, loss)
    }

    /// The same without keeping it: for parts that another reader unpacks.
    pub(crate) fn measure(&self, packed: u64, reader: impl Read) -> Option<Loss> {
        self.pour(packed, reader, |_| {})
    }

    fn pour(&self, packed: u64, reader: impl Read, mut to: impl FnMut(&[u8])) -> Option<Loss> {
        let left = self.budget.bytes.get();
        let allowed = packed.saturating_mul(RATIO).clamp(FREE, PART).min(left);
        let mut taken = reader.take(allowed + 1);
        let mut chunk = vec![0; 64 << 10];
        let mut count = 0u64;
        let mut loss = None;
        loop {
            match taken.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => {
                    count += n as u64;
                    if count > allowed {
                        loss = Some(Loss::TooLarge);
                        break;
                    }
                    to(chunk.get(..n).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    loss = Some(Loss::Damaged);
                    break;
                }
            }
        }
        // A bomb has cost what it was allowed to.
        self.budget.bytes.set(left - count.min(allowed));
        loss
    }
}

/// Members of a container that are not read, said in one problem for all.
#[derive(Default)]
pub(crate) struct Skipped {
    named: Vec<String>,
    more: u64,
}

impl Skipped {
    /// Notes a member and why it is not read.
    pub(crate) fn add(&mut self, name: &str, why: &str) {
        if self.named.len() < NAMED {
            let name: String = name.chars().take(120).collect();
            self.named.push(format!("{name} ({why})"));
        } else {
            self.more += 1;
        }
    }

    /// Says what was not read inside a container.
    pub(crate) fn report(self, place: &str, content: &mut Content) {
        if self.named.is_empty() {
            return;
        }
        let count = self.named.len() as u64 + self.more;
        let mut list = self.named.join(", ");
        if self.more > 0 {
            list.push_str(&format!(" and {} more", self.more));
        }
        let what = if count == 1 {
            format!("1 part was not read: {list}")
        } else {
            format!("{count} parts were not read: {list}")
        };
        content.problems.push(
            Problem::new(
                place,
                what,
                "give them alone if they are reports; nothing in them was run or kept",
            )
            .losing_records(count),
        );
    }
}

/// Reads a document that stands on its own inside another.
pub(crate) fn read_part(
    outer: &Source<'_>,
    name: &str,
    bytes: &[u8],
    content: &mut Content,
    skipped: &mut Skipped,
) {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    if outer.depth >= DEPTH {
        skipped.add(name, "nested too deep");
        return;
    }
    let left = outer.budget.parts.get();
    if left == 0 {
        skipped.add(name, "one of too many");
        return;
    }
    outer.budget.parts.set(left - 1);
    if let Some((what, _)) = unreadable(bytes) {
        let what = what.split(", which").next().unwrap_or(what);
        skipped.add(name, what.trim_start_matches("it is "));
        return;
    }
    let place = format!("{}!{name}", outer.name);
    let source = outer.inside(&place, bytes);
    let format = sniff(name, bytes);
    let mut inner = Content::default();
    format.read(&source, &mut inner);
    let (encoding, damaged) = source.encoding();
    if damaged {
        inner.problems.push(Problem::new(
            &place,
            format!("some bytes are not valid {encoding}"),
            "they were read as the replacement character; values that hold it may be wrong",
        ));
    }
    let edges = inner.edges();
    let cleans: Vec<_> = edges.blocks.iter().map(|b| clean(&b.text)).collect();
    let front = front_matter::read(&edges, &cleans);
    inner.tlp = front.tlp;
    let part = Part {
        name: name.to_owned(),
        title: front.title,
        publisher: front.publisher,
        published: front.published.map(|d| d.0),
        is_list: inner.is_list,
        own_urls: std::mem::take(&mut inner.own_urls),
    };
    content.adopt(inner, part);
}

/// Reads what a packing held: it is the document itself.
pub(crate) fn read_whole(outer: &Source<'_>, name: &str, bytes: &[u8], content: &mut Content) {
    let mut skipped = Skipped::default();
    if outer.depth >= DEPTH {
        skipped.add(name, "nested too deep");
    } else if let Some((what, _)) = unreadable(bytes) {
        skipped.add(name, what.trim_start_matches("it is "));
    } else {
        sniff(name, bytes).read(&outer.inside(name, bytes), content);
    }
    skipped.report(outer.name, content);
}

/// Reads a piece of a document, of a known format, into the section that is open.
pub(crate) fn read_piece(
    outer: &Source<'_>,
    format: &dyn ReportFormat,
    text: &str,
    place: Option<&str>,
    content: &mut Content,
) {
    let source = outer.piece(text);
    let mut inner = Content::default();
    format.read(&source, &mut inner);
    for block in &mut inner.blocks {
        // Lines of a text that was packed into another are lines of nothing.
        block.line = 0;
    }
    content.include(inner, place);
}
