//! The slow path: a line that holds encoded text, decoded once, with every byte's origin kept.
//!
//! Decoded are percent codes, `\u0026` and `\x26`, entities of XML and HTML, brackets that make
//! addresses unclickable (`evil[.]example`, `hxxp[://]`, `a[at]b`), full stops of East Asian scripts
//! between name characters, and international names (to the form with `xn--`).

use std::ops::Range;

use tegakari_model::Relation;

use crate::classify::is_host;
use crate::compile::Sets;

/// Lines longer than this are decoded only around what is encoded.
const LONGEST: usize = 64 << 10;
/// A name has at most 253 characters; in UTF-8 it may take more bytes.
const LONGEST_NAME: usize = 512;

/// Lines found worth decoding.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) found: Vec<Range<usize>>,
    /// Everything before this is already in a found line.
    pub(crate) end: usize,
}

impl Lines {
    /// Adds the line around `at`.
    pub(crate) fn add(&mut self, text: &[u8], at: usize) {
        let from = at.saturating_sub(LONGEST / 2).max(self.end);
        let start = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |p| from + p + 1);
        let to = text.len().min(start.saturating_add(LONGEST)).max(at + 1);
        let end = memchr::memchr(b'\n', &text[at..to]).map_or(to, |p| at + p);
        self.found.push(start..end);
        self.end = end;
    }
}

/// Whether encoded text begins at `at` that could hide a value of the set.
#[inline]
pub(crate) fn is_trigger(sets: &Sets, text: &[u8], at: usize) -> bool {
    let rest = &text[at..];
    match rest.first() {
        Some(b'%') => percent(rest).is_some_and(|byte| {
            byte.is_ascii_alphanumeric()
                || b".-_~:@\\".contains(&byte)
                || (byte == b'%' && rest.get(3).is_some_and(u8::is_ascii_hexdigit))
                || (!byte.is_ascii() && sets.beyond_ascii)
        }),
        Some(b'\\') => match rest.get(1) {
            Some(b'u' | b'U') => unicode(rest).is_some_and(|unit| unit < 0x80 || sets.beyond_ascii),
            Some(b'x') => {
                hex_pair(rest.get(2..4)).is_some_and(|b| b.is_ascii() || sets.beyond_ascii)
            }
            Some(b'.' | b'\\') => escaped_dot(text, at).is_some(),
            _ => false,
        },
        Some(b'[' | b'(' | b'{') => bracketed(rest).is_some(),
        Some(b'&') => sets.entities && entity(rest).is_some(),
        Some(_) => beyond_ascii(sets, text, at),
        None => false,
    }
}

/// A full stop of another script inside a name, or the first byte of an international name.
fn beyond_ascii(sets: &Sets, text: &[u8], at: usize) -> bool {
    // Only at the start of a run of such bytes; the rest of it was seen with its first.
    if at > 0 && !text[at - 1].is_ascii() {
        return false;
    }
    let neighbour = |b: Option<&u8>| b.is_some_and(|b| is_host(*b));
    if wide_dot(&text[at..]).is_some()
        && neighbour(at.checked_sub(1).and_then(|i| text.get(i)))
        && neighbour(text.get(at + 3))
    {
        return true;
    }
    sets.beyond_ascii && name_around(text, at).is_some()
}

/// The run of name characters of any script around `at`, when it has a dot and could be a name.
fn name_around(text: &[u8], at: usize) -> Option<Range<usize>> {
    let fits = |b: &u8| is_host(*b) || !b.is_ascii();
    let before = text[..at]
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|b| fits(b))
        .count();
    let after = text[at..]
        .iter()
        .take(LONGEST_NAME)
        .take_while(|b| fits(b))
        .count();
    let run = at - before..at + after;
    let bytes = &text[run.clone()];
    let dotted = bytes.contains(&b'.') || (0..bytes.len()).any(|i| wide_dot(&bytes[i..]).is_some());
    (dotted && run.len() < LONGEST_NAME).then_some(run)
}

