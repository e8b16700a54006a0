//! The values of a block, each read under its own label, column or heading.

use std::collections::HashSet;
use std::rc::Rc;

use tegakari_model::{Observable, ObservableKind as K};

use super::beside;
use super::remarks::Remarks;
use super::sections::Sections;
use crate::content::{Block, BlockKind};
use crate::lexicon::{self, Ending, Field, ending};
use crate::scan::{self, Candidate, Hint, Origin};
use crate::text::{Clean, clean};
use crate::typed::{self, Refused, Wanted};

/// A value at a place, with where it stands.
pub(super) struct Found {
    pub(super) block: usize,
    pub(super) candidate: Candidate,
    /// The label or column it stands under.
    pub(super) field: Option<Field>,
    pub(super) link_only: bool,
    pub(super) linked: bool,
    /// What its row or line says of it.
    pub(super) remarks: Remarks,
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
            // "Dropped file | SHA-256": with no other column of names it is the file that the row is about.
            let named = fields.iter().flatten().any(|f| {
                matches!(
                    f,
                    Field::Kind(K::FileName | K::FilePath) | Field::OtherName | Field::Value
                )
            });
            if files && !named {
                for field in fields.iter_mut().filter(|f| **f == Some(Field::Related)) {
                    *field = Some(Field::Kind(K::FileName));
                }
            }
            // "Engine | Result": what each scanner calls the file.
            let scanners = header.iter().any(|title| lexicon::is_scanner(title));
            for (field, title) in fields.iter_mut().zip(header.iter()) {
                if scanners && field.is_none() && lexicon::is_result(title) {
                    *field = Some(Field::Kind(K::DetectionName));
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
        title: block.kind == BlockKind::Value,
        in_indicators: sections.lists_indicators(block.section)
            || matches!(field, Some(Field::Value | Field::C2)),
    }
}

/// What is taken from blocks.
pub(super) struct Taken<'a> {
    /// The values.
    pub(super) found: &'a mut Vec<Found>,
    /// What is not wholly of its type, in rows of a list; `None` elsewhere, where a cell may hold words as well.
    pub(super) refused: Option<&'a mut Vec<Refused>>,
}

