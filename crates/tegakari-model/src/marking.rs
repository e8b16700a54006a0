//! Traffic Light Protocol 2.0 (FIRST, 2022).

use serde::{Deserialize, Serialize};

/// Who may see something. Ordered from the widest to the narrowest audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tlp {
    /// Everybody.
    #[serde(rename = "clear")]
    Clear,
    /// The community.
    #[serde(rename = "green")]
    Green,
    /// The organisation and its clients.
    #[serde(rename = "amber")]
    Amber,
    /// The organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// The recipients only.
    #[serde(rename = "red")]
    Red,
}

impl Tlp {
    /// The label as TLP 2.0 writes it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }

    /// The marking of what two sources say together: the narrower one. Where one of them has none, nobody has said that
    /// it may go anywhere, so that only a narrow marking holds for both.
    pub fn joined(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b).filter(|tlp| *tlp >= Self::Amber),
        }
    }

    /// [`Tlp::joined`] of all; `None` without any.
    pub fn of_all(markings: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        markings.into_iter().reduce(Self::joined).flatten()
    }

    /// Reads a label with or without `TLP:`, in any case; TLP 1.0's WHITE is CLEAR.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        match upper.strip_prefix("TLP:").unwrap_or(&upper).trim() {
            "CLEAR" | "WHITE" => Some(Self::Clear),
            "GREEN" => Some(Self::Green),
            "AMBER" => Some(Self::Amber),
            "AMBER+STRICT" => Some(Self::AmberStrict),
            "RED" => Some(Self::Red),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tlp::{self, Amber, Clear, Green, Red};

    #[test]
    fn nothing_becomes_wider_by_being_told_with_something_else() {
        for (all, want) in [
            (vec![], None),
            (vec![None], None),
            (vec![Some(Clear)], Some(Clear)),
            (vec![Some(Clear), None], None),
            (vec![None, Some(Green), Some(Clear)], None),
            (vec![None, Some(Clear), Some(Red), None], Some(Red)),
            (vec![Some(Amber), None], Some(Amber)),
            (vec![Some(Clear), Some(Green)], Some(Green)),
        ] {
            assert_eq!(Tlp::of_all(all.clone()), want, "{all:?}");
            let back: Vec<_> = all.into_iter().rev().collect();
            assert_eq!(Tlp::of_all(back.clone()), want, "{back:?}");
        }
    }
}
