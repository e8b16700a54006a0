//! File names with blanks: `Outlook Signature.exe`, 「令和8年度 会議資料.zip」, `Task (v2).zip`. A blank ends
//! a word, so something has to hold the words together: brackets, a line or cell of nothing else, or the hash and
//! the dash before it. Words of such names are capitalised; those of sentences are not.

use tegakari_model::ObservableKind as K;

use super::host::has_known_suffix;
use super::label::label_and_value;
use super::{Finder, Hint, Origin, Taken, before, byte, cut};
use crate::deeds;
use crate::lexicon::{self, Ending, Field, ending};

/// Furthest that a name reaches back, in bytes.
const REACH: usize = 120;
/// Most words of a name.
const WORDS: usize = 9;

/// Words that begin what is said of a file, in lower case.
const SAYS: [&str; 63] = [
    "figure",
    "table",
    "download",
    "downloads",
    "downloaded",
    "sample",
    "samples",
    "file",
    "filename",
    "name",
    "run",
    "runs",
    "open",
    "opens",
    "execute",
    "executes",
    "dropper",
    "loader",
    "payload",
    "analysis",
    "malware",
    "drops",
    "dropped",
    "detect",
    "the",
    "a",
    "an",
    "this",
    "that",
    "when",
    "if",
    "in",
    "on",
    "for",
    "by",
    "from",
    "step",
    "stage",
    "md5",
    "sha1",
    "sha256",
    "via",
    "unlike",
    "like",
    "while",
    "after",
    "before",
    "once",
    "since",
    "although",
    "and",
    "or",
    "with",
    "as",
    "backdoor",
    "trojan",
    "ransomware",
    "stealer",
    "implant",
    "downloader",
    "shellcode",
    "rootkit",
    "webshell",
];

/// Words that titles of texts hold and names of files do not, in lower case.
const TITLES: [&str; 30] = [
    "via",
    "using",
    "through",
    "with",
    "into",
    "from",
    "by",
    "against",
    "loaded",
    "execution",
    "launch",
    "drops",
    "dropping",
    "called",
    "usage",
    "abuse",
    "creation",
    "activity",
    "detected",
    "attempt",
    "suspicious",
    "exploitation",
    "exploit",
    "exploiting",
    "campaign",
    "attack",
    "attacks",
    "malicious",
    "hunting",
    "executing",
];

/// Whether words before a name say what the file is or does, and are no part of the name.
pub(crate) fn says_of_a_file(words: &str) -> bool {
    const JOINS: [&str; 6] = ["for", "in", "on", "by", "from", "a"];
    words.split_whitespace().any(|word| {
        let word = word.to_lowercase();
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        (SAYS.contains(&word) && !JOINS.contains(&word))
            || matches!(
                word,
                "malicious" | "suspicious" | "malware" | "legitimate" | "renamed"
            )
    })
}

/// Where a name with blanks starts whose last word is `start..end`; `None` when it is that word alone.
pub(super) fn first_word(text: &str, start: usize, end: usize, hint: Hint) -> Option<usize> {
    if let Some(first) = whole_value(text, start, end, hint) {
        return Some(first);
    }
    if before(text.as_bytes(), start) != b' ' {
        return in_brackets(text, 0, start, end).filter(|first| *first < start);
    }
    if let Some(first) = in_brackets(text, 0, start, end) {
        return Some(first);
    }
    if !is_closed(text, end) {
        return None;
    }
    let window = window(text, start);
    let mut left = cut(text, window, start);
    if let Some(line) = left.rfind(['\n', '\t']) {
        left = cut(left, line + 1, left.len());
    }
    let base = start - left.len();
    // The hash and the dash after it, or the beginning of the line and its bullet.
    let after_hash = hash_end(left);
    let line_begins = base == 0 || matches!(before(text.as_bytes(), base), b'\n' | b'\t');
    let from = match after_hash {
        Some(at) => at,
        None if line_begins && !hint.title => 0,
        None => return None,
    };
    let words = cut(left, from, left.len());
    // `<hash> (<hash>) – name`, `- name`: what follows the last separator.
    let separated = [" - ", " – ", " — ", ": ", "| ", "  ", "\" ", "\u{3000}"]
        .iter()
        .filter_map(|mark| words.rfind(mark).map(|at| at + mark.len()))
        .max();
    if after_hash.is_none()
        && let Some(at) = separated
    {
        // `Maldoc - Important Document.doc`: a word or two that say what it is.
        let said = cut(words, 0, at).trim_matches(is_bullet);
        if said.split_whitespace().count() > 2 || said.contains('.') {
            return None;
        }
    }
    let words = cut(words, separated.unwrap_or(0), words.len()).trim_start_matches(is_bullet);
    let words = without_number(words);
    let first = start - words.len();
    // "Word Attachment a.doc": a description is not a name.
    let described =
        after_hash.or(separated).is_none() && matches!(hint.field, Some(Field::Description));
    let begins = if described { start } else { first };
    (first < start && is_title(words)).then_some(begins)
}

