//! The encodings that PDF, Type 1 and CFF know by name (ISO 32000-2, annex D): codes and glyph names.

use std::sync::LazyLock;

/// A predefined encoding of a font with up to 256 codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Standard,
    WinAnsi,
    MacRoman,
    MacExpert,
    Symbol,
    ZapfDingbats,
    /// That of Type 1 and CFF, not the one of the Macintosh.
    Expert,
    IsoLatin1,
}

/// Encodings in the order of [`Encoding`]: a line with the name, then lines with a code, a tab and the
/// names of that code and those after it.
static TABLES: &str = include_str!("tables/encodings.tsv");

static NAMES: LazyLock<Vec<[&'static str; 256]>> = LazyLock::new(|| {
    let mut encodings = Vec::new();
    for line in TABLES.lines() {
        let Some((code, names)) = line.split_once('\t') else {
            encodings.push([""; 256]);
            continue;
        };
        let at = code.parse().unwrap_or(usize::MAX);
        let slots = encodings
            .last_mut()
            .and_then(|slots: &mut [&str; 256]| slots.get_mut(at..))
            .unwrap_or_default();
        for (slot, name) in slots.iter_mut().zip(names.split(' ')) {
            *slot = name;
        }
    }
    encodings
});

impl Encoding {
    /// The encoding that a font dictionary names.
    pub(super) fn from_pdf(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            b"MacExpertEncoding" => Some(Self::MacExpert),
            _ => None,
        }
    }

    /// The name of the glyph of a code; what no encoding has a glyph for is code 0 of all.
    pub(super) fn name(self, code: u8) -> Option<&'static str> {
        if code == 0 {
            return Some(".notdef");
        }
        let names = NAMES.get(self as usize)?;
        names
            .get(usize::from(code))
            .copied()
            .filter(|n| !n.is_empty())
    }

    /// The lowest code of a glyph.
    pub(super) fn code(self, name: &str) -> Option<u8> {
        (1..=255).find(|code| self.name(*code) == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_differ_where_the_standard_says() {
        use Encoding::*;
        for (encoding, code, name) in [
            (Standard, 0o47, "quoteright"),
            (Standard, 0o256, "fi"),
            (WinAnsi, 0o47, "quotesingle"),
            (WinAnsi, 0o200, "Euro"),
            (WinAnsi, 0o201, "bullet"),
            (WinAnsi, 0o344, "adieresis"),
            (MacRoman, 0o212, "adieresis"),
            (MacRoman, 0o344, "perthousand"),
            (MacRoman, 0o271, "pi"),
            (MacExpert, 0o127, "fi"),
            (Symbol, 0o141, "alpha"),
            (ZapfDingbats, 0o41, "a1"),
            (Expert, 0o126, "ff"),
            (IsoLatin1, 0o377, "ydieresis"),
        ] {
            assert_eq!(encoding.name(code), Some(name), "{encoding:?} {code:o}");
        }
        assert_eq!(NAMES.len(), 8);
        assert_eq!(Standard.name(0), Some(".notdef"));
        assert_eq!(Standard.name(255), None);
    }

    #[test]
    fn a_name_has_its_lowest_code() {
        assert_eq!(Encoding::MacRoman.code("space"), Some(32));
        assert_eq!(Encoding::MacRoman.code("nothing"), None);
    }
}
