//! Everything put together: blocks and stated facts in, the report out.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use sha2::{Digest, Sha256};
use tegakari_knowledge::Knowledge;
use tegakari_model::{
    Composite, Disposition, FileRecord, IndicatorRole, Mention, Observable, ObservableKind as K,
    Problem, Report, ReportCitation, ReportId, ReportSource, Timestamp,
};

use crate::content::{Block, BlockKind, Content, Stated};
use crate::formats::{self, Source};
use crate::front_matter;
use crate::judge::{self, Evidence, Near, Place, Said, Setting, Sign};
use crate::lexicon::{self, Field, SectionKind};
use crate::names::Names;
use crate::records::{self, Gatherer, Seen};
use crate::scan::{self, Candidate, Hint, Origin};
use crate::targets::{self, Targets};
use crate::techniques::{self, Techniques};
use crate::text::{Clean, clean};
use crate::unread;
use crate::yara;
use crate::{Document, Judged};

/// Citations kept for one mention.
const CITATIONS: usize = 10;
/// Characters of a quote.
const QUOTE: usize = 200;

/// A value at a place, with where it stands.
struct Found {
    block: usize,
    candidate: Candidate,
    /// The label or column it stands under.
    field: Option<Field>,
    link_only: bool,
    linked: bool,
}

/// Reads a document; where `judged` is given, the signs that each value was judged by are added to it.
pub(crate) fn read(
    document: Document<'_>,
    knowledge: &Knowledge,
    judged: Option<&mut Vec<Judged>>,
) -> Report {
    let id = ReportId::derive(&[document.bytes]);
    let format = formats::sniff(document.name, document.bytes);
    let source = Source::new(document.name, document.bytes);
    let mut content = Content::default();
    format.read(&source, &mut content);
    yara::in_prose(&mut content);
    let (encoding, damaged) = source.encoding();
    if damaged {
        content.problems.push(Problem::new(
            document.name,
            format!("some bytes are not valid {encoding}"),
            "they were read as the replacement character; values that hold it may be wrong",
        ));
    }
    let encoding = encoding.to_owned();

    let cleans: Vec<Clean<'_>> = content.blocks.iter().map(|b| clean(&b.text)).collect();
    let sections = Sections::new(&content);
    let front = front_matter::read(&content, &cleans);
    let citer = Citer {
        id: &id,
        content: &content,
        counted: Cell::new((0, 0, 0)),
    };

    let mut found = Vec::new();
    let mut columns = Columns::default();
    for (i, (block, clean)) in content.blocks.iter().zip(&cleans).enumerate() {
        scan_block(i, block, clean, &sections, &mut columns, &mut found);
    }
    let unread = unread::rows(document.name, &content, found.iter().map(|f| f.block));
    let settings = settings(&content, &cleans, &found, front.publisher.as_deref());

    let cite_block = |block: &Block, clean: &Clean<'_>, start: usize, end: usize| {
        citer.at(block, clean, start, end)
    };
    let mut gatherer = Gatherer::new(&cite_block);
    let mut names = Names::new(knowledge);
    let mut techniques = Techniques::new(knowledge, &content, &cleans);
    let mut targets = Targets::default();
    let mut lists = TechniqueLists::default();
    let mut next = 0;
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut candidates: Vec<&Candidate> = Vec::new();
    for (i, (block, clean)) in content.blocks.iter().zip(&cleans).enumerate() {
        taken.clear();
        candidates.clear();
        while let Some(one) = found.get(next).filter(|f| f.block == i) {
            next += 1;
            if one.link_only {
                continue;
            }
            candidates.push(&one.candidate);
            if one.candidate.observable.kind() != K::FileName
                || one.candidate.origin != Origin::Label
            {
                taken.push((one.candidate.start, one.candidate.end));
            }
        }
        taken.sort_unstable();
        let cite = |start: usize, end: usize| citer.at(block, clean, start, end);
        gatherer.take(&Seen {
            block,
            clean,
            candidates: &candidates,
        });
        if block.aside {
            continue;
        }
        let kind = sections.kind(block.section);
        let elsewhere = matches!(
            kind,
            Some((
                SectionKind::News | SectionKind::About | SectionKind::References,
                _
            ))
        );
        names.scan(&clean.text, &taken, &cite);
        let mut has_ids = techniques.scan_ids(&clean.text, &cite);
        for link in block
            .links
            .iter()
            .filter(|l| l.target.contains("attack.mitre.org"))
        {
            has_ids |= techniques.scan_ids(&link.target, &|_, _| {
                citer.at(block, clean, 0, clean.text.len())
            });
        }
        let prose = !matches!(block.kind, BlockKind::Code);
        let setting = techniques_setting(block, &sections, &mut lists, has_ids);
        techniques.scan(&clean.text, setting, &cite);
        if prose {
            let victims = matches!(kind, Some((SectionKind::Victims, _)));
            targets.scan(&clean.text, !elsewhere, victims, &taken, &cite);
        }
    }
    // A list without a word of its own is still called after what it is about.
    let file_words = front_matter::words_of_file_name(document.name);
    if front.title.is_none() && !file_words.is_empty() {
        let words = clean(&file_words);
        names.scan(&words.text, &[], &|start, end| {
            citer.path("file name", words.text.get(start..end).unwrap_or(""))
        });
    }
    for stated in &content.names {
        names.stated(stated, citer.path(&stated.path, &stated.text));
    }
    for stated in &content.techniques {
        techniques.stated(&stated.id, citer.path(&stated.path, &stated.quote));
    }
    for stated in &content.targets {
        targets.stated(stated, citer.path(&stated.path, &stated.text));
    }

    let mut files: Vec<FileRecord> = content.files.clone();
    for citation in files.iter_mut().flat_map(|f| &mut f.citations) {
        citation.report = id.clone();
    }
    files.extend(gatherer.finish());
    let files = records::merge(files);

    let composites = content
        .composites
        .iter()
        .map(|one| Composite {
            name: one.name.clone(),
            logic: one.logic.clone(),
            citation: ReportCitation {
                line: one.line,
                ..citer.path(&one.path, "")
            },
        })
        .collect();
    let mentions = Mentions::new(knowledge, &citer, &sections, &settings, &files)
        .build(&content, &cleans, &found, judged);
    let language = content.language.unwrap_or_else(|| {
        front_matter::language_of(content.blocks.iter().map(|b| b.text.as_str()))
    });
    let untold = techniques.unread(document.name);
    Report {
        source: ReportSource {
            name: document.name.to_owned(),
            sha256: Sha256::digest(document.bytes)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect(),
            bytes: document.bytes.len() as u64,
            format: format.id().to_owned(),
            encoding,
        },
        title: front.title,
        publisher: front.publisher,
        published: front.published,
        language,
        tlp: front.tlp,
        mentions,
        files,
        composites,
        techniques: techniques.finish(),
        names: names.finish(),
        targets: targets.finish(),
        problems: content
            .problems
            .iter()
            .cloned()
            .chain(unread)
            .chain(untold)
            .collect(),
        id: id.clone(),
    }
}

