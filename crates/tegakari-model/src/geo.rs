//! Victims' places and trades, in standard codes.

use serde::{Deserialize, Serialize};

/// Every country, territory and trade: lines of its code (ISO 3166-1 alpha-2, or the name in STIX 2.1's
/// `industry-sector-ov`), its short everyday name in English and the same in Japanese, divided by tabs; `#` begins a
/// remark. Only data: whoever shows or compares names reads it.
pub const PLACES: &str = include_str!("places.tsv");

/// A country or territory by its ISO 3166-1 alpha-2 code, in upper case (`VN`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

impl Country {
    /// `None` unless `code` is two ASCII letters. Whether the code is assigned is not checked.
    pub fn new(code: &str) -> Option<Self> {
        let code = code.trim();
        (code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()))
            .then(|| Self(code.to_ascii_uppercase()))
    }

    /// The two-letter code.
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// A trade by its name in STIX 2.1's open vocabulary `industry-sector-ov` (section 10.9), extended
/// by `media` and `gaming` where reports need a word that the vocabulary lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sector(String);

impl Sector {
    /// A sector by its vocabulary name (`government`, `telecommunications`, …), lower case with hyphens.
    pub fn new(name: &str) -> Self {
        Self(name.trim().to_ascii_lowercase().replace(' ', "-"))
    }

    /// The vocabulary name.
    pub fn name(&self) -> &str {
        &self.0
    }
}
