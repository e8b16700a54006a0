//! The fonts that every PDF reader has: which one a font is or stands in for, its encoding and its widths.

use hayro_syntax::object::{Dict, Name};

use super::encodings::Encoding;
use super::names::look_up;

/// A standard font, without regard to what changes no width: Courier has one for all its styles,
/// slanted Helvetica those of the upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standard {
    Courier,
    Helvetica,
    HelveticaBold,
    Times,
    TimesBold,
    TimesItalic,
    TimesBoldItalic,
    Symbol,
    ZapfDingbats,
}

/// Widths of Helvetica, Helvetica bold, Times, bold, italic and bold italic.
static LATIN: &str = include_str!("tables/latin-widths.tsv");
static SYMBOL: &str = include_str!("tables/symbol-widths.tsv");
static DINGBATS: &str = include_str!("tables/dingbats-widths.tsv");

/// Flags of a font descriptor (ISO 32000-2, table 121).
const FIXED_PITCH: u32 = 1;
const SERIF: u32 = 1 << 1;
const ITALIC: u32 = 1 << 6;

impl Standard {
    /// The standard font that a name means, also in the many ways that it is varied.
    pub(super) fn of(font: &Dict<'_>, descriptor: &Dict<'_>) -> Option<Self> {
        let name = base_name(font)?;
        match name.as_str() {
            "Symbol" => return Some(Self::Symbol),
            "ZapfDingbats" => return Some(Self::ZapfDingbats),
            _ => {}
        }
        let name = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
        let bold = has(&["bold", "demi"])
            || descriptor
                .get::<u32>(b"FontWeight")
                .is_some_and(|w| w >= 700);
        let italic = has(&["italic", "oblique"])
            || descriptor
                .get::<f32>(b"ItalicAngle")
                .is_some_and(|a| a != 0.0);
        if has(&["helvetica", "arial", "sans"]) {
            Some(Self::helvetica(bold))
        } else if has(&["courier", "mono"]) {
            Some(Self::Courier)
        } else if has(&["times", "serif"]) {
            Some(Self::times(bold, italic))
        } else if has(&["dingbats"]) {
            Some(Self::ZapfDingbats)
        } else {
            None
        }
    }

    /// The one that comes nearest to a font of which only the looks are known.
    pub(super) fn nearest(font: &Dict<'_>, descriptor: &Dict<'_>) -> Self {
        let name = base_name(font).unwrap_or_default();
        let flags = descriptor.get::<u32>(b"Flags").unwrap_or(0);
        let bold = name.contains("Bold");
        let italic = flags & ITALIC != 0 || name.contains("Italic");
        if flags & FIXED_PITCH != 0 {
            Self::Courier
        } else if flags & SERIF != 0 {
            Self::times(bold, italic)
        } else {
            Self::helvetica(bold)
        }
    }

    fn helvetica(bold: bool) -> Self {
        if bold {
            Self::HelveticaBold
        } else {
            Self::Helvetica
        }
    }

    fn times(bold: bool, italic: bool) -> Self {
        match (bold, italic) {
            (false, false) => Self::Times,
            (true, false) => Self::TimesBold,
            (false, true) => Self::TimesItalic,
            (true, true) => Self::TimesBoldItalic,
        }
    }

    /// The encoding that is built into the font.
    pub(super) fn encoding(self) -> Encoding {
        match self {
            Self::Symbol => Encoding::Symbol,
            Self::ZapfDingbats => Encoding::ZapfDingbats,
            _ => Encoding::Standard,
        }
    }

    /// Whether the font's glyphs are of its own kind, so that no other encoding can be meant.
    pub(super) fn is_pictorial(self) -> bool {
        matches!(self, Self::Symbol | Self::ZapfDingbats)
    }

    /// The width of a glyph.
    pub(super) fn width(self, name: &str) -> Option<f32> {
        let name = match name {
            ".notdef" => return Some(250.0),
            "nbspace" => "space",
            "sfthyphen" => "hyphen",
            other => other,
        };
        let (table, column) = match self {
            Self::Courier => return look_up(LATIN, name).map(|_| 600.0),
            Self::Helvetica => (LATIN, 0),
            Self::HelveticaBold => (LATIN, 1),
            Self::Times => (LATIN, 2),
            Self::TimesBold => (LATIN, 3),
            Self::TimesItalic => (LATIN, 4),
            Self::TimesBoldItalic => (LATIN, 5),
            Self::Symbol => (SYMBOL, 0),
            Self::ZapfDingbats => (DINGBATS, 0),
        };
        look_up(table, name)?.split('\t').nth(column)?.parse().ok()
    }
}

/// The name of a font without the six letters that mark a part of one (`ABCDEF+`).
fn base_name(font: &Dict<'_>) -> Option<String> {
    let name = font.get::<Name<'_>>(b"BaseFont")?;
    let name = name.as_str();
    Some(match name.split_once('+') {
        Some((tag, rest)) if tag.len() == 6 => rest.to_owned(),
        _ => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        for (font, name, width) in [
            (Standard::Courier, "W", 600.0),
            (Standard::Helvetica, "W", 944.0),
            (Standard::HelveticaBold, "i", 278.0),
            (Standard::Helvetica, "i", 222.0),
            (Standard::Times, "A", 722.0),
            (Standard::TimesBold, "a", 500.0),
            (Standard::TimesItalic, "A", 611.0),
            (Standard::TimesBoldItalic, "A", 667.0),
            (Standard::Symbol, "alpha", 631.0),
            (Standard::ZapfDingbats, "a1", 974.0),
            (Standard::Times, "nbspace", 250.0),
        ] {
            assert_eq!(font.width(name), Some(width), "{font:?} {name}");
        }
        assert_eq!(Standard::Courier.width("alpha"), None);
    }

    #[test]
    fn all_widths_are_numbers() {
        for (table, columns) in [(LATIN, 6), (SYMBOL, 1), (DINGBATS, 1)] {
            for line in table.lines() {
                let (name, widths) = line.split_once('\t').unwrap();
                assert!(look_up(table, name).is_some());
                assert_eq!(
                    widths
                        .split('\t')
                        .filter(|w| w.parse::<u16>().is_ok())
                        .count(),
                    columns
                );
            }
        }
    }
}
