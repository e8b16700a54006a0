//! Words that take a sentence back: it did not happen, or it is advice.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// Anywhere in an English sentence: it tells of nobody's doing.
const ENGLISH: &[&str] = &[
    "no evidence",
    "no indication",
    "no sign of",
    "no signs of",
    "did not observe",
    "did not see",
    "did not find",
    "not observed",
    "not been observed",
    "not seen",
    "have not seen",
    "could not be confirmed",
    "cannot be confirmed",
    "could not confirm",
    "we recommend",
    "is recommended",
    "are recommended",
    "recommends that",
    "recommended to",
    "recommend that",
    "we advise",
    "are advised",
    "is advised",
    "should be",
    "should consider",
    "organizations should",
    "organisations should",
    "administrators should",
    "defenders should",
    "users should",
    "companies should",
    "should not",
    "must be",
    "best practice",
    "to mitigate",
    "to defend against",
    "to protect against",
    "protects against",
    "to prevent",
    "help prevent",
    "helps prevent",
    "be prevented",
    "was blocked",
    "were blocked",
    "our product",
    "our customers",
    "rule detects",
    "detection rule",
    "detects the",
    "can be detected",
    "to detect",
    "edr detects",
    "search for",
    "if attackers",
    "we found no",
    "found no sign",
    "unclear whether",
    "not clear whether",
    "should monitor",
    "should disable",
    "was prevented",
    "were prevented",
    "webinar",
    "our platform",
    "our edr",
    "our solution",
    "our products",
    "this product",
    "platform detects",
    "red team exercise",
    "exploit market",
    "honeypot recorded",
    " patch on ",
    " patches for ",
];

/// Before a phrase, in the same English sentence and at most so many bytes away: it did not happen.
const NOT: &[&str] = &[
    "does not ",
    "did not ",
    "do not ",
    "cannot ",
    "can not ",
    "could not ",
    "can't ",
    "doesn't ",
    "didn't ",
    "doesn’t ",
    "didn’t ",
    "was not ",
    "were not ",
    "without ",
    "never ",
    " nor ",
    "unlike ",
];
/// How far a word of [`NOT`] reaches.
const REACH: usize = 56;

/// An English sentence that begins so tells somebody what to do.
const ADVICE: &[&str] = &[
    "allow",
    "apply",
    "audit",
    "avoid",
    "block",
    "change",
    "check",
    "conduct",
    "configure",
    "consider",
    "deny",
    "deploy",
    "detect",
    "detects",
    "disable",
    "educate",
    "enable",
    "enforce",
    "ensure",
    "harden",
    "hunt",
    "implement",
    "inspect",
    "install",
    "investigate",
    "isolate",
    "keep",
    "limit",
    "look",
    "maintain",
    "monitor",
    "patch",
    "perform",
    "prevent",
    "protect",
    "regularly",
    "remove",
    "require",
    "restrict",
    "review",
    "search",
    "segment",
    "segregate",
    "train",
    "turn",
    "update",
    "upgrade",
    "use",
    "validate",
    "verify",
];

/// After a phrase, in the same Japanese sentence.
const JAPANESE: &[&str] = &[
    "行われていない",
    "行われていません",
    "行われなかった",
    "行っていない",
    "行っていません",
    "確認されていない",
    "確認されていません",
    "確認されなかった",
    "確認されませんでした",
    "確認できていない",
    "確認できていません",
    "確認できなかった",
    "確認できませんでした",
    "確認していない",
    "確認していません",
    "観測されていない",
    "観測されていません",
    "観測されなかった",
    "見つかっていない",
    "見つかっていません",
    "見つからなかった",
    "見られなかった",
    "見られない",
    "認められなかった",
    "認められません",
    "認められていない",
    "発見されなかった",
    "検出されなかった",
    "痕跡はない",
    "痕跡はなかった",
    "痕跡はありません",
    "形跡はない",
    "形跡はなかった",
    "形跡はありません",
    "証拠はない",
    "証拠はありません",
    "取得しない",
    "設置されていな",
    "持ち出していない",
    "が修正され",
    "を防ぎます",
    "を検知します",
    "使用していない",
    "使用されていない",
    "使われていない",
    "使用されなかった",
    "悪用されていない",
    "発生していない",
    "発生しなかった",
    "成功していない",
    "成功しなかった",
    "失敗した",
    "失敗して",
    "至らなかった",
    "至っていない",
    "至っていません",
    "ではなく",
    "してください",
    "を推奨",
    "推奨する",
    "推奨します",
    "推奨される",
    "お勧め",
    "おすすめ",
    "ことが望ましい",
    "が望まれる",
    "ことが重要",
    "が重要",
    "が必要です",
    "必要がある",
    "必要があります",
    "べきである",
    "べきです",
    "を防ぐ",
    "を防止",
    "防ぐため",
    "防止する",
    "を阻止",
    "への対策",
    "の対策",
    "対策として",
    "に備え",
    "に注意",
    "を検知する",
    "を検知し",
    "を検知でき",
    "を検出する",
    "検知ルール",
    "とは、",
];

