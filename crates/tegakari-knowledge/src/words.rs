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
    /// Where it stands in them.
    pub at: Place,
    /// Whose scheme it is.
    pub vendor: &'static str,
    /// What the word stands for in that scheme: the vendor's claim, not evidence.
    pub meaning: Meaning,
}

/// Where the word of a family stands in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the other words (`Earth Lusca`, `GOLD NORTHFIELD`).
    First,
    /// After the other words (`Salt Typhoon`).
    Last,
    /// Before a number (`UNC2452`, `Storm-0558`, `TA505`).
    Number,
    /// Before a point and a word (`TEMP.Hermit`).
    Point,
}

/// What the word of a family stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A country, by its ISO 3166-1 alpha-2 code.
    Country(&'static str),
    /// Crime for money.
    Crime,
    /// Ransomware.
    Ransomware,
    /// Espionage, whoever it is for.
    Espionage,
    /// Destruction and sabotage.
    Destruction,
    /// Activists.
    Activists,
    /// Several motives, or one that is not known.
    Mixed,
    /// Influence operations.
    Influence,
    /// A company that sells attacks.
    Company,
    /// A cluster in development or without a name: a number, not a claim of who it is.
    Numbered,
    /// A named cluster with a running number, without a claim in the word.
    Tracked,
    /// A cluster with a provisional name.
    Provisional,
}

impl Meaning {
    /// A stable key for translations (`crime`); for countries `country`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Country(_) => "country",
            Self::Crime => "crime",
            Self::Ransomware => "ransomware",
            Self::Espionage => "espionage",
            Self::Destruction => "destruction",
            Self::Activists => "activists",
            Self::Mixed => "mixed",
            Self::Influence => "influence",
            Self::Company => "company",
            Self::Numbered => "numbered",
            Self::Tracked => "tracked",
            Self::Provisional => "provisional",
        }
    }

    /// The country it names.
    pub fn country(self) -> Option<tegakari_model::Country> {
        match self {
            Self::Country(code) => tegakari_model::Country::new(code),
            _ => None,
        }
    }
}

const fn family(
    word: &'static str,
    at: Place,
    vendor: &'static str,
    meaning: Meaning,
) -> NameFamily {
    NameFamily {
        word,
        at,
        vendor,
        meaning,
    }
}

/// Families whose names differ only in their other word or number: `Salt Typhoon`, `Silk Typhoon`, `Volt Typhoon` are
/// three actors. In order of vendor, as the vendors explain their schemes in public.
pub const FAMILY_WORDS: &[NameFamily] = {
    use Meaning as M;
    use Place::{First, Last, Number, Point};
    &[
        family("apt-c", Number, "360", M::Tracked),
        family("uac", Number, "CERT-UA", M::Numbered),
        family("uat", Number, "Cisco Talos", M::Numbered),
        family("bear", Last, "CrowdStrike", M::Country("RU")),
        family("buffalo", Last, "CrowdStrike", M::Country("VN")),
        family("chollima", Last, "CrowdStrike", M::Country("KP")),
        family("crane", Last, "CrowdStrike", M::Country("KR")),
        family("hawk", Last, "CrowdStrike", M::Country("SY")),
        family("jackal", Last, "CrowdStrike", M::Activists),
        family("kitten", Last, "CrowdStrike", M::Country("IR")),
        family("leopard", Last, "CrowdStrike", M::Country("PK")),
        family("lynx", Last, "CrowdStrike", M::Country("GE")),
        family("ocelot", Last, "CrowdStrike", M::Country("CO")),
        family("panda", Last, "CrowdStrike", M::Country("CN")),
        family("saiga", Last, "CrowdStrike", M::Country("KZ")),
        family("spider", Last, "CrowdStrike", M::Crime),
        family("sphinx", Last, "CrowdStrike", M::Country("EG")),
        family("tiger", Last, "CrowdStrike", M::Country("IN")),
        family("wolf", Last, "CrowdStrike", M::Country("TR")),
        family("castle", Last, "Google", M::Country("CN")),
        family("comet", Last, "Google", M::Crime),
        family("ion", Last, "Google", M::Country("IR")),
        family("neptune", Last, "Google", M::Country("KP")),
        family("relic", Last, "Google", M::Country("RU")),
        family("apt", Number, "Google Mandiant", M::Tracked),
        family("fin", Number, "Google Mandiant", M::Crime),
        family("unc", Number, "Google Mandiant", M::Numbered),
        family("temp", Point, "Google Mandiant", M::Provisional),
        family("blizzard", Last, "Microsoft", M::Country("RU")),
        family("cyclone", Last, "Microsoft", M::Country("VN")),
        family("dust", Last, "Microsoft", M::Country("TR")),
        family("flood", Last, "Microsoft", M::Influence),
        family("hail", Last, "Microsoft", M::Country("KR")),
        family("rain", Last, "Microsoft", M::Country("LB")),
        family("sandstorm", Last, "Microsoft", M::Country("IR")),
        family("sleet", Last, "Microsoft", M::Country("KP")),
        family("tempest", Last, "Microsoft", M::Crime),
        family("tsunami", Last, "Microsoft", M::Company),
        family("typhoon", Last, "Microsoft", M::Country("CN")),
        family("dev", Number, "Microsoft", M::Numbered),
        family("storm", Number, "Microsoft", M::Numbered),
        family("draco", Last, "Palo Alto Networks", M::Country("PK")),
        family("libra", Last, "Palo Alto Networks", M::Crime),
        family("pisces", Last, "Palo Alto Networks", M::Country("KP")),
        family("scorpius", Last, "Palo Alto Networks", M::Ransomware),
        family("serpens", Last, "Palo Alto Networks", M::Country("IR")),
        family("taurus", Last, "Palo Alto Networks", M::Country("CN")),
        family("ursa", Last, "Palo Alto Networks", M::Country("RU")),
        family("cl-cri", Number, "Palo Alto Networks", M::Numbered),
        family("cl-sta", Number, "Palo Alto Networks", M::Numbered),
        family("tgr-cri", Number, "Palo Alto Networks", M::Numbered),
        family("tgr-sta", Number, "Palo Alto Networks", M::Numbered),
        family("ta", Number, "Proofpoint", M::Tracked),
        family("tag", Number, "Recorded Future", M::Numbered),
        family("aluminum", First, "Secureworks", M::Country("PS")),
        family("bronze", First, "Secureworks", M::Country("CN")),
        family("cobalt", First, "Secureworks", M::Country("IR")),
        family("copper", First, "Secureworks", M::Country("PK")),
        family("gold", First, "Secureworks", M::Crime),
        family("iron", First, "Secureworks", M::Country("RU")),
        family("nickel", First, "Secureworks", M::Country("KP")),
        family("tin", First, "Secureworks", M::Country("VN")),
        family("zinc", First, "Secureworks", M::Country("IN")),
        family("earth", First, "Trend Micro", M::Espionage),
        family("fire", First, "Trend Micro", M::Destruction),
        family("void", First, "Trend Micro", M::Mixed),
        family("water", First, "Trend Micro", M::Crime),
        family("wind", First, "Trend Micro", M::Activists),
    ]
};

