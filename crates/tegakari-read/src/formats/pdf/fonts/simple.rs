//! Fonts with codes of one byte: Type 1, TrueType and Type 3 (ISO 32000-2, 9.6).

use std::cell::OnceCell;
use std::collections::HashMap;

use hayro_cmap::CMap;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use super::encodings::Encoding;
use super::program::Program;
use super::standard::Standard;
use super::{Streams, is_text, names, text_of, to_unicode};

/// The flag of a font descriptor that says that its letters are the usual ones.
const NON_SYMBOLIC: u32 = 1 << 5;
/// What a symbolic font may add to a code in its character map (ISO 32000-2, 9.6.5.4).
const SYMBOL_OFFSETS: [u32; 4] = [0, 0xF000, 0xF100, 0xF200];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Type1,
    TrueType,
    Type3,
}

/// A font with codes of one byte.
pub(super) struct Simple<'a> {
    kind: Kind,
    to_unicode: Option<CMap>,
    /// The encoding that the differences are against; none when it is that of the font itself.
    base: Option<Encoding>,
    differences: HashMap<u8, String>,
    /// Widths by code, when the font has any.
    widths: Option<Vec<Option<f32>>>,
    missing_width: f32,
    /// What part of the size the unit of a width is; for all but Type 3 a thousandth.
    unit: Option<f32>,
    /// The standard font that the name means.
    standard: Option<Standard>,
    /// The standard font to use when no other is there.
    stand_in: Standard,
    is_symbolic: bool,
    streams: Streams,
    file: Option<Stream<'a>>,
    program: OnceCell<Option<Program>>,
}

impl<'a> Simple<'a> {
    /// `None` for other kinds of fonts.
    pub(super) fn new(dict: &Dict<'a>, streams: &Streams) -> Option<Self> {
        let kind = match &*dict.get::<Name<'_>>(b"Subtype")? {
            b"Type1" | b"MMType1" => Kind::Type1,
            b"TrueType" | b"OpenType" => Kind::TrueType,
            b"Type3" => Kind::Type3,
            _ => return None,
        };
        let descriptor = dict.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        let files: &[&[u8]] = match kind {
            Kind::Type1 => &[b"FontFile3", b"FontFile"],
            Kind::TrueType => &[b"FontFile2", b"FontFile3"],
            Kind::Type3 => &[],
        };
        let file = files
            .iter()
            .find_map(|key| descriptor.get::<Stream<'_>>(key));
        // The unit of a Type 3 font is its own.
        let (metrics, unit) = match kind {
            Kind::Type3 => {
                let matrix = dict.get::<[f32; 6]>(b"FontMatrix");
                (dict, matrix.map(|m| m[0]))
            }
            _ => (&descriptor, None),
        };
        let (base, differences) = encoding(dict);
        let standard = Standard::of(dict, &descriptor);
        let flags = descriptor.get::<u32>(b"Flags").unwrap_or(0);
        Some(Self {
            kind,
            to_unicode: to_unicode(dict, streams),
            base,
            differences,
            widths: widths(dict),
            missing_width: metrics.get::<f32>(b"MissingWidth").unwrap_or(0.0),
            unit,
            standard,
            stand_in: standard.unwrap_or_else(|| Standard::nearest(dict, &descriptor)),
            is_symbolic: flags & NON_SYMBOLIC == 0,
            streams: streams.clone(),
            file,
            program: OnceCell::new(),
        })
    }

    /// The embedded font, unpacked when something asks for it: most documents say all in maps.
    fn program(&self) -> Option<&Program> {
        let program = self.program.get_or_init(|| {
            let program = Program::new(self.streams.unpack(self.file.as_ref()?)?)?;
            let fits = self.kind != Kind::TrueType || program.sfnt().is_some();
            fits.then_some(program)
        });
        program.as_ref()
    }

    /// The name of the glyph of a code.
    fn glyph_name(&self, code: u8) -> Option<&str> {
        if let Some(name) = self.differences.get(&code) {
            return Some(name);
        }
        if self.kind == Kind::Type3 {
            return self.base?.name(code);
        }
        match (self.program(), self.kind, self.base) {
            (Some(program), Kind::Type1, None) => program.glyph_name(code),
            (Some(_), Kind::Type1, Some(base)) => base.name(code),
            // Many fonts leave the base out and mean the usual one.
            (Some(_), _, base) => base
                .and_then(|b| b.name(code))
                .or_else(|| Encoding::Standard.name(code)),
            (None, ..) => {
                let built_in = self.stand_in.encoding();
                let base = self.base.filter(|_| !self.stand_in.is_pictorial());
                base.unwrap_or(built_in).name(code)
            }
        }
    }

