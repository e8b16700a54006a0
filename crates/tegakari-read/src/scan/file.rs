//! Names of files: those in Japanese and Chinese text, which no blank sets apart, and all others by their ending.

use tegakari_model::ObservableKind as K;

use super::host::{filled_in, link_of_chain, path_start};
use super::{Finder, Hint, Origin, Taken, before, byte, cut, spaced, url};
use crate::lexicon::{Ending, ending};

/// File names with Japanese or Chinese letters, which no space sets apart: `発表要項.pdf.lnk`. Quotation
/// marks and brackets end them; in running text the word before (`…ファイル`) or a particle does.
pub(super) fn files_in_cjk(text: &str, taken: &mut Taken, found: &mut Finder<'_>) {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', bytes) {
        if dot < done || taken.end_of(dot).is_some() {
            continue;
        }
        // `会議資料_v2.zip`: the end of the name may be of ASCII.
        let tail = bytes
            .get(done..dot)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+'))
            .count();
        let stem = dot - tail;
        if before(bytes, stem) < 0x80 {
            continue;
        }
        // `.pdf.lnk`: every ending counts, the last decides.
        let mut end = dot;
        let mut known = false;
        while byte(bytes, end) == b'.' {
            let letters = bytes
                .get(end + 1..)
                .unwrap_or_default()
                .iter()
                .take(16)
                .take_while(|b| b.is_ascii_alphanumeric())
                .count();
            if letters == 0 {
                break;
            }
            known = ending(cut(text, end + 1, end + 1 + letters)) != Ending::Unknown;
            end += 1 + letters;
        }
        if !known || byte(bytes, end) == b'_' || filled_in(text, dot + 1) {
            continue;
        }
        if tail > 0 && !is_joined(text, done, stem, end) {
            continue;
        }
        let mut start = dot;
        let mut cut_at = dot;
        let mut bounded = false;
        for (i, c) in cut(text, done, dot).char_indices().rev().take(60) {
            let i = done + i;
            let opens = matches!(
                c,
                '「' | '『' | '(' | '"' | '\'' | '`' | '“' | '【' | '/' | '\\'
            );
            if opens
                || c.is_whitespace()
                || matches!(c, '、' | '。' | ':' | '：' | ',' | '」' | ')')
            {
                bounded = true;
                break;
            }
            start = i;
            let rest = cut(text, i, dot);
            if cut_at == dot
                && i + c.len_utf8() < dot
                && (matches!(
                    c,
                    'の' | 'を' | 'に' | 'が' | 'は' | 'と' | 'で' | 'も' | 'へ'
                ) || rest.starts_with("ル") && cut(text, 0, i).ends_with("ファイ"))
            {
                cut_at = i + c.len_utf8();
            }
        }
        if !bounded && start > done {
            continue;
        }
        // Between quotation marks everything is the name.
        let quoted = matches!(
            text.get(..start).and_then(|t| t.chars().next_back()),
            Some('「' | '『' | '"' | '“' | '`' | '(' | '【')
        ) || start == 0 && !goes_on(text, end);
        if !quoted && cut_at < dot {
            start = cut_at;
        }
        if let Some(first) = spaced::in_brackets(text, done, start, end) {
            start = first;
        }
        if start < dot
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

/// Whether a sentence goes on after a name: 「…zipの検知」.
fn goes_on(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| {
        rest.starts_with(['の', 'を', 'に', 'が', 'は', 'と', 'で', 'も', 'へ'])
    })
}