/// Finds the values of a block; `around` are the texts of the blocks above and below it.
pub(super) fn scan_block(
    i: usize,
    block: &Block,
    clean: &Clean<'_>,
    (mut above, next): (&str, &str),
    sections: &Sections<'_>,
    columns: &mut Columns,
    Taken { found, mut refused }: Taken<'_>,
) {
    let from = found.len();
    let mut push = |candidate: Candidate, field: Option<Field>, remarks: Remarks| {
        found.push(Found {
            block: i,
            candidate,
            field,
            link_only: false,
            linked: false,
            remarks,
        });
    };
    if block.kind == BlockKind::Row {
        // Every cell is read under its own header.
        let mut start = 0;
        // Without a header the first cell may be the label of the others.
        let first = block.cells.first().filter(|_| block.header.is_none());
        let label = first.and_then(|(start, end)| lexicon::field(block.text.get(*start..*end)?));
        let attributes = block
            .header
            .as_ref()
            .is_some_and(|h| lexicon::names_attributes(h));
        let first = if attributes {
            block.cells.first()
        } else {
            first
        };
        let label = match first.filter(|_| attributes) {
            Some((start, end)) => block.text.get(*start..*end).and_then(lexicon::field),
            None => label,
        };
        let headers = block.header.as_ref().map(|header| columns.of(header));
        let strict = refused.as_ref().and(headers);
        let wanted = strict.and_then(|headers| typed::stated(headers, &clean.text));
        let typed = wanted
            .map(Wanted::field)
            .or_else(|| headers.and_then(|headers| stated_type(headers, &clean.text)));
        let remarks = Remarks::of_row(headers, &clean.text);
        for (n, cell) in clean.text.split('\t').enumerate() {
            let end = start + cell.len();
            let field = match headers {
                _ if attributes && n == 1 && label.is_some() => label,
                Some(headers) => match headers.get(n).copied().flatten() {
                    // Beside the real ones stand the fakes.
                    None if headers.contains(&Some(Field::Legitimate)) => Some(Field::Value),
                    Some(Field::Value) => typed.or(Some(Field::Value)),
                    other => other,
                },
                None => label.filter(|_| n > 0),
            };
            let column = headers.and_then(|h| h.get(n).copied().flatten());
            let promised = match column {
                _ if strict.is_none() || attributes => None,
                Some(Field::Value) => wanted.map(|wanted| (wanted, true)),
                other => typed::of_column(other).map(|wanted| (wanted, false)),
            };
            let mut candidates = scan_part(clean, start, end, hint(block, sections, field), field);
            if let Some((wanted, typed)) = promised {
                let source = block.cells.get(n);
                let source = source.and_then(|(start, end)| block.text.get(*start..*end));
                let source = source.unwrap_or(cell);
                match typed::cell(wanted, typed, cell, source) {
                    typed::Cell::Empty => {}
                    typed::Cell::Values(values) => {
                        candidates = whole(values, candidates, clean, start);
                    }
                    typed::Cell::Refused(why) => {
                        candidates.clear();
                        if let Some(refused) = &mut refused {
                            let title = block.header.as_ref().and_then(|h| h.get(n));
                            refused.push(Refused {
                                line: block.line,
                                path: block.path.clone().unwrap_or_default(),
                                ..Refused::new(
                                    title.map_or("", String::as_str),
                                    source,
                                    wanted,
                                    why,
                                )
                            });
                        }
                    }
                }
            }
            for candidate in candidates {
                push(candidate, field, remarks);
            }
            start = end + 1;
        }
        beside::in_row(clean, found.get_mut(from..).unwrap_or_default());
    } else {
        let mut start = 0;
        let single = !clean.text.contains('\n');
        let mut lines = clean.text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            let end = start + line.len();
            // Labels hold for their line only.
            let below = lines.peek().copied().unwrap_or(next);
            let label = scan::label_and_value(line)
                .filter(|(_, from, to)| !is_persons_name(line, (*from, *to), below));
            let field = label.map(|(field, _, _)| field);
            let section_field = sections.field(block.section).filter(|field| {
                matches!(block.kind, BlockKind::Code | BlockKind::ListItem)
                    || (names_alone(*field) && single && is_one_name(line))
            });
            let part = hint(block, sections, field);
            let remarks = Remarks::of_line(line);
            for candidate in scan_part(clean, start, end, part, None) {
                let labelled = label
                    .filter(|(_, from, _)| start + from <= candidate.start)
                    .map(|(field, _, _)| field);
                push(candidate, labelled, remarks);
            }
            if let Some((field, from, to)) = label {
                for candidate in scan::labelled(clean, field, start + from, start + to) {
                    push(candidate, Some(field), remarks);
                }
            } else if let Some(field) = section_field {
                // In an aligned list the name ends where the next column begins.
                let body = line.trim();
                let lead = line.len() - line.trim_start().len();
                let to = body.find("  ").unwrap_or(body.len());
                for candidate in scan::labelled(clean, field, start + lead, start + lead + to) {
                    push(candidate, None, remarks);
                }
            }
            if label.is_none()
                && (is_lone_hash(above) || is_lone_hash(below))
                && is_name_of_words(line)
            {
                let field = Field::Kind(K::FileName);
                for candidate in scan::labelled(clean, field, start, start + line.trim_end().len())
                {
                    push(candidate, None, remarks);
                }
            }
            above = line;
            for candidate in scan::unended(clean, start, end, scan::holds_hash(below)) {
                push(candidate, None, remarks);
            }
            if single {
                break;
            }
            start = end;
        }
        beside::in_lines(clean, found.get_mut(from..).unwrap_or_default());
    }
    settle(found, from);
    links(i, block, clean, from, found);
}

/// Whether a line is nothing but a hash.
fn is_lone_hash(line: &str) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['-', '*', '•', ' ', '`'])
        .trim_end_matches([',', ';', '`']);
    matches!(line.len(), 32 | 40 | 64) && line.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether a line is a name of several words with the ending of a file: `State of play in trade.docx.lnk`.
fn is_name_of_words(line: &str) -> bool {
    let name = line.trim().trim_end_matches([',', ';']);
    let Some((words, _)) = name
        .rsplit_once('.')
        .filter(|(_, end)| ending(end) == Ending::File || ending(end) == Ending::Either)
    else {
        return false;
    };
    let plain = !words.contains([
        '/', '\\', '<', '>', '|', ':', '：', '。', '、', ',', ';', '"', '`',
    ]) && !words.contains(". ")
        && !words.split_whitespace().any(|word| {
            word.rsplit_once('.')
                .is_some_and(|(stem, end)| !stem.is_empty() && ending(end) == Ending::File)
                && !words.ends_with(word)
        });
    plain
        && words.contains(' ')
        && words.split_whitespace().count() <= 12
        && !scan::says_of_a_file(words.split_whitespace().next().unwrap_or(""))
        && !words.split_whitespace().any(|word| {
            !matches!(word, "the" | "a" | "an" | "this" | "that") && scan::says_of_a_file(word)
        })
}

