//! One cleaned text for all scanners: widths folded, invisible characters out, defanging undone,
//! with a map back to what stood in the source.
//!
//! Defanging is undone once, here, for every kind of value, so that no kind can miss a style that
//! another knows. *That* a place was defanged is kept: it is the best evidence that an author calls
//! a value dangerous.

use std::borrow::Cow;
use tegakari_model::public_suffix;

use unicode_normalization::UnicodeNormalization;

/// A cleaned text and its map to the source.
#[derive(Debug, Default)]
pub(crate) struct Clean<'a> {
    /// The source itself where nothing had to be changed, as in most of a document.
    pub(crate) text: Cow<'a, str>,
    /// `(offset here, offset in the source)`, wherever the difference of the two changes.
    map: Vec<(usize, usize)>,
    /// Offsets here at which something was refanged, ascending.
    marks: Vec<usize>,
}

impl Clean<'_> {
    /// The offset in the source of an offset here.
    pub(crate) fn source(&self, at: usize) -> usize {
        let i = self.map.partition_point(|(here, _)| *here <= at);
        match i.checked_sub(1).and_then(|i| self.map.get(i)) {
            Some((here, source)) => source + (at - here),
            None => at,
        }
    }

    /// Whether anything between two offsets was defanged.
    pub(crate) fn is_defanged(&self, start: usize, end: usize) -> bool {
        let i = self.marks.partition_point(|mark| *mark < start);
        self.marks.get(i).is_some_and(|mark| *mark < end)
    }

    /// Whether anything at all was defanged.
    pub(crate) fn has_defanged(&self) -> bool {
        !self.marks.is_empty()
    }
}

/// Folds and refangs. Linear in the length of `source`.
pub(crate) fn clean(source: &str) -> Clean<'_> {
    let folded = if source.is_ascii() && memchr::memchr(ESCAPE, source.as_bytes()).is_none() {
        None
    } else {
        fold(source)
    };
    let Some(folded) = folded else {
        return refang(source).unwrap_or_else(|| Clean {
            text: source.into(),
            ..Clean::default()
        });
    };
    match refang(&folded.text) {
        Some(refanged) => compose(&folded, refanged),
        None => folded,
    }
}

/// One map of two: every change of either is a change of the whole.
fn compose(folded: &Clean<'_>, refanged: Clean<'static>) -> Clean<'static> {
    let mut map: Vec<(usize, usize)> = refanged
        .map
        .iter()
        .map(|(here, middle)| (*here, folded.source(*middle)))
        .collect();
    let mut inner = folded.map.iter().peekable();
    let mut merged = Vec::with_capacity(map.len() + folded.map.len());
    // A fold point lies here where refanging moved it; offsets between two refang points move alike.
    let mut outer = refanged.map.iter().peekable();
    let (mut here0, mut middle0) = (0, 0);
    loop {
        let next = outer.peek().copied().copied();
        while let Some((middle, src)) = inner.peek().copied().copied() {
            if next.is_some_and(|(_, m)| m <= middle) {
                break;
            }
            inner.next();
            merged.push((here0 + middle.saturating_sub(middle0), src));
        }
        match next {
            Some((here, middle)) => {
                outer.next();
                (here0, middle0) = (here, middle);
            }
            None => break,
        }
    }
    map.append(&mut merged);
    map.sort_unstable();
    let mut marks = refanged.marks;
    // Full-width dots that were folded are a style of defanging only where refanging marked them.
    marks.dedup();
    Clean {
        text: refanged.text,
        map,
        marks,
    }
}

/// Writes text and records where offsets drift apart.
#[derive(Default)]
struct Writer {
    text: String,
    map: Vec<(usize, usize)>,
    marks: Vec<usize>,
    drift: isize,
    /// Whether anything is written that does not stand in the source.
    changed: bool,
}

impl Writer {
    fn push(&mut self, piece: &str, source: usize) {
        let here = self.text.len();
        let drift = source as isize - here as isize;
        if drift != self.drift && !piece.is_empty() {
            self.drift = drift;
            self.map.push((here, source));
        }
        self.text.push_str(piece);
    }