/// What the techniques may be read from in a block.
fn techniques_setting(
    block: &Block,
    sections: &Sections<'_>,
    lists: &mut TechniqueLists,
    has_ids: bool,
) -> techniques::Setting {
    use SectionKind as S;
    let kind = sections.kind(block.section).map(|(kind, _)| kind);
    let (advice, listed) = sections.of_techniques(block.section);
    let elsewhere = matches!(
        kind,
        Some(S::News | S::About | S::References | S::Mitigation | S::Allowed | S::Detections)
    );
    let text = !matches!(block.kind, BlockKind::Code | BlockKind::Heading);
    let prose = text && !elsewhere && !advice;
    let behaviour = prose
        && match kind {
            Some(S::Indicators) => block.kind == BlockKind::Paragraph,
            Some(S::CommandAndControl | S::Delivery) => block.kind != BlockKind::Row,
            _ => true,
        };
    let of_techniques =
        text && (has_ids || listed || block.header.as_ref().is_some_and(|header| lists.of(header)));
    techniques::Setting {
        prose,
        behaviour,
        of_techniques,
    }
}

/// Whether a table lists techniques, looked up once a table.
#[derive(Default)]
struct TechniqueLists(Option<(Rc<Vec<String>>, bool)>);

impl TechniqueLists {
    fn of(&mut self, header: &Rc<Vec<String>>) -> bool {
        match &self.0 {
            Some((known, lists)) if Rc::ptr_eq(known, header) => *lists,
            _ => {
                let lists = header.iter().any(|h| techniques::lists_techniques(h));
                self.0 = Some((Rc::clone(header), lists));
                lists
            }
        }
    }
}

/// The kinds of all sections, looked up once.
struct Sections<'a> {
    kinds: Vec<Option<(SectionKind, &'a str)>>,
    fields: Vec<Option<Field>>,
    /// Headings that are names ("Cobalt Strike") rather than kinds ("Hashes").
    labels: Vec<Option<&'a str>>,
    /// Whether it or a section around it is about advice, and whether one is a list of techniques.
    techniques: Vec<(bool, bool)>,
}

impl<'a> Sections<'a> {
    fn new(content: &'a Content) -> Self {
        let mut kinds: Vec<Option<(SectionKind, &str)>> =
            Vec::with_capacity(content.sections.len());
        let mut fields: Vec<Option<Field>> = Vec::with_capacity(content.sections.len());
        let mut labels: Vec<Option<&str>> = Vec::with_capacity(content.sections.len());
        let mut techniques: Vec<(bool, bool)> = Vec::with_capacity(content.sections.len());
        let title = title_of(content);
        for (i, section) in content.sections.iter().enumerate() {
            let own = lexicon::section_kind(&section.title)
                .filter(|kind| title != Some(i) || lists_all(*kind))
                .map(|kind| (kind, section.title.as_str()));
            // A section below "Indicators of Compromise" lists indicators, whatever its own title;
            // one below references or an allow list stays what those are.
            let inherited = section.parent.and_then(|p| kinds.get(p).copied().flatten());
            kinds.push(own.or(inherited));
            let field = lexicon::field(&section.title);
            let is_label = own.is_none() && field.is_none() && is_short(&section.title);
            labels.push(is_label.then_some(section.title.as_str()));
            fields.push(field);
            let (advice, lists) = section
                .parent
                .and_then(|p| techniques.get(p).copied())
                .unwrap_or_default();
            techniques.push((
                advice || techniques::is_advice(&section.title),
                lists || techniques::lists_techniques(&section.title),
            ));
        }
        Self {
            kinds,
            fields,
            labels,
            techniques,
        }
    }