/// Whether the letters before an ASCII word are of one file name with it. 「正規のsetup.exe」 are two words; a hyphen or
/// a number after the letters, with the name closed on both sides, makes one of them: 「請求書_2024.pdf」, `名簿-xx.zip`.
pub(super) fn is_joined(text: &str, done: usize, stem: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let first = byte(bytes, stem);
    let letter = text.get(..stem).and_then(|t| t.chars().next_back());
    let cjk = letter.is_some_and(|c| {
        matches!(c, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
    });
    if !cjk || !(matches!(first, b'-' | b'_' | b'+') || first.is_ascii_digit()) {
        return false;
    }
    let closed = text
        .get(end..)
        .and_then(|t| t.chars().next())
        .is_none_or(|c| {
            c.is_whitespace()
                || matches!(
                    c,
                    '」' | '』'
                        | ')'
                        | '）'
                        | '"'
                        | '”'
                        | '`'
                        | '】'
                        | '、'
                        | '。'
                        | ','
                        | '|'
                        | '('
                        | '（'
                )
        });
    let start = cut(text, done, stem)
        .char_indices()
        .rev()
        .take(60)
        .take_while(|(_, c)| !(c.is_whitespace() || "「『（(\"“`【、。：:|,/\\".contains(*c)))
        .last()
        .map_or(stem, |(i, _)| done + i);
    // A sentence has particles.
    closed && start < stem && !cut(text, start, stem).contains(['は', 'が', 'を', 'に', 'で', 'へ'])
}

/// Adds a domain, or the URL that goes on from it; returns where it ends.
pub(super) fn name(
    text: &str,
    (start, end): (usize, usize),
    origin: Origin,
    found: &mut Finder<'_>,
) -> usize {
    let bytes = text.as_bytes();
    if let Some(slash) = path_start(bytes, end)
        && let Some(stop) = url::without_scheme(text, start, slash, found)
    {
        if let Some(last) = found
            .found
            .last_mut()
            .filter(|c| c.observable.kind() == K::Url)
        {
            last.origin = origin;
        }
        return stop;
    }
    found.add(K::Domain, cut(text, start, end), (start, end), origin);
    end
}

/// Adds a file name, with the words before it when quotation marks hold them together.
pub(super) fn file_name(
    text: &str,
    (start, end): (usize, usize),
    hint: Hint,
    found: &mut Finder<'_>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let value = cut(text, start, end);
    // `.exe` alone, `12.doc`-like section numbers and the like are no names; nor is `2.H`.
    let stem = value.split('.').next().unwrap_or("");
    let last = value.rsplit('.').next().unwrap_or("");
    let short = last.len() == 1
        && (stem.len() < 2 || last == last.to_ascii_uppercase())
        && !hint.in_indicators;
    // `Node.js` is a product; files are rarely capitalised that way.
    let product = last == "js"
        && value.matches('.').count() == 1
        && !hint.in_indicators
        && stem.len() >= 3
        && stem.starts_with(|c: char| c.is_ascii_uppercase())
        && stem.bytes().skip(1).all(|b| b.is_ascii_lowercase())
        && link_of_chain(text, start, end).is_none()
        && spaced::first_word(text, start, end, hint).is_none();
    if value.starts_with('.') || value.len() > 200 || short || product {
        return None;
    }
    let mut from = start;
    let closing = text.get(end..).and_then(|t| t.chars().next());
    let opening = match closing {
        Some('"') => Some('"'),
        Some('`') => Some('`'),
        Some('”') => Some('“'),
        Some('’') => Some('‘'),
        Some('」') => Some('「'),
        _ => None,
    };
    if let Some(opening) = opening
        && !hint.code
        && matches!(
            before(bytes, start),
            b' ' | b'_' | b'-' | b'(' | b')' | b'&' | b'.'
        )
    {
        let mut window = start.saturating_sub(80);
        while !text.is_char_boundary(window) {
            window += 1;
        }
        if let Some(quote) = cut(text, window, start).rfind(opening) {
            let candidate = window + quote + opening.len_utf8();
            let words = cut(text, candidate, start);
            if !cut(text, candidate, end).contains(['/', '\\', '\n', '<', '>', '|', '=', '$'])
                && !words.starts_with(' ')
                && !is_run_by(words)
            {
                from = candidate;
            }
        }
    }
    if from == start
        && let Some(first) =
            link_of_chain(text, start, end).or_else(|| spaced::first_word(text, start, end, hint))
    {
        from = first;
    }
    let origin = if from < start {
        Origin::Form
    } else {
        Origin::WeakForm
    };
    found
        .add(K::FileName, cut(text, from, end), (from, end), origin)
        .then_some(end)
}

/// Programs that run what is named behind them.
const RUNNERS: [&str; 32] = [
    "node",
    "npx",
    "npm",
    "bun",
    "deno",
    "python",
    "python2",
    "python3",
    "py",
    "pip",
    "perl",
    "ruby",
    "php",
    "java",
    "bash",
    "sh",
    "zsh",
    "cmd",
    "start",
    "powershell",
    "pwsh",
    "wscript",
    "cscript",
    "mshta",
    "regsvr32",
    "rundll32",
    "msiexec",
    "sudo",
    "nohup",
    "chmod",
    "curl",
    "wget",
];

/// Whether the words between quotation marks before a file are the command that runs it: `node setup.js`.
pub(super) fn is_run_by(words: &str) -> bool {
    let first = words.split_whitespace().next().unwrap_or("");
    let program = first.strip_suffix(".exe").unwrap_or(first);
    RUNNERS.contains(&program)
}
