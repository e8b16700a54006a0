//! Composite fonts: codes of several bytes that stand for the characters of a collection
//! (ISO 32000-2, 9.7).

use std::cell::OnceCell;
use std::collections::HashMap;

use hayro_cmap::{CMap, CMapName, CidFamily, WritingMode, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, Stream, String as PdfString};

use super::bytes::u16_at;
use super::program::Program;
use super::{Streams, is_text, text_of, to_unicode};

/// Characters of one font that have widths of their own; there are no more in a collection. A line of
/// a few bytes can name any number.
const WIDTH_LIMIT: usize = 1 << 17;

/// A composite font.
pub(super) struct Composite<'a> {
    encoding: CMap,
    /// The codes of the encoding are UTF-16 themselves (`UniJIS-UTF16-H` and its kin).
    is_unicode: bool,
    is_vertical: bool,
    to_unicode: Option<CMap>,
    family: Option<CidFamily>,
    /// The characters of the collection, once they were asked for.
    unicode: OnceCell<Option<CMap>>,
    width: f32,
    widths: HashMap<u32, f32>,
    /// Vertical origin and advance.
    vertical: [f32; 2],
    /// Vertical advance and the two parts of the origin.
    verticals: HashMap<u32, [f32; 3]>,
    streams: Streams,
    file: Option<Stream<'a>>,
    program: OnceCell<Option<Program>>,
    glyphs: Option<Stream<'a>>,
    /// The glyphs by character of the collection, once they were asked for.
    glyph_map: OnceCell<Option<Vec<u8>>>,
}

impl<'a> Composite<'a> {
    /// `None` for other kinds of fonts.
    pub(super) fn new(dict: &Dict<'a>, streams: &Streams) -> Option<Self> {
        if &*dict.get::<Name<'_>>(b"Subtype")? != b"Type0" {
            return None;
        }
        let own = dict
            .get::<Array<'_>>(b"DescendantFonts")?
            .iter::<Dict<'_>>()
            .next()?;
        let name = dict.get::<Name<'_>>(b"Encoding");
        let encoding = match &name {
            Some(name) => predefined(name),
            None => dict
                .get::<Stream<'_>>(b"Encoding")
                .and_then(|s| CMap::parse(&streams.unpack(&s)?, load_embedded)),
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
                let info = own.get::<Dict<'_>>(b"CIDSystemInfo")?;
                Some(CidFamily::from_registry_ordering(
                    info.get::<PdfString<'_>>(b"Registry")?.as_bytes(),
                    info.get::<PdfString<'_>>(b"Ordering")?.as_bytes(),
                ))
            });
        let descriptor = own.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        let files: [&[u8]; 3] = [b"FontFile2", b"FontFile3", b"FontFile"];
        Some(Self {
            is_unicode,
            is_vertical: encoding.metadata().writing_mode == Some(WritingMode::Vertical),
            encoding,
            to_unicode: to_unicode(dict, streams),
            family,
            unicode: OnceCell::new(),
            width: own.get::<f32>(b"DW").unwrap_or(1000.0),
            widths: own
                .get::<Array<'_>>(b"W")
                .map(|a| widths(&a))
                .unwrap_or_default(),
            vertical: own.get::<[f32; 2]>(b"DW2").unwrap_or([880.0, -1000.0]),
            verticals: own
                .get::<Array<'_>>(b"W2")
                .map(|a| verticals(&a))
                .unwrap_or_default(),
            streams: streams.clone(),
            file: files
                .iter()
                .find_map(|key| descriptor.get::<Stream<'_>>(key)),
            program: OnceCell::new(),
            glyphs: own.get::<Stream<'_>>(b"CIDToGIDMap"),
            glyph_map: OnceCell::new(),
        })
    }

    pub(super) fn is_vertical(&self) -> bool {
        self.is_vertical
    }

    /// The next code of a text and its length in bytes.
    pub(super) fn next(&self, bytes: &[u8]) -> (u32, usize) {
        let mut code = 0;
        for (length, byte) in (1..=4).zip(bytes) {
            code = code << 8 | u32::from(*byte);
            if self.encoding.lookup_cid_code(code, length).is_some() {
                return (code, usize::from(length));
            }
        }
        (0, 1)
    }

    /// The character of the collection that a code stands for.
    fn cid(&self, code: u32) -> Option<u32> {
        (1..=4).find_map(|length| self.encoding.lookup_cid_code(code, length))
    }

    fn program(&self) -> Option<&Program> {
        self.program
            .get_or_init(|| Program::new(self.streams.unpack(self.file.as_ref()?)?))
            .as_ref()
    }

    /// The characters of a code.
    pub(super) fn characters(&self, code: u32) -> Option<String> {
        let cid = self.cid(code);
        let collected = || self.collected(cid?).filter(|t| is_text(t));
        let stated = match &self.to_unicode {
            Some(map) => map.lookup_bf_string(code).map(text_of),
            // The collection knows better than the code which characters look alike.
            None if self.program().is_none() => collected(),
            None => None,
        };
        stated
            .filter(|t| is_text(t))
            .or_else(|| {
                if self.is_unicode {
                    utf16(code).filter(|t| is_text(t))
                } else {
                    collected()
                }
            })
            .or_else(|| self.reverse(cid?))
    }

    /// The characters of a character of the collection, which may be several.
    fn collected(&self, cid: u32) -> Option<String> {
        let unicode = self.unicode.get_or_init(|| {
            let name = self.family.as_ref()?.ucs2_cmap()?;
            CMap::parse(load_embedded(name)?, load_embedded)
        });
        unicode.as_ref()?.lookup_bf_string(cid).map(text_of)
    }

    /// The character that an embedded TrueType font itself has for a glyph.
    fn reverse(&self, cid: u32) -> Option<String> {
        let map = self
            .glyph_map
            .get_or_init(|| self.streams.unpack(self.glyphs.as_ref()?));
        // Characters of a collection have numbers of two bytes.
        let cid = cid & 0xffff;
        let glyph = match map {
            Some(map) => {
                let at = 2 * usize::try_from(cid).ok()?;
                u16_at(map, at).map(u32::from)?
            }
            None => cid,
        };
        let character = self.program()?.character(glyph).filter(|_| glyph != 0)?;
        Some(character.to_string()).filter(|t| is_text(t))
    }

    /// How far a code moves on along the writing direction.
    pub(super) fn advance(&self, code: u32) -> f32 {
        let cid = self.cid(code).unwrap_or(0);
        if !self.is_vertical {
            return self.horizontal(cid);
        }
        match self.verticals.get(&cid) {
            Some([advance, ..]) => *advance,
            None => self.vertical[1],
        }
    }

    fn horizontal(&self, cid: u32) -> f32 {
        self.widths.get(&cid).copied().unwrap_or(self.width)
    }

    /// Where a vertical glyph starts against its origin.
    pub(super) fn shift(&self, code: u32) -> (f32, f32) {
        if !self.is_vertical {
            return (0.0, 0.0);
        }
        let cid = self.cid(code).unwrap_or(0);
        match self.verticals.get(&cid) {
            Some([_, x, y]) => (-x, -y),
            None => (-self.horizontal(cid) / 2.0, -self.vertical[0]),
        }
    }
}