    fn of_techniques(&self, section: Option<usize>) -> (bool, bool) {
        section
            .and_then(|i| self.techniques.get(i).copied())
            .unwrap_or_default()
    }

    fn kind(&self, section: Option<usize>) -> Option<(SectionKind, &'a str)> {
        self.kinds.get(section?).copied().flatten()
    }

    fn field(&self, section: Option<usize>) -> Option<Field> {
        self.fields.get(section?).copied().flatten()
    }

    /// The heading over hashes that names what they are.
    fn label(&self, section: Option<usize>) -> Option<&'a str> {
        self.labels.get(section?).copied().flatten()
    }

    fn lists_indicators(&self, section: Option<usize>) -> bool {
        matches!(
            self.kind(section),
            Some((
                SectionKind::Indicators
                    | SectionKind::CommandAndControl
                    | SectionKind::Delivery
                    | SectionKind::Detections,
                _
            ))
        )
    }
}

/// The heading that is the title of the whole document: all others are below it, and it is longer than
/// the name of a part. "Takedown of the C2 servers of …" says nothing about where a value stands.
fn title_of(content: &Content) -> Option<usize> {
    let top = content.sections.iter().map(|s| s.level).min()?;
    let mut highest = content
        .sections
        .iter()
        .enumerate()
        .filter(|(_, s)| s.level == top);
    let (at, title) = highest.next()?;
    let whole = highest.next().is_none() && content.sections.len() > 1;
    (whole && !is_short(&title.title)).then_some(at)
}

/// Whether a title of this kind says that the document lists indicators.
fn lists_all(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::Indicators | SectionKind::Detections)
}

/// Makes citations.
struct Citer<'a> {
    id: &'a ReportId,
    content: &'a Content,
    /// Last text counted in, how far, and the lines up to there: values are cited in order, so that
    /// a block with many of them is counted through once.
    counted: Cell<(usize, usize, u32)>,
}

impl Citer<'_> {
    fn at(&self, block: &Block, clean: &Clean<'_>, start: usize, end: usize) -> ReportCitation {
        let (from, to) = (clean.source(start), clean.source(end));
        let text = block.text.as_ptr() as usize;
        let (last, upto, so_far) = self.counted.get();
        let (start, base) = if last == text && upto <= from {
            (upto, so_far)
        } else {
            (0, 0)
        };
        let bytes = block.text.as_bytes().get(start..from).unwrap_or_default();
        let lines =
            base + u32::try_from(bytes.iter().filter(|b| **b == b'\n').count()).unwrap_or(0);
        self.counted.set((text, from, lines));
        let section = block
            .section
            .and_then(|i| self.content.sections.get(i))
            .map(|s| s.title.chars().take(QUOTE).collect());
        ReportCitation {
            report: self.id.clone(),
            line: (block.line > 0).then(|| block.line.saturating_add(lines)),
            page: (block.page > 0).then_some(block.page),
            path: block.path.clone(),
            section,
            quote: quote(&block.text, from, to),
        }
    }

    fn path(&self, path: &str, text: &str) -> ReportCitation {
        ReportCitation {
            report: self.id.clone(),
            line: None,
            page: None,
            path: Some(path.to_owned()),
            section: None,
            quote: text.chars().take(QUOTE).collect(),
        }
    }
}

/// At most 200 characters of the source around a range.
fn quote(text: &str, from: usize, to: usize) -> String {
    let (from, to) = (from.min(text.len()), to.min(text.len()));
    // Four bytes are the longest character: further away nothing can be quoted.
    let low = floor(text, from.saturating_sub(4 * QUOTE));
    let high = floor(text, (to + 4 * QUOTE).min(text.len()));
    let line_start = text
        .get(low..from)
        .and_then(|t| t.rfind('\n'))
        .map_or(low, |i| low + i + 1);
    let line_end = text
        .get(to..high)
        .and_then(|t| t.find('\n'))
        .map_or(high.max(to), |i| to + i);
    let line = text.get(line_start..line_end).unwrap_or("");
    if line.len() <= QUOTE || line.chars().count() <= QUOTE {
        return line.trim().to_owned();
    }
    let inside = text
        .get(from..to)
        .map_or(0, |t| t.chars().count())
        .min(QUOTE);
    let room = QUOTE - inside;
    let left: Vec<char> = text
        .get(line_start..from)
        .unwrap_or("")
        .chars()
        .rev()
        .take(room / 2)
        .collect();
    let mut out: String = left.into_iter().rev().collect();
    let more = QUOTE - out.chars().count();
    out.extend(text.get(from..line_end).unwrap_or("").chars().take(more));
    out.trim().to_owned()
}

/// The nearest boundary of characters at or before an offset.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The fields of a table's columns, looked up once a table.
#[derive(Default)]
pub(crate) struct Columns(Option<KnownColumns>);

/// A header and what its columns hold.
type KnownColumns = (Rc<Vec<String>>, Vec<Option<Field>>);

