//! Compact fonts (Adobe Technical Note 5176), as far as the text needs them: the names of the glyphs and
//! the codes they have.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::bytes::{from, number, u8_at, u16_at};
use super::encodings::Encoding;

/// The strings that every font has.
static STRINGS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("tables/cff-strings.txt").lines().collect());

/// Predefined character sets: ranges of strings in the order of the glyphs.
const ISO_ADOBE: &[(u16, u16)] = &[(0, 228)];
const EXPERT: &[(u16, u16)] = &[
    (0, 1),
    (229, 238),
    (13, 15),
    (99, 99),
    (239, 248),
    (27, 28),
    (249, 266),
    (109, 110),
    (267, 318),
    (158, 158),
    (155, 155),
    (163, 163),
    (319, 326),
    (150, 150),
    (164, 164),
    (169, 169),
    (327, 378),
];
const EXPERT_SUBSET: &[(u16, u16)] = &[
    (0, 1),
    (231, 232),
    (235, 238),
    (13, 15),
    (99, 99),
    (239, 248),
    (27, 28),
    (249, 251),
    (253, 266),
    (109, 110),
    (267, 270),
    (272, 272),
    (300, 302),
    (305, 305),
    (314, 315),
    (158, 158),
    (155, 155),
    (163, 163),
    (320, 326),
    (150, 150),
    (164, 164),
    (169, 169),
    (327, 346),
];

/// A compact font.
pub(super) struct Cff<'a> {
    data: &'a [u8],
    strings: Index<'a>,
    /// The string that names each glyph.
    charset: Vec<u16>,
    encoding: usize,
    /// Glyphs have numbers of a character collection and no names.
    is_cid_keyed: bool,
}

impl<'a> Cff<'a> {
    /// `None` when this is another kind of file, or one without glyphs.
    pub(super) fn new(data: &'a [u8]) -> Option<Self> {
        if u8_at(data, 0)? != 1 {
            return None;
        }
        let names = Index::new(data, usize::from(u8_at(data, 2)?))?;
        let tops = Index::new(data, names.end)?;
        let strings = Index::new(data, tops.end)?;
        let top = Top::new(tops.get(0)?);
        let glyphs = Index::new(data, top.glyphs?)?.count;
        Some(Self {
            data,
            strings,
            charset: charset(data, top.charset, glyphs),
            encoding: top.encoding,
            is_cid_keyed: top.is_cid_keyed,
        })
    }

    fn string(&self, id: u16) -> Option<&str> {
        let id = usize::from(id);
        match STRINGS.get(id) {
            Some(string) => Some(string),
            None => std::str::from_utf8(self.strings.get(id - STRINGS.len())?).ok(),
        }
    }

    fn glyph_name(&self, glyph: usize) -> Option<&str> {
        if self.is_cid_keyed {
            return None;
        }
        self.string(*self.charset.get(glyph)?)
    }

    pub(super) fn glyph_of_name(&self, name: &str) -> Option<u32> {
        let glyph = (0..self.charset.len()).find(|g| self.glyph_name(*g) == Some(name))?;
        u32::try_from(glyph).ok()
    }

    /// The names of the glyphs by code.
    pub(super) fn codes(&self) -> Option<Vec<Option<Box<str>>>> {
        let mut codes = vec![None; 256];
        let predefined = match self.encoding {
            0 => Some(Encoding::Standard),
            1 => Some(Encoding::Expert),
            _ => None,
        };
        if let Some(encoding) = predefined {
            let known: HashSet<&str> = (0..self.charset.len())
                .filter_map(|g| self.glyph_name(g))
                .collect();
            for (code, slot) in (0..=255).zip(&mut codes) {
                *slot = encoding
                    .name(code)
                    .filter(|n| known.contains(n))
                    .map(Box::from);
            }
            return Some(codes);
        }
        let data = from(self.data, self.encoding)?;
        let format = u8_at(data, 0)?;
        let count = usize::from(u8_at(data, 1)?);
        // The glyph 0 has no code.
        let mut glyph = 1;
        let mut set = |code: u8, name: Option<&str>, replace: bool| {
            if let Some(slot) = codes.get_mut(usize::from(code))
                && (replace || slot.is_none())
            {
                *slot = name.map(Box::from);
            }
        };
        let mut at = 2;
        match format & 0x7f {
            0 => {
                for _ in 0..count {
                    set(u8_at(data, at)?, self.glyph_name(glyph), false);
                    (glyph, at) = (glyph + 1, at + 1);
                }
            }
            1 => {
                for _ in 0..count {
                    let (first, more) = (u8_at(data, at)?, u8_at(data, at + 1)?);
                    for code in u16::from(first)..=u16::from(first) + u16::from(more) {
                        if let Ok(code) = u8::try_from(code) {
                            set(code, self.glyph_name(glyph), false);
                        }
                        glyph += 1;
                    }
                    at += 2;
                }
            }
            _ => return None,
        }
        if format & 0x80 != 0 {
            let count = u8_at(data, at).unwrap_or(0);
            for i in 0..usize::from(count) {
                let Some((code, id)) =
                    u8_at(data, at + 1 + 3 * i).zip(u16_at(data, at + 2 + 3 * i))
                else {
                    break;
                };
                set(code, self.string(id), true);
            }
        }
        Some(codes)
    }
}

