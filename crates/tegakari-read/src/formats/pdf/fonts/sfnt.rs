//! TrueType and OpenType files, as far as the text needs them: the glyph of a code, and back, and how
//! wide it is. Where the tables are and what is in them: ISO/IEC 14496-22.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::bytes::{from, u8_at, u16_at, u32_at};

/// Character maps of one file that are looked at.
const MAP_LIMIT: u16 = 64;
/// Characters of one map that are looked at.
const CHARACTER_LIMIT: usize = 1 << 17;

/// The names of the glyphs that the Macintosh has in every font.
static MACINTOSH: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("tables/macintosh-glyphs.txt")
        .lines()
        .collect()
});

/// The tables of a font file.
#[derive(Clone, Copy)]
pub(super) struct Sfnt<'a> {
    data: &'a [u8],
    /// Where the list of tables is: not at the start when the file holds several fonts.
    directory: usize,
}

impl<'a> Sfnt<'a> {
    /// `None` when this is another kind of file.
    pub(super) fn new(data: &'a [u8]) -> Option<Self> {
        let directory = match data.get(..4)? {
            b"ttcf" => usize::try_from(u32_at(data, 12)?).ok()?,
            b"\0\x01\0\0" | b"true" | b"OTTO" => 0,
            _ => return None,
        };
        u16_at(data, directory.checked_add(4)?)?;
        Some(Self { data, directory })
    }

    pub(super) fn table(&self, tag: &[u8; 4]) -> Option<&'a [u8]> {
        let list = from(self.data, self.directory)?;
        let count = usize::from(u16_at(list, 4)?);
        let entry = list
            .get(12..)?
            .chunks_exact(16)
            .take(count)
            .find(|entry| entry.starts_with(tag))?;
        let start = usize::try_from(u32_at(entry, 8)?).ok()?;
        let length = usize::try_from(u32_at(entry, 12)?).ok()?;
        let rest = from(self.data, start)?;
        // A table that is cut off is read as far as it goes.
        Some(rest.get(..length).unwrap_or(rest))
    }

    pub(super) fn character_maps(&self) -> Vec<CharacterMap<'a>> {
        let Some(table) = self.table(b"cmap") else {
            return Vec::new();
        };
        let count = u16_at(table, 2).unwrap_or(0).min(MAP_LIMIT);
        (0..usize::from(count))
            .filter_map(|i| {
                let entry = from(table, 4 + 8 * i)?;
                let data = from(table, usize::try_from(u32_at(entry, 4)?).ok()?)?;
                Some(CharacterMap {
                    platform: u16_at(entry, 0)?,
                    encoding: u16_at(entry, 2)?,
                    format: u16_at(data, 0)?,
                    data,
                })
            })
            .collect()
    }

    /// The lowest character of each glyph, by the map that says most.
    pub(super) fn characters(&self) -> HashMap<u32, char> {
        let mut characters = HashMap::new();
        let maps = self.character_maps();
        let best = maps.iter().filter_map(|map| Some((map.rank()?, map)));
        // Of equals the last, as other readers do: it is the wider one.
        if let Some((_, map)) = best.max_by_key(|(rank, _)| *rank) {
            map.each(|code, glyph| {
                if let Some(character) = char::from_u32(code).filter(|_| glyph != 0) {
                    characters.entry(glyph).or_insert(character);
                }
            });
        }
        characters
    }

    /// The width of a glyph in thousandths of the size.
    pub(super) fn advance(&self, glyph: u32) -> Option<f32> {
        let glyphs = self.table(b"maxp").and_then(|t| u16_at(t, 4));
        if glyphs.is_some_and(|count| glyph >= u32::from(count)) {
            return None;
        }
        let scale = u16_at(self.table(b"head")?, 18).filter(|s| *s != 0)?;
        let last = u32::from(u16_at(self.table(b"hhea")?, 34)?).checked_sub(1)?;
        let at = usize::try_from(glyph.min(last)).ok()?;
        let width = u16_at(self.table(b"hmtx")?, 4 * at)?;
        Some(f32::from(width) * 1000.0 / f32::from(scale))
    }

    /// The glyph that has a name in the table `post`.
    pub(super) fn glyph_of_name(&self, name: &str) -> Option<u32> {
        let table = self.table(b"post")?;
        let standard = || MACINTOSH.iter().position(|n| *n == name);
        match u32_at(table, 0)? {
            0x0001_0000 => u32::try_from(standard()?).ok(),
            0x0002_0000 => {
                let count = usize::from(u16_at(table, 32)?);
                let index = standard().or_else(|| {
                    let names = from(table, 34 + 2 * count)?;
                    let at = pascal_strings(names).position(|n| n == name.as_bytes())?;
                    Some(MACINTOSH.len() + at)
                })?;
                let glyph = (0..count)
                    .find(|i| u16_at(table, 34 + 2 * i).map(usize::from) == Some(index))?;
                u32::try_from(glyph).ok()
            }
            _ => None,
        }
    }
}

/// Strings that each begin with a byte that has their length.
fn pascal_strings(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first()?;
        let (string, rest) = rest.split_at_checked(usize::from(*length))?;
        data = rest;
        Some(string)
    })
}

