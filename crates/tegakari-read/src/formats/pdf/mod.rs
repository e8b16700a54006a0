//! PDF, through `hayro-syntax` and `hayro-cmap`, with a reader of fonts and a layout analysis of our own.
//!
//! A PDF says where glyphs are drawn, nothing more. `page` collects them with their characters,
//! `lines` makes pieces of lines of them, `layout` and `tables` find the order in which a person reads
//! those, `blocks` makes paragraphs and rows and puts values together that a line end broke (`joins`).

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::object::Dict;
use hayro_syntax::object::dict::keys;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf as File};
use tegakari_model::Problem;

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content};
use crate::front_matter;

mod blocks;
mod fonts;
mod frame;
mod layout;
mod lines;
mod meta;
mod page;
mod tables;
mod unpack;

use blocks::{Builder, Style};
use layout::Piece;
use lines::{Dividers, Segment};
use page::{Budget, Glyph, Interpreter, LinkArea, Rule, Sheet};

/// Pages read of one document.
const PAGE_LIMIT: usize = 20_000;
/// Objects of a document; the library keeps some memory for each.
const OBJECT_LIMIT: usize = 4_000_000;
/// Words kept to tell hyphens of words from those of line ends.
const WORD_LIMIT: usize = 200_000;

/// PDF documents.
pub(super) struct Pdf;

impl ReportFormat for Pdf {
    fn id(&self) -> &'static str {
        "pdf"
    }

    fn about(&self) -> &'static str {
        "PDF (ISO 32000-2), its text in reading order, with tables; no text recognition in scans"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        // ISO 32000-2, 7.5.2; readers look for the mark in the first kilobyte.
        let start = head.bytes.get(..1024).unwrap_or(head.bytes);
        match memchr::memmem::find(start, b"%PDF-") {
            Some(0) => Sniff::Certain,
            Some(at)
                if start
                    .get(..at)
                    .is_some_and(|b| !b.iter().all(u8::is_ascii_graphic))
                    || at < 8 =>
            {
                Sniff::Certain
            }
            Some(_) => Sniff::Likely,
            None => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        // The library is fuzzed, but reads maps and streams made to break readers; a panic in it
        // costs this document, not the program. Nothing that it left half done is used afterwards.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut fresh = Content::default();
            read(source, &mut fresh);
            fresh
        }));
        match outcome {
            Ok(read) => *content = read,
            Err(_) => content.problems.push(
                Problem::new(
                    source.name,
                    "the PDF is damaged in a way that cannot be read",
                    "print it to a new PDF, or save its text, and read that",
                )
                .losing_bytes(source.bytes.len() as u64),
            ),
        }
    }
}

fn read(source: &Source<'_>, content: &mut Content) {
    let name = source.name;
    if memchr::memmem::find_iter(source.bytes, b"obj")
        .take(2 * OBJECT_LIMIT + 1)
        .count()
        > 2 * OBJECT_LIMIT
    {
        content.problems.push(
            Problem::new(
                name,
                "the PDF has more objects than a report can have",
                "print it to a new PDF, or save its text, and read that",
            )
            .losing_bytes(source.bytes.len() as u64),
        );
        return;
    }
    let (bytes, emptied) = unpack::defuse(source.bytes);
    if emptied > 0 {
        content.problems.push(Problem::new(
            name,
            format!("{emptied} streams unpack to far more than text needs and were left out"),
            "if text is missing, print it to a new PDF and read that",
        ));
    }
    let file = match File::new(bytes) {
        Ok(file) => file,
        Err(error) => {
            let problem = unreadable(name, error);
            content
                .problems
                .push(problem.losing_bytes(source.bytes.len() as u64));
            return;
        }
    };
    let pages = file.pages();
    let mut document = Document::default();
    let mut interpreter = Interpreter::new(Budget::default());
    for (index, page) in pages.iter().take(PAGE_LIMIT).enumerate() {
        // As above: a panic costs the page it comes from.
        let sheet = catch_unwind(AssertUnwindSafe(|| interpreter.read(page)));
        match sheet {
            Ok(sheet) => document.add(index, sheet),
            Err(_) => {
                let budget = std::mem::take(&mut interpreter.budget);
                interpreter = Interpreter::new(budget);
                document.add(index, Sheet::default());
                document.broken.push(index + 1);
            }
        }
        if interpreter.budget.is_spent() {
            document.unread = Some(index + 1);
            break;
        }
    }
    if pages.len() > PAGE_LIMIT && document.unread.is_none() {
        document.unread = Some(PAGE_LIMIT);
    }
    document.report(name, pages.len(), content);
    if let Some(said) = said_pages(&file).filter(|said| *said > pages.len()) {
        content.problems.push(
            Problem::new(
                name,
                format!("only {} of the {said} pages that the PDF says it has can be found", pages.len()),
                "fetch the document again: what the others say is not known, and their numbers may be wrong here",
            )
            .losing_records((said - pages.len()) as u64),
        );
    }
    meta::apply(&file, content);
    let dated = content.published.take();
    let problems = std::mem::take(&mut content.problems);
    document.build(content);
    content.problems = problems;
    // The day the file was made is that of publication only where the text itself names none.
    let says_date = content
        .blocks
        .iter()
        .take(40)
        .any(|b| front_matter::first_date(b.text.get(..2048).unwrap_or(&b.text)).is_some());
    if !says_date {
        content.published = dated;
    }
}