/// A decoded line.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    /// Where each decoded byte came from, and one more for the end.
    origins: Vec<u32>,
    /// How each byte was written: [`PLAIN`], or one of the others.
    ways: Vec<u8>,
}

/// As itself, or as the format of the text or the script of the name has it: `\u00fc`, `&amp;`, `ü`.
const PLAIN: u8 = 0;
/// In brackets that make it unclickable.
const BRACKETS: u8 = 1;
/// In a code: percent, `\x`, an expression's escape.
const CODE: u8 = 2;

impl Decoded {
    /// The bytes of the line from which a piece was decoded.
    pub(crate) fn origin(&self, piece: Range<usize>) -> (usize, usize) {
        let of = |at: usize| self.origins.get(at).map_or(0, |o| *o as usize);
        let start = of(piece.start);
        (start, of(piece.end).max(start + 1))
    }

    /// What was found in a piece, seen from the line: in another notation it is what it is.
    pub(crate) fn relation(&self, piece: Range<usize>, found: Relation) -> Relation {
        let ways = self.ways.get(piece).unwrap_or_default();
        match ways.iter().fold(PLAIN, |all, way| all | way) {
            PLAIN => found,
            BRACKETS => Relation::Defanged,
            _ => Relation::Decoded,
        }
    }

    fn push(&mut self, byte: u8, origin: usize, way: u8) {
        self.bytes.push(byte);
        self.origins.push(origin as u32);
        self.ways.push(way);
    }

    fn push_all(&mut self, bytes: &[u8], origin: usize, way: u8) {
        for &byte in bytes {
            self.push(byte, origin, way);
        }
    }
}

/// The text that a run of base64 digits stands for, when it is text: of ASCII, or of UTF-16 as command lines of
/// PowerShell have it (RFC 4648 4 and 5). Runs that stand for anything else are told by their beginning.
pub(crate) fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let head = &run[..run.len().min(24)];
    // Digests and lower-case names are told apart from it without decoding.
    let upper = head.iter().any(u8::is_ascii_uppercase);
    let other = head.iter().any(|b| !b.is_ascii_hexdigit() && *b != b'-');
    if !upper || !other || head.len() < 24 {
        return None;
    }
    let start = digits(head)?;
    let wide = start.iter().skip(1).step_by(2).all(|b| *b == 0) && is_text(start.iter().step_by(2));
    if !wide && !is_text(start.iter()) {
        return None;
    }
    let bytes = digits(&run[..run.len().min(LONGEST)])?;
    if !wide {
        return Some(bytes);
    }
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(text.into_bytes())
}

fn is_text<'b>(mut bytes: impl Iterator<Item = &'b u8>) -> bool {
    bytes.all(|b| matches!(b, b'\t' | b'\r' | b'\n' | b' '..=b'~'))
}