    /// Writes something else than the source has, after the part of it that stays as it is.
    fn change(&mut self, whole: &str, (from, to): (usize, usize), piece: &str) {
        if !self.changed {
            self.changed = true;
            self.text.reserve(whole.len());
        }
        self.push(whole.get(from..to).unwrap_or_default(), from);
        self.push(piece, to);
    }

    fn refanged(&mut self, whole: &str, (from, to): (usize, usize), piece: &str) {
        let kept = whole.get(from..to).map_or(0, str::len);
        self.marks.push(self.text.len() + kept);
        self.change(whole, (from, to), piece);
    }

    /// All of it, with the rest of the source from an offset on; `None` when nothing was changed.
    fn finish(mut self, whole: &str, from: usize) -> Option<Clean<'static>> {
        if !self.changed {
            return None;
        }
        self.push(whole.get(from..).unwrap_or_default(), from);
        Some(Clean {
            text: Cow::Owned(self.text),
            map: self.map,
            marks: self.marks,
        })
    }
}

/// Folds full-width and half-width forms (the part of NFKC that reports need: letters, digits and
/// punctuation, but not circled digits or ligatures, which would glue to values) and drops
/// characters that cannot be seen.
fn fold(source: &str) -> Option<Clean<'static>> {
    let mut w = Writer::default();
    let mut plain_from = 0;
    let mut chars = source.char_indices().peekable();
    let mut piece = String::new();
    while let Some((at, c)) = chars.next() {
        if c == char::from(ESCAPE) {
            // Colours of a terminal, which would glue to the value behind them.
            let sequence = escape_sequence(source.get(at..).unwrap_or(""));
            while chars.next_if(|(i, _)| *i < at + sequence).is_some() {}
            w.change(source, (plain_from, at), "");
            plain_from = at + sequence;
            continue;
        }
        if c.is_ascii() || is_settled(c) {
            continue;
        }
        piece.clear();
        match c {
            '\u{AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}' => {}
            '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
                piece.push(' ');
            }
            '\u{2010}' | '\u{2011}' => piece.push('-'),
            '\u{FF65}'..='\u{FF9F}' => {
                // Sound marks join the letter before them, so fold the whole run.
                let mut run = String::from(c);
                while let Some((_, next)) =
                    chars.next_if(|(_, n)| ('\u{FF65}'..='\u{FF9F}').contains(n))
                {
                    run.push(next);
                }
                piece.extend(run.nfkc());
            }
            // Between two Latin words it divides them; full-width addresses have it beside their like.
            '\u{FF0F}'
                if source
                    .get(..at)
                    .is_some_and(|t| t.ends_with(|c: char| c.is_ascii_alphanumeric()))
                    && chars.peek().is_some_and(|(_, n)| n.is_ascii_alphanumeric()) =>
            {
                piece.push(' ');
            }
            // The number of an item right before its value: 「①192.0.2.1」.
            '\u{2460}'..='\u{24FF}'
                if chars.peek().is_some_and(|(_, n)| n.is_ascii_digit())
                    && !source
                        .get(..at)
                        .is_some_and(|t| t.ends_with(char::is_alphanumeric)) =>
            {
                piece.push(' ');
            }
            '\u{FF01}'..='\u{FF5E}' => {
                piece.push(char::from_u32(c as u32 - 0xFEE0).unwrap_or(c));
            }
            '\u{FF61}'..='\u{FF64}' | '\u{FE50}'..='\u{FE6F}' | '\u{1D400}'..='\u{1D7FF}' => {
                piece.extend(std::iter::once(c).nfkc());
            }
            _ => continue,
        }
        w.change(source, (plain_from, at), &piece);
        plain_from = chars.peek().map_or(source.len(), |(next, _)| *next);
    }
    w.finish(source, plain_from)
}

/// The character that begins a control sequence of a terminal.
const ESCAPE: u8 = 0x1b;

/// The length of the control sequence (ECMA-48, 5.4) that a text begins with; that of its escape character alone where
/// there is no whole one.
fn escape_sequence(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return 1;
    };
    let parameters = rest
        .bytes()
        .take(32)
        .take_while(|b| matches!(b, 0x20..=0x3f))
        .count();
    match rest.as_bytes().get(parameters) {
        Some(0x40..=0x7e) => 2 + parameters + 1,
        _ => 1,
    }
}

/// The bulk of Japanese text, which folding never touches.
fn is_settled(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}')
}

