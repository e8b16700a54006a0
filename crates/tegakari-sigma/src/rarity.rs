//! How often a text is to be expected, so that a rule is asked because of its rarest.
//!
//! Only the time of an evaluation depends on these guesses, never what it finds.

use crate::leaf::{At, FieldId, KEYWORDS};

/// A chance, in millionths. Not a probability of anything measured: an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Of nothing.
    pub(crate) const NEVER: Self = Self(0);
    /// Of what nothing is known about.
    pub(crate) const OFTEN: Self = Self(1_000_000);

    /// Of one or the other.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// What stands in many records of an ordinary machine.
const COMMON: &[&str] = &[
    "\\windows\\system32\\",
    "\\windows\\",
    "c:\\windows\\system32\\",
    "c:\\windows\\",
    "c:\\program files",
    "c:\\users\\",
    "\\appdata\\local\\",
    "\\appdata\\",
    "\\users\\",
    "\\cmd.exe",
    "cmd.exe",
    "\\powershell.exe",
    "powershell.exe",
    "powershell",
    "\\pwsh.exe",
    "pwsh.dll",
    "\\svchost.exe",
    "\\explorer.exe",
    "\\services.exe",
    "\\rundll32.exe",
    "rundll32.exe",
    "\\conhost.exe",
    "\\lsass.exe",
    "\\system32\\",
    "\\temp\\",
    "system",
    "http",
    "https",
    "://",
    "microsoft",
    ".exe",
    ".dll",
    ".ps1",
    "\\software\\",
    "\\currentversion\\",
    "\\microsoft\\",
    "\\currentcontrolset\\",
    "true",
    "false",
];

/// The chance of a text in a value.
pub(crate) fn chance_of_text(field: FieldId, at: At, text: &str) -> Chance {
    if COMMON.contains(&text) {
        return Chance(100_000);
    }
    let length = text.chars().count().min(20) as u32;
    // Each further character makes it rarer, less so the longer it is already.
    let mut chance = match length {
        0..=1 => 700_000,
        2 => 300_000,
        3 => 100_000,
        4 => 40_000,
        5 => 15_000,
        6 => 7_000,
        7 => 4_000,
        n => 4_000u64.saturating_sub(180 * u64::from(n - 7)).max(1_500),
    };
    if field == KEYWORDS {
        chance *= 2;
    }
    let chance = match at {
        At::Anywhere => chance,
        // Short values that are whole are often numbers of events or kinds, which few records share.
        At::Whole => chance.min(20_000) / 2,
        At::Start | At::End => chance / 2,
    };
    Chance(chance)
}
