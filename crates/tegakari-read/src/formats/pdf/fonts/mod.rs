//! Fonts of a document: which characters the codes of a text stand for, and how wide they are.
//!
//! Nothing is drawn here, so no outlines are read. What a font says about its characters is asked in this
//! order: its `ToUnicode` map, the names of its glyphs, its character collection (composite fonts often
//! only name one of the predefined CMaps, above all in Japanese documents), and last the character map of
//! an embedded TrueType font.

mod bytes;
mod cff;
mod composite;
mod encodings;
mod names;
mod program;
mod sfnt;
mod simple;
mod standard;
#[cfg(test)]
mod tests;
mod type1;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use hayro_cmap::{BfString, CMap, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, ObjectIdentifier, Stream};

use super::unpack::{STREAM_LIMIT, unpack};
use composite::Composite;
use simple::Simple;

/// Fonts kept for one document.
const FONT_LIMIT: usize = 4096;

/// The most that the streams of all its fonts may unpack to. Many fonts may name one that is large.
const STREAMS_LIMIT: usize = 256 << 20;

/// What stands for a glyph that has no character.
pub(super) const UNKNOWN: &str = "\u{FFFD}";

/// The fonts of a document, each read once.
pub(super) struct Fonts<'a> {
    streams: Streams,
    known: HashMap<Key<'a>, Option<Rc<Face<'a>>>>,
}

/// What tells a font from the others: its object, or, where it is written in place, all of it.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Object(ObjectIdentifier),
    Inline(&'a [u8]),
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            streams: Streams(Rc::new(Cell::new(STREAMS_LIMIT))),
            known: HashMap::new(),
        }
    }

    /// The font of a dictionary; `None` when it cannot be read.
    pub(super) fn face(&mut self, dict: &Dict<'a>) -> Option<Rc<Face<'a>>> {
        let key = dict
            .obj_id()
            .map_or_else(|| Key::Inline(dict.data()), Key::Object);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let face = Face::new(dict, &self.streams).map(Rc::new);
        if self.known.len() < FONT_LIMIT {
            self.known.insert(key, face.clone());
        }
        face
    }
}

/// Unpacks the streams of a document's fonts, until they were too much together.
#[derive(Clone)]
struct Streams(Rc<Cell<usize>>);

impl Streams {
    fn unpack(&self, stream: &Stream<'_>) -> Option<Vec<u8>> {
        let left = self.0.get();
        if left == 0 {
            return None;
        }
        let data = unpack(stream);
        // What is refused was perhaps unpacked as far as is allowed.
        let cost = data.as_ref().map_or_else(
            || {
                stream
                    .raw_data()
                    .len()
                    .saturating_mul(1032)
                    .min(STREAM_LIMIT)
            },
            Vec::len,
        );
        self.0.set(left.saturating_sub(cost));
        data
    }
}

/// A font that text is set in.
pub(super) struct Face<'a> {
    font: Font<'a>,
    pub(super) bold: bool,
    pub(super) mono: bool,
    codes: RefCell<HashMap<u32, Code>>,
}