/// Where the value starts that ends with the word `start..end`, when something says that all of it is one name: its
/// label, the header of its column, or the form in which sum programs write a hash and a name.
fn whole_value(text: &str, start: usize, end: usize, hint: Hint) -> Option<usize> {
    if !matches!(before(text.as_bytes(), start), b' ' | b',' | 0x80..) {
        return None;
    }
    let window = window(text, start);
    let left = cut(text, window, start);
    let line = match left.rfind(['\n', '\t']) {
        Some(at) => at + 1,
        None if window == 0 => 0,
        None => return None,
    };
    let base = window + line;
    let rest = cut(text, end, (end + 4).min(text.len()));
    let rest = rest.trim_start_matches([' ', '\r', '`', '"', '」']);
    if !(rest.is_empty() || rest.starts_with(['\n', '\t'])) {
        return None;
    }
    let words = cut(text, base, start);
    let in_cell = matches!(hint.field, Some(Field::Kind(K::FileName)))
        && (base > 0 && before(text.as_bytes(), base) == b'\t'
            || text.get(end..).is_some_and(|t| t.starts_with('\t')));
    let mut summed = false;
    let from = if in_cell {
        0
    } else if let Some((Field::Kind(K::FileName) | Field::OtherName, from, _)) =
        label_and_value(cut(text, base, end))
    {
        from
    } else {
        let at = hash_end(words)?;
        // `<hash>  name of a file.zip`, `<hash> *name.zip`
        let sums = words
            .get(..at)
            .is_some_and(|sum| is_hash(sum.trim_start_matches(is_bullet)))
            && matches!(words.get(at..)?.as_bytes(), [b' ', b' ' | b'*', next, ..] if *next != b' ');
        if !sums || says_of_a_file(cut(words, at, words.len())) {
            return None;
        }
        summed = true;
        at + 2
    };
    let mut name = words.get(from..)?.trim_start_matches([' ', '`', '"', '「']);
    if summed {
        // `<hash>  samples/name of a file.zip`
        name = name.rsplit('/').next().unwrap_or(name);
    }
    let first = start - name.len();
    let plain = !deeds::tell(name)
        && !name.contains([
            '/', '\\', '<', '>', '|', '*', '"', '`', ':', '：', ';', '、', '」',
        ])
        && (summed || !name.contains(','))
        && !name.contains("  ")
        && !name.split_whitespace().any(|word| {
            is_hash(word)
                || word
                    .trim_end_matches(',')
                    .rsplit_once('.')
                    .is_some_and(|(stem, e)| !stem.is_empty() && ending(e) != Ending::Unknown)
        });
    (plain && first < start && name.split_whitespace().count() < 24).then_some(first)
}

/// Words without the number of an item before them: `[2] Clean Up.exe`, `(2) Clean Up.exe`.
fn without_number(words: &str) -> &str {
    let number = words
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .or_else(|| {
            words
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
        });
    match number {
        Some((number, rest))
            if rest.starts_with(' ')
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest.trim_start()
        }
        _ => words,
    }
}

fn is_bullet(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '*' | '•' | '・' | '–' | '—' | '+' | '|' | '>' | ',' | ':'
                // The squares, dots and arrows before items of lists.
                | '\u{25A0}'
                ..='\u{25FF}' | '※' | '★' | '☆' | '→' | '⇒' | '✓' | '✔' | '➤'
        )
}

fn window(text: &str, start: usize) -> usize {
    let mut from = start.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    from
}

