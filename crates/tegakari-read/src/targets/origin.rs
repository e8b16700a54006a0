//! Whether the words around a country say that the attackers come from it, or that its people were attacked.
//!
//! "Iran-linked", "working for the North Korean regime", "中国系" is a claim of the publisher about the attackers; "South Korean
//! companies" in a sentence about an attack names victims. Without such words a country is only mentioned.

/// Ties of an attacker to a country, right after its name.
const TIED: &[&str] = &[
    "-linked",
    "-nexus",
    "-aligned",
    "-backed",
    "-sponsored",
    "-affiliated",
    "-associated",
    "-origin",
    "-state",
    " linked ",
    " backed ",
    " state-sponsored",
    " state sponsored",
    " state-backed",
    " state-linked",
    " nation-state",
    " government-backed",
    " government-sponsored",
    " government-linked",
    " regime",
    "語話者",
    "語を話す",
    "が支援",
    "政府が支援",
    "政府の支援",
    "政府支援",
    "国家支援",
    "の支援を受け",
    "の国家支援",
    "のハッカー",
    "の攻撃者",
    "の攻撃グループ",
    "の脅威アクター",
    "のサイバースパイ",
    "が関与",
    "の関与",
    "を背景",
    "背景",
    "に関連する",
    "に関係する",
    "と関連する",
    "との関係",
    "との関連",
    "に属する",
    "によるもの",
    "による攻撃",
    "による犯行",
    "黑客",
    "支持的",
    "政府支持",
    "배후",
    "해커",
    "정부 지원",
    "정부의 지원",
];

/// What ties a country to the attackers only if something about attackers follows: companies are "Japan-based" too.
const LOOSELY_TIED: &[&str] = &["-based", "-speaking", "系", "を拠点", "を含む"];

/// Deeds of a country, which then is no victim.
const ACTS: &[&str] = &[
    " wages",
    " waged",
    " launches",
    " launched",
    " spies on",
    " spied on",
    " hacks",
];

/// What stands between a country and a word for attackers.
const MODIFIERS: &[&str] = &[
    "advanced",
    "adversarial",
    "apt",
    "based",
    "criminal",
    "cyber",
    "cyber-espionage",
    "cybercrime",
    "cybercriminal",
    "cyberespionage",
    "espionage",
    "foreign",
    "government",
    "hacker",
    "hacking",
    "intelligence",
    "intrusion",
    "malicious",
    "military",
    "nation",
    "persistent",
    "ransomware",
    "speaking",
    "sponsored",
    "state",
    "state-run",
    "state-owned",
    "suspected",
    "targeted",
    "threat",
    "activity",
    "backed",
    "linked",
    "it",
];

/// Words for attackers, as they begin.
const ATTACKERS: &[&str] = &[
    "actor",
    "adversar",
    "apt",
    "attacker",
    "crew",
    "criminals",
    "cluster",
    "cyberspies",
    "cyberespionage",
    "cyber-espionage",
    "cybercriminals",
    "espionage",
    "gang",
    "group",
    "hacker",
    "hacktivist",
    "operators",
    "operatives",
    "service",
    "spies",
    "spying",
    "syndicate",
    "threat",
    "workers",
];

/// Words for attackers in scripts that do not put blanks between words.
const WIDE_ATTACKERS: &[&str] = &[
    "攻撃",
    "グループ",
    "アクター",
    "ハッカー",
    "ハッキング",
    "脅威",
    "APT",
    "スパイ",
];

/// What stands before a country that attackers come from, but for "the".
const BEFORE: &[&str] = &[
    "linked to",
    "link to",
    "links to",
    "tied to",
    "ties to",
    "ties with",
    "connected to",
    "attributed to",
    "backed by",
    "sponsored by",
    "supported by",
    "working for",
    "operating for",
    "operates for",
    "on behalf of",
    "aligned with",
    "in the interest of",
    "interests of",
];

