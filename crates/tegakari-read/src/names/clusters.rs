//! The numbers that vendors give to clusters of activity (`UNC2452`, `Storm-0558`, `CL-STA-0044`), and
//! ATT&CK's ids of groups and software (`G0030`, `S0154`).
//!
//! Borders are those of ASCII letters, digits and `_`, so that a number counts where Japanese touches it.

/// What may stand before the digits, and how many those are. Of the forms of one vendor the longer come first.
const FORMS: &[(&[u8], usize, usize)] = &[
    (b"UNC", 4, 5),
    (b"UAT-", 4, 5),
    (b"UAC-", 4, 4),
    (b"CL-STA-", 4, 4),
    (b"CL-CRI-", 4, 4),
    (b"CL-UNK-", 4, 4),
    (b"TGR-STA-", 4, 4),
    (b"TGR-CRI-", 4, 4),
    (b"TGR-UNK-", 4, 4),
    (b"DEV-", 4, 4),
    (b"TA", 3, 4),
    (b"TAG-", 2, 3),
    (b"APT-C-", 2, 2),
    (b"APT-", 1, 3),
    (b"APT", 1, 3),
    (b"FIN", 1, 2),
    (b"G", 4, 4),
    (b"S", 4, 4),
];

/// Whether a number may begin with this byte.
pub(super) fn may_begin(first: u8) -> bool {
    matches!(
        first,
        b'U' | b'C' | b'T' | b'D' | b'A' | b'F' | b'G' | b'S' | b's'
    )
}

/// Where the number ends that starts at `at`, the start of a word.
pub(super) fn end_of(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    if before.is_some_and(|b| is_word(*b)) {
        return None;
    }
    let rest = bytes.get(at..)?;
    // In every form a capital or a digit is second, but for the `t` of "Storm"; in most words a small letter.
    if !matches!(rest.get(1)?, b'A'..=b'Z' | b'0'..=b'9' | b't') {
        return None;
    }
    let numbered = |prefix: usize, least: usize, most: usize| {
        let tail = rest.get(prefix..)?;
        let digits = tail
            .iter()
            .take(most + 1)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let end = prefix + digits;
        let ends = !rest.get(end).is_some_and(|b| is_word(*b));
        ((least..=most).contains(&digits) && ends).then_some(at + end)
    };
    // Many words begin with "st".
    if matches!(rest, [b'S' | b's', b't' | b'T', b'o' | b'O', ..]) {
        let storm = rest.get(..6)?.eq_ignore_ascii_case(b"storm-");
        return storm.then(|| numbered(6, 4, 4)).flatten();
    }
    if rest.get(1) == Some(&b't') {
        return None;
    }
    if let Some(tail) = rest.strip_prefix(b"TEMP.") {
        let small = tail
            .iter()
            .skip(1)
            .take_while(|b| b.is_ascii_lowercase())
            .count();
        let named = tail.first().is_some_and(u8::is_ascii_uppercase) && small > 0;
        let ends = !tail.get(1 + small).is_some_and(|b| is_word(*b));
        return (named && ends).then_some(at + 6 + small);
    }
    let mut forms = FORMS.iter().filter(|(prefix, ..)| rest.starts_with(prefix));
    forms.find_map(|(prefix, least, most)| numbered(prefix.len(), *least, *most))
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn numbers_of_every_vendor_are_known_and_nothing_else() {
        for (text, want) in [
            ("UNC2452", "UNC2452"),
            ("UNC24521, ", "UNC24521"),
            ("UNC245212", ""),
            ("UAT-9999", "UAT-9999"),
            ("UAC-0050", "UAC-0050"),
            ("CL-STA-0044.", "CL-STA-0044"),
            ("CL-STB-0044.", ""),
            ("TGR-UNK-0001", "TGR-UNK-0001"),
            ("Storm-0558", "Storm-0558"),
            ("storm-0558", "storm-0558"),
            ("STORM-055", ""),
            ("DEV-0537", "DEV-0537"),
            ("TA505", "TA505"),
            ("TA50", ""),
            ("TAG-22", "TAG-22"),
            ("APT-C-23", "APT-C-23"),
            ("APT-41", "APT-41"),
            ("APT41", "APT41"),
            ("APT41b", ""),
            ("APT41による", "APT41"),
            ("FIN7", "FIN7"),
            ("TEMP.Veles ", "TEMP.Veles"),
            ("TEMP.V", ""),
            ("TEMP.Veles7", ""),
            ("G0030", "G0030"),
            ("S0154_x", ""),
            ("Summer", ""),
        ] {
            let got = end_of(text.as_bytes(), 0).map_or("", |end| &text[..end]);
            assert_eq!(got, want, "{text}");
        }
        assert_eq!(end_of(b"xUNC2452", 1), None);
        assert_eq!(end_of("攻撃者UNC2452".as_bytes(), 9), Some(16));
    }
}