/// Whether words are written as titles are.
fn is_title(words: &str) -> bool {
    // "Executed by rundll32.exe" says what happened.
    if deeds::tell(words) {
        return false;
    }
    let mut count = 0;
    for word in words.split_whitespace() {
        count += 1;
        let joins = count > 1
            && matches!(
                word,
                "of" | "and" | "for" | "the" | "to" | "in" | "-" | "&" | "de" | "von"
            );
        let bare = word.trim_start_matches(['(', '[', '_', '#']);
        let titled = bare.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        if !(titled || joins) || word.ends_with([':', ';', ',', '.', '?', '!', '"', '`']) {
            return false;
        }
        if TITLES.contains(&word.to_lowercase().as_str()) {
            return false;
        }
        // The number of a section: `2.2 Env.exe`.
        let numbers = word.contains('.') && word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if count == 1
            && (numbers
                || SAYS.contains(&word.to_lowercase().as_str())
                || lexicon::field(word).is_some())
        {
            return false;
        }
        if word.contains(['/', '\\', '=', '<', '>', '@', '$', '%', '"', '`']) || is_hash(word) {
            return false;
        }
        // `a.exe B.exe` are two names.
        if word
            .rsplit_once('.')
            .is_some_and(|(stem, e)| !stem.is_empty() && ending(e) != Ending::Unknown)
        {
            return false;
        }
    }
    (1..=WORDS).contains(&count)
}

/// Whether nothing goes on after a name: the end of the line, a bracket or a dash.
fn is_closed(text: &str, end: usize) -> bool {
    let mut to = (end + 8).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let rest = cut(text, end, to);
    let trimmed = rest.trim_start_matches([' ', '\r']);
    trimmed.is_empty()
        || trimmed.starts_with(['\n', '\t', '(', '（', '[', '|', '–', '—', ',', ';', '：'])
        || (rest.starts_with(' ') && trimmed.starts_with('-'))
}

/// Where the last hash ends in a piece of a line, with a bracket or backtick that closes it.
fn hash_end(piece: &str) -> Option<usize> {
    let mut run = 0;
    let mut last = None;
    for (i, b) in piece.bytes().enumerate() {
        run = if b.is_ascii_hexdigit() { run + 1 } else { 0 };
        if run >= 32 {
            last = Some(i + 1);
        }
    }
    let at = last?;
    let rest = cut(piece, at, piece.len());
    Some(at + rest.len() - rest.trim_start_matches([')', '`', ']', '）']).len())
}