/// The value of a digit of base64, in either alphabet (RFC 4648 4 and 5).
pub fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The bytes of base64 digits; what is left over at the end is none.
fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text {
        let digit = base64_digit(*byte)?;
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

/// The line decoded; `None` when nothing in it changes.
pub(crate) fn decode(sets: &Sets, line: &[u8]) -> Option<Decoded> {
    let mut out = Decoded {
        bytes: Vec::with_capacity(line.len()),
        origins: Vec::with_capacity(line.len() + 1),
        ways: Vec::with_capacity(line.len()),
    };
    let mut at = 0;
    while at < line.len() {
        at += step(line, at, &mut out);
    }
    out.origins.push(line.len() as u32);
    if sets.beyond_ascii && !out.bytes.is_ascii() {
        out = international(out);
    }
    (out.bytes != line).then_some(out)
}

/// Decodes what begins at the start of `rest`; how many bytes that took.
fn step(line: &[u8], at: usize, out: &mut Decoded) -> usize {
    let rest = &line[at..];
    let first = rest.first().copied().unwrap_or_default();
    match first {
        b'%' => {
            if let Some(byte) = percent(rest) {
                // Control characters stay codes: a decoded line end would make two lines of one.
                if byte >= b' ' {
                    out.push(byte, at, CODE);
                    return 3;
                }
            }
        }
        b'\\' => {
            if let Some(unit) = unicode(rest) {
                let low = unicode(rest.get(6..).unwrap_or_default());
                let units = [unit, low.unwrap_or_default()];
                let pair = (0xD800..0xDC00).contains(&unit) && low.is_some();
                let taken = if pair { 12 } else { 6 };
                if let Some(Ok(c)) = char::decode_utf16(units).next()
                    && c >= ' '
                {
                    out.push_all(c.encode_utf8(&mut [0; 4]).as_bytes(), at, PLAIN);
                    return taken;
                }
            }
            if rest.get(1) == Some(&b'x')
                && let Some(byte) = hex_pair(rest.get(2..4)).filter(|b| *b >= b' ')
            {
                out.push(byte, at, CODE);
                return 4;
            }
            if let Some(taken) = escaped_dot(line, at) {
                out.push(b'.', at, CODE);
                return taken;
            }
            if rest.get(1) == Some(&b'/') {
                out.push(b'/', at, PLAIN);
                return 2;
            }
        }
        b'[' | b'(' | b'{' => {
            if let Some((bytes, taken)) = bracketed(rest) {
                out.push_all(bytes, at, BRACKETS);
                return taken;
            }
        }
        b'&' => {
            if let Some((c, taken)) = entity(rest) {
                out.push_all(c.encode_utf8(&mut [0; 4]).as_bytes(), at, PLAIN);
                return taken;
            }
        }
        0xE3 | 0xEF => {
            if let Some(taken) = wide_dot(rest) {
                let after = rest
                    .get(taken)
                    .is_some_and(|b| is_host(*b) || !b.is_ascii());
                let before = out
                    .bytes
                    .last()
                    .is_some_and(|b| is_host(*b) || !b.is_ascii());
                if before && after {
                    out.push(b'.', at, PLAIN);
                    return taken;
                }
            }
        }
        _ => {}
    }
    out.push(first, at, PLAIN);
    1
}

/// Replaces names in other scripts by their ASCII form.
fn international(decoded: Decoded) -> Decoded {
    let text = &decoded.bytes;
    let mut out = Decoded {
        bytes: Vec::with_capacity(text.len()),
        origins: Vec::with_capacity(text.len() + 1),
        ways: Vec::with_capacity(text.len()),
    };
    let origin = |at: usize| decoded.origins.get(at).map_or(0, |o| *o as usize);
    let way = |at: usize| decoded.ways.get(at).copied().unwrap_or(PLAIN);
    let fits = |b: &u8| is_host(*b) || !b.is_ascii();
    let mut at = 0;
    while at < text.len() {
        let len = text[at..].iter().take_while(|b| fits(b)).count();
        if len == 0 {
            out.push(text[at], origin(at), way(at));
            at += 1;
            continue;
        }
        match ascii_name(&text[at..at + len]) {
            Some(name) => {
                // Its letters are no longer in the order of the text, so that all were written as any was.
                let ways = (at..at + len).fold(PLAIN, |all, at| all | way(at));
                for (i, byte) in name.bytes().enumerate() {
                    out.push(byte, origin(at + i.min(len - 1)), ways);
                }
            }
            None => {
                for (i, byte) in text[at..at + len].iter().enumerate() {
                    out.push(*byte, origin(at + i), way(at + i));
                }
            }
        }
        at += len;
    }
    out.origins.push(origin(text.len()) as u32);
    out
}

fn ascii_name(run: &[u8]) -> Option<String> {
    if run.is_ascii() || run.len() > LONGEST_NAME || !run.contains(&b'.') {
        return None;
    }
    idna::domain_to_ascii(std::str::from_utf8(run).ok()?).ok()
}

/// The byte that a percent code at the start of `rest` stands for.
fn percent(rest: &[u8]) -> Option<u8> {
    (rest.first() == Some(&b'%'))
        .then(|| hex_pair(rest.get(1..3)))
        .flatten()
}

fn hex_pair(pair: Option<&[u8]>) -> Option<u8> {
    let [high, low] = pair? else { return None };
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}

/// The UTF-16 unit of `\u0026` at the start of `rest`.
fn unicode(rest: &[u8]) -> Option<u16> {
    let [b'\\', b'u' | b'U', digits @ ..] = rest else {
        return None;
    };
    let high = hex_pair(digits.get(..2))?;
    let low = hex_pair(digits.get(2..4))?;
    Some(u16::from(high) << 8 | u16::from(low))
}

/// What brackets at the start of `rest` stand for, and how long they are: `[.]`, `(dot)`, `[:]//`.
fn bracketed(rest: &[u8]) -> Option<(&'static [u8], usize)> {
    const MEANINGS: [(&[u8], &[u8]); 9] = [
        (b".", b"."),
        (b"dot", b"."),
        (b":", b":"),
        (b"://", b"://"),
        (b":\\/\\/", b"://"),
        (b"@", b"@"),
        (b"at", b"@"),
        (b"/", b"/"),
        (b"punkt", b"."),
    ];
    let close = match rest.first()? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        _ => return None,
    };
    let inner = &rest[1..rest.len().min(9)];
    let len = inner.iter().position(|b| *b == close);
    if let Some(len) = len {
        let (_, meaning) = MEANINGS
            .iter()
            .find(|(form, _)| inner[..len].eq_ignore_ascii_case(form))?;
        return Some((meaning, len + 2));
    }
    None
}

