//! Text in which the case of letters is made equal: simple folding as in Unicode, a character for a character.

/// Appends `text`, folded.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    let start = out.len();
    out.push_str(text);
    if text.is_ascii() {
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    out.truncate(start);
    out.extend(text.chars().map(fold_char));
}

/// `text`, folded.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// A character, folded.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // The dotless i of Turkish is no i, though it is written I in capitals.
    if c == 'ı' {
        return c;
    }
    let up = only(c.to_uppercase()).unwrap_or(c);
    only(up.to_lowercase()).unwrap_or(up)
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn case_is_made_equal_a_character_for_a_character() {
        for (text, expect) in [
            ("WHOAMI", "whoami"),
            ("ÄÖÜ", "äöü"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("ς", "σ"),
            ("ſ", "s"),
            ("K", "k"),
            ("ß", "ß"),
            ("ı", "ı"),
            ("漢字", "漢字"),
        ] {
            assert_eq!(folded(text), expect);
        }
    }
}