/// The strings of the glyphs, as many as there are glyphs.
fn charset(data: &[u8], offset: usize, glyphs: usize) -> Vec<u16> {
    let ranges = match offset {
        0 => ISO_ADOBE,
        1 => EXPERT,
        2 => EXPERT_SUBSET,
        _ => {
            let mut ids = vec![0];
            // What is cut off is left out.
            let _ = read_charset(data, offset, glyphs, &mut ids);
            ids.truncate(glyphs);
            return ids;
        }
    };
    let ids = ranges.iter().flat_map(|(first, last)| *first..=*last);
    ids.take(glyphs).collect()
}

fn read_charset(data: &[u8], offset: usize, glyphs: usize, ids: &mut Vec<u16>) -> Option<()> {
    let format = u8_at(data, offset)?;
    let mut at = offset.checked_add(1)?;
    while ids.len() < glyphs {
        let first = u16_at(data, at)?;
        let (more, step) = match format {
            0 => (0, 2),
            1 => (u16::from(u8_at(data, at + 2)?), 3),
            2 => (u16_at(data, at + 2)?, 4),
            _ => return None,
        };
        ids.extend(first..=first.saturating_add(more));
        at += step;
    }
    Some(())
}

/// A list of byte strings.
struct Index<'a> {
    data: &'a [u8],
    count: usize,
    /// Where the offsets are, and how many bytes each has.
    offsets: usize,
    size: usize,
    /// Where the byte before the first string is.
    base: usize,
    end: usize,
}

impl<'a> Index<'a> {
    fn new(data: &'a [u8], at: usize) -> Option<Self> {
        let count = usize::from(u16_at(data, at)?);
        let offsets = at.checked_add(3)?;
        let mut index = Self {
            data,
            count,
            offsets,
            size: 1,
            base: 0,
            end: offsets - 1,
        };
        if count > 0 {
            index.size = usize::from(u8_at(data, at + 2)?);
            if !(1..=4).contains(&index.size) {
                return None;
            }
            index.base = offsets + (count + 1) * index.size - 1;
            index.end = index.place(count)?;
        }
        Some(index)
    }

    fn place(&self, i: usize) -> Option<usize> {
        let offset = number(self.data, self.offsets + i * self.size, self.size)?;
        self.base.checked_add(usize::try_from(offset).ok()?)
    }

    fn get(&self, i: usize) -> Option<&'a [u8]> {
        if i >= self.count {
            return None;
        }
        self.data.get(self.place(i)?..self.place(i + 1)?)
    }
}

/// What the dictionary at the top of a font says.
#[derive(Default)]
struct Top {
    charset: usize,
    encoding: usize,
    glyphs: Option<usize>,
    is_cid_keyed: bool,
}

impl Top {
    fn new(data: &[u8]) -> Self {
        let mut top = Self::default();
        let mut last = None;
        let mut at = 0;
        while let Some(byte) = u8_at(data, at) {
            at += 1;
            let offset = last.and_then(|n: i32| usize::try_from(n).ok());
            match byte {
                12 => {
                    top.is_cid_keyed |= u8_at(data, at) == Some(30);
                    at += 1;
                }
                15 => top.charset = offset.unwrap_or(0),
                16 => top.encoding = offset.unwrap_or(0),
                17 => top.glyphs = offset,
                28 => {
                    last = u16_at(data, at).map(|n| i32::from(n as i16));
                    at += 2;
                    continue;
                }
                29 => {
                    last = number(data, at, 4).map(|n| n as i32);
                    at += 4;
                    continue;
                }
                // A real number, two digits a byte until a digit 15.
                30 => {
                    while let Some(digits) = u8_at(data, at) {
                        at += 1;
                        if digits & 0x0f == 0x0f || digits >> 4 == 0x0f {
                            break;
                        }
                    }
                    last = None;
                    continue;
                }
                32..=246 => {
                    last = Some(i32::from(byte) - 139);
                    continue;
                }
                247..=254 => {
                    let low = i32::from(u8_at(data, at).unwrap_or(0));
                    let high = i32::from(byte);
                    last = Some(if byte < 251 {
                        (high - 247) * 256 + low + 108
                    } else {
                        -(high - 251) * 256 - low - 108
                    });
                    at += 1;
                    continue;
                }
                _ => {}
            }
            last = None;
        }
        top
    }
}