fn automaton(
    cell: &'static OnceLock<Option<AhoCorasick>>,
    words: &[&str],
) -> Option<&'static AhoCorasick> {
    cell.get_or_init(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .ok()
    })
    .as_ref()
}

/// Whether an English sentence tells of nobody's doing.
pub(super) fn is_advice(sentence: &str) -> bool {
    let first = sentence
        .trim_start_matches(|c: char| !c.is_ascii_alphabetic())
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or("");
    let mut lower = [0_u8; 16];
    if first.len() <= lower.len() {
        for (to, from) in lower.iter_mut().zip(first.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        let word = lower.get(..first.len()).unwrap_or_default();
        if ADVICE.binary_search_by(|a| a.as_bytes().cmp(word)).is_ok() {
            return true;
        }
    }
    static CELL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    automaton(&CELL, ENGLISH).is_some_and(|a| a.is_match(sentence))
}

/// Whether the sentence around a phrase says that it did not happen, or is advice.
pub(super) fn takes_back(text: &str, start: usize, end: usize) -> bool {
    static CELL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let after = text.get(end..floor(text, end + 240)).unwrap_or("");
    let after = after.split(['。', '\n', '\t']).next().unwrap_or("");
    if !after.is_ascii() || !text.get(start..end).unwrap_or("").is_ascii() {
        return automaton(&CELL, JAPANESE).is_some_and(|a| a.is_match(after));
    }
    let from = floor(text, start.saturating_sub(240));
    let before = text.get(from..start).unwrap_or("");
    let sentence_from = before
        .rmatch_indices(['.', '\n', '\t', '!', '?'])
        .find(|(i, _)| {
            before
                .as_bytes()
                .get(i + 1)
                .is_none_or(u8::is_ascii_whitespace)
        })
        .map_or(from, |(i, _)| from + i + 1);
    let sentence_to = end + after.find(". ").unwrap_or(after.len());
    let near = text
        .get(floor(text, start.saturating_sub(REACH).max(sentence_from))..start)
        .unwrap_or("")
        .to_ascii_lowercase();
    // "did not stop there but used X": what comes after "but" happened.
    let near = near.rsplit(" but ").next().unwrap_or("");
    if NOT.iter().any(|not| near.contains(not))
        || near.ends_with(" no ")
        || near.trim_start() == "no "
    {
        return true;
    }
    is_advice(
        text.get(sentence_from..sentence_to)
            .unwrap_or("")
            .trim_start(),
    )
}

/// The boundary of a character at or before an offset.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_and_negation_take_a_sentence_back() {
        assert!(ADVICE.is_sorted());
        for text in [
            "Monitor for scheduled tasks.",
            "We recommend blocking macros.",
            "There is no evidence of data theft.",
        ] {
            assert!(is_advice(text), "{text}");
        }
        assert!(!is_advice("The implant monitors the clipboard."));
        let check = |text: &str, phrase: &str, expect: bool| {
            let at = text.find(phrase).unwrap();
            assert_eq!(takes_back(text, at, at + phrase.len()), expect, "{text}");
        };
        check(
            "Unlike others, it cannot capture screenshots.",
            "screenshots",
            true,
        );
        check("It does not delete event logs.", "event logs", true);
        check("There were no web shells on it.", "web shells", true);
        check(
            "It did not stop there but used web shells.",
            "web shells",
            false,
        );
        check("横展開は確認されていない。", "横展開", true);
        check(
            "横展開が確認された。二次被害は確認されていない。",
            "横展開",
            false,
        );
        check(
            "DLLサイドローディングを防ぐため、更新してください。",
            "DLLサイドローディング",
            true,
        );
        check(
            "It ended. Consider blocking lateral movement.",
            "lateral movement",
            true,
        );
        check(
            "Consider this. It used lateral movement.",
            "lateral movement",
            false,
        );
    }
}