/// The same, right behind a word for attackers.
const BEFORE_PLACE: &[&str] = &[
    "from",
    "out of",
    "operates from",
    "operates out of",
    "originates from",
    "originating from",
    "originates in",
    "originating in",
    "based in",
    "located in",
    "operating from",
    "operating out of",
    "works from",
];

/// Words for people and bodies that are attacked, as they begin.
const VICTIMS: &[&str] = &[
    "agenc",
    "aerospace",
    "airline",
    "aviation",
    "army",
    "authorit",
    "bank",
    "business",
    "citizen",
    "civil",
    "compan",
    "contractor",
    "customer",
    "defen",
    "diplomat",
    "dissident",
    "embass",
    "energy",
    "engineer",
    "enterprise",
    "entit",
    "financ",
    "firm",
    "government",
    "hospital",
    "individual",
    "industr",
    "infrastructure",
    "institut",
    "journalist",
    "logistic",
    "manufactur",
    "maritime",
    "media",
    "militar",
    "militia",
    "ministr",
    "national",
    "network",
    "official",
    "oil",
    "organisation",
    "organization",
    "parliament",
    "personnel",
    "politician",
    "politic",
    "port",
    "public",
    "school",
    "sector",
    "shipping",
    "speaking",
    "suppl",
    "tanker",
    "target",
    "telecom",
    "think",
    "universit",
    "user",
    "utilit",
    "vessel",
    "victim",
    "water",
];

/// Words for whom and what attackers attack, in scripts without blanks.
const WIDE_VICTIMS: &[&str] = &[
    "企業",
    "会社",
    "グループ企業",
    "団体",
    "利用者",
    "ユーザ",
    "住民",
    "大学",
    "製造",
    "機関",
];

/// What takes a statement about where attackers come from back, before it.
const NOT: &[&str] = &[
    " not ",
    "n't ",
    "n’t ",
    "no evidence",
    "unlike",
    "in contrast",
    "rather than",
    "instead of",
    "pretend",
    "false flag",
    "false-flag",
    "posing as",
    "posed as",
    "impersonat",
    "masquerad",
    "neither",
    "look like",
    "looks like",
];

/// The same, behind it in the same Japanese sentence.
const WIDE_NOT: &[&str] = &[
    "ではなく",
    "ではない",
    "とは異なり",
    "証拠はない",
    "証拠はありません",
    "証拠は確認",
    "とは考え",
    "を装",
    "見せかけ",
    "と断定でき",
    "かどうかは",
];

/// What stands right before whom attackers aim at.
const AIMED: &[&str] = &[
    "target",
    "targets",
    "targeted",
    "targeting",
    "attacked",
    "attacks",
    "attacking",
    "attack on",
    "attacks on",
    "attack against",
    "attacks against",
    "campaign against",
    "compromised",
    "breached",
    "hit",
];

/// Words that end what an adjective belongs to.
const STOPS: &[&str] = &[
    "a",
    "an",
    "and",
    "attacked",
    "breached",
    "compromised",
    "hit",
    "sent",
    "stole",
    "targeted",
    "targets",
    "used",
    "uses",
    "are",
    "as",
    "at",
    "by",
    "for",
    "from",
    "had",
    "has",
    "have",
    "in",
    "is",
    "of",
    "on",
    "or",
    "that",
    "the",
    "to",
    "was",
    "were",
    "which",
    "who",
    "with",
];

/// Words after a country that are looked at.
const REACH: usize = 5;

/// Whether the text after a country's name or adjective, with what stands before it, says that attackers come from there.
pub(super) fn is_origin(before: &str, after: &str) -> bool {
    // "People's Republic of China (PRC) state-sponsored".
    let after = match after
        .strip_prefix(" (")
        .and_then(|rest| rest.split_once(')'))
    {
        Some((short, rest)) if short.len() <= 5 => rest,
        _ => after,
    };
    says_origin(before, after) && !is_taken_back(before, after)
}