/// How many pages the root of the page tree says that there are (ISO 32000-2, 7.7.3.2).
fn said_pages(file: &File) -> Option<usize> {
    let catalog = file.xref().get::<Dict<'_>>(file.xref().root_id())?;
    let count = catalog
        .get::<Dict<'_>>(keys::PAGES)?
        .get::<i32>(keys::COUNT)?;
    usize::try_from(count)
        .ok()
        .filter(|count| *count <= 1_000_000)
}

fn unreadable(name: &str, error: LoadPdfError) -> Problem {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Problem::new(
            name,
            "the PDF is locked with a password",
            "open it with the password, print it to a new PDF and read that",
        ),
        LoadPdfError::Decryption(_) => Problem::new(
            name,
            "the PDF is encrypted in a way that cannot be read",
            "print it to a new PDF and read that",
        ),
        LoadPdfError::Invalid => Problem::new(
            name,
            "the PDF is damaged: no page of it can be found",
            "fetch it again, or print it to a new PDF, and read that",
        ),
    }
}

/// The pages as far as read.
#[derive(Default)]
struct Document {
    pages: Vec<Leaf>,
    /// Pages that are images without text.
    scanned: Vec<usize>,
    /// Pages whose fonts do not say what they show.
    unknown: Vec<usize>,
    /// Pages with damaged streams.
    damaged: Vec<usize>,
    /// Pages with more glyphs than are kept.
    crowded: Vec<usize>,
    /// Pages that could not be read at all.
    broken: Vec<usize>,
    /// The last page that was read, when there are more.
    unread: Option<usize>,
}

/// Text of a page before its layout is known.
struct Leaf {
    number: u32,
    segments: Vec<Segment>,
    /// Text written in other directions, with its angle.
    turned: Vec<Vec<Segment>>,
    rules: Vec<Rule>,
    width: f32,
    height: f32,
}

impl Document {
    fn add(&mut self, index: usize, sheet: Sheet) {
        let number = index + 1;
        let letters = sheet
            .glyphs
            .iter()
            .filter(|g| !g.text.trim().is_empty())
            .count();
        if letters < 8 && sheet.images >= 0.3 {
            self.scanned.push(number);
        }
        if sheet.unknown > 20 && sheet.unknown * 3 > letters.max(1) {
            self.unknown.push(number);
        }
        if sheet.crowded {
            self.crowded.push(number);
        }
        if sheet.damaged > 0 {
            self.damaged.push(number);
        }
        // Text of each direction is a page of its own; most of it is the page.
        let mut by_angle: BTreeMap<i16, Vec<Glyph>> = BTreeMap::new();
        for glyph in sheet.glyphs {
            by_angle.entry(glyph.angle).or_default().push(glyph);
        }
        let main = by_angle
            .iter()
            .max_by_key(|(angle, glyphs)| (glyphs.len(), std::cmp::Reverse(**angle)))
            .map_or(0, |(angle, _)| *angle);
        let mut leaf = Leaf {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            segments: Vec::new(),
            turned: Vec::new(),
            rules: Vec::new(),
            width: sheet.width,
            height: sheet.height,
        };
        for (angle, glyphs) in by_angle {
            let rules = turned_rules(&sheet.rules, angle);
            let links = turned_links(&sheet.links, angle);
            let segments = lines::segments(glyphs, &Dividers::new(&rules), &links);
            if angle == main {
                leaf.segments = segments;
                leaf.rules = rules;
                if matches!(angle, 90 | 270) {
                    std::mem::swap(&mut leaf.width, &mut leaf.height);
                }
            } else {
                leaf.turned.push(segments);
            }
        }
        self.pages.push(leaf);
    }