/// One map from codes to glyphs.
pub(super) struct CharacterMap<'a> {
    pub(super) platform: u16,
    pub(super) encoding: u16,
    format: u16,
    data: &'a [u8],
}

impl CharacterMap<'_> {
    /// How much the map says about characters; `None` when its codes are others.
    fn rank(&self) -> Option<u8> {
        if !matches!(self.format, 0 | 4 | 6 | 10 | 12 | 13) {
            return None;
        }
        match (self.platform, self.encoding) {
            (3, 0) => Some(3),
            (3, 10) | (0, 4 | 6) => Some(2),
            (0 | 2, _) | (3, 1) => Some(1),
            _ => None,
        }
    }

    /// The glyph of a code, not that of an unknown one.
    pub(super) fn glyph(&self, code: u32) -> Option<u32> {
        let data = self.data;
        let within = |first: u32| usize::try_from(code.checked_sub(first)?).ok();
        let glyph = match self.format {
            0 if code < 256 => u32::from(u8_at(data, 6 + within(0)?)?),
            4 => {
                let code = u16::try_from(code).ok()?;
                let segment = search(segments(data), |i| {
                    u16_at(data, 14 + 2 * i).is_some_and(|last| last < code)
                });
                segment_glyph(data, segment, code)?
            }
            6 => {
                let at = within(u32::from(u16_at(data, 6)?))?;
                let count = usize::from(u16_at(data, 8)?);
                u32::from(u16_at(data, 10 + 2 * Some(at).filter(|at| *at < count)?)?)
            }
            10 => {
                let at = within(u32_at(data, 12)?)?;
                let count = usize::try_from(u32_at(data, 16)?).ok()?;
                let at = Some(at).filter(|at| *at < count)?;
                u32::from(u16_at(data, at.checked_mul(2)?.checked_add(20)?)?)
            }
            12 | 13 => {
                let at = search(groups(data).len(), |i| {
                    group(data, i).is_some_and(|(_, last, _)| last < code)
                });
                let (first, _, glyph) = group(data, at).filter(|(first, ..)| *first <= code)?;
                match self.format {
                    12 => glyph.checked_add(code - first)?,
                    _ => glyph,
                }
            }
            _ => return None,
        };
        (glyph != 0).then_some(glyph)
    }

    /// Calls with the codes and their glyphs, the lowest first.
    fn each(&self, mut take: impl FnMut(u32, u32)) {
        let data = self.data;
        let mut left = CHARACTER_LIMIT;
        match self.format {
            4 => {
                for i in 0..segments(data) {
                    let Some((first, last)) = segment(data, i) else {
                        return;
                    };
                    for code in first..=last {
                        let Some(rest) = left.checked_sub(1) else {
                            return;
                        };
                        left = rest;
                        if let Some(glyph) = segment_glyph(data, i, code) {
                            take(u32::from(code), glyph);
                        }
                    }
                }
            }
            12 | 13 => {
                for (first, last, glyph) in groups(data).filter_map(|i| group(data, i)) {
                    for code in first..=last.min(0x0010_FFFF) {
                        let Some(rest) = left.checked_sub(1) else {
                            return;
                        };
                        left = rest;
                        let step = if self.format == 12 { code - first } else { 0 };
                        if let Some(glyph) = glyph.checked_add(step) {
                            take(code, glyph);
                        }
                    }
                }
            }
            _ => {
                for code in 0..0x1_0000 {
                    if let Some(glyph) = self.glyph(code) {
                        take(code, glyph);
                    }
                }
            }
        }
    }
}

/// How many segments a map of format 4 has.
fn segments(data: &[u8]) -> usize {
    usize::from(u16_at(data, 6).unwrap_or(0) / 2)
}

/// The first and the last code of a segment.
fn segment(data: &[u8], segment: usize) -> Option<(u16, u16)> {
    let last = u16_at(data, 14 + 2 * segment)?;
    let first = u16_at(data, 16 + 2 * (segments(data) + segment))?;
    Some((first, last))
}

fn segment_glyph(data: &[u8], segment: usize, code: u16) -> Option<u32> {
    let count = segments(data);
    let (first, last) = self::segment(data, segment)?;
    if !(first..=last).contains(&code) {
        return None;
    }
    let delta = u16_at(data, 16 + 2 * (2 * count + segment))?;
    let place = 16 + 2 * (3 * count + segment);
    let offset = usize::from(u16_at(data, place)?);
    let glyph = if offset == 0 {
        code.wrapping_add(delta)
    } else {
        // The offset counts from where it stands itself.
        match u16_at(data, place + offset + 2 * usize::from(code - first))? {
            0 => 0,
            glyph => glyph.wrapping_add(delta),
        }
    };
    Some(u32::from(glyph))
}

/// The groups of formats 12 and 13.
fn groups(data: &[u8]) -> std::ops::Range<usize> {
    let stated = u32_at(data, 12).map_or(0, |n| n as usize);
    0..stated.min(data.len().saturating_sub(16) / 12)
}

/// First and last code and first glyph of a group.
fn group(data: &[u8], group: usize) -> Option<(u32, u32, u32)> {
    let at = 16 + 12 * group;
    Some((
        u32_at(data, at)?,
        u32_at(data, at + 4)?,
        u32_at(data, at + 8)?,
    ))
}

/// The first of so many for which something no longer holds.
fn search(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