/// Whether a line `name: …` names somebody: a form or a mail, not a file with its hash below.
fn is_persons_name(line: &str, (from, to): (usize, usize), below: &str) -> bool {
    let label = line.get(..from).unwrap_or("");
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    label.eq_ignore_ascii_case("name")
        && !line.get(from..to).unwrap_or("").contains(['.', '_'])
        && !scan::holds_hash(line)
        && !scan::holds_hash(below)
        && !scan::label_and_value(below).is_some_and(|(field, _, _)| {
            matches!(
                field,
                Field::Size | Field::Hash | Field::Kind(K::Md5 | K::Sha1 | K::Sha256)
            )
        })
}

/// Whether a field is of names that only their heading makes recognisable.
fn names_alone(field: Field) -> bool {
    matches!(
        field,
        Field::Kind(K::Mutex | K::NamedPipe | K::ServiceName | K::Ssdeep)
    )
}

/// Whether a line is one word, or one and how often it was seen.
fn is_one_name(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words
        .next()
        .is_some_and(|w| w.len() >= 4 && !w.ends_with([':', '：', '。', '.']))
        && words
            .next()
            .is_none_or(|count| count.bytes().all(|b| b.is_ascii_digit()))
        && words.next().is_none()
}

/// The values of a cell at offset `start`: as they were found by their form where they were, so that what is known of
/// their place is kept.
fn whole(
    values: Vec<(usize, usize, Observable)>,
    candidates: Vec<Candidate>,
    clean: &Clean<'_>,
    start: usize,
) -> Vec<Candidate> {
    let of_form = |observable: &Observable| {
        let same = |c: &&Candidate| c.observable == *observable;
        candidates.iter().find(same).cloned()
    };
    values
        .into_iter()
        .map(|(from, to, observable)| {
            let (from, to) = (start + from, start + to);
            of_form(&observable).unwrap_or_else(|| Candidate {
                start: from,
                end: to,
                defanged: clean.is_defanged(from, to),
                origin: Origin::Label,
                written: (observable.kind() == K::Url)
                    .then(|| scan::written(clean.text.get(from..to)?))
                    .flatten(),
                observable,
            })
        })
        .collect()
}

/// What the cell in the column of types says that the row's value is.
fn stated_type(headers: &[Option<Field>], row: &str) -> Option<Field> {
    let at = headers.iter().position(|f| *f == Some(Field::Type))?;
    lexicon::field(row.split('\t').nth(at)?).filter(|field| {
        matches!(
            field,
            Field::Kind(_) | Field::Hash | Field::C2 | Field::Package | Field::ReferenceUrl
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
    if let Some(Field::Kind(kind @ (K::Imphash | K::Ja3 | K::Mutex))) = hint.field {
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
                remarks: Remarks::default(),
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
    let text = before_closing_mark(text);
    absolute.then(|| (text.to_owned(), cleaned.has_defanged()))
}

/// A target without the sentence that the program which made the link took for a part of it: Chinese and
/// Japanese set no blank after 「）」 and 「。」, in percent-encoding as likely as not.
fn before_closing_mark(target: &str) -> &str {
    const MARKS: [(&str, &str); 10] = [
        ("）", "（"),
        ("。", ""),
        ("，", ""),
        ("、", ""),
        ("」", "「"),
        ("%EF%BC%89", "%EF%BC%88"),
        ("%E3%80%82", ""),
        ("%EF%BC%8C", ""),
        ("%E3%80%81", ""),
        ("%E3%80%8D", "%E3%80%8C"),
    ];
    let end = MARKS
        .iter()
        .filter_map(|(mark, opening)| {
            let at = target.find(mark)?;
            let before = target.get(..at)?;
            (opening.is_empty() || !before.contains(opening)).then_some(at)
        })
        .min();
    target.get(..end.unwrap_or(target.len())).unwrap_or(target)
}
