//! Words around and inside names: common nouns, families of vendors' names, and ordinary words.

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
const ORDINARY: &[&str] = &[
    "access",
    "agent",
    "akira",
    "alpha",
    "anchor",
    "anonymous",
    "apollo",
    "app",
    "archive",
    "arena",
    "ares",
    "army",
    "atlas",
    "attack",
    "audit",
    "avalanche",
    "axiom",
    "babylon",
    "backup",
    "bandit",
    "base",
    "bash",
    "beast",
    "beta",
    "bitter",
    "black",
    "blade",
    "block",
    "bolt",
    "bridge",
    "browser",
    "buffer",
    "bundle",
    "cache",
    "camera",
    "carbon",
    "chaos",
    "china",
    "clean",
    "cloak",
    "clock",
    "cloud",
    "cobra",
    "code",
    "comet",
    "command",
    "complex",
    "confucius",
    "connect",
    "contact",
    "control",
    "copy",
    "core",
    "covenant",
    "cover",
    "crash",
    "cream",
    "credential",
    "crimson",
    "crypto",
    "crystal",
    "cuba",
    "cult",
    "curl",
    "dark",
    "data",
    "deadlock",
    "deep",
    "demon",
    "denis",
    "desktop",
    "dev",
    "dig",
    "digital",
    "direct",
    "disk",
    "dmz",
    "domain",
    "dragon",
    "dream",
    "drop",
    "drovorub",
    "eagle",
    "earth",
    "east",
    "echo",
    "edge",
    "element",
    "elite",
    "embargo",
    "empire",
    "energy",
    "engine",
    "equation",
    "esentutl",
    "everest",
    "evil",
    "execute",
    "exploit",
    "explosive",
    "export",
    "express",
    "extra",
    "facebook",
    "falcon",
    "fast",
    "fatal",
    "file",
    "final",
    "fire",
    "flame",
    "flash",
    "fog",
    "force",
    "forest",
    "forfiles",
    "fox",
    "freedom",
    "ghost",
    "giant",
    "global",
    "google",
    "government",
    "group",
    "hacker",
    "havoc",
    "hell",
    "help",
    "hero",
    "hidden",
    "hive",
    "home",
    "host",
    "hunter",
    "icon",
    "imminent",
    "impact",
    "inception",
    "infected",
    "insider",
    "international",
    "internet",
    "iron",
    "island",
    "jason",
    "joker",
    "justice",
    "karma",
    "king",
    "kingdom",
    "knight",
    "last",
    "launch",
    "leak",
    "leviathan",
    "light",
    "link",
    "linux",
    "lite",
    "loader",
    "local",
    "locker",
    "logic",
    "lynx",
    "mac",
    "machete",
    "magic",
    "mail",
    "main",
    "major",
    "mallox",
    "manager",
    "mango",
    "mask",
    "master",
    "matrix",
    "max",
    "maze",
    "meteor",
    "microsoft",
    "milan",
    "mini",
    "mirage",
    "misdat",
    "mobile",
    "money",
    "monitor",
    "monster",
    "moon",
    "mosquito",
    "mount",
    "native",
    "nemesis",
    "neo",
    "net",
    "network",
    "new",
    "night",
    "nobody",
    "nomad",
    "north",
    "nova",
    "novel",
    "oblivion",
    "office",
    "onyx",
    "open",
    "operation",
    "orange",
    "orbit",
    "order",
    "orion",
    "outlook",
    "panda",
    "panel",
    "paradise",
    "partner",
    "passwd",
    "password",
    "patch",
    "path",
    "pegasus",
    "phantom",
    "phoenix",
    "photo",
    "pick",
    "ping",
    "pirate",
    "play",
    "point",
    "poison",
    "police",
    "port",
    "power",
    "powershell",
    "premium",
    "private",
    "pro",
    "project",
    "proton",
    "proxy",
    "public",
    "pupy",
    "quantum",
    "queen",
    "random",
    "ransom",
    "rebel",
    "rebound",
    "recon",
    "red",
    "redirect",
    "reg",
    "regin",
    "remote",
    "rescue",
    "response",
    "rhysida",
    "ring",
    "rock",
    "route",
    "royal",
    "ruby",
    "rule",
    "russia",
    "safe",
    "sample",
    "scanner",
    "scout",
    "script",
    "secret",
    "security",
    "sentinel",
    "server",
    "service",
    "shadow",
    "shark",
    "shell",
    "shield",
    "sigma",
    "signal",
    "silence",
    "silver",
    "sliver",
    "smoke",
    "snake",
    "snow",
    "solar",
    "source",
    "spam",
    "spark",
    "special",
    "specter",
    "speed",
    "spider",
    "spy",
    "stage",
    "star",
    "stealth",
    "storm",
    "stream",
    "strike",
    "strong",
    "sun",
    "super",
    "support",
    "swift",
    "sword",
    "syndicate",
    "system",
    "target",
    "task",
    "team",
    "temple",
    "test",
    "thanos",
    "thief",
    "thor",
    "thunder",
    "tiger",
    "titan",
    "tool",
    "tor",
    "total",
    "tracer",
    "trap",
    "trigger",
    "trojan",
    "troll",
    "turbo",
    "turla",
    "union",
    "unit",
    "unknown",
    "update",
    "uroboros",
    "user",
    "vault",
    "vector",
    "vendetta",
    "vice",
    "victory",
    "viper",
    "virus",
    "vision",
    "volt",
    "vortex",
    "wallet",
    "water",
    "wave",
    "web",
    "whisper",
    "white",
    "wild",
    "windows",
    "winter",
    "wizard",
    "wolf",
    "work",
    "world",
    "worm",
    "xmrig",
    "zero",
    "zeus",
    "zone",
];

/// Whether a folded name is an everyday word, so that it needs context before it counts as a name.
pub(crate) fn is_ordinary(folded: &str) -> bool {
    ORDINARY.binary_search(&folded).is_ok()
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
    fn ordinary_words_are_sorted() {
        assert!(ORDINARY.is_sorted());
    }
}