/// Whether the clause takes back what is said in it.
fn is_taken_back(before: &str, after: &str) -> bool {
    let clause = cut_back(before, 90).to_lowercase();
    let clause = clause.rsplit(['.', ';', '\n', '。']).next().unwrap_or("");
    if NOT.iter().any(|not| clause.contains(not)) {
        return true;
    }
    let sentence = cut(after, 160).split(['。', '\n']).next().unwrap_or("");
    !sentence.is_ascii() && WIDE_NOT.iter().any(|not| sentence.contains(not))
}

fn says_origin(before: &str, after: &str) -> bool {
    let starts = |words: &[&str]| {
        words.iter().any(|w| {
            after
                .get(..w.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(w))
        })
    };
    let aimed = is_aimed_at(before);
    if starts(TIED) {
        let spoken_against = after.starts_with(" regime") && is_spoken_against(before);
        return !(aimed || spoken_against || ties_victims(after));
    }
    if starts(LOOSELY_TIED) {
        return match after.get(..1) {
            Some("-") => {
                !aimed && tells_attackers(after.split_once(' ').map_or("", |(_, rest)| rest))
            }
            _ => {
                let near = cut(after, 75);
                let near = near.split(['、', '。', '\n']).next().unwrap_or("");
                let first = |words: &[&str]| words.iter().filter_map(|w| near.find(w)).min();
                match (first(WIDE_ATTACKERS), first(WIDE_VICTIMS)) {
                    (Some(attacker), Some(victim)) => attacker < victim,
                    (attacker, _) => attacker.is_some(),
                }
            }
        };
    }
    let described = beyond_conjunction(after);
    if described.starts_with(' ') && tells_attackers(described) {
        return !aimed;
    }
    if is_said_of_attackers(before, after) || comes_from(before, after) {
        return true;
    }
    let tail = cut_back(before, 100).to_lowercase();
    let tail = tail.trim_end();
    let tail = tail.strip_suffix(" the").unwrap_or(tail).trim_end();
    BEFORE.iter().any(|w| tail.ends_with(w))
        || tail
            .strip_suffix(" to")
            .is_some_and(|rest| cut_back(rest, 60).contains("attribut"))
        || BEFORE_PLACE
            .iter()
            .filter_map(|w| tail.strip_suffix(w)?.strip_suffix(' '))
            .any(ends_with_attackers)
}

/// What stands behind other adjectives: "Chinese *and Russian* state hackers".
fn beyond_conjunction(after: &str) -> &str {
    let mut rest = after;
    for _ in 0..3 {
        let Some(next) = [", and ", " and ", " or ", ", "]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark))
            .filter(|next| next.starts_with(|c: char| c.is_ascii_uppercase()))
        else {
            break;
        };
        // "North Korean" is one.
        let mut end = next.find([' ', ',']).unwrap_or(next.len());
        if matches!(next.get(..end), Some("North" | "South" | "Saudi")) {
            end = next
                .get(end + 1..)
                .and_then(|t| t.find([' ', ',']))
                .map_or(next.len(), |at| end + 1 + at);
        }
        rest = next.get(end..).unwrap_or("");
    }
    rest
}

/// Whether attackers are said to be of a country: "the attackers are Iranian", "of Chinese origin".
fn is_said_of_attackers(before: &str, after: &str) -> bool {
    let tail = cut_back(before, 60).to_lowercase();
    let tail = tail.trim_end();
    let ends = after.is_empty() || after.starts_with(['.', ',', ';', '\n']);
    let be = [" are", " is", " be", " were", " was"];
    if ends && be.iter().any(|be| tail.ends_with(be)) {
        return ends_with_attackers(tail);
    }
    after.starts_with(" origin") && tail.ends_with(" of")
}

/// The same in Chinese: 来自越南的攻击组织.
fn comes_from(before: &str, after: &str) -> bool {
    const ATTACK: [&str; 6] = ["攻击", "攻擊", "黑客", "组织", "團體", "团伙"];
    let near = cut(after, 36);
    (before.ends_with("来自") || before.ends_with("來自"))
        && near.starts_with('的')
        && ATTACK.iter().any(|word| near.contains(word))
}

