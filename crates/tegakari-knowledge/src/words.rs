//! Words around and inside names: common nouns, families of vendors' names, and ordinary words.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::fold_name;

/// Nouns that people put after (or before) a name and that are no part of it: `Lotus Blossom group`,
/// `LockBit ransomware`, `Lotus Blossomグループ`. Lower case.
pub const COMMON_NOUNS: &[&str] = &[
    "group",
    "groups",
    "gang",
    "team",
    "apt",
    "apt group",
    "actor",
    "actors",
    "threat actor",
    "cluster",
    "campaign",
    "operation",
    "operators",
    "ransomware",
    "malware",
    "trojan",
    "rat",
    "backdoor",
    "botnet",
    "stealer",
    "infostealer",
    "loader",
    "dropper",
    "wiper",
    "framework",
    "family",
    "グループ",
    "集団",
    "攻撃グループ",
    "攻撃者集団",
    "攻撃集団",
    "ハッカー集団",
    "ランサムウェア",
    "ランサムウエア",
    "マルウェア",
    "マルウエア",
    "バックドア",
    "トロイの木馬",
    "ボットネット",
    "キャンペーン",
];

/// A vendor's way of naming actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameFamily {
    /// The word that the names share (`typhoon`), lower case.
    pub word: &'static str,
    /// Whose scheme it is.
    pub vendor: &'static str,
    /// What the word stands for in that scheme: the vendor's claim, not evidence.
    pub meaning: &'static str,
}

const fn family(word: &'static str, vendor: &'static str, meaning: &'static str) -> NameFamily {
    NameFamily {
        word,
        vendor,
        meaning,
    }
}

/// Families whose names differ only in their other word: `Salt Typhoon`, `Silk Typhoon`, `Volt Typhoon`
/// are three actors. In order of vendor.
pub const FAMILY_WORDS: &[NameFamily] = &[
    family("bear", "CrowdStrike", "Russia"),
    family("buffalo", "CrowdStrike", "Vietnam"),
    family("chollima", "CrowdStrike", "North Korea"),
    family("crane", "CrowdStrike", "South Korea"),
    family("hawk", "CrowdStrike", "Syria"),
    family("jackal", "CrowdStrike", "activists"),
    family("kitten", "CrowdStrike", "Iran"),
    family("leopard", "CrowdStrike", "Pakistan"),
    family("lynx", "CrowdStrike", "Georgia"),
    family("ocelot", "CrowdStrike", "Colombia"),
    family("panda", "CrowdStrike", "China"),
    family("spider", "CrowdStrike", "crime"),
    family("sphinx", "CrowdStrike", "Egypt"),
    family("tiger", "CrowdStrike", "India"),
    family("wolf", "CrowdStrike", "Turkey"),
    family("castle", "Google", "China"),
    family("comet", "Google", "crime"),
    family("ion", "Google", "Iran"),
    family("neptune", "Google", "North Korea"),
    family("relic", "Google", "Russia"),
    family("blizzard", "Microsoft", "Russia"),
    family("cyclone", "Microsoft", "Vietnam"),
    family("dust", "Microsoft", "Türkiye"),
    family("flood", "Microsoft", "influence operations"),
    family("hail", "Microsoft", "South Korea"),
    family("rain", "Microsoft", "Lebanon"),
    family("sandstorm", "Microsoft", "Iran"),
    family("sleet", "Microsoft", "North Korea"),
    family("storm", "Microsoft", "still in development"),
    family("tempest", "Microsoft", "crime"),
    family("tsunami", "Microsoft", "private sector offensive actor"),
    family("typhoon", "Microsoft", "China"),
    family("taurus", "Palo Alto Networks", "China"),
    family("ursa", "Palo Alto Networks", "Russia"),
    family("serpens", "Palo Alto Networks", "Iran"),
    family("pisces", "Palo Alto Networks", "North Korea"),
    family("libra", "Palo Alto Networks", "crime"),
    family("scorpius", "Palo Alto Networks", "ransomware"),
    family("bronze", "Secureworks", "China"),
    family("iron", "Secureworks", "Russia"),
    family("cobalt", "Secureworks", "Iran"),
    family("nickel", "Secureworks", "North Korea"),
    family("gold", "Secureworks", "crime"),
    family("earth", "Trend Micro", "espionage"),
    family("water", "Trend Micro", "crime"),
];

