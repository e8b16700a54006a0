//! The encoding of a Type 1 font (Adobe Type 1 Font Format, chapter 2), which stands in the part of the
//! file that is not encrypted. It is PostScript, but always written in one of two ways.

use memchr::memmem;

use super::encodings::Encoding;

/// The header of a part in the file format of the PC.
const PC_TEXT: &[u8] = b"\x80\x01";
/// Places called `/Encoding` that are looked at.
const PLACES: usize = 8;

/// Whether this is a Type 1 font.
pub(super) fn is_type1(data: &[u8]) -> bool {
    let text = clear_text(data);
    // Maps and programs are PostScript too.
    text.starts_with(b"%!PS-AdobeFont") || text.starts_with(b"%!FontType")
}

/// The names of the glyphs by code.
pub(super) fn codes(data: &[u8]) -> Option<Vec<Option<Box<str>>>> {
    let text = clear_text(data);
    memmem::find_iter(text, b"/Encoding")
        .take(PLACES)
        .find_map(|at| read(text.get(at + b"/Encoding".len()..)?))
}

fn clear_text(data: &[u8]) -> &[u8] {
    if data.starts_with(PC_TEXT) {
        return data.get(6..).unwrap_or_default();
    }
    data
}

fn read(text: &[u8]) -> Option<Vec<Option<Box<str>>>> {
    let mut tokens = Tokens(text);
    let mut codes = vec![None; 256];
    match tokens.next()? {
        Token::Word(b"StandardEncoding") => fill(&mut codes, Encoding::Standard),
        Token::Word(b"ExpertEncoding") => fill(&mut codes, Encoding::Expert),
        Token::Word(b"ISOLatin1Encoding") => fill(&mut codes, Encoding::IsoLatin1),
        // All the names in a row.
        Token::Word(b"[") => {
            for slot in &mut codes {
                let Some(Token::Name(name)) = tokens.next() else {
                    break;
                };
                *slot = glyph(name);
            }
        }
        // `256 array … dup 65 /A put … readonly def`.
        Token::Word(word) if integer(word).is_some() => {
            let mut code = None;
            for token in tokens {
                match token {
                    Token::Word(b"def" | b"eexec") => break,
                    Token::Name(name) => {
                        if let Some(slot) = code.take().and_then(|c| codes.get_mut(c)) {
                            *slot = glyph(name);
                        }
                    }
                    Token::Word(word) => code = integer(word),
                    Token::Other => code = None,
                }
            }
        }
        _ => return None,
    }
    Some(codes)
}

fn fill(codes: &mut [Option<Box<str>>], encoding: Encoding) {
    for (code, slot) in (0..=255).zip(codes) {
        *slot = encoding.name(code).map(Box::from);
    }
}

fn glyph(name: &[u8]) -> Option<Box<str>> {
    let name = std::str::from_utf8(name).ok()?;
    (!name.is_empty() && name != ".notdef").then(|| Box::from(name))
}

/// A number, perhaps with its base (`8#101`).
fn integer(word: &[u8]) -> Option<usize> {
    let word = std::str::from_utf8(word).ok()?;
    match word.split_once('#') {
        Some((base, digits)) => {
            let base = base.parse().ok().filter(|b| (2..=36).contains(b))?;
            usize::from_str_radix(digits, base).ok()
        }
        None => word.parse().ok(),
    }
}

#[derive(Debug, PartialEq)]
enum Token<'a> {
    /// What follows a slash.
    Name(&'a [u8]),
    /// A number, a command or a bracket.
    Word(&'a [u8]),
    /// A string or a procedure.
    Other,
}

struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let text = self.0.trim_ascii_start();
            let text = text.strip_prefix(b"\0").unwrap_or(text);
            let (first, rest) = text.split_first()?;
            match first {
                b'%' => {
                    let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                    self.0 = rest.get(end..)?;
                }
                b'(' | b'{' => {
                    self.0 = after_nested(rest, *first);
                    return Some(Token::Other);
                }
                b'/' => {
                    let (name, rest) = rest.split_at_checked(word_length(rest))?;
                    self.0 = rest;
                    return Some(Token::Name(name));
                }
                _ => {
                    let length = word_length(text).max(1);
                    let (word, rest) = text.split_at_checked(length)?;
                    self.0 = rest;
                    return Some(Token::Word(word));
                }
            }
        }
    }
}

fn word_length(text: &[u8]) -> usize {
    text.iter()
        .position(|b| b.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(b))
        .unwrap_or(text.len())
}

/// What follows the end of a string or procedure.
fn after_nested(text: &[u8], open: u8) -> &[u8] {
    let close = if open == b'(' { b')' } else { b'}' };
    let mut depth = 1usize;
    let mut escaped = false;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if open == b'(' => escaped = true,
            b if *b == open => depth += 1,
            b if *b == close => {
                depth -= 1;
                if depth == 0 {
                    return text.get(i + 1..).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, code: usize) -> Option<String> {
        codes(text.as_bytes())?
            .get(code)?
            .as_deref()
            .map(str::to_owned)
    }

    #[test]
    fn names_are_put_one_by_one() {
        let font = "%!PS-AdobeFont-1.0: X\n/FontName /X def /Encoding 256 array\n\
                    0 1 255 {1 index exch /.notdef put} for\n\
                    dup 65 /alpha put % dup 66 /no put\n\
                    dup 8#103/beta put dup 300 /far put dup (67) /string put\n\
                    readonly def dup 68 /delta put currentfile eexec dup 69 /x put";
        assert!(is_type1(font.as_bytes()));
        assert_eq!(named(font, 65).as_deref(), Some("alpha"));
        assert_eq!(named(font, 67).as_deref(), Some("beta"));
        for code in [0, 64, 66, 68, 69, 255] {
            assert_eq!(named(font, code), None, "{code}");
        }
    }

    #[test]
    fn names_stand_in_a_row() {
        let font = "/Encoding [/.notdef /a/b /c] def";
        assert_eq!(named(font, 0), None);
        assert_eq!(named(font, 2).as_deref(), Some("b"));
        assert_eq!(named(font, 4), None);
    }

    #[test]
    fn encodings_are_named() {
        assert_eq!(
            named("/Encoding StandardEncoding def", 39).as_deref(),
            Some("quoteright")
        );
        assert_eq!(
            named("/Encoding ISOLatin1Encoding def", 39).as_deref(),
            Some("quotesingle")
        );
        assert_eq!(
            named("/Encoding X def /Encoding StandardEncoding def", 65).as_deref(),
            Some("A")
        );
    }

    #[test]
    fn a_file_for_the_pc_has_a_header() {
        assert!(is_type1(b"\x80\x01\x10\0\0\0%!FontType1"));
        assert!(!is_type1(b"\x80\x01"));
    }

    #[test]
    fn what_never_ends_does() {
        for text in [
            "/Encoding",
            "/Encoding (",
            "/Encoding 256 array {{{",
            "/Encoding [",
            "/Encoding 256 array dup 65 /",
        ] {
            for code in codes(text.as_bytes()).unwrap_or_default() {
                assert_eq!(code, None);
            }
        }
    }
}
