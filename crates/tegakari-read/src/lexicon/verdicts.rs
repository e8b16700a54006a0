//! What an author says a value is: the cell in a column of verdicts, or the tag before a line.

/// An author's own verdict on a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It belongs to the attack.
    Malicious,
    /// It does not.
    Clean,
}

/// Words that a clean verdict begins with. They come first, as "not malicious" is one.
const CLEAN: &[&str] = &[
    "clean",
    "benign",
    "legitimate",
    "legit",
    "harmless",
    "goodware",
    "safe",
    "trusted",
    "whitelisted",
    "allowlisted",
    "false positive",
    "false-positive",
    "fp",
    "not malicious",
    "non-malicious",
    "nonmalicious",
    "no threat",
    "no detection",
    "known good",
    "known-good",
    "do not block",
    "out of scope",
    "正規",
    "正常",
    "無害",
    "良性",
    "誤検知",
    "誤検出",
    "クリーン",
    "安全",
    "遮断不要",
    "対象外",
];

/// Words that a verdict against a value begins with.
const MALICIOUS: &[&str] = &[
    "malicious",
    "malware",
    "suspicious",
    "phishing",
    "bad",
    "c2",
    "c&c",
    "botnet",
    "true positive",
    "tp",
    "known bad",
    "known-bad",
    "confirmed malicious",
    "high risk",
    "block",
    "悪性",
    "悪意",
    "不審",
    "不正",
    "マルウェア",
    "遮断",
    "ブロック",
];

/// What turns something of somebody's own into the attacker's.
const TURNED: [&str; 10] = [
    "compromised",
    "hacked",
    "hijack",
    "abused",
    "infected",
    "trojanized",
    "改ざん",
    "悪用",
    "侵害",
    "乗っ取",
];

/// The verdict that a cell or tag begins with.
pub(crate) fn verdict(text: &str) -> Option<Verdict> {
    let text = text.trim().trim_matches(['*', '`', '"', '_', ' ']);
    let begins = |word: &&str| {
        let Some(head) = text.get(..word.len()) else {
            return false;
        };
        let next = text.get(word.len()..).and_then(|rest| rest.chars().next());
        head.eq_ignore_ascii_case(word)
            && (!word.is_ascii() || next.is_none_or(|c| !(c.is_ascii_alphanumeric() || c == '-')))
    };
    // "Legitimate site, hacked" is not harmless.
    let turned = || {
        let lower = text.to_lowercase();
        TURNED.iter().any(|word| lower.contains(word))
    };
    if CLEAN.iter().any(begins) {
        (!turned()).then_some(Verdict::Clean)
    } else if MALICIOUS.iter().any(begins) {
        Some(Verdict::Malicious)
    } else {
        None
    }
}

/// Longest tag before a line, in bytes.
const TAG: usize = 40;

/// The verdict in brackets that a line begins with: `- [false positive] 192.0.2.1`.
pub(crate) fn tag(line: &str) -> Option<Verdict> {
    let body = line.trim_start_matches([' ', '\t', '-', '*', '•', '・', '·', '>']);
    let closing = match body.chars().next()? {
        '[' => ']',
        '(' => ')',
        '【' => '】',
        '<' => '>',
        _ => return None,
    };
    let open = body.chars().next()?.len_utf8();
    let end = body
        .char_indices()
        .take(TAG)
        .find(|(_, c)| *c == closing)
        .map(|(i, _)| i)?;
    verdict(body.get(open..end)?)
}

/// Longest line that one remark at its end speaks for, in bytes.
const LINE: usize = 240;

/// Whether the remark that a line ends in clears its value: `<hash> – a.exe – legitimate runtime`,
/// 「（正規ファイル）」. A legitimate site that was broken into is not cleared.
pub(crate) fn cleared_at_end(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['.', '。']);
    if line.len() > LINE {
        return false;
    }
    let bracketed = line
        .strip_suffix([')', '）', ']'])
        .and_then(|l| l.rsplit_once(['(', '（', '[']));
    let dashed = after_last_mark(line);
    let clears = |remark: &str| {
        if verdict(remark) != Some(Verdict::Clean) {
            return false;
        }
        let lower = remark.to_lowercase();
        let turned = [
            "compromised",
            "hacked",
            "hijack",
            "abuse",
            "infected",
            "trojan",
            "website",
            " site",
            "service",
            "domain",
            "改ざん",
            "悪用",
            "侵害",
            "サイト",
            "サービス",
            "ドメイン",
            "域名",
        ];
        // 「（正規はexample.com）」 clears another.
        !turned.iter().any(|w| lower.contains(w)) && !lower.contains("正規は")
    };
    bracketed.is_some_and(|(before, remark)| !before.trim().is_empty() && clears(remark))
        || dashed.is_some_and(clears)
}

/// What stands behind the last of the marks ` - `, ` – `, ` — `, ` # `, `, `, `：` and a tab.
fn after_last_mark(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let marks = memchr::memrchr3_iter(b' ', b'\t', 0x9A, bytes);
    let ends = |at: &usize| {
        let before = bytes.get(..*at).unwrap_or_default();
        match bytes.get(*at) {
            Some(b'\t') => true,
            Some(b' ') => matches!(
                before,
                [.., b','] | [.., b' ', b'-' | b'#'] | [.., b' ', 0xE2, 0x80, 0x93 | 0x94]
            ),
            _ => before.ends_with(&[0xEF, 0xBC]),
        }
    };
    let mut marks = marks.filter(ends);
    line.get(marks.next()? + 1..)
}

#[cfg(test)]
mod tests {
    use super::{Verdict::*, cleared_at_end, tag, verdict};

    #[test]
    fn a_remark_at_the_end_of_a_line_clears_its_value() {
        for (line, want) in [
            ("- 8b9a0b44 – node.exe – legitimate Node.js runtime", true),
            ("- 8b9a0b44：Updater.exe（正規ファイル）", true),
            ("8b9a0b44  7za.exe (not malicious)", true),
            ("evil.example - legitimate site, compromised", false),
            ("evil.example (malicious)", false),
            ("clean", false),
            ("(clean)", false),
        ] {
            assert_eq!(cleared_at_end(line), want, "{line}");
        }
    }

    #[test]
    fn a_verdict_is_what_a_cell_begins_with() {
        for (text, want) in [
            ("malicious", Some(Malicious)),
            ("Malicious (host)", Some(Malicious)),
            ("not malicious (Word's own copy)", Some(Clean)),
            ("benign, signed", Some(Clean)),
            ("Clean", Some(Clean)),
            ("**False positive**", Some(Clean)),
            ("悪性（確度高）", Some(Malicious)),
            ("正規サイト", Some(Clean)),
            ("正規サイトが改ざん", None),
            ("legitimate site, hacked in May", None),
            ("cleaned up in May", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(verdict(text), want, "{text}");
        }
    }

    #[test]
    fn a_tag_stands_in_brackets_before_a_line() {
        for (line, want) in [
            ("- [false positive] 192.0.2.1", Some(Clean)),
            ("[malicious] evil.example", Some(Malicious)),
            ("【正規】 a.example", Some(Clean)),
            ("[1] evil.example", None),
            ("malicious: a.example", None),
        ] {
            assert_eq!(tag(line), want, "{line}");
        }
    }
}