/// Whether words end with one for attackers: "the group is believed to be".
fn ends_with_attackers(text: &str) -> bool {
    const BETWEEN: [&str; 16] = [
        "also",
        "are",
        "be",
        "believed",
        "is",
        "likely",
        "operating",
        "probably",
        "suspected",
        "that",
        "thought",
        "to",
        "was",
        "were",
        "which",
        "who",
    ];
    text.rsplit(' ')
        .map(|word| word.trim_matches(','))
        .take(REACH)
        .find(|word| !BETWEEN.contains(word))
        .is_some_and(is_attacker)
}

/// Whether what is tied to a country is nobody who attacks: "Iran-linked tanker".
fn ties_victims(after: &str) -> bool {
    let tied = after.trim_start_matches([' ', '-']);
    let rest = tied.split_once(' ').map_or("", |(_, rest)| rest);
    for word in phrase(rest) {
        if is_attacker(word) {
            return false;
        }
        let modifies = MODIFIERS.iter().any(|m| word.eq_ignore_ascii_case(m));
        if !modifies && VICTIMS.iter().any(|victim| starts(word, victim)) {
            return true;
        }
    }
    false
}

/// Whether the country does something to others.
pub(super) fn acts(after: &str) -> bool {
    ACTS.iter().any(|w| after.starts_with(w))
}

/// Whether attackers leave out what is named next: "avoids victims in".
pub(super) fn avoids(before: &str) -> bool {
    let tail = cut_back(before, 40).to_lowercase();
    ["avoid", "exclud", "except", "not target", "spare"]
        .iter()
        .any(|w| tail.contains(w))
}

/// Whether an adjective belongs to people or bodies that can be attacked: "South Korean defence companies".
pub(super) fn names_victims(after: &str) -> bool {
    after.starts_with([' ', '-'])
        && phrase(after).any(|word| VICTIMS.iter().any(|victim| starts(word, victim)))
}

/// Whether what follows a trade says that it is whose attackers these are: "government-backed".
pub(super) fn sponsors(after: &str) -> bool {
    [
        "-sponsored",
        "-backed",
        "-linked",
        "-affiliated",
        "-nexus",
        " hackers",
        "が支援",
        "の支援",
        "支援の",
    ]
    .iter()
    .any(|w| after.starts_with(w))
}

/// Whether words begin with a word for attackers, after words that only describe them.
fn tells_attackers(after: &str) -> bool {
    // "Russian military intelligence" attacks by itself.
    let mut told = false;
    for word in phrase(after) {
        let bare = word.trim_end_matches("'s").trim_end_matches("’s");
        if is_attacker(bare) {
            // "intelligence service", "IT workers", but not "Chinese service", "Chinese workers".
            return !matches!(first(after), w if w == word && (starts(w, "service") || starts(w, "workers")));
        }
        told |= bare.eq_ignore_ascii_case("intelligence");
        let known = word
            .split('-')
            .all(|part| MODIFIERS.iter().any(|m| part.eq_ignore_ascii_case(m)));
        if !known && !MODIFIERS.iter().any(|m| word.eq_ignore_ascii_case(m)) {
            return told;
        }
    }
    told
}

fn first(text: &str) -> &str {
    phrase(text).next().unwrap_or("")
}

fn is_attacker(word: &str) -> bool {
    ATTACKERS.iter().any(|attacker| starts(word, attacker))
}

/// Whether a word for an attack stands right before.
fn is_aimed_at(before: &str) -> bool {
    let tail = cut_back(before, 40).to_lowercase();
    let tail = tail.trim_end();
    let tail = ["the", "a", "an"]
        .iter()
        .find_map(|article| tail.strip_suffix(article)?.strip_suffix(' '))
        .unwrap_or(tail);
    AIMED.iter().any(|w| {
        tail.strip_suffix(w)
            .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
    })
}

