//! Whether a sentence says outright of the value that it begins with, or has just named, that it is harmless: such a
//! value is never blocked, whatever list of the same report holds it.

/// What follows a value that is called harmless.
const SAID: [&str; 16] = [
    " is benign",
    " is harmless",
    " is not malicious",
    " is legitimate and not malicious",
    " is legitimate",
    " is a false positive",
    " was a false positive",
    " must not be blocked",
    " should not be blocked",
    " is benign and",
    "は無害",
    "は悪性ではな",
    "は悪性ではあり",
    "は誤検知",
    "はブロックしない",
    "は遮断しない",
];

/// What takes it back in the same sentence.
const TURNED: [&str; 18] = [
    "abuse",
    "but ",
    "compromise",
    "except",
    "hack",
    "hijack",
    "however",
    "infected",
    "look",
    "once",
    "trojan",
    "unless",
    "until",
    "ただし",
    "だが",
    "悪用",
    "改ざん",
    "侵害",
];

/// Longest sentence that is looked at.
const SENTENCE: usize = 240;

/// Whether `after`, what stands behind a value, calls it harmless.
pub(super) fn is_said(after: &str) -> bool {
    if !after.starts_with([' ', 'は']) {
        return false;
    }
    let mut end = after.len().min(SENTENCE);
    while !after.is_char_boundary(end) {
        end -= 1;
    }
    let near = after.get(..end).unwrap_or("");
    let sentence = near.split(". ").next().unwrap_or(near);
    let sentence = sentence
        .split(['。', '\n', '\t'])
        .next()
        .unwrap_or(sentence);
    let lower = sentence.to_lowercase();
    let said = SAID.iter().any(|said| {
        lower.strip_prefix(said).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
                // "is legitimate software that": of a kind of thing.
                && (*said != " is legitimate" || rest.is_empty() || rest.starts_with(['.', ';', ',', '!']))
        })
    });
    said && !TURNED.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::is_said;

    #[test]
    fn a_sentence_says_outright_that_a_value_is_harmless() {
        for (after, want) in [
            (" is benign.", true),
            (
                " is legitimate and not malicious; it must not be blocked.",
                true,
            ),
            (" is legitimate. The attackers compromised another.", true),
            (" is legitimate, but was compromised.", false),
            (" is legitimate software that they abused", false),
            (" is not malicious until June", false),
            (" is benignware", false),
            (" resolved to 192.0.2.1, which is benign", false),
            (" must not be blocked", true),
            ("は無害です。", true),
            ("は悪性ではありませんが、悪用された", false),
            ("", false),
        ] {
            assert_eq!(is_said(after), want, "{after}");
        }
    }
}