impl Columns {
    /// The fields that the cells of a header announce.
    pub(crate) fn of(&mut self, header: &Rc<Vec<String>>) -> &[Option<Field>] {
        let known = self.0.as_ref().is_some_and(|(h, _)| Rc::ptr_eq(h, header));
        if !known {
            let mut fields: Vec<Option<Field>> = header.iter().map(|h| lexicon::field(h)).collect();
            // "Name" alone is the name of anything, unless facts of files stand beside it.
            let files = fields.iter().flatten().any(|f| {
                matches!(
                    f,
                    Field::Hash | Field::Size | Field::Kind(K::Md5 | K::Sha1 | K::Sha256)
                )
            });
            // Beside a column of types, "Data" is what they are the types of.
            let typed =
                fields.contains(&Some(Field::Type)) && !fields.contains(&Some(Field::Value));
            for (field, title) in fields.iter_mut().zip(header.iter()) {
                if typed && field.is_none() && matches!(title.trim(), "Data" | "data" | "DATA") {
                    *field = Some(Field::Value);
                }
                if !files && title.trim().eq_ignore_ascii_case("name") {
                    *field = None;
                }
            }
            self.0 = Some((Rc::clone(header), fields));
        }
        self.0.as_ref().map_or(&[], |(_, fields)| fields.as_slice())
    }
}

/// What the surroundings of each part of a block say.
fn hint(block: &Block, sections: &Sections<'_>, field: Option<Field>) -> Hint {
    Hint {
        field: field.or_else(|| sections.field(block.section)),
        code: block.kind == BlockKind::Code,
        in_indicators: sections.lists_indicators(block.section)
            || matches!(field, Some(Field::Value | Field::C2)),
    }
}

fn scan_block(
    i: usize,
    block: &Block,
    clean: &Clean<'_>,
    sections: &Sections<'_>,
    columns: &mut Columns,
    found: &mut Vec<Found>,
) {
    let from = found.len();
    let mut push = |candidate: Candidate, field: Option<Field>| {
        found.push(Found {
            block: i,
            candidate,
            field,
            link_only: false,
            linked: false,
        });
    };
    if block.kind == BlockKind::Row {
        // Every cell is read under its own header.
        let mut start = 0;
        // Without a header the first cell may be the label of the others.
        let first = block.cells.first().filter(|_| block.header.is_none());
        let label = first.and_then(|(start, end)| lexicon::field(block.text.get(*start..*end)?));
        let headers = block.header.as_ref().map(|header| columns.of(header));
        let typed = headers.and_then(|headers| stated_type(headers, &clean.text));
        for (n, cell) in clean.text.split('\t').enumerate() {
            let end = start + cell.len();
            let field = match headers {
                Some(headers) => match headers.get(n).copied().flatten() {
                    Some(Field::Value) => typed.or(Some(Field::Value)),
                    other => other,
                },
                None => label.filter(|_| n > 0),
            };
            for candidate in scan_part(clean, start, end, hint(block, sections, field), field) {
                push(candidate, field);
            }
            start = end + 1;
        }
    } else {
        let mut start = 0;
        let single = !clean.text.contains('\n');
        for line in clean.text.split_inclusive('\n') {
            let end = start + line.len();
            // Labels hold for their line only.
            let label = scan::label_and_value(line);
            let field = label.map(|(field, _, _)| field);
            let section_field = if matches!(block.kind, BlockKind::Code | BlockKind::ListItem) {
                sections.field(block.section)
            } else {
                None
            };
            let part = hint(block, sections, field);
            for candidate in scan_part(clean, start, end, part, None) {
                let labelled = label
                    .filter(|(_, from, _)| start + from <= candidate.start)
                    .map(|(field, _, _)| field);
                push(candidate, labelled);
            }
            if let Some((field, from, to)) = label {
                for candidate in scan::labelled(clean, field, start + from, start + to) {
                    push(candidate, Some(field));
                }
            } else if let Some(field) = section_field {
                for candidate in scan::labelled(clean, field, start, start + line.trim_end().len())
                {
                    push(candidate, None);
                }
            }
            if single {
                break;
            }
            start = end;
        }
    }
    settle(found, from);
    links(i, block, clean, from, found);
}

/// What the cell in the column of types says that the row's value is.
fn stated_type(headers: &[Option<Field>], row: &str) -> Option<Field> {
    let at = headers.iter().position(|f| *f == Some(Field::Type))?;
    lexicon::field(row.split('\t').nth(at)?).filter(|field| {
        matches!(
            field,
            Field::Kind(_) | Field::Hash | Field::C2 | Field::Package
        )
    })
}

/// Scans a range of a cleaned text as if it stood alone, and says offsets of the whole.
fn scan_part(
    clean: &Clean<'_>,
    start: usize,
    end: usize,
    hint: Hint,
    column: Option<Field>,
) -> Vec<Candidate> {
    let mut out = scan::scan(clean, start, end, hint);
    if let Some(field) = column {
        out.extend(scan::labelled(clean, field, start, end));
    }
    // What the label calls an import hash is not an MD5.
    if let Some(Field::Kind(kind @ (K::Imphash | K::Ja3))) = hint.field {
        for one in out.iter_mut().filter(|c| c.observable.kind() == K::Md5) {
            if let Ok(better) = Observable::new(kind, one.observable.value()) {
                one.observable = better;
                one.origin = Origin::Label;
            }
        }
    }
    out
}

