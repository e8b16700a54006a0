//! Fonts of a document: which characters the codes of a text stand for, and how wide they are.
//!
//! The library reads fonts, their encodings and `ToUnicode` maps. What it leaves open is settled here:
//! composite fonts that only name one of the predefined CMaps (common in Japanese documents), and
//! embedded TrueType fonts whose own character map is the only hint.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use hayro_cmap::{BfString, CMap, CMapName, CidFamily};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn};
use hayro_syntax::object::{Array, Dict, Name, ObjectIdentifier, Stream, String as PdfString};
use skrifa::MetadataProvider;

use super::unpack::{is_bounded, unpack};

/// Fonts kept for one document.
const FONT_LIMIT: usize = 4096;

/// What stands for a glyph that has no character.
pub(super) const UNKNOWN: &str = "\u{FFFD}";

/// The fonts of a document, each read once.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    substitutes: FontResolverFn,
    cmaps: CMapResolverFn,
    known: HashMap<ObjectIdentifier, Option<Rc<Face<'a>>>>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            cache: FontCache::new(),
            substitutes: Arc::new(|query| {
                let font = match query {
                    FontQuery::Standard(font) => *font,
                    FontQuery::Fallback(query) => query.pick_standard_font(),
                };
                Some(font.get_font_data())
            }),
            cmaps: Arc::new(hayro_cmap::load_embedded),
            known: HashMap::new(),
        }
    }

    /// The font of a dictionary; `None` when it cannot be read.
    pub(super) fn face(&mut self, dict: &Dict<'a>) -> Option<Rc<Face<'a>>> {
        let id = dict.obj_id();
        if let Some(known) = id.and_then(|id| self.known.get(&id)) {
            return known.clone();
        }
        let face = self.load(dict).map(Rc::new);
        if let Some(id) = id
            && self.known.len() < FONT_LIMIT
        {
            self.known.insert(id, face.clone());
        }
        face
    }

    fn load(&self, dict: &Dict<'a>) -> Option<Face<'a>> {
        let descendant = dict
            .get::<Array<'_>>(b"DescendantFonts")
            .and_then(|a| a.iter::<Dict<'_>>().next());
        let own = descendant.as_ref().unwrap_or(dict);
        let descriptor = own.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        // Everything that the library will unpack, before it does.
        let streams = [
            dict.get::<Stream<'_>>(b"ToUnicode"),
            dict.get::<Stream<'_>>(b"Encoding"),
            own.get::<Stream<'_>>(b"CIDToGIDMap"),
            descriptor.get::<Stream<'_>>(b"FontFile"),
            descriptor.get::<Stream<'_>>(b"FontFile2"),
            descriptor.get::<Stream<'_>>(b"FontFile3"),
        ];
        if !streams.iter().flatten().all(is_bounded) {
            return None;
        }
        let font = self.cache.font(dict, &self.substitutes, &self.cmaps)?;
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
        let collection = descendant
            .as_ref()
            .map(|descendant| Collection::new(dict, descendant));
        Some(Face {
            font,
            bold,
            mono,
            collection,
            codes: RefCell::default(),
            glyphs: RefCell::default(),
        })
    }
}

/// A font that text is set in.
pub(super) struct Face<'a> {
    font: Font<'a>,
    pub(super) bold: bool,
    pub(super) mono: bool,
    collection: Option<Collection>,
    codes: RefCell<HashMap<u32, Code>>,
    /// Characters by glyph of an embedded TrueType font, once it was asked for.
    glyphs: RefCell<Option<Rc<HashMap<u32, char>>>>,
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

impl Face<'_> {
    pub(super) fn is_vertical(&self) -> bool {
        !self.font.is_horizontal()
    }

    /// The next code of a text and its length in bytes, at least 1.
    pub(super) fn next(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        let (code, length) = self.font.read_code(bytes, at);
        (code, length.max(1))
    }

    pub(super) fn code(&self, code: u32) -> Code {
        if let Some(known) = self.codes.borrow().get(&code) {
            return known.clone();
        }
        let advance = self.font.code_advance(code);
        let shift = self.font.origin_displacement(code);
        let made = Code {
            text: self.characters(code).into(),
            advance: if self.is_vertical() {
                advance.y as f32
            } else {
                advance.x as f32
            },
            shift: (shift.x as f32, shift.y as f32),
        };
        self.codes.borrow_mut().insert(code, made.clone());
        made
    }

    fn characters(&self, code: u32) -> String {
        let glyph = self.font.map_code(code);
        let stated = match self.font.glyph(glyph, code) {
            FontGlyph::Outline(outline) => outline.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let stated = stated.map(text_of).filter(|t| is_text(t));
        let found = stated
            .or_else(|| {
                self.collection
                    .as_ref()?
                    .characters(code)
                    .filter(|t| is_text(t))
            })
            .or_else(|| self.reverse(code));
        found.map_or_else(|| UNKNOWN.to_owned(), |text| plain(&text))
    }

    /// The character that the embedded font itself has for a glyph.
    fn reverse(&self, code: u32) -> Option<String> {
        let glyph = self.font.map_code(code);
        if glyph.to_u32() == 0 {
            return None;
        }
        if self.glyphs.borrow().is_none() {
            let mut map = HashMap::new();
            if let FontGlyph::Outline(outline) = self.font.glyph(glyph, code)
                && let Some(data) = outline.font_data()
                && let Ok(font) = skrifa::FontRef::new((*data.data).as_ref())
            {
                for (character, glyph) in font.charmap().mappings().take(1 << 17) {
                    if let Some(character) = char::from_u32(character) {
                        map.entry(glyph.to_u32()).or_insert(character);
                    }
                }
            }
            *self.glyphs.borrow_mut() = Some(Rc::new(map));
        }
        let map = self.glyphs.borrow().clone()?;
        map.get(&glyph.to_u32())
            .map(char::to_string)
            .filter(|t| is_text(t))
    }
}

/// The character collection of a composite font, for those without a `ToUnicode` map.
struct Collection {
    encoding: CMap,
    /// The codes of the encoding are UTF-16 themselves (`UniJIS-UTF16-H` and its kin).
    is_unicode: bool,
    unicode: Option<CMap>,
}

impl Collection {
    fn new(dict: &Dict<'_>, descendant: &Dict<'_>) -> Self {
        let name = dict.get::<Name<'_>>(b"Encoding");
        let encoding = match &name {
            Some(name) => match CMapName::from_bytes(name) {
                CMapName::IdentityH => Some(CMap::identity_h()),
                CMapName::IdentityV => Some(CMap::identity_v()),
                other => hayro_cmap::load_embedded(other)
                    .and_then(|data| CMap::parse(data, hayro_cmap::load_embedded)),
            },
            None => dict
                .get::<Stream<'_>>(b"Encoding")
                .and_then(|s| unpack(&s))
                .and_then(|data| CMap::parse(&data, hayro_cmap::load_embedded)),
        }
        .unwrap_or_else(CMap::identity_h);
        let is_unicode = name.is_some_and(|n| {
            n.starts_with(b"Uni") && [&b"UCS2"[..], b"UTF16"].iter().any(|w| holds(&n, w))
        });
        let family = encoding
            .metadata()
            .character_collection
            .as_ref()
            .map(|c| c.family.clone())
            .filter(|f| *f != CidFamily::AdobeIdentity)
            .or_else(|| {
                let info = descendant.get::<Dict<'_>>(b"CIDSystemInfo")?;
                Some(CidFamily::from_registry_ordering(
                    info.get::<PdfString<'_>>(b"Registry")?.as_bytes(),
                    info.get::<PdfString<'_>>(b"Ordering")?.as_bytes(),
                ))
            });
        let unicode = family
            .and_then(|f| f.ucs2_cmap())
            .and_then(hayro_cmap::load_embedded)
            .and_then(|data| CMap::parse(data, hayro_cmap::load_embedded));
        Self {
            encoding,
            is_unicode,
            unicode,
        }
    }

    fn characters(&self, code: u32) -> Option<String> {
        if self.is_unicode {
            let units = [(code >> 16) as u16, code as u16];
            let units = if units[0] == 0 {
                &units[1..]
            } else {
                &units[..]
            };
            return String::from_utf16(units).ok();
        }
        let cid = (1..=4).find_map(|length| self.encoding.lookup_cid_code(code, length))?;
        self.unicode.as_ref()?.lookup_bf_string(cid).map(text_of)
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w == word)
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