enum Font<'a> {
    Simple(Box<Simple<'a>>),
    Composite(Box<Composite<'a>>),
}

/// What one code of a text shows.
#[derive(Clone)]
pub(super) struct Code {
    /// Its characters; [`UNKNOWN`] when the font does not say.
    pub(super) text: Rc<str>,
    /// How far it moves on, in thousandths of the size; along the writing direction.
    pub(super) advance: f32,
    /// Where a vertical glyph starts against its origin, in thousandths.
    pub(super) shift: (f32, f32),
}

impl<'a> Face<'a> {
    fn new(dict: &Dict<'a>, streams: &Streams) -> Option<Self> {
        let font = match Simple::new(dict, streams) {
            Some(simple) => Font::Simple(Box::new(simple)),
            None => Font::Composite(Box::new(Composite::new(dict, streams)?)),
        };
        let descendant = dict
            .get::<Array<'_>>(b"DescendantFonts")
            .and_then(|a| a.iter::<Dict<'_>>().next());
        let own = descendant.as_ref().unwrap_or(dict);
        let descriptor = own.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        let name = dict
            .get::<Name<'_>>(b"BaseFont")
            .map(|n| n.as_str().to_ascii_lowercase())
            .unwrap_or_default();
        let weight = descriptor.get::<f32>(b"FontWeight").unwrap_or(0.0);
        let bold = [
            "bold", "black", "heavy", "semibold", "demi", "-w6", "-w7", "-w8",
        ]
        .iter()
        .any(|word| name.contains(word))
            || weight >= 600.0;
        let mono = ["mono", "courier", "consol", "menlo", "code", "gothic-mono"]
            .iter()
            .any(|word| name.contains(word));
        Some(Self {
            font,
            bold,
            mono,
            codes: RefCell::default(),
        })
    }

    pub(super) fn is_vertical(&self) -> bool {
        match &self.font {
            Font::Simple(_) => false,
            Font::Composite(font) => font.is_vertical(),
        }
    }

    /// The next code of a text and its length in bytes, at least 1.
    pub(super) fn next(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        let rest = bytes.get(at..).unwrap_or_default();
        match &self.font {
            Font::Simple(_) => (rest.first().copied().unwrap_or(0).into(), 1),
            Font::Composite(font) => font.next(rest),
        }
    }

    pub(super) fn code(&self, code: u32) -> Code {
        if let Some(known) = self.codes.borrow().get(&code) {
            return known.clone();
        }
        let (text, advance, shift) = match &self.font {
            Font::Simple(font) => {
                // Such fonts have codes of one byte.
                let code = code as u8;
                (font.characters(code), font.width(code), (0.0, 0.0))
            }
            Font::Composite(font) => (font.characters(code), font.advance(code), font.shift(code)),
        };
        let made = Code {
            text: text
                .map_or_else(|| UNKNOWN.to_owned(), |text| plain(&text))
                .into(),
            advance,
            shift,
        };
        self.codes.borrow_mut().insert(code, made.clone());
        made
    }
}

/// The map from codes to characters that a font has for those who copy its text.
fn to_unicode(dict: &Dict<'_>, streams: &Streams) -> Option<CMap> {
    if let Some(stream) = dict.get::<Stream<'_>>(b"ToUnicode") {
        return CMap::parse(&streams.unpack(&stream)?, load_embedded);
    }
    composite::predefined(&dict.get::<Name<'_>>(b"ToUnicode")?)
}

fn text_of(text: BfString) -> String {
    match text {
        BfString::Char(c) => c.to_string(),
        BfString::String(s) => s,
    }
}

/// Whether this is a reading at all: maps say U+0000 or U+FFFD where they know nothing.
fn is_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c != '\0' && c != '\u{FFFD}' && c != '\u{FFFF}')
}

/// Characters as a reader sees them: ligatures apart, drawn soft hyphens as hyphens, bullets of symbol
/// fonts as bullets, controls as spaces.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{FB00}' => out.push_str("ff"),
            '\u{FB01}' => out.push_str("fi"),
            '\u{FB02}' => out.push_str("fl"),
            '\u{FB03}' => out.push_str("ffi"),
            '\u{FB04}' => out.push_str("ffl"),
            '\u{FB05}' | '\u{FB06}' => out.push_str("st"),
            '\u{AD}' => out.push('-'),
            '\u{F0B7}' | '\u{F0A7}' | '\u{F0A8}' | '\u{F0D8}' | '\u{F076}' => out.push('•'),
            // Symbol fonts repeat ASCII in the private area.
            '\u{F020}'..='\u{F07E}' => {
                out.push(char::from_u32(c as u32 - 0xF000).unwrap_or(' '));
            }
            '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => out.push(' '),
            _ if c.is_control() => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}