/// The family a name of two words or more belongs to, by its first or last word.
pub fn name_family(name: &str) -> Option<&'static NameFamily> {
    let words: Vec<String> = words_of(name);
    if words.len() < 2 {
        return None;
    }
    let first = words.first()?;
    let last = words.last()?;
    FAMILY_WORDS
        .iter()
        .find(|f| f.word == last)
        .or_else(|| FAMILY_WORDS.iter().find(|f| f.word == first))
}

/// The name without common nouns before and after it; the name itself when nothing else would be left.
pub fn strip_common_nouns(name: &str) -> &str {
    let mut rest = name.trim();
    loop {
        let before = rest;
        for noun in COMMON_NOUNS {
            rest = strip_one(rest, noun);
        }
        if rest.len() == before.len() {
            return rest;
        }
    }
}

fn strip_one<'a>(name: &'a str, noun: &str) -> &'a str {
    let border = |c: char| c.is_whitespace() || "-_‐・".contains(c);
    let cut = name.len().checked_sub(noun.len());
    if let Some(cut) = cut
        && let (Some(front), Some(tail)) = (name.get(..cut), name.get(cut..))
        && tail.eq_ignore_ascii_case(noun)
        && (front.ends_with(border) || !noun.is_ascii())
    {
        let front = front.trim_end_matches(border);
        if !front.is_empty() {
            return front;
        }
    }
    if let (Some(front), Some(tail)) = (name.get(..noun.len()), name.get(noun.len()..))
        && front.eq_ignore_ascii_case(noun)
        && tail.starts_with(border)
    {
        let tail = tail.trim_start_matches(border);
        if !tail.is_empty() {
            return tail;
        }
    }
    name
}

/// Words that stand in reports in their everyday sense and are also somebody's name. Folded, sorted.
const ORDINARY: &str = include_str!("ordinary.txt");

/// Whether a folded name is an everyday word, so that it needs context before it counts as a name.
pub(crate) fn is_ordinary(folded: &str) -> bool {
    static SET: OnceLock<HashSet<&str>> = OnceLock::new();
    SET.get_or_init(|| ORDINARY.split_whitespace().collect())
        .contains(folded)
}

/// The words of a name, folded.
pub(crate) fn words_of(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .map(fold_name)
        .filter(|w| !w.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FAMILY_WORDS, ORDINARY, name_family, strip_common_nouns};

    #[test]
    fn common_nouns_are_no_part_of_a_name() {
        for (name, want) in [
            ("Lotus Blossom group", "Lotus Blossom"),
            ("LockBit Ransomware gang", "LockBit"),
            ("Lotus Blossomグループ", "Lotus Blossom"),
            ("APT group Lotus Blossom", "Lotus Blossom"),
            ("group", "group"),
            ("PirateRAT", "PirateRAT"),
            ("Teamgroup", "Teamgroup"),
        ] {
            assert_eq!(strip_common_nouns(name), want, "{name}");
        }
    }

    #[test]
    fn a_family_is_told_by_its_word() {
        assert_eq!(
            name_family("Salt Typhoon").map(|f| f.vendor),
            Some("Microsoft")
        );
        assert_eq!(
            name_family("GOLD NORTHFIELD").map(|f| f.vendor),
            Some("Secureworks")
        );
        assert_eq!(name_family("Typhoon"), None);
        assert_eq!(name_family("Lotus Blossom"), None);
        let mut words: Vec<_> = FAMILY_WORDS.iter().map(|f| f.word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), FAMILY_WORDS.len());
    }

    #[test]
    fn ordinary_words_are_folded_and_sorted() {
        let words: Vec<&str> = ORDINARY.split_whitespace().collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        assert!(words.iter().all(|w| crate::fold_name(w) == *w));
    }
}
