//! Documents that no report format reads yet, told by their first bytes. Read as text they would yield
//! values that nobody wrote.

/// What the document is and what to do, when it cannot be read as a report.
pub(crate) fn unreadable(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const SAVE: &str = "save it as text or HTML and read that";
    let magic: [(&[u8], &str, &str); 11] = [
        (b"%PDF-", "it is a PDF, which cannot be read yet", SAVE),
        (
            b"PK\x03\x04",
            "it is a ZIP archive or an office document, which cannot be read yet",
            SAVE,
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "it is an old office document, which cannot be read yet",
            SAVE,
        ),
        (b"{\\rtf", "it is rich text, which cannot be read yet", SAVE),
        (b"\x1f\x8b", "it is packed with gzip", "unpack it first"),
        (
            b"\x28\xb5\x2f\xfd",
            "it is packed with zstd",
            "unpack it first",
        ),
        (b"\xfd7zXZ\x00", "it is packed with xz", "unpack it first"),
        (b"BZh", "it is packed with bzip2", "unpack it first"),
        (b"\x7fELF", "it is a program", "give the report about it"),
        (
            b"SQLite format 3\x00",
            "it is a SQLite database",
            "give the report itself",
        ),
        (
            b"ElfFile\x00",
            "it is a Windows event log",
            "search it with `tegakari hunt`, give the report here",
        ),
    ];
    if let Some((_, what, hint)) = magic
        .into_iter()
        .find(|(start, _, _)| bytes.starts_with(start))
    {
        return Some((what, hint));
    }
    let head = &bytes[..bytes.len().min(64 << 10)];
    let holds = |word: &[u8]| head.windows(word.len()).any(|w| w == word);
    if holds(b"\"stix_header\"") || holds(b"STIX_Package") || holds(b"\"STIXPackage\"") {
        return Some((
            "it is STIX 1.x, which cannot be read yet",
            "convert it to STIX 2.1, or read the text of the report",
        ));
    }
    (!head.is_empty() && is_binary(head))
        .then_some(("it is no text", "give a report as text, HTML, CSV or JSON"))
}

/// Whether more than a twentieth of the bytes are controls that no text encoding uses. UTF-16 has
/// zeros in every other place, and those at even or odd places only.
fn is_binary(head: &[u8]) -> bool {
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let utf16 = marked || even.max(odd) > head.len() / 4 && even.min(odd) * 50 <= even.max(odd);
    let controls = head
        .iter()
        .filter(|b| matches!(**b, 1..=8 | 14..=26 | 28..=31 | 127))
        .count();
    !utf16 && (controls + even + odd) * 20 > head.len()
}

#[cfg(test)]
mod tests {
    use super::unreadable;

    #[test]
    fn only_what_is_text_is_read() {
        for text in [
            "evil.example",
            "日本語のレポート",
            "{\"type\":\"bundle\"}",
            "",
        ] {
            assert_eq!(unreadable(text.as_bytes()), None, "{text}");
        }
        let utf16: Vec<u8> = "an evil report"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(unreadable(&utf16), None);
        let sjis = [0x8e, 0x9e, 0x82, 0xcc, b'\n', 0x8f, 0xee, 0x95, 0xf1];
        assert_eq!(unreadable(&sjis), None);
        for bytes in [
            &b"%PDF-1.7\n"[..],
            b"PK\x03\x04\x14",
            b"{\"stix_header\": {}}",
            &[0, 1, 2, 3, 200, 4],
        ] {
            assert!(unreadable(bytes).is_some(), "{bytes:?}");
        }
    }
}