fn is_spoken_against(before: &str) -> bool {
    let tail = cut_back(before, 40).to_lowercase();
    ["against", "targeting", "opposed to", "critical of"]
        .iter()
        .any(|w| tail.contains(w))
}

/// The words of one phrase: up to a sign or a word that begins another.
fn phrase(text: &str) -> impl Iterator<Item = &str> {
    let end = text
        .find(['.', ',', ';', ':', '(', ')', '\n', '"', '“', '。', '、'])
        .unwrap_or(text.len());
    text.get(..end)
        .unwrap_or("")
        .split([' ', '/'])
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_matches('-'))
        .take_while(|word| !STOPS.iter().any(|stop| word.eq_ignore_ascii_case(stop)))
        .take(REACH)
}

fn starts(word: &str, beginning: &str) -> bool {
    word.get(..beginning.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(beginning))
}

/// The first bytes of a text, not more than `most`.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// The last bytes of a text, not more than `most`.
fn cut_back(text: &str, most: usize) -> &str {
    let mut from = text.len().saturating_sub(most);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_from_victims() {
        for (before, after) in [
            ("the ", "-linked group used a new backdoor"),
            ("an ", " threat group sent mails"),
            ("a group with ties to the ", " ministry"),
            ("", "の攻撃者による"),
            ("", "系の攻撃グループ"),
            ("a ", "-speaking threat actor"),
            ("a ", "-based cyber espionage group"),
            ("", " government-backed hackers"),
            ("", " IT workers"),
            ("", " military intelligence service"),
            ("The group is based in ", " and"),
            ("suspected ", " nation-state actor"),
            ("", " advanced persistent threat"),
            ("", " military intelligence"),
            ("we attributed this activity to ", "."),
            ("a nation-state actor from the ", " attacked"),
            ("Hackers from ", " attacked"),
            ("The group operates out of ", ", and"),
            ("", " (PRC) state-sponsored cyber actors"),
            ("", "を背景とする攻撃グループ"),
            ("", "との関係が指摘される"),
            ("", " and Russian state hackers"),
            ("", ", Russian and North Korean hackers"),
            ("The attackers are ", "."),
            ("The group is believed to be ", ", but"),
            ("a cluster of ", " origin"),
            ("The group, which operates out of ", ", targets"),
            ("来自", "的攻击组织海莲花"),
        ] {
            assert!(is_origin(before, after), "{before}|{after}");
        }
        for (before, after) in [
            ("attacks on ", " oil companies"),
            ("victims in ", ", Iraq and Israel"),
            ("an ", " cybersecurity company says"),
            ("", "-based organizations were hit"),
            ("", "系企業が標的"),
            ("", " media group"),
            ("", "-speaking users"),
            ("a company based in ", " was hit"),
            ("", " workers were phished"),
            ("those who speak against the ", " regime"),
            ("", " opposition groups"),
            ("", "を拠点とする企業"),
            ("台湾の", "系のグループ企業が標的に"),
            ("The group is not linked to ", "."),
            ("We do not believe this is an ", " group"),
            ("Unlike ", " APTs it"),
            ("an Iran-linked group attacked a company based in ", "."),
            ("An ", "-linked tanker was attacked"),
            ("The ", " state-backed company Huawei was breached"),
            ("targets the ", " group Tencent"),
            ("", "の攻撃者ではなく"),
            ("", " and Japanese companies"),
            ("The victims are ", "."),
            ("来自", "的企业"),
        ] {
            assert!(!is_origin(before, after), "{before}|{after}");
        }
    }

    #[test]
    fn adjectives_belong_to_victims_or_to_nobody() {
        assert!(names_victims(" defence companies"));
        assert!(names_victims(" Ministry of Foreign Affairs"));
        assert!(names_victims("-speaking users"));
        assert!(!names_victims(" keyboard layout"));
        assert!(!names_victims(" lure about the embassy"));
        assert!(!names_victims(", companies"));
    }
}