/// The character of an entity of XML at the start of `rest`, and its length.
fn entity(rest: &[u8]) -> Option<(char, usize)> {
    let body = &rest[1..rest.len().min(12)];
    let len = body.iter().position(|b| *b == b';')?;
    let name = std::str::from_utf8(&body[..len]).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c >= ' ')?
        }
    };
    Some((c, len + 2))
}

/// The length of an escaped dot at `at`, as regular expressions have it in names: `www\.evil\.com`, also with the
/// backslash doubled by JSON. Every dot of the name must be escaped the same way, and no backslash stand before
/// anything else: so that it is no path with a hidden folder (`repo\.git\config`).
fn escaped_dot(text: &[u8], at: usize) -> Option<usize> {
    let slashes = backslashes(text[at..].iter());
    let preceded = at.checked_sub(1).map(|i| text[i]);
    if !matches!(slashes, 1 | 2 | 4)
        || text.get(at + slashes) != Some(&b'.')
        || !preceded.is_some_and(|b| is_host(b) && b != b'.')
    {
        return None;
    }
    let part = |b: &&u8| is_host(**b) || **b == b'\\';
    let before = text[..at].iter().rev().take(LONGEST_NAME).take_while(part);
    let after = text[at..].iter().take(LONGEST_NAME).take_while(part);
    let (start, end) = (at - before.count(), at + after.count());
    let mut name = &text[start..end];
    // What ends an expression may follow: `evil\.com\b`, `evil\.com\/`.
    let ended = text.get(end) == Some(&b'/');
    let front = if ended {
        Some(name)
    } else {
        name.strip_suffix(b"b")
    };
    if let Some(front) = front.filter(|front| front.ends_with(b"\\")) {
        name = &front[..front.len() - backslashes(front.iter().rev())];
    }
    let mut i = 0;
    while i < name.len() {
        let run = backslashes(name[i..].iter());
        let dot = name.get(i + run) == Some(&b'.');
        if (run > 0 || dot) && !(dot && run == slashes) {
            return None;
        }
        i += run + 1;
    }
    let path = start.checked_sub(1).is_some_and(|i| text[i] == b':');
    (!path && name.last().is_some_and(u8::is_ascii_alphanumeric)).then_some(slashes + 1)
}

fn backslashes<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    bytes.take(5).take_while(|b| **b == b'\\').count()
}

/// The length of a full stop of another script (RFC 3490 3.1) at the start of `rest`.
fn wide_dot(rest: &[u8]) -> Option<usize> {
    matches!(
        rest.get(..3)?,
        [0xE3, 0x80, 0x82] | [0xEF, 0xBC, 0x8E] | [0xEF, 0xBD, 0xA1]
    )
    .then_some(3)
}
