//! Whether the words around a name say that it is not so: "The attackers are not APT28", "unlike Lazarus", "TONESHELL was not
//! used", APT28の攻撃ではない. A publisher who names somebody only to say so claims nothing.

/// Words that deny what follows.
const HEADS: [&str; 11] = [
    "not", "cannot", "unlike", "neither", "nor", "no", "nothing", "rather", "instead", "other",
    "without",
];

/// Words between them and the name.
const BETWEEN: [&str; 56] = [
    "a",
    "actor",
    "actors",
    "an",
    "any",
    "apt",
    "associated",
    "at",
    "attack",
    "attacks",
    "attributed",
    "backdoor",
    "be",
    "been",
    "behind",
    "being",
    "by",
    "campaign",
    "campaigns",
    "connected",
    "connection",
    "deploy",
    "deployed",
    "do",
    "evidence",
    "from",
    "group",
    "groups",
    "hackers",
    "involve",
    "involved",
    "involving",
    "link",
    "linked",
    "links",
    "malware",
    "of",
    "overlap",
    "overlaps",
    "ransomware",
    "related",
    "relation",
    "samples",
    "than",
    "that",
    "the",
    "threat",
    "tied",
    "ties",
    "to",
    "tool",
    "trojan",
    "use",
    "used",
    "using",
    "with",
];

/// What denies a name that stands before it.
const AFTER: [&str; 16] = [
    " is not behind",
    " was not behind",
    " is not responsible",
    " was not responsible",
    " is not involved",
    " was not involved",
    " was not used",
    " were not used",
    " is not used",
    " was not seen",
    " was not observed",
    " was not found",
    " was not present",
    " was not deployed",
    " had nothing to do",
    " has nothing to do",
];

/// The same in Japanese and Chinese, a few letters on.
const WIDE_AFTER: [&str; 11] = [
    "ではな",
    "ではありません",
    "とは異なり",
    "とは無関係",
    "とは関係な",
    "は使われていな",
    "は使用されていな",
    "は確認されていな",
    "は見つかっていな",
    "无关",
    "無關",
];
/// And what in it says no such thing: APT28だけではなく.
const WIDE_MORE: [&str; 3] = ["だけ", "のみ", "ばかり"];
/// How far on, in letters.
const NEAR: usize = 14;

/// Whether the name at `start..end` of a text is denied.
pub(super) fn is_denied(text: &str, (start, end): (usize, usize)) -> bool {
    let after = text.get(end..).unwrap_or("");
    let tail: String = after.chars().take(NEAR).collect();
    let clause = tail.split(['。', '、', '，', '\n']).next().unwrap_or("");
    AFTER.iter().any(|words| {
        after
            .get(..words.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(words))
    }) || !clause.is_ascii()
        && WIDE_AFTER.iter().any(|words| clause.contains(words))
        && !WIDE_MORE.iter().any(|words| clause.contains(words))
        || is_denied_before(text.get(..start).unwrap_or(""))
}

fn is_denied_before(before: &str) -> bool {
    let mut from = before.len().saturating_sub(96);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let clause = before.get(from..).unwrap_or("");
    let clause = clause
        .rsplit(['.', ';', ':', ',', '(', '\n', '。'])
        .next()
        .unwrap_or("");
    let mut words = clause.split_whitespace().rev().map(|word| {
        word.trim_matches(['"', '“', '”', '\'', '*', '`'])
            .to_lowercase()
    });
    while let Some(word) = words.next() {
        if word.ends_with("n't") || word.ends_with("n’t") {
            return true;
        }
        if HEADS.contains(&word.as_str()) {
            // "None other than Lazarus", "no group other than Lazarus".
            let none = |word: String| matches!(word.as_str(), "none" | "no" | "nobody");
            return word != "other" || !words.by_ref().take(3).any(none);
        }
        if !BETWEEN.contains(&word.as_str()) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_denied;

    #[test]
    fn denials_are_told_from_claims() {
        let denied = |text: &str| {
            let start = text.find("APT28").unwrap();
            is_denied(text, (start, start + 5))
        };
        for text in [
            "The attackers are not APT28.",
            "The work of APT29 and not of APT28.",
            "Unlike APT28, they leave no traces.",
            "This has nothing to do with APT28",
            "We found no evidence of APT28 malware.",
            "It cannot be attributed to the APT28 group",
            "They didn't use APT28 tools",
            "a new group rather than APT28",
            "APT28 was not involved.",
            "本件はAPT28の攻撃ではない。",
            "APT28とは無関係である",
        ] {
            assert!(denied(text), "{text}");
        }
        for text in [
            "The attackers are APT28.",
            "This is not the first time that APT28 attacked",
            "not only APT28 but APT29",
            "none other than APT28",
            "no group other than APT28",
            "APT28だけではなくAPT29も",
            "The server was not patched. APT28 used it.",
            "It was not long before APT28 came back",
            "APT28 is not new.",
            "APT28による攻撃である。本件は偶然ではない。",
        ] {
            assert!(!denied(text), "{text}");
        }
    }
}