    /// What was not read, and why.
    fn report(&self, name: &str, pages: usize, content: &mut Content) {
        let mut tell = |lost: usize, what: String, hint: &str| {
            let problem = Problem::new(name, what, hint).losing_records(lost as u64);
            content.problems.push(problem);
        };
        if !self.scanned.is_empty() && self.scanned.len() == self.pages.len() {
            let count = match pages {
                1 => "its only page is an image".to_owned(),
                n => format!("all {n} pages are images"),
            };
            tell(
                self.scanned.len(),
                format!("the PDF is a scan without text: {count}"),
                "recognise its text first (for example with `ocrmypdf`) and read the result",
            );
        } else if !self.scanned.is_empty() {
            tell(
                0,
                format!(
                    "{} without text",
                    pages_named(&self.scanned, "is an image", "are images")
                ),
                "recognise their text first (for example with `ocrmypdf`) and read the result",
            );
        }
        if !self.unknown.is_empty() {
            tell(
                self.unknown.len(),
                format!(
                    "the fonts of {} do not say which letters they show",
                    page_list(&self.unknown)
                ),
                "recognise the text as that of a scan (for example with `ocrmypdf --force-ocr`)",
            );
        }
        if !self.damaged.is_empty() {
            tell(
                self.damaged.len(),
                format!(
                    "parts of {} are damaged and were left out",
                    page_list(&self.damaged)
                ),
                "fetch the document again, or print it to a new PDF",
            );
        }
        if !self.crowded.is_empty() {
            tell(
                self.crowded.len(),
                format!(
                    "{} hold more text than a page can show and were read in part",
                    page_list(&self.crowded)
                ),
                "print the document to a new PDF and read that",
            );
        }
        if !self.broken.is_empty() {
            tell(
                self.broken.len(),
                format!("{} could not be read", page_list(&self.broken)),
                "print the document to a new PDF and read that",
            );
        }
        if pages == 0 {
            tell(1, "the PDF has no pages".to_owned(), "fetch it again");
        }
        if let Some(last) = self.unread.filter(|last| *last < pages) {
            tell(
                pages - last,
                format!(
                    "only the first {last} of {pages} pages were read: they draw more than a report does"
                ),
                "split the document and read the parts",
            );
        } else if self.unread.is_some() {
            tell(
                1,
                "the last page draws more than a report does and was read in part".to_owned(),
                "print the document to a new PDF and read that",
            );
        }
    }

    fn build(mut self, content: &mut Content) {
        let frame = frame::take(&mut self.pages);
        let style = self.style();
        for text in &frame {
            content.tlp = content.tlp.or_else(|| front_matter::tlp_in(&text.text));
        }
        let mut builder = Builder::new(content, style);
        let mut aside: Vec<(u32, Vec<Segment>)> = Vec::new();
        for leaf in self.pages {
            let items = tables::take_ruled(leaf.segments, &leaf.rules, leaf.width, leaf.height);
            let pieces: Vec<Piece> = layout::arrange(items);
            builder.page(pieces, leaf.number);
            aside.extend(leaf.turned.into_iter().map(|s| (leaf.number, s)));
        }
        builder.finish();
        content.new_group();
        let turned = aside.into_iter().flat_map(|(page, segments)| {
            segments.into_iter().map(move |s| (page, s.text, s.links))
        });
        let framing = frame.into_iter().map(|f| (f.page, f.text, f.links));
        let mut seen = HashSet::new();
        for (page, text, links) in framing.chain(turned) {
            if !seen.insert(text.clone()) {
                continue;
            }
            let mut block = Block::new(BlockKind::Paragraph, text, 0);
            block.page = page;
            block.aside = true;
            block.links = links
                .into_iter()
                .map(|s| crate::content::Link {
                    start: s.start,
                    end: s.end,
                    target: s.target.to_string(),
                })
                .collect();
            content.push(block);
        }
    }

