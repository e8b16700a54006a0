//! The file of an embedded font, whichever kind it is. What a dictionary calls it is often wrong.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::cff::Cff;
use super::sfnt::Sfnt;
use super::type1;

/// An embedded font.
pub(super) struct Program {
    /// The file of a TrueType or OpenType font; of the others no more than the codes is of use.
    sfnt: Option<Vec<u8>>,
    /// The names of the glyphs by code, where the font has an encoding built in.
    codes: Vec<Option<Box<str>>>,
    characters: OnceCell<HashMap<u32, char>>,
}

impl Program {
    /// `None` when the file is broken or of no kind that is known.
    pub(super) fn new(data: Vec<u8>) -> Option<Self> {
        let is_sfnt = Sfnt::new(&data).is_some();
        let codes = if let Some(sfnt) = Sfnt::new(&data) {
            sfnt.table(b"CFF ")
                .and_then(Cff::new)
                .and_then(|cff| cff.codes())
        } else if type1::is_type1(&data) {
            type1::codes(&data)
        } else {
            Cff::new(&data)?.codes()
        };
        Some(Self {
            sfnt: is_sfnt.then_some(data),
            codes: codes.unwrap_or_default(),
            characters: OnceCell::new(),
        })
    }

    /// The file, when it is TrueType or OpenType.
    pub(super) fn sfnt(&self) -> Option<Sfnt<'_>> {
        Sfnt::new(self.sfnt.as_deref()?)
    }

    /// The name that the font itself has for the glyph of a code.
    pub(super) fn glyph_name(&self, code: u8) -> Option<&str> {
        let name = self.codes.get(usize::from(code))?.as_deref();
        Some(name.unwrap_or(".notdef"))
    }

    /// The glyph that has a name.
    pub(super) fn glyph_of_name(&self, name: &str) -> Option<u32> {
        let sfnt = self.sfnt()?;
        sfnt.glyph_of_name(name)
            .or_else(|| Cff::new(sfnt.table(b"CFF ")?)?.glyph_of_name(name))
    }

    /// The character that the font has a glyph for.
    pub(super) fn character(&self, glyph: u32) -> Option<char> {
        let characters = self
            .characters
            .get_or_init(|| self.sfnt().map(|s| s.characters()).unwrap_or_default());
        characters.get(&glyph).copied()
    }
}