/// What stands behind the scheme of a URL and its `://`.
pub(crate) fn after_scheme(url: &str) -> Option<&str> {
    let bytes = url.as_bytes();
    let colon = memchr::memchr_iter(b':', bytes)
        .find(|at| bytes.get(at + 1..at + 3).is_some_and(|next| next == b"//"))?;
    url.get(colon + 3..)
}

const TLD_WORDS: [&str; 24] = [
    "com", "net", "org", "info", "biz", "ru", "cn", "jp", "io", "xyz", "top", "online", "site",
    "club", "co", "me", "eu", "de", "uk", "in", "tk", "cc", "pw", "to",
];

/// For each byte the sets of bytes that may follow where a style of defanging begins with it, a bit each; those of
/// [`FOLLOWS`].
const BEGINS: [u16; 256] = {
    let mut begins = [0; 256];
    let all: [(&[u8], u16); 9] = [
        (b"[({<]", 1),
        (b".", 2),
        (b"\\", 4),
        (b"?", 8),
        (b"hH", 16),
        (b"xXfF", 32),
        (b"mM", 64),
        (b" ", 128),
        (b"\xE3", 256),
    ];
    let mut i = 0;
    while i < all.len() {
        let (bytes, set) = all[i];
        let mut k = 0;
        while k < bytes.len() {
            begins[bytes[k] as usize] |= set;
            k += 1;
        }
        i += 1;
    }
    begins
};

/// The sets that a byte is in.
const FOLLOWS: [u16; 256] = {
    // After a bracket anything may stand.
    let mut follows = [1; 256];
    let all: [(&[u8], u16); 8] = [
        (b"]} ", 2),
        (b"./:", 4),
        (b":", 8),
        (b"xXtTpP*_-[", 16),
        (b"xX*", 32),
        (b"eE", 64),
        (b"dD", 128),
        (b"\x80", 256),
    ];
    let mut i = 0;
    while i < all.len() {
        let (bytes, set) = all[i];
        let mut k = 0;
        while k < bytes.len() {
            follows[bytes[k] as usize] |= set;
            k += 1;
        }
        i += 1;
    }
    follows
};

/// Undoes every style of defanging in `source`; `None` when there is nothing to undo.
fn refang(source: &str) -> Option<Clean<'static>> {
    let bytes = source.as_bytes();
    let mut w = Writer::default();
    let mut from = 0; // start of what is not written yet
    let mut i = 0;
    let mut escaped_token = (0, 0, false); // the last token looked at for `\.`
    let mut closing = usize::MAX; // the bracket that closes `[.com]`, to be left out
    while i < bytes.len() {
        let b = bytes[i];
        if BEGINS[usize::from(b)] & FOLLOWS[usize::from(at(bytes, i + 1))] == 0 {
            i += 1;
            continue;
        }
        let change = match b {
            b'[' => bracketed(source, i).or_else(|| {
                closing = bracketed_suffix(bytes, i)?;
                Some(Change {
                    from: i,
                    to: i + 1,
                    with: "",
                })
            }),
            b'(' | b'{' | b'<' => bracketed(source, i),
            b']' if i == closing => Some(Change {
                from: i,
                to: i + 1,
                with: "",
            }),
            b'.' => lone_closer(bytes, i).or_else(|| spaced_dot(source, i)),
            b'\\' if matches!(at(bytes, i + 1), b'.' | b'/') => {
                if i >= escaped_token.1 {
                    escaped_token = token_is_escaped(bytes, i);
                }
                let with = if at(bytes, i + 1) == b'.' { "." } else { "/" };
                let before = at(bytes, i.wrapping_sub(1));
                let here = escaped_token.2
                    && i > 0
                    && (is_word(before) || (with == "/" && matches!(before, b':' | b'/' | b'.')))
                    && (is_word(at(bytes, i + 2)) || with == "/");
                here.then_some(Change {
                    from: i,
                    to: i + 2,
                    with,
                })
            }
            // `https?://` of a regular expression.
            b'?' if at(bytes, i + 1) == b':'
                && bytes.get(..i).unwrap_or_default().ends_with(b"https") =>
            {
                Some(Change {
                    from: i,
                    to: i + 1,
                    with: "",
                })
            }
            b'\\' if source.get(i + 1..i + 4) == Some("://") => Some(Change {
                from: i,
                to: i + 2,
                with: ":",
            }),
            // `hxxp` is no part of any word, so it counts even where a flattened table glued it to one.
            b'h' | b'H'
                if matches!(at(bytes, i + 1), b'x' | b'X')
                    && matches!(at(bytes, i + 2), b'x' | b'X') =>
            {
                scheme(bytes, i)
            }
            b'h' | b'H' | b'x' | b'X' | b'f' | b'F' | b'm' | b'M'
                if (i == 0 || !is_word(bytes[i - 1])) && may_be_scheme(b, at(bytes, i + 1)) =>
            {
                scheme(bytes, i)
            }
            b' ' if matches!(at(bytes, i + 1), b'd' | b'D') => spoken_dot(source, i),
            // The ideographic full stop between ASCII labels (RFC 3490 treats it as a dot).
            0xE3 if source.get(i..i + 3) == Some("。") => {
                let before = i > 0 && bytes[i - 1].is_ascii_alphanumeric();
                (before && starts_with_tld(source.get(i + 3..).unwrap_or_default())).then_some(
                    Change {
                        from: i,
                        to: i + 3,
                        with: ".",
                    },
                )
            }
            _ => None,
        };
        match change {
            Some(change) if change.from >= from => {
                w.refanged(source, (from, change.from), change.with);
                from = change.to;
                i = change.to.max(i + 1);
            }
            _ => i += 1,
        }
    }
    w.finish(source, from)
}