fn is_hash(word: &str) -> bool {
    word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Where the words start that brackets or quotation marks hold together with `start..end`, no further back than
/// `done`.
pub(super) fn in_brackets(text: &str, done: usize, start: usize, end: usize) -> Option<usize> {
    let opening = match text.get(end..)?.chars().next()? {
        ')' => '(',
        '）' => '（',
        '」' => '「',
        '』' => '『',
        '】' => '【',
        _ => return None,
    };
    let from = window(text, start).max(done);
    let left = cut(text, from, start);
    let open = left.rfind(opening)? + opening.len_utf8();
    let mut open = open;
    if matches!(opening, '(' | '（') {
        // `(Loader – a.exe)`: what it is, and the name.
        let words = cut(left, open, left.len());
        let marks = [" – ", " — ", " - "];
        open += marks
            .iter()
            .filter_map(|mark| words.rfind(mark).map(|at| at + mark.len()))
            .max()
            .unwrap_or(0);
    }
    let words = cut(left, open, left.len());
    // `SHA256 ハッシュ (対象 a.exe):` says what it is the hash of.
    let first = words.split_whitespace().next().unwrap_or("");
    if matches!(first, "対象" | "ファイル" | "検体" | "文件" | "파일") && first.len() < words.len()
    {
        return None;
    }
    let plain = !words.contains([
        '\n', '\t', '、', '。', ',', ':', '：', '/', '\\', '<', '>', '|', '=', '$', '"', '`', '」',
        '』', ')', '）',
    ]);
    let quoted = matches!(opening, '「' | '『');
    let fits = plain
        && !words.starts_with(' ')
        && words.split_whitespace().count() < WORDS
        && (quoted || !words.is_ascii() || is_title(words))
        && !words.split_whitespace().any(is_hash);
    (fits && !words.is_empty()).then_some(from + open)
}

/// Longest line that is read as a hash and a name.
const LONGEST: usize = 300;

/// Names that stand on a line with a hash and nothing else but remarks in brackets, whatever their ending: `- <hash> ko.arm7 (88 KB)`,
/// `* keyl.plg: <hash>`.
pub(super) fn beside_a_hash(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let mut spans = Vec::new();
    let mut from = 0;
    for line in text.split('\n') {
        let base = from;
        from += line.len() + 1;
        if line.len() > LONGEST {
            continue;
        }
        let Some((start, end)) = hash_in(line) else {
            continue;
        };
        let edge = |c: char| is_bullet(c) || c == '`';
        let left = cut(line, 0, start);
        let right = cut(line, end, line.len());
        let (at, name) = if left.chars().all(edge) {
            let name = right.trim_start_matches(edge);
            let at = line.len() - name.len();
            let stop = name
                .find(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '`'))
                .unwrap_or(name.len());
            let rest = cut(name, stop, name.len()).trim_start_matches(edge);
            if at == end || !(rest.is_empty() || rest.starts_with(['(', '（'])) {
                continue;
            }
            (at, cut(name, 0, stop))
        } else {
            let rest = right.trim_start_matches('`').trim();
            let name = left.trim_start_matches(edge);
            let at = left.len() - name.len();
            let name = name
                .trim_end_matches(edge)
                .trim_end_matches(['：', ':', '`']);
            if !(rest.is_empty() || rest.starts_with(['(', '（'])) || !left.ends_with(edge) {
                continue;
            }
            (at, name)
        };
        let (start, end) = (base + at, base + at + name.len());
        if is_plain_name(name)
            && taken.end_of(start).is_none()
            && taken.end_of(end - 1).is_none()
            && found.add(K::FileName, name, (start, end), Origin::Form)
        {
            spans.push((start, end));
        }
    }
    taken.0.extend(spans);
}

/// A word with an ending that is neither known (those are found without a hash beside them) nor that of a host.
fn is_plain_name(name: &str) -> bool {
    let Some((stem, last)) = name.rsplit_once('.') else {
        return false;
    };
    (1..=7).contains(&last.len())
        && !stem.is_empty()
        && name.len() <= 80
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && last.bytes().any(|b| b.is_ascii_alphabetic())
        && last.bytes().all(|b| b.is_ascii_alphanumeric())
        && ending(last) == Ending::Unknown
        && !has_known_suffix(name)
}

/// The only hash on a line, which must stand alone.
fn hash_in(line: &str) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut only = None;
    // A run of 32 digits has one at a place like these.
    let mut at = 31;
    while at < bytes.len() {
        if !hex(at) {
            at += 32;
            continue;
        }
        let (mut start, mut end) = (at, at + 1);
        while start > 0 && hex(start - 1) {
            start -= 1;
        }
        while hex(end) {
            end += 1;
        }
        let alone = !before(bytes, start).is_ascii_alphanumeric()
            && !byte(bytes, end).is_ascii_alphanumeric();
        if matches!(end - start, 32 | 40 | 64 | 96 | 128) && alone {
            if only.is_some() {
                return None;
            }
            only = Some((start, end));
        }
        at = end + 31;
    }
    only
}