/// Of several readings of the same place the labelled one stays; the same reading stays once.
fn settle(found: &mut Vec<Found>, from: usize) {
    let mut part = found.split_off(from.min(found.len()));
    part.sort_by(|a, b| {
        let key = |f: &Found| {
            (
                f.candidate.start,
                std::cmp::Reverse(f.candidate.end),
                f.candidate.origin != Origin::Label,
            )
        };
        key(a).cmp(&key(b))
    });
    let mut labelled_until = 0;
    for one in part {
        let c = &one.candidate;
        if c.origin == Origin::Label {
            labelled_until = labelled_until.max(c.end);
            // The same value read by its form is replaced.
            while found.len() > from
                && found.last().is_some_and(|last| {
                    last.candidate.start >= c.start
                        && last.candidate.end <= c.end
                        && !last.candidate.observable.kind().is_file_hash()
                })
            {
                found.pop();
            }
        } else if c.start < labelled_until
            && c.end <= labelled_until
            && !c.observable.kind().is_file_hash()
        {
            continue;
        }
        found.push(one);
    }
}

/// Targets of links: a value of their own, unless the text says the same. What was found in the block starts
/// at `from`, in order of place.
fn links(i: usize, block: &Block, clean: &Clean<'_>, from: usize, found: &mut Vec<Found>) {
    if block.links.is_empty() {
        return;
    }
    // Looked up once for all links: a page may have as many of them as values.
    let ours = found.get(from..).unwrap_or_default();
    let mut said: HashSet<Observable> = ours
        .iter()
        .map(|one| one.candidate.observable.clone())
        .collect();
    let spans: Vec<(usize, usize)> = ours
        .iter()
        .map(|one| {
            let c = &one.candidate;
            (clean.source(c.start), clean.source(c.end))
        })
        .collect();
    for link in &block.links {
        let target = clean_target(&link.target);
        let Some(target) = target else {
            continue;
        };
        let kind = if link
            .target
            .get(..7)
            .is_some_and(|p| p.eq_ignore_ascii_case("mailto:"))
        {
            K::Email
        } else {
            K::Url
        };
        let Ok(observable) = Observable::new(kind, &target.0) else {
            continue;
        };
        let first = spans.partition_point(|(start, _)| *start < link.start);
        let inside = spans.iter().zip(found.iter_mut().skip(from)).skip(first);
        for ((_, end), one) in inside.take_while(|((start, _), _)| *start < link.end) {
            one.linked |= *end <= link.end;
        }
        if said.insert(observable.clone()) {
            found.push(Found {
                block: i,
                candidate: Candidate {
                    observable,
                    start: 0,
                    end: clean.text.len(),
                    defanged: target.1,
                    origin: Origin::Form,
                    written: scan::written(&target.0),
                },
                field: None,
                link_only: true,
                linked: true,
            });
        }
    }
}

/// A link's target, refanged, and whether it was defanged; `None` for links within the page.
fn clean_target(target: &str) -> Option<(String, bool)> {
    let target = target.trim();
    let cleaned = clean(target);
    let text = cleaned
        .text
        .strip_prefix("mailto:")
        .map_or(&*cleaned.text, |t| t.split('?').next().unwrap_or(t));
    let absolute = text.contains("://") || target.starts_with("mailto:");
    absolute.then(|| (text.to_owned(), cleaned.has_defanged()))
}