    /// The characters of a code.
    pub(super) fn characters(&self, code: u8) -> Option<String> {
        let stated = self
            .to_unicode
            .as_ref()
            .and_then(|map| map.lookup_bf_string(u32::from(code)))
            .map(text_of);
        let is_stated = stated.is_some();
        if let Some(text) = stated.filter(|t| is_text(t)) {
            return Some(text);
        }
        // A map that has nothing for a glyph knows more than the usual encoding, which
        // a TrueType font may not have at all; the names of the others are their own.
        let is_dingbats = self.standard == Some(Standard::ZapfDingbats);
        let named = if is_stated && self.kind == Kind::TrueType {
            None
        } else {
            self.glyph_name(code)
                .and_then(|name| names::characters(name, is_dingbats))
                .filter(|t| is_text(t))
        };
        named.or_else(|| self.reverse(code))
    }

    /// The character that an embedded TrueType font itself has for a glyph.
    fn reverse(&self, code: u8) -> Option<String> {
        if self.kind != Kind::TrueType {
            return None;
        }
        let glyph = self.glyph(code)?;
        let character = self.program()?.character(glyph)?;
        Some(character.to_string()).filter(|t| is_text(t))
    }

    /// The glyph of a code in an embedded TrueType font (ISO 32000-2, 9.6.5.4).
    fn glyph(&self, code: u8) -> Option<u32> {
        let program = self.program()?;
        let sfnt = program.sfnt()?;
        if sfnt.table(b"CFF ").is_some() {
            return program.glyph_of_name(self.glyph_name(code)?);
        }
        let maps = sfnt.character_maps();
        if self.is_symbolic {
            return maps.iter().find_map(|map| {
                let offsets = match (map.platform, map.encoding) {
                    (3, 0 | 1) => &SYMBOL_OFFSETS[..],
                    (0 | 1, 0) => &[0],
                    _ => &[],
                };
                offsets.iter().find_map(|o| map.glyph(u32::from(code) + o))
            });
        }
        let name = self.glyph_name(code)?;
        let find = |platform, encoding, code: Option<u32>| {
            maps.iter()
                .filter(|m| (m.platform, m.encoding) == (platform, encoding))
                .find_map(|map| map.glyph(code?))
        };
        find(3, 1, names::character(name).map(u32::from))
            .or_else(|| find(1, 0, Encoding::MacRoman.code(name).map(u32::from)))
            .or_else(|| program.glyph_of_name(name))
            .or_else(|| name.strip_prefix('g')?.parse().ok())
            .filter(|glyph| *glyph != 0)
    }

    /// How wide a code is, in thousandths of the size.
    pub(super) fn width(&self, code: u8) -> f32 {
        if let Some(widths) = &self.widths {
            let width = widths.get(usize::from(code)).copied().flatten();
            return self.in_thousandths(width.unwrap_or(self.missing_width));
        }
        let standard = match (self.kind, self.program()) {
            (Kind::Type3, _) => return self.in_thousandths(self.missing_width),
            (Kind::TrueType, Some(program)) => {
                let sfnt = program.sfnt();
                let width = sfnt.and_then(|s| s.advance(self.glyph(code).unwrap_or(0)));
                return width.unwrap_or(0.0);
            }
            (_, Some(_)) => self.standard,
            (_, None) => Some(self.stand_in),
        };
        standard
            .and_then(|s| s.width(self.glyph_name(code)?))
            .unwrap_or(0.0)
    }

    fn in_thousandths(&self, width: f32) -> f32 {
        self.unit.map_or(width, |unit| width * unit * 1000.0)
    }
}

/// The widths of the codes, if there are any.
fn widths(dict: &Dict<'_>) -> Option<Vec<Option<f32>>> {
    let first = dict.get::<usize>(b"FirstChar")?;
    let last = dict.get::<usize>(b"LastChar").unwrap_or(255);
    let array = dict.get::<Array<'_>>(b"Widths")?;
    let mut widths = vec![None; 256];
    let slots = widths.get_mut(first..).unwrap_or_default();
    let count = last.saturating_add(1).saturating_sub(first);
    for (slot, width) in slots.iter_mut().take(count).zip(array.iter::<f32>()) {
        *slot = Some(width);
    }
    Some(widths)
}

/// The base encoding and what differs from it.
fn encoding(dict: &Dict<'_>) -> (Option<Encoding>, HashMap<u8, String>) {
    let mut map = HashMap::new();
    let Some(encoding) = dict.get::<Dict<'_>>(b"Encoding") else {
        let name = dict.get::<Name<'_>>(b"Encoding");
        return (name.and_then(|n| Encoding::from_pdf(&n)), map);
    };
    if let Some(differences) = encoding.get::<Array<'_>>(b"Differences") {
        let mut code = 0i64;
        for object in differences.iter::<Object<'_>>() {
            match object {
                Object::Number(number) => code = number.as_i64(),
                Object::Name(name) => {
                    if let Ok(code) = u8::try_from(code) {
                        map.insert(code, name.as_str().to_owned());
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }
    let base = encoding.get::<Name<'_>>(b"BaseEncoding");
    (base.and_then(|n| Encoding::from_pdf(&n)), map)
}