    /// The size of most of the text, those of headings, and the words of the document.
    fn style(&self) -> Style {
        let mut sizes: BTreeMap<i32, usize> = BTreeMap::new();
        let (mut bold, mut letters) = (0usize, 0usize);
        let mut words = HashSet::new();
        for segment in self.pages.iter().flat_map(|p| &p.segments) {
            let length = segment.text.chars().count();
            *sizes
                .entry((segment.size * 2.0).round() as i32)
                .or_default() += length;
            letters += length;
            bold += if segment.bold { length } else { 0 };
            // The last word of a line may be half of one.
            let mut line = segment
                .text
                .split(|c: char| !c.is_alphanumeric())
                .peekable();
            while let Some(word) = line.next() {
                if line.peek().is_some() && word.len() > 1 && words.len() < WORD_LIMIT {
                    words.insert(word.to_lowercase());
                }
            }
        }
        let body = sizes
            .iter()
            .max_by_key(|(size, count)| (**count, std::cmp::Reverse(**size)))
            .map_or(10.0, |(size, _)| *size as f32 / 2.0);
        let mut headings: Vec<f32> = Vec::new();
        for size in sizes.keys().rev().map(|s| *s as f32 / 2.0) {
            let near = headings.last().is_some_and(|h| h - size < 0.8);
            if size >= 1.15 * body && !near && headings.len() < 4 {
                headings.push(size);
            }
        }
        Style {
            body,
            bold: bold * 2 > letters,
            headings,
            words,
        }
    }
}

/// Rules in the frame of text that is written at an angle.
fn turned_rules(rules: &[Rule], angle: i16) -> Vec<Rule> {
    if !matches!(angle, 0 | 90 | 180 | 270) {
        return Vec::new();
    }
    rules
        .iter()
        .map(|r| {
            let ((x0, y0), (x1, y1)) = (turn(r.x0, r.y0, angle), turn(r.x1, r.y1, angle));
            Rule {
                x0: x0.min(x1),
                y0: y0.min(y1),
                x1: x0.max(x1),
                y1: y0.max(y1),
            }
        })
        .collect()
}

fn turned_links(links: &[LinkArea], angle: i16) -> Vec<LinkArea> {
    if !matches!(angle, 0 | 90 | 180 | 270) {
        return Vec::new();
    }
    links
        .iter()
        .map(|l| {
            let ((x0, y0), (x1, y1)) = (turn(l.x0, l.y0, angle), turn(l.x1, l.y1, angle));
            LinkArea {
                x0: x0.min(x1),
                y0: y0.min(y1),
                x1: x0.max(x1),
                y1: y0.max(y1),
                target: l.target.clone(),
            }
        })
        .collect()
}

fn turn(x: f32, y: f32, angle: i16) -> (f32, f32) {
    match angle {
        90 => (y, -x),
        180 => (-x, -y),
        270 => (-y, x),
        _ => (x, y),
    }
}

fn page_list(pages: &[usize]) -> String {
    let word = if pages.len() == 1 { "page" } else { "pages" };
    format!("{word} {}", ranges(pages))
}

fn pages_named(pages: &[usize], one: &str, many: &str) -> String {
    let verb = if pages.len() == 1 { one } else { many };
    format!("{} {verb}", page_list(pages))
}

/// `1, 4-6, 9 and 12 more`.
fn ranges(pages: &[usize]) -> String {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for page in pages {
        match out.last_mut() {
            Some((_, end)) if *end + 1 == *page => *end = *page,
            _ => out.push((*page, *page)),
        }
    }
    let shown: Vec<String> = out
        .iter()
        .take(12)
        .map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("{a}-{b}")
            }
        })
        .collect();
    let rest: usize = out.iter().skip(12).map(|(a, b)| b - a + 1).sum();
    if rest > 0 {
        format!("{} and {rest} more", shown.join(", "))
    } else {
        shown.join(", ")
    }
}