/// What is known about the document as a whole, and about each document inside it: a list attached to
/// a letter is a list.
fn settings(
    content: &Content,
    cleans: &[Clean<'_>],
    found: &[Found],
    publisher: Option<&str>,
) -> Vec<Setting> {
    #[derive(Clone, Copy, Default)]
    struct Count {
        defangs: bool,
        lines: usize,
        listed: usize,
        prose: usize,
    }
    let mut counts = vec![Count::default(); content.parts.len() + 1];
    // How much of each block is values, and how far it was counted.
    let mut covered = vec![(0usize, 0usize); content.blocks.len()];
    let mut values = vec![false; content.blocks.len()];
    for one in found {
        let block = content.blocks.get(one.block);
        let defangs = one.candidate.defanged && one.candidate.observable.kind().is_network();
        if let Some(count) = block.and_then(|b| counts.get_mut(b.part)) {
            count.defangs |= defangs;
        }
        let strong = one.candidate.origin == Origin::Form && !one.link_only;
        let kind = one.candidate.observable.kind();
        let counts = kind.is_file_hash()
            || kind.is_network()
            || kind == K::FileName
            || one.candidate.defanged;
        let length = cleans.get(one.block).map_or(0, |c| c.text.trim().len());
        if !((strong || matches!(kind, K::Domain | K::FileName)) && counts) {
            continue;
        }
        let (Some(value), Some((sum, upto))) =
            (values.get_mut(one.block), covered.get_mut(one.block))
        else {
            continue;
        };
        // A line is a value, or a name and its addresses, when little else stands on it.
        let (start, end) = (one.candidate.start, one.candidate.end);
        if kind.is_network() {
            *sum += end.saturating_sub((*upto).max(start));
            *upto = (*upto).max(end);
        }
        *value |= (end - start).max(*sum) * 3 >= length * 2
            || block.is_some_and(|b| b.kind == BlockKind::Row);
    }
    let blocks = content
        .blocks
        .iter()
        .zip(&values)
        .filter(|(b, _)| b.kind != BlockKind::Heading);
    for (block, value) in blocks {
        if let Some(count) = counts.get_mut(block.part) {
            count.lines += 1;
            count.listed += usize::from(*value);
            count.prose += usize::from(!value && is_prose(block));
        }
    }
    let hosts_of = |urls: &[String]| -> Vec<String> {
        urls.iter()
            .filter_map(|url| {
                let url = Observable::new(K::Url, url).ok()?;
                judge::host_of(&url).map(registrable)
            })
            .filter(|h| !h.is_empty())
            .collect()
    };
    let mut own_hosts = hosts_of(&content.own_urls);
    own_hosts.extend(publisher.into_iter().flat_map(|p| named_after(p, found)));
    if let Some(publisher) = publisher.and_then(front_matter::known_publisher) {
        // Hosts that hold the publisher's name: learnt from the list, not guessed.
        for (word, name) in front_matter::PUBLISHERS {
            if *name == publisher && word.len() > 3 {
                for suffix in [".com", ".org", ".co.jp", ".or.jp", ".net"] {
                    own_hosts.push(format!("{word}{suffix}"));
                }
            }
        }
    }
    let stated = std::iter::once(content.is_list).chain(content.parts.iter().map(|p| p.is_list));
    let part_hosts =
        std::iter::once(Vec::new()).chain(content.parts.iter().map(|p| hosts_of(&p.own_urls)));
    counts
        .iter()
        .zip(stated)
        .zip(part_hosts)
        .map(|((count, stated), more_hosts)| {
            let Count {
                defangs,
                lines,
                listed,
                prose,
            } = *count;
            let is_list = lines > 0 && listed * 10 >= lines * 6 && prose * 10 <= lines;
            Setting {
                is_list: is_list || (stated && listed > 0 && prose * 2 <= lines),
                defangs,
                never_defangs: !defangs,
                own_hosts: own_hosts.iter().cloned().chain(more_hosts).collect(),
            }
        })
        .collect()
}

/// Registrable names that are the publisher's name: `kvasir-research.example` of "Kvasir Research".
fn named_after(publisher: &str, found: &[Found]) -> BTreeSet<String> {
    let key = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = key(publisher);
    let mut out = BTreeSet::new();
    // Shorter names are words that anybody may register.
    if wanted.len() < 5 {
        return out;
    }
    for one in found {
        if let Some(host) = judge::host_of(&one.candidate.observable) {
            let name = registrable(host);
            if name
                .split('.')
                .next()
                .is_some_and(|label| key(label) == wanted)
            {
                out.insert(name);
            }
        }
    }
    out
}

/// Whether a block is sentences rather than a value with a remark.
fn is_prose(block: &Block) -> bool {
    let kana = |c: &char| matches!(c, '\u{3041}'..='\u{30FA}');
    block.text.split_whitespace().nth(12).is_some()
        || (!block.text.is_ascii() && block.text.chars().filter(kana).nth(12).is_some())
}

/// The name that was registered: `blog.example.co.jp` belongs to `example.co.jp`.
fn registrable(host: &str) -> String {
    psl::domain(host.as_bytes())
        .and_then(|d| std::str::from_utf8(d.as_bytes()).ok().map(str::to_owned))
        .unwrap_or_default()
}

/// All that is said about one value.
struct Gathering<'a> {
    observable: &'a Observable,
    order: usize,
    best: Option<(f32, Vec<Evidence>, IndicatorRole)>,
    defanged: bool,
    labels: BTreeSet<String>,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    citations: Vec<ReportCitation>,
    /// Whether some place says it means something alone.
    alone: bool,
    only_with: Vec<String>,
    certain: Option<(Disposition, String)>,
    written: Option<&'a str>,
    ports: BTreeSet<u16>,
}

struct Mentions<'a> {
    knowledge: &'a Knowledge,
    citer: &'a Citer<'a>,
    sections: &'a Sections<'a>,
    settings: &'a [Setting],
    recorded: HashSet<&'a str>,
    file_labels: HashMap<&'a str, Vec<&'a str>>,
    all: Vec<Gathering<'a>>,
    by_value: HashMap<&'a Observable, usize>,
}

impl<'a> Mentions<'a> {
    fn new(
        knowledge: &'a Knowledge,
        citer: &'a Citer<'a>,
        sections: &'a Sections<'a>,
        settings: &'a [Setting],
        files: &'a [FileRecord],
    ) -> Self {
        let mut recorded = HashSet::new();
        let mut file_labels: HashMap<&str, Vec<&str>> = HashMap::new();
        for file in files {
            let hashes = [&file.md5, &file.sha1, &file.sha256].into_iter().flatten();
            for value in hashes.clone().chain(&file.names).chain(&file.detections) {
                recorded.insert(value.as_str());
            }
            for hash in hashes {
                file_labels
                    .entry(hash)
                    .or_default()
                    .extend(file.names.iter().map(String::as_str));
            }
        }
        Self {
            knowledge,
            citer,
            sections,
            settings,
            recorded,
            file_labels,
            all: Vec::new(),
            by_value: HashMap::new(),
        }
    }