/// The family a name belongs to: by its first or last word when it has two or more, by the letters before its number
/// (`UNC2452`, `Storm-0558`), or before a point (`TEMP.Hermit`).
pub fn name_family(name: &str) -> Option<&'static NameFamily> {
    let name = name.trim();
    let lower = name.to_lowercase();
    let of = |word: &str, at: Place| FAMILY_WORDS.iter().find(|f| f.word == word && f.at == at);
    // A number, perhaps with letters behind it (`APT36a`), perhaps after a hyphen, underscore or blank.
    if let Some(digit) = lower.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = lower.split_at_checked(digit)?;
        let word = before
            .trim_end_matches(['-', '_', ' '])
            .replace(['_', ' '], "-");
        let plain = number.len() <= 8 && number.bytes().all(|b| b.is_ascii_alphanumeric());
        return of(&word, Place::Number).filter(|_| plain);
    }
    if let Some((before, _)) = lower.split_once('.')
        && let Some(found) = of(before, Place::Point)
    {
        return Some(found);
    }
    let words: Vec<String> = words_of(name);
    if words.len() < 2 {
        return None;
    }
    of(words.last()?, Place::Last).or_else(|| of(words.first()?, Place::First))
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
        for (name, vendor, meaning) in [
            ("Salt Typhoon", "Microsoft", "country"),
            ("Storm-0558", "Microsoft", "numbered"),
            ("DEV-0537", "Microsoft", "numbered"),
            ("Pistachio Tempest", "Microsoft", "crime"),
            ("LOTUS PANDA", "CrowdStrike", "country"),
            ("Scattered Spider", "CrowdStrike", "crime"),
            ("GOLD NORTHFIELD", "Secureworks", "crime"),
            ("BRONZE BUTLER", "Secureworks", "country"),
            ("UNC2452", "Google Mandiant", "numbered"),
            ("UNC 2452", "Google Mandiant", "numbered"),
            ("APT28", "Google Mandiant", "tracked"),
            ("FIN7", "Google Mandiant", "crime"),
            ("TEMP.Hermit", "Google Mandiant", "provisional"),
            ("SANDWORM RELIC", "Google", "country"),
            ("UAT-5918", "Cisco Talos", "numbered"),
            ("UAC-0010", "CERT-UA", "numbered"),
            ("TAG-22", "Recorded Future", "numbered"),
            ("TA505", "Proofpoint", "tracked"),
            ("APT-C-36", "360", "tracked"),
            ("CL-STA-0043", "Palo Alto Networks", "numbered"),
            ("Fighting Ursa", "Palo Alto Networks", "country"),
            ("Earth Lusca", "Trend Micro", "espionage"),
            ("Void Rabisu", "Trend Micro", "mixed"),
            ("Water Basilisk", "Trend Micro", "crime"),
        ] {
            let family = name_family(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(
                (family.vendor, family.meaning.key()),
                (vendor, meaning),
                "{name}"
            );
        }
        for name in [
            "Typhoon",
            "Lotus Blossom",
            "Spider Web",
            "Bear",
            "Carbon Earth",
            "T1059",
            "G0030",
            "TA",
            "aptitude 7 tests",
            "",
        ] {
            assert_eq!(name_family(name), None, "{name}");
        }
        let mut words: Vec<_> = FAMILY_WORDS.iter().map(|f| f.word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), FAMILY_WORDS.len());
        for one in FAMILY_WORDS {
            let named = one.meaning.country().is_some();
            assert_eq!(named, one.meaning.key() == "country", "{}", one.word);
        }
    }

    #[test]
    fn ordinary_words_are_folded_and_sorted() {
        let words: Vec<&str> = ORDINARY.split_whitespace().collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        assert!(words.iter().all(|w| crate::fold_name(w) == *w));
    }
}
