//! Plain text: lines, with headings and wrapped paragraphs guessed from their shape.

use std::rc::Rc;

use super::aligned::{self, Table};
use super::{Head, ReportFormat, Sniff, Source, copied, tabbed};
use crate::content::{Block, BlockKind, Content};
use crate::lexicon;
use crate::scan;
use crate::yara;

/// Longest paragraph put together from wrapped lines.
const PARAGRAPH_LIMIT: usize = 4096;

/// Plain text.
pub(super) struct Plain;

impl ReportFormat for Plain {
    fn id(&self) -> &'static str {
        "plain"
    }

    fn about(&self) -> &'static str {
        "plain text, and lists of indicators with one value a line"
    }

    fn sniff(&self, _name: &str, _head: Head<'_>) -> Sniff {
        Sniff::Possible
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        if !checksums(text, content) {
            lines(text, content);
        }
    }
}

/// Reads what `sha256sum` and its kin write, when the text is nothing else: a hash, a space, a space or an
/// asterisk, and the file's name (GNU coreutils manual, "cksum output modes").
fn checksums(text: &str, content: &mut Content) -> bool {
    let mut rows = Vec::new();
    let mut files = 0;
    for (number, line) in (1u32..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some((hash, rest)) = line.split_once(' ') else {
            return false;
        };
        let Some(name) = rest.strip_prefix([' ', '*']) else {
            return false;
        };
        let right = matches!(hash.len(), 32 | 40 | 64 | 128)
            && hash.bytes().all(|b| b.is_ascii_hexdigit())
            && !name.starts_with(' ')
            && !name.trim().is_empty();
        if !right {
            return false;
        }
        let ending = name.trim_end().rsplit_once('.').map_or("", |(_, e)| e);
        files += usize::from(lexicon::ending(ending) != lexicon::Ending::Unknown);
        rows.push((hash, name.trim_end(), number));
    }
    // Remarks in a second column have no endings.
    if rows.len() < 2 || files * 5 < rows.len() {
        return false;
    }
    let header = Rc::new(vec!["Hash".to_owned(), "File name".to_owned()]);
    content.is_list = true;
    content.new_group();
    for (hash, name, number) in rows {
        content.push(Block::row(&[hash, name], Some(Rc::clone(&header)), number));
    }
    true
}

/// Whether a line is a remark in a list, as `#` opens them: several below each other, `label: text`, or
/// one with a link. Headings of Markdown are none of these.
fn is_comment(line: &str, next: &str) -> bool {
    let sharp = |line: &str| line.starts_with('#') && !line.starts_with("##");
    sharp(line) && (line.contains("://") || line.contains(": ") || sharp(next))
}