    fn build(
        mut self,
        content: &'a Content,
        cleans: &'a [Clean<'a>],
        found: &'a [Found],
        judged: Option<&mut Vec<Judged>>,
    ) -> Vec<Mention> {
        for stated in &content.observables {
            let citation = ReportCitation {
                line: stated.line,
                ..self.citer.path(&stated.path, stated.observable.value())
            };
            let (sign, weight, disposition) = match stated.stated {
                Stated::Indicator => (Sign::StatedIndicator, Sign::StatedIndicator.weight(), None),
                // An address that some rule names beside others is one to look at; a name is not.
                Stated::Part if stated.observable.kind().is_network() => {
                    (Sign::StatedIndicator, 1.5, None)
                }
                Stated::Part => (Sign::StatedReference, -1.0, Some(Disposition::Unsure)),
                // Listed, but not for detection.
                Stated::Observed => (Sign::StatedReference, -0.4, None),
                Stated::Reference => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Reference),
                ),
                Stated::Research => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Research),
                ),
                Stated::Victim => (
                    Sign::StatedReference,
                    Sign::StatedReference.weight(),
                    Some(Disposition::Victim),
                ),
            };
            let place = Place {
                said: Said::of(&stated.about),
                ..Place::default()
            };
            let role = judge::role(&stated.observable, &place);
            let mut evidence = vec![Evidence {
                sign,
                weight,
                reason: stated.reason.clone().into(),
                otherwise: disposition,
            }];
            if stated.stated == Stated::Observed {
                evidence.push(Evidence {
                    sign,
                    weight: -0.1,
                    reason: "listed, but not for detection".into(),
                    otherwise: None,
                });
            }
            if !stated.only_with.is_empty() && judge::is_system_program(&stated.observable) {
                evidence.push(Evidence {
                    sign: Sign::SystemFile,
                    weight: -10.0,
                    reason: "a file that every system has".into(),
                    otherwise: Some(Disposition::Benign),
                });
            }
            let entry = self.entry(&stated.observable);
            if stated.only_with.is_empty() {
                entry.alone |= stated.stated == Stated::Indicator;
            } else if entry.only_with.is_empty() {
                entry.only_with.clone_from(&stated.only_with);
            }
            entry.labels.extend(stated.labels.iter().cloned());
            entry.first_seen = entry.first_seen.or(stated.first_seen);
            entry.last_seen = entry.last_seen.or(stated.last_seen);
            offer(entry, evidence, role, || citation);
            if let Some(disposition) = disposition.filter(|d| *d == Disposition::Research) {
                entry
                    .certain
                    .get_or_insert((disposition, stated.reason.clone()));
            }
        }
        let mut sentence = (usize::MAX, (0, 0), Said::default());
        let mut prose = (usize::MAX, false);
        let unset = Setting::default();
        for one in found {
            let (Some(block), Some(clean)) = (content.blocks.get(one.block), cleans.get(one.block))
            else {
                continue;
            };
            let c = &one.candidate;
            let same_sentence =
                sentence.0 == one.block && (sentence.1.0..sentence.1.1).contains(&c.start);
            if !one.link_only && !same_sentence {
                let (from, to) = targets::sentence(&clean.text, c.start);
                sentence = (
                    one.block,
                    (from, to),
                    Said::of(clean.text.get(from..to).unwrap_or("")),
                );
            }
            if prose.0 != one.block {
                prose = (one.block, block.kind != BlockKind::Row && is_prose(block));
            }
            let field = one.field;
            let near = if one.link_only || !judge::hears_what_is_near(c) {
                Near::default()
            } else {
                Near::of(&clean.text, c.start, c.end)
            };
            let place = Place {
                near,
                prose: prose.1,
                defanged: c.defanged,
                origin: Some(c.origin),
                section: self.sections.kind(block.section),
                field,
                link_only: one.link_only,
                linked: one.linked,
                aside: block.aside,
                code: block.kind == BlockKind::Code,
                said: if one.link_only {
                    Said::default()
                } else {
                    sentence.2
                },
                in_record: self.recorded.contains(c.observable.value()),
            };
            let setting = self.settings.get(block.part).unwrap_or(&unset);
            let evidence = judge::weigh(&c.observable, &place, setting);
            let role = judge::role(&c.observable, &place);
            let citer = self.citer;
            let title = self
                .sections
                .label(block.section)
                .filter(|_| c.observable.kind().is_file_hash());
            let names: Vec<String> = self
                .file_labels
                .get(c.observable.value())
                .into_iter()
                .flatten()
                .map(|n| (*n).to_owned())
                .collect();
            let entry = self.entry(&c.observable);
            entry.defanged |= c.defanged;
            entry.alone |= evidence.iter().map(|e| e.weight).sum::<f32>() >= judge::THRESHOLD;
            entry.written = entry.written.or(c.written.as_deref());
            if matches!(c.observable.kind(), K::Ipv4 | K::Ipv6 | K::Domain) && !one.link_only {
                entry.ports.extend(port_after(&clean.text, c.end));
            }
            entry.labels.extend(names);
            entry.labels.extend(title.map(str::to_owned));
            offer(entry, evidence, role, || {
                citer.at(block, clean, c.start, c.end)
            });
        }
        self.finish(judged)
    }

    fn entry(&mut self, observable: &'a Observable) -> &mut Gathering<'a> {
        let next = self.all.len();
        let at = *self.by_value.entry(observable).or_insert(next);
        if at == next {
            self.all.push(Gathering {
                observable,
                order: next,
                best: None,
                defanged: false,
                labels: BTreeSet::new(),
                first_seen: None,
                last_seen: None,
                citations: Vec::new(),
                alone: false,
                only_with: Vec::new(),
                certain: None,
                written: None,
                ports: BTreeSet::new(),
            });
        }
        // `at` was just made sure of; the last element stands in for the impossible case.
        let at = at.min(self.all.len() - 1);
        &mut self.all[at]
    }

    fn finish(self, mut signs: Option<&mut Vec<Judged>>) -> Vec<Mention> {
        let judged: Vec<(Gathering<'_>, Disposition, f32, Vec<String>, IndicatorRole)> = {
            let knowledge = self.knowledge;
            self.all
                .into_iter()
                .map(|mut one| {
                    let (_, mut evidence, role) = one.best.take().unwrap_or_default();
                    evidence.extend(judge::warned(
                        one.observable,
                        &knowledge.benign(one.observable),
                    ));
                    evidence.extend(judge::unlisted(one.observable, &evidence));
                    if let Some(signs) = signs.as_deref_mut() {
                        signs.push(Judged {
                            observable: one.observable.clone(),
                            signs: evidence.iter().map(|e| e.sign.name()).collect(),
                        });
                    }
                    let (disposition, sum, reasons) = judge::decide(evidence);
                    match &one.certain {
                        Some((certain, reason)) => {
                            let (certain, reason) = (*certain, reason.clone());
                            (one, certain, 1.0, vec![reason], role)
                        }
                        None => (one, disposition, judge::confidence(sum), reasons, role),
                    }
                })
                .collect()
        };
        // What hangs on a host that is an indicator is one too, wherever it stands.
        let in_doubt = |one: &Gathering<'_>, disposition: Disposition| {
            matches!(disposition, Disposition::Unsure | Disposition::Victim)
                && one.observable.kind() == K::Url
        };
        let any_in_doubt = judged.iter().any(|(one, d, ..)| in_doubt(one, *d));
        let hosts: HashSet<&str> = judged
            .iter()
            .filter(|(one, disposition, ..)| {
                any_in_doubt
                    && *disposition == Disposition::Ioc
                    && matches!(one.observable.kind(), K::Domain | K::Ipv4 | K::Ipv6)
            })
            .map(|(one, ..)| one.observable.value())
            .collect();
        let mut out: Vec<(usize, Mention)> = judged
            .into_iter()
            .map(|(one, mut disposition, confidence, mut reasons, role)| {
                let on_bad_host = in_doubt(&one, disposition)
                    && judge::host_of(one.observable).is_some_and(|h| hosts.contains(h));
                if on_bad_host {
                    disposition = Disposition::Ioc;
                    reasons.insert(0, "its host is an indicator".to_owned());
                }
                let mention = Mention {
                    observable: one.observable.clone(),
                    disposition,
                    role: if disposition == Disposition::Ioc {
                        role
                    } else {
                        IndicatorRole::Unknown
                    },
                    reasons,
                    confidence,
                    written: one.written.map(str::to_owned),
                    ports: one.ports.into_iter().collect(),
                    defanged: one.defanged,
                    labels: one.labels.into_iter().collect(),
                    first_seen: one.first_seen,
                    last_seen: one.last_seen,
                    only_with: if one.alone { Vec::new() } else { one.only_with },
                    citations: one.citations,
                };
                (one.order, mention)
            })
            .collect();
        out.sort_by_key(|(order, _)| *order);
        out.into_iter().map(|(_, mention)| mention).collect()
    }
}