/// Names whose last word closes a bracket, which no word holds: `Task (v2).zip`, `setup(1).exe`.
pub(super) fn numbered(text: &str, hint: Hint, taken: &mut Taken, found: &mut Finder<'_>) {
    if hint.code && !hint.in_indicators {
        return;
    }
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', bytes) {
        if dot < done || !matches!(before(bytes, dot), b')' | b']') || taken.end_of(dot).is_some() {
            continue;
        }
        let letters = bytes
            .get(dot + 1..)
            .unwrap_or_default()
            .iter()
            .take(9)
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let end = dot + 1 + letters;
        let next = byte(bytes, end);
        let kind = cut(text, dot + 1, end);
        if ending(kind) == Ending::Unknown
            || kind.eq_ignore_ascii_case("com")
            || next.is_ascii_alphanumeric()
            || matches!(next, b'_' | b'/' | b'\\' | b'(')
        {
            continue;
        }
        let opening = if before(bytes, dot) == b')' {
            b'('
        } else {
            b'['
        };
        let back = bytes
            .get(done..dot - 1)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(40)
            .take_while(|b| **b != opening && !matches!(b, b')' | b']' | b'\n' | b'\t'))
            .count();
        let Some(open) = (dot - 1).checked_sub(back + 1) else {
            continue;
        };
        if byte(bytes, open) != opening || open < done {
            continue;
        }
        // The word that the bracket belongs to.
        let head = cut(text, done, open);
        let stem = head.trim_end_matches(' ');
        let inside = |c: char| c.is_alphanumeric() || "._-&+".contains(c);
        let word = stem.len() - stem.trim_end_matches(inside).len();
        if word == 0 || head.len() > stem.len() + 1 {
            continue;
        }
        let mut start = done + stem.len() - word;
        let closing = text.get(end..).and_then(|t| t.chars().next());
        let quote = match closing {
            Some(c @ ('`' | '"')) => Some(c),
            Some('”') => Some('“'),
            Some('」') => Some('「'),
            _ => None,
        };
        let from = window(text, start).max(done);
        let quoted = quote.and_then(|quote| {
            let left = cut(text, from, start);
            let at = left.rfind(quote)? + quote.len_utf8();
            (!cut(left, at, left.len()).contains(['/', '\\', '\n', '<', '>', '|', '=', '$']))
                .then_some(from + at)
        });
        if let Some(first) = quoted.or_else(|| first_word(text, start, end, hint)) {
            start = first;
        } else if quote.is_none() && !is_closed(text, end) {
            continue;
        }
        if taken.end_of(start).is_none()
            && found.add(
                K::FileName,
                cut(text, start, end),
                (start, end),
                Origin::Form,
            )
        {
            spans.push((start, end));
            done = end;
        }
    }
    taken.0.extend(spans);
}

#[cfg(test)]
mod tests {
    use super::super::{Hint, scan};
    use crate::text::clean;
    use tegakari_model::ObservableKind as K;

    fn check(line: &str, want: &[&str]) {
        let clean = clean(line);
        let got: Vec<String> = scan(&clean, 0, clean.text.len(), Hint::default())
            .iter()
            .filter(|c| c.observable.kind() == K::FileName)
            .map(|c| c.observable.value().to_owned())
            .collect();
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn blanks_belong_to_a_name_where_something_holds_its_words_together() {
        let md5 = "8b9a0b44b738c7884e6a14f4cb18afff";
        for (line, want) in [
            (
                format!("{md5}        Outlook Signature.exe"),
                "Outlook Signature.exe",
            ),
            (
                format!("- {md5} – Setup Wizard.msi – the installer"),
                "Setup Wizard.msi",
            ),
            (
                format!("- {md5} ({md5}) – Helper Tool.dll – loader"),
                "Helper Tool.dll",
            ),
            (
                format!("- {md5}（令和8年度 会議資料.zip）"),
                "令和8年度 会議資料.zip",
            ),
            ("・「会議 資料.docx」を開くと".to_owned(), "会議 資料.docx"),
            (
                "Maldoc - Important Document.doc".to_owned(),
                "Important Document.doc",
            ),
            (
                "Critical Errors Report.zip".to_owned(),
                "Critical Errors Report.zip",
            ),
            (
                "* Remit Slip 4471.iso - SHA256".to_owned(),
                "Remit Slip 4471.iso",
            ),
            (
                format!("* `{md5}` - `Interview Task (v2).zip` - archive"),
                "Interview Task (v2).zip",
            ),
            ("the file setup(1).exe, which".to_owned(), "setup(1).exe"),
        ] {
            check(&line, &[want]);
        }
    }

    #[test]
    fn words_of_a_sentence_are_no_part_of_a_name() {
        for (line, want) in [
            ("The Dropper.exe", "Dropper.exe"),
            ("It drops Evil.exe", "Evil.exe"),
            ("Figure 3 Evil.exe", "Evil.exe"),
            ("Loader Evil.exe", "Evil.exe"),
            ("Windows starts Evil.exe and waits", "Evil.exe"),
            ("the first stage (evil.exe)", "evil.exe"),
            ("the stage (dropped by a.exe)", "a.exe"),
        ] {
            check(line, &[want]);
        }
        check("Alpha.exe Beta.exe", &["Alpha.exe", "Beta.exe"]);
    }
}