/// Reads lines of text into blocks.
pub(super) fn lines(text: &str, content: &mut Content) {
    let mut lines = copied::lines(text).peekable();
    let mut previous = Previous::Blank;
    let mut extents = yara::Extents::default();
    let mut table: Option<Table> = None;
    let mut tabs: Option<tabbed::Table> = None;
    while let Some(copied::Line {
        number,
        text: line,
        frame,
    }) = lines.next()
    {
        let line: &str = &line;
        let trimmed = line.trim();
        if trimmed.is_empty() || frame {
            if let Some(table) = table.take() {
                table.finish(content);
            }
        } else if let Some(table) = &mut table {
            table.line(line, number, content);
            continue;
        }
        if let Some(rows) = &tabs {
            if !frame && !trimmed.is_empty() && rows.line(line, number, content) {
                continue;
            }
            tabs = None;
            content.new_group();
        }
        if frame {
            content.close_section();
            let mut block = Block::new(BlockKind::Paragraph, line, number);
            block.aside = true;
            content.push(block);
            continue;
        }
        if trimmed.is_empty() {
            if previous != Previous::Blank {
                content.new_group();
            }
            previous = Previous::Blank;
            continue;
        }
        // The parts of a YARA rule are no headings; `yara` reads it from the lines.
        if yara::starts_rule(trimmed) {
            let from = (line.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let rest = text.get(from..).unwrap_or("");
            if let Some(count) = extents.of(rest.split('\n')) {
                content.new_group();
                content.push(Block::new(BlockKind::Code, line, number));
                for line in lines.by_ref().take(count - 1) {
                    content.push(Block::new(BlockKind::Code, line.text, line.number));
                }
                content.new_group();
                previous = Previous::Blank;
                continue;
            }
        }
        let next = lines.peek().map_or("", |l| l.text.trim());
        if is_comment(trimmed, next) {
            let mut block = Block::new(BlockKind::Paragraph, trimmed, number);
            // Where a list is from is not what it lists.
            block.aside = trimmed.contains("://");
            content.push(block);
            previous = Previous::Text;
            continue;
        }
        let next = lines.peek().map_or("", |l| &l.text);
        if let Some(columns) = aligned::ruler(next) {
            let header = columns.header(line);
            content.new_group();
            table = Some(Table::new(columns, header));
            previous = Previous::Blank;
            continue;
        }
        if let Some(rows) = tabbed::table(line, next) {
            content.new_group();
            tabs = Some(rows);
            previous = Previous::Blank;
            continue;
        }
        if is_heading(trimmed, previous, next.trim()) {
            content.heading(heading_level(trimmed), heading_text(trimmed), number);
            previous = Previous::Heading;
            continue;
        }
        let mut block = Block::new(
            if is_item(trimmed) {
                BlockKind::ListItem
            } else {
                BlockKind::Paragraph
            },
            line,
            number,
        );
        // A wrapped line goes on in the next one.
        while block.text.len() < PARAGRAPH_LIMIT
            && lines
                .peek()
                .is_some_and(|next| !next.frame && goes_on(&block.text, &next.text))
        {
            let Some(next) = lines.next() else { break };
            block.text.push('\n');
            block.text.push_str(&next.text);
        }
        previous = if block
            .text
            .trim_end()
            .ends_with(['。', '.', '!', '?', ')', '）', '」', '』'])
        {
            Previous::Sentence
        } else {
            Previous::Text
        };
        content.push(block);
    }
    if let Some(table) = table {
        table.finish(content);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Previous {
    Blank,
    Heading,
    Sentence,
    Text,
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or(text)
}

/// Whether `next` goes on with the sentence that `text` leaves open.
fn goes_on(text: &str, next: &str) -> bool {
    let line = last_line(text).trim_end();
    let next = next.trim();
    let Some(first) = next.chars().next() else {
        return false;
    };
    // Japanese: a line never starts with a particle's の or a closing bracket unless it was cut.
    if "」』】）、。".contains(first) || (first == 'の' && !line.ends_with('。')) {
        return true;
    }
    let wrapped = (60..=120).contains(&line.len())
        && line.contains(' ')
        && !line.ends_with(['.', ':', ';', '。']);
    wrapped
        && first.is_ascii_lowercase()
        && next.contains(' ')
        && !next.contains("[.]")
        && !next.contains("://")
}

/// What marks the parts of a notice.
const FIGURES: [char; 9] = ['■', '◆', '◇', '□', '▼', '●', '○', '◎', '★'];

fn is_item(line: &str) -> bool {
    line.starts_with(['-', '*', '•', '・', '●', '▪', '–', '■'])
}

fn heading_level(line: &str) -> u8 {
    if line.starts_with('#') {
        line.bytes().take_while(|b| *b == b'#').count().min(6) as u8
    } else {
        2
    }
}

fn heading_text(line: &str) -> &str {
    numbered(line)
        .unwrap_or(line)
        .trim_start_matches(['#', '=', ' ', '\u{3000}', '【', '['])
        .trim_start_matches(FIGURES)
        .trim_start_matches(['#', '=', ' ', '\u{3000}', '【', '['])
        .trim_end_matches([':', '：', '】', ']', ' ', '='])
}

/// What stands behind the number of a part, as Japanese notices write it: `３　接続先`, `４．対策`, `第２章　概要`.
fn numbered(line: &str) -> Option<&str> {
    let line = line.strip_prefix('第').unwrap_or(line);
    let rest = line.trim_start_matches(|c| {
        matches!(
            c,
            '０'..='９' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十'
        )
    });
    if rest.len() == line.len() {
        return None;
    }
    let text = rest.strip_prefix(['　', '．', '、', '章', '節', '部'])?;
    let text = text.trim();
    (!text.is_empty() && !text.contains(['：', ':', '、'])).then_some(text)
}

/// Whether a line is a host and what is remarked on it: `evil.example (a remark)`.
fn begins_with_host(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    let last = first.rsplit('.').next().unwrap_or("");
    first.len() < text.len()
        && first.contains('.')
        && lexicon::ending(last) == lexicon::Ending::Unknown
        && !first.ends_with([':', '：', ',', ';'])
        && scan::has_known_suffix(&first.replace("[.]", "."))
}

/// A short line without a value, a sentence's end or a label's colon, that something follows.
fn is_heading(line: &str, previous: Previous, next: &str) -> bool {
    let width: usize = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    if width > 80
        || (next.is_empty() && previous != Previous::Blank && !line.ends_with([':', '：']))
    {
        return false;
    }
    let text = heading_text(line);
    // Notices in Japanese mark their parts with figures; the same figures mark items of a list.
    let figure = line.starts_with(FIGURES);
    let part = figure
        && !text.contains(['\t', '|', '='])
        && !text.contains([':', '：'])
        && (line.starts_with(['■', '◆', '◇', '□', '▼']) || lexicon::section_kind(text).is_some());
    if text.is_empty()
        || !text.chars().any(char::is_alphabetic)
        || (is_item(line) || figure) && !part
    {
        return false;
    }
    if line.ends_with(['。', '、', ',', ';', '.', '!', '」'])
        || line.contains("://")
        || lexicon::looks_like_value(text)
        || scan::holds_hash(text)
        || begins_with_host(text)
    {
        return false;
    }
    if numbered(line).is_some_and(|text| !text.contains('。')) && previous == Previous::Blank {
        return true;
    }
    if line.starts_with("##")
        || (line.starts_with("# ") && line.len() < 80)
        || line.starts_with('【')
        || part
    {
        return true;
    }
    // `Name          5` is a row: how often something was seen.
    let counted = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    if text
        .rsplit_once("  ")
        .is_some_and(|(_, last)| counted(last.trim()))
    {
        return false;
    }
    // "label: value" is no heading.
    if text.contains([':', '：', '\t', '|', '=']) {
        return false;
    }
    let words = text.split_whitespace().count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if words > 10 || digits * 3 > text.len() {
        return false;
    }
    if line.ends_with([':', '：']) || !text.contains('。') && lexicon::section_kind(text).is_some()
    {
        return true;
    }
    let followed_by_value = lexicon::looks_like_value(next);
    match previous {
        // A name alone above a list of values; a title.
        Previous::Blank => {
            followed_by_value || (next.is_empty() && words <= 8) || starts_upper(text)
        }
        Previous::Sentence => {
            !text.contains(['。', '(', '（']) && !text.starts_with('『') && words <= 8
        }
        Previous::Text | Previous::Heading => {
            let label_next = next
                .split_once([':', '：'])
                .is_some_and(|(label, _)| lexicon::field(label).is_some());
            label_next || (followed_by_value && words <= 4)
        }
    }
}

fn starts_upper(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| c.is_uppercase() || (!c.is_ascii() && c.is_alphabetic()))
        && text.split_whitespace().count() <= 8
}