/// The encoding of a name.
pub(super) fn predefined(name: &[u8]) -> Option<CMap> {
    match CMapName::from_bytes(name) {
        CMapName::IdentityH => Some(CMap::identity_h()),
        CMapName::IdentityV => Some(CMap::identity_v()),
        other => CMap::parse(load_embedded(other)?, load_embedded),
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w == word)
}

fn utf16(code: u32) -> Option<String> {
    let units = [(code >> 16) as u16, code as u16];
    let units = if units[0] == 0 {
        &units[1..]
    } else {
        &units[..]
    };
    String::from_utf16(units).ok()
}

/// The widths of `W`: `first [width …]` or `first last width`.
fn widths(array: &Array<'_>) -> HashMap<u32, f32> {
    let mut widths = HashMap::new();
    let mut left = WIDTH_LIMIT;
    let mut entries = array.flex_iter();
    loop {
        if let Some((first, row)) = entries.next::<(u32, Array<'_>)>() {
            for (cid, width) in (first..=u32::MAX).zip(row.iter::<f32>()).take(left) {
                widths.insert(cid, width);
                left -= 1;
            }
        } else if let Some((first, last, width)) = entries.next::<(u32, u32, f32)>() {
            for cid in (first..=last).take(left) {
                widths.insert(cid, width);
                left -= 1;
            }
        } else {
            return widths;
        }
    }
}

/// The entries of `W2`, each with an advance and an origin, written as those of `W`.
fn verticals(array: &Array<'_>) -> HashMap<u32, [f32; 3]> {
    let mut verticals = HashMap::new();
    let mut left = WIDTH_LIMIT;
    let mut entries = array.flex_iter();
    loop {
        if let Some((first, row)) = entries.next::<(u32, Array<'_>)>() {
            let mut numbers = row.iter::<f32>();
            for cid in (first..=u32::MAX).take(left) {
                let (Some(advance), Some(x), Some(y)) =
                    (numbers.next(), numbers.next(), numbers.next())
                else {
                    break;
                };
                verticals.insert(cid, [advance, x, y]);
                left -= 1;
            }
        } else if let Some((first, last, advance, x, y)) =
            entries.next::<(u32, u32, f32, f32, f32)>()
        {
            for cid in (first..=last).take(left) {
                verticals.insert(cid, [advance, x, y]);
                left -= 1;
            }
        } else {
            return verticals;
        }
    }
}