/// A stretch of the source and what to write in its place.
struct Change {
    from: usize,
    to: usize,
    with: &'static str,
}

fn at(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

/// `[.]`, `(dot)`, `{://}`, `[@]`, `<.>`, `[at]`, and the lone opening bracket of `evil[.example`.
fn bracketed(source: &str, open: usize) -> Option<Change> {
    let bytes = source.as_bytes();
    // The longest content is a word of five characters with spaces about it.
    let mut end = open + 1;
    while end < bytes.len() && end - open <= 10 && !matches!(bytes[end], b']' | b')' | b'}' | b'>')
    {
        if matches!(bytes[end], b'\n' | b'[' | b'(' | b'{') {
            break;
        }
        end += 1;
    }
    let closed = matches!(at(bytes, end), b']' | b')' | b'}' | b'>');
    let inner = source
        .get(open + 1..end)
        .unwrap_or_default()
        .trim_matches(' ');
    let word_before = open > 0 && is_word(bytes[open - 1]);
    let with = match inner {
        "." | "。" | ",." => ".",
        ":" => ":",
        "://" => "://",
        ":/" if closed => ":/",
        "/" => "/",
        "//" => "//",
        "@" => "@",
        _ if inner.len() > 5 => return lone_opener(bytes, open, word_before && !closed),
        _ => match inner.to_lowercase().as_str() {
            "dot" | "d0t" | "punto" | "ponto" | "点" => ".",
            "at" => "@",
            _ => return lone_opener(bytes, open, word_before && !closed),
        },
    };
    if !closed {
        return lone_opener(bytes, open, word_before && !closed);
    }
    let (mut from, mut to) = (open, end + 1);
    if matches!(with, "." | "@") {
        // Spaces about the bracket belong to it only when words stand beyond them.
        let left = source
            .get(..open)
            .unwrap_or_default()
            .trim_end_matches(' ')
            .len();
        let right = to
            + bytes
                .get(to..)
                .unwrap_or_default()
                .iter()
                .take_while(|b| **b == b' ')
                .count();
        let beyond = left > 0 && is_word(at(bytes, left - 1)) && is_word(at(bytes, right));
        if !beyond {
            return None;
        }
        if open - left <= 1 && right - to <= 1 {
            (from, to) = (left, right);
        } else if left != open || right != to {
            return None;
        }
    } else if matches!(with, ":" | "/" | "//")
        && !(word_before || matches!(at(bytes, open.wrapping_sub(1)), b':' | b'/' | b']'))
    {
        return None;
    }
    Some(Change { from, to, with })
}

/// `evil[.com]` and `evil.[com]`: where the bracket closes that holds a top-level name.
fn bracketed_suffix(bytes: &[u8], open: usize) -> Option<usize> {
    let dotted_before = open > 1 && bytes[open - 1] == b'.' && is_word(bytes[open - 2]);
    let dotted_inside = open > 0 && is_word(bytes[open - 1]) && at(bytes, open + 1) == b'.';
    if !(dotted_before || dotted_inside) {
        return None;
    }
    let from = open + 1 + usize::from(dotted_inside);
    let letters = bytes
        .get(from..)?
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    let close = from + letters;
    (letters >= 2 && at(bytes, close) == b']' && is_suffix(bytes.get(from..close)?))
        .then_some(close)
}

/// Whether a word is a top-level name.
fn is_suffix(word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    public_suffix::suffix(&lower).is_some_and(|s| s.is_known())
}

/// `31 . 13 . 224 . 90`: an address with spaces about its dots.
fn spaced_dot(source: &str, dot: usize) -> Option<Change> {
    let bytes = source.as_bytes();
    let spaced = dot > 1
        && bytes[dot - 1] == b' '
        && at(bytes, dot + 1) == b' '
        && bytes[dot - 2].is_ascii_digit()
        && at(bytes, dot + 2).is_ascii_digit();
    if !spaced {
        return None;
    }
    let part = |b: &u8| b.is_ascii_digit() || matches!(b, b' ' | b'.');
    let left = bytes
        .get(..dot)?
        .iter()
        .rev()
        .take(22)
        .take_while(|b| part(b))
        .count();
    let right = bytes
        .get(dot..)?
        .iter()
        .take(22)
        .take_while(|b| part(b))
        .count();
    let whole = source.get(dot - left..dot + right)?;
    let joined = whole.trim().replace(" . ", ".");
    joined
        .parse::<std::net::Ipv4Addr>()
        .is_ok()
        .then_some(Change {
            from: dot - 1,
            to: dot + 2,
            with: ".",
        })
}

/// `5[.133`: a bracket that was never closed.
fn lone_opener(bytes: &[u8], open: usize, word_before: bool) -> Option<Change> {
    let lone = bytes.get(open) != Some(&b'<')
        && at(bytes, open + 1) == b'.'
        && word_before
        && is_word(at(bytes, open + 2));
    lone.then_some(Change {
        from: open,
        to: open + 2,
        with: ".",
    })
}

/// `37.252.]9.123`: a bracket that was never opened.
fn lone_closer(bytes: &[u8], dot: usize) -> Option<Change> {
    let lone = matches!(at(bytes, dot + 1), b']' | b'}')
        && dot > 0
        && is_word(bytes[dot - 1])
        && is_word(at(bytes, dot + 2));
    lone.then_some(Change {
        from: dot,
        to: dot + 2,
        with: ".",
    })
}

/// Whether the token about `i` writes `\.` for dots, and is no Windows path: `(start, end, yes)`.
fn token_is_escaped(bytes: &[u8], i: usize) -> (usize, usize, bool) {
    let stop = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`');
    let start = i - bytes
        .get(..i)
        .unwrap_or_default()
        .iter()
        .rev()
        .take(512)
        .take_while(|b| !stop(b))
        .count();
    let end = i + bytes
        .get(i..)
        .unwrap_or_default()
        .iter()
        .take(4096)
        .take_while(|b| !stop(b))
        .count();
    let token = bytes.get(start..end).unwrap_or_default();
    let only_escapes = token
        .windows(2)
        .filter(|w| w[0] == b'\\')
        .all(|w| matches!(w[1], b'.' | b'/' | b':' | b'-' | b'_'));
    let path = at(token, 0) == b'\\' || at(token, 0) == b'%' || token.starts_with(b"HK");
    (start, end, only_escapes && !path)
}

/// Whether two bytes begin one of the styles of [`scheme`]: most words end here.
fn may_be_scheme(first: u8, second: u8) -> bool {
    let seconds: &[u8] = match first | 0x20 {
        b'h' => b"xXtTpP*_-[",
        b'x' => b"xX",
        b'm' => b"eE",
        _ => b"xX*",
    };
    seconds.contains(&second)
}

/// `hxxp`, `hXXps`, `h**p`, `h__p`, `htxp`, `xxp`, `fxp`, `meow` before a colon, as `http`, `https`, `ftp`.
fn scheme(bytes: &[u8], i: usize) -> Option<Change> {
    let lower: [u8; 8] = std::array::from_fn(|k| at(bytes, i + k).to_ascii_lowercase());
    const STYLES: [(&[u8], &str, &str); 16] = [
        (b"hxxp", "http", "https"),
        (b"hxtp", "http", "https"),
        (b"htxp", "http", "https"),
        (b"httx", "http", "https"),
        (b"h**p", "http", "https"),
        (b"h__p", "http", "https"),
        (b"h--p", "http", "https"),
        (b"hppt", "http", "https"),
        (b"hxp", "http", "https"),
        (b"htp", "http", "https"),
        (b"xxp", "http", "https"),
        (b"meow", "http", "https"),
        (b"h[tt]p", "http", "https"),
        (b"h[xx]p", "http", "https"),
        (b"fxp", "ftp", "ftps"),
        (b"f*p", "ftp", "ftps"),
    ];
    let (style, plain, secure) = STYLES
        .iter()
        .find(|(style, _, _)| lower.starts_with(style))?;
    let mut end = i + style.len();
    let is_secure = matches!(at(bytes, end), b's' | b'S')
        || bytes
            .get(end..end + 3)
            .is_some_and(|s| s.eq_ignore_ascii_case(b"[s]"));
    if is_secure {
        end += if at(bytes, end) == b'[' { 3 } else { 1 };
    }
    let next = (at(bytes, end), at(bytes, end + 1));
    let colon = next.0 == b':' || (matches!(next.0, b'[' | b'(' | b'{') && next.1 == b':');
    if colon {
        let with = if is_secure { secure } else { plain };
        return Some(Change {
            from: i,
            to: end,
            with,
        });
    }
    if next == (b'/', b'/') {
        let with = match (*plain, is_secure) {
            ("ftp", _) => "ftp:",
            (_, true) => "https:",
            _ => "http:",
        };
        return Some(Change {
            from: i,
            to: end,
            with,
        });
    }
    None
}

/// `evil-site dot com`: only before a word that ends names, after one that is not ordinary prose; and
/// `panel dot evil dot rest`, where two dots leave no doubt.
fn spoken_dot(source: &str, space: usize) -> Option<Change> {
    let bytes = source.as_bytes();
    let word = bytes.get(space + 1..space + 5)?;
    if !word.eq_ignore_ascii_case(b"dot ") {
        return None;
    }
    let change = Change {
        from: space,
        to: space + 5,
        with: ".",
    };
    let before = bytes.get(..space)?;
    let length = before
        .iter()
        .rev()
        .take(64)
        .take_while(|b| is_word(**b) || matches!(b, b'-' | b'.'))
        .count();
    if length == 0 {
        return None;
    }
    let spoken = |t: Option<&[u8]>| t.is_some_and(|t| t.eq_ignore_ascii_case(b" dot "));
    let mut dots = 1 + usize::from(spoken(
        before.get((space - length).wrapping_sub(5)..space - length),
    ));
    let mut from = space + 5;
    let mut last = from;
    for _ in 0..6 {
        let label = bytes
            .get(from..)?
            .iter()
            .take(63)
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
            .count();
        last = from + label;
        if label == 0 || !spoken(bytes.get(last..last + 5)) {
            break;
        }
        dots += 1;
        from = last + 5;
    }
    if dots >= 2 {
        return is_suffix(bytes.get(from..last)?).then_some(change);
    }
    if !starts_with_tld(source.get(space + 5..)?) {
        return None;
    }
    let label = source.get(space - length..space)?;
    let unusual = label.len() > 3
        && label
            .bytes()
            .any(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    unusual.then_some(change)
}

fn starts_with_tld(text: &str) -> bool {
    let length = text
        .bytes()
        .take(12)
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let word = text.get(..length).unwrap_or_default().to_ascii_lowercase();
    TLD_WORDS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::clean;
    use proptest::prelude::*;

    #[track_caller]
    fn check(source: &str, want: &str) {
        let got = clean(source);
        assert_eq!(got.text, want);
        assert!(got.has_defanged(), "{source} was defanged");
    }

    #[test]
    fn every_style_of_defanging_is_undone() {
        for style in [
            "evil[.]example",
            "evil(.)example",
            "evil{.}example",
            "evil<.>example",
            "evil[.example",
            "evil.]example",
            "evil\\.example",
            "evil[dot]example",
            "evil(dot)example",
            "evil{DOT}example",
            "evil [.] example",
            "evil［．］example",
            "evil[ . ]example",
            "evil [dot] example",
        ] {
            check(style, "evil.example");
        }
        for style in [
            "hxxp://e.example/a",
            "hXXp://e.example/a",
            "h**p://e.example/a",
            "h__p://e.example/a",
            "xxp://e.example/a",
            "htxp://e.example/a",
            "meow://e.example/a",
            "hxxp[:]//e.example/a",
            "hxxp[://]e.example/a",
            "hxxp(:)//e.example/a",
            "http[:]//e.example/a",
            "http://e[.]example/a",
            "http:[//]e.example/a",
            "hxxp//e.example/a",
            "ｈｘｘｐ：／／e.example/a",
            "h[xx]p://e.example/a",
            "hxxp://e.example[/]a",
        ] {
            check(style, "http://e.example/a");
        }
        check("hxxps://e.example", "https://e.example");
        check("fxp://e.example", "ftp://e.example");
        check("a[@]e.example", "a@e.example");
        check("a [at] e.example", "a@e.example");
        check("a(at)e[.]example", "a@e.example");
        check("38[.]14[.]255[.]23[:]8077", "38.14.255.23:8077");
        check("185.238.]169.57", "185.238.169.57");
        check("evil-site dot com", "evil-site.com");
        check("panel dot evil dot rest", "panel.evil.rest");
        check("31 . 13 . 224 . 90", "31.13.224.90");
        check("2a12[:]dd47[:]9[:]1[:][:]beef", "2a12:dd47:9:1::beef");
        check(
            "https?:\\/\\/e\\.example\\/a\\.js",
            "https://e.example/a.js",
        );
        check("http:\\/\\/e.example\\/a", "http://e.example/a");
        check("evil[.com]", "evil.com");
        check("evil.[com] is", "evil.com is");
        check("httxs://e.example", "https://e.example");
        check("evil。com", "evil.com");
        check("http\\://a\\.b\\.example", "http://a.b.example");
    }

    #[test]
    fn what_only_looks_like_defanging_stays() {
        for text in [
            "see [text](https://x.example/y)",
            "C:\\Users\\x\\.ssh\\id",
            "\\\\.\\pipe\\x",
            "the dot com bubble",
            "a dot to dot exercise",
            "see fig. [com] for",
            "steps 1 . 2 . 3",
            "maybe?: no",
            "f(a)",
            "array[.5]",
            "see [1].",
            "(at noon)",
            "hxp is a word",
            "攻撃。Com",
            "a [.] ",
        ] {
            let got = clean(text);
            assert_eq!(got.text, text);
            assert!(!got.has_defanged(), "{text}");
        }
    }

    #[test]
    fn widths_are_folded_and_invisible_characters_dropped() {
        assert_eq!(
            clean("ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ").text,
            "http://evil.example"
        );
        assert_eq!(clean("ｶﾞｰﾄﾞ").text, "ガード");
        assert_eq!(clean("ev\u{200B}il.exam\u{AD}ple").text, "evil.example");
        assert_eq!(
            clean("一般的なファイル名：a　b").text,
            "一般的なファイル名:a b"
        );
    }

    #[test]
    fn offsets_lead_back_to_the_source() {
        let source = "通信先：ｅｖｉｌ[.]example と 10[.]0[.]0[.]1 です";
        let got = clean(source);
        for word in ["example", "です"] {
            let here = got.text.find(word).unwrap();
            assert_eq!(got.source(here), source.find(word).unwrap(), "{word}");
        }
        let here = got.text.find("10.0.0.1").unwrap();
        assert!(source[got.source(here)..].starts_with("10[.]0"));
        assert!(got.is_defanged(here, here + 8));
    }

    proptest! {
        #[test]
        fn cleaning_never_panics_and_maps_into_the_source(source in r"[ \PC\n\.\[\]\(\)\\hxtp:/。ｶﾞ．]{0,60}") {
            let got = clean(&source);
            for (at, _) in got.text.char_indices() {
                prop_assert!(got.source(at) <= source.len());
            }
        }
    }
}
