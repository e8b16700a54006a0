//! Documents that no report format reads, told by their first bytes. Read as text they would yield
//! values that nobody wrote.

use crate::formats;

const SAVE: &str = "save it as text or HTML and read that";
const REPORT: &str = "give the report about it";
const AGAIN: &str = "fetch it again or save it anew";
const UNPACK: &str = "unpack it first";
const ZEEK: &str = "run Zeek on it and search the logs with `tegakari hunt`";

/// First bytes, what they say, what to do. Packings that are read are not here.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "it is an old office document, which cannot be read",
        "save it as DOCX or PDF and read that",
    ),
    (b"{\\rtf", "it is rich text, which cannot be read yet", SAVE),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "it is a RAR archive", UNPACK),
    (b"MSCF\0\0\0\0", "it is a cabinet archive", UNPACK),
    (b"\x7fELF", "it is a program", REPORT),
    (b"\xcf\xfa\xed\xfe", "it is a program", REPORT),
    (b"\xce\xfa\xed\xfe", "it is a program", REPORT),
    (b"\xca\xfe\xba\xbe", "it is a program", REPORT),
    (b"L\0\0\0\x01\x14\x02\0", "it is a Windows shortcut", REPORT),
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
    (b"\xd4\xc3\xb2\xa1", "it is a packet capture", ZEEK),
    (b"\xa1\xb2\xc3\xd4", "it is a packet capture", ZEEK),
    (b"\x0a\x0d\x0d\x0a", "it is a packet capture", ZEEK),
    (b"\x89PNG\r\n\x1a\n", "it is an image", SAVE),
    (b"\xff\xd8\xff", "it is an image", SAVE),
    (b"GIF87a", "it is an image", SAVE),
    (b"GIF89a", "it is an image", SAVE),
];

/// What the document is and what to do, when it cannot be read as a report.
pub fn unreadable(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return (!formats::package::opens(bytes))
            .then_some(("it is a ZIP archive that is cut off or damaged", AGAIN));
    }
    if formats::is_archive(bytes) || formats::is_read_compound(bytes) {
        return None;
    }
    if let Some((_, what, hint)) = KNOWN.iter().find(|(start, _, _)| bytes.starts_with(start)) {
        return Some((what, hint));
    }
    // Readers of PDFs look for their mark in the first kilobyte.
    let start = &bytes[..bytes.len().min(1024)];
    if start.windows(5).any(|w| w == b"%PDF-") {
        return None;
    }
    let head = &bytes[..bytes.len().min(64 << 10)];
    if head.is_empty() || !is_binary(head) {
        return None;
    }
    if head.starts_with(b"MZ") {
        return Some(("it is a program", REPORT));
    }
    Some(("it is no text", "give a report as text, HTML, CSV or JSON"))
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
        assert_eq!(unreadable(b"%PDF-1.7\n\x00\x01\x02\x03"), None);
        for bytes in [&b"\x7fELF"[..], &[0, 1, 2, 3, 200, 4]] {
            assert!(unreadable(bytes).is_some(), "{bytes:?}");
        }
    }
}