/// Keeps the evidence of the place that speaks most for an indicator.
fn offer(
    entry: &mut Gathering,
    evidence: Vec<Evidence>,
    role: IndicatorRole,
    cite: impl FnOnce() -> ReportCitation,
) {
    let sum: f32 = evidence.iter().map(|e| e.weight).sum();
    match &mut entry.best {
        Some((best, kept, kept_role)) => {
            if *kept_role == IndicatorRole::Unknown {
                *kept_role = role;
            }
            if sum > *best {
                *best = sum;
                *kept = evidence;
                if role != IndicatorRole::Unknown {
                    *kept_role = role;
                }
            }
        }
        None => entry.best = Some((sum, evidence, role)),
    }
    if entry.citations.len() < CITATIONS {
        let citation = cite();
        if !entry.citations.contains(&citation) {
            entry.citations.push(citation);
        }
    }
}

/// The ports that stand right after a value: `:8080`, `|443`, ` port 7000`, `ポート8080`.
fn port_after(text: &str, end: usize) -> Option<u16> {
    let rest = text.get(end..)?;
    let digits = rest.strip_prefix([':', '|']).or_else(|| {
        let rest = rest.trim_start_matches([' ', ',', '(', ':', 'の']);
        let rest = rest.strip_prefix("on ").unwrap_or(rest);
        let rest = rest
            .strip_prefix("TCP ")
            .or_else(|| rest.strip_prefix("UDP "))
            .unwrap_or(rest);
        let rest = ["port ", "port: ", "ポート番号", "ポート"]
            .iter()
            .find_map(|word| rest.strip_prefix(*word))?;
        Some(rest.trim_start_matches([' ', ':']))
    })?;
    let length = digits
        .bytes()
        .take(6)
        .take_while(u8::is_ascii_digit)
        .count();
    let number = digits.get(..length)?;
    let next = digits.as_bytes().get(length).copied().unwrap_or(b' ');
    let whole = !next.is_ascii_alphanumeric() && !matches!(next, b'.' | b'_');
    number.parse().ok().filter(|port| *port > 0 && whole)
}

/// Whether a heading is short enough to be a name.
fn is_short(title: &str) -> bool {
    title.split_whitespace().count() <= 4 && title.chars().count() <= 40
}
