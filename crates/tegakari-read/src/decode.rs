//! Bytes to text: the encoding is detected, never asked for.
//!
//! Order of belief: byte-order mark, valid UTF-8, the zero bytes that give UTF-16 away, and at last
//! the statistical detector of Firefox (`chardetng`), which knows Shift_JIS, EUC-JP and Windows-1252.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// How many bytes the statistical detector looks at.
const SAMPLE: usize = 256 * 1024;

/// Text and where it came from.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Lower-case WHATWG label (`utf-8`, `shift_jis`).
    pub(crate) encoding: String,
    /// Whether bytes had to be replaced because they are not valid in that encoding.
    pub(crate) damaged: bool,
}

/// Decodes a whole document, or the head of one.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    // Before UTF-16, whose mark the one of UTF-32 begins with.
    if let Some(decoded) = utf32(bytes) {
        return decoded;
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(mark..).unwrap_or_default());
    }
    // ISO-2022-JP is ASCII with escapes, so it passes for UTF-8: its escapes tell (RFC 1468).
    let escape = |b: &[u8]| memchr::memmem::find(bytes, b).is_some();
    if (escape(b"\x1b$B") || escape(b"\x1b$@")) && (escape(b"\x1b(B") || escape(b"\x1b(J")) {
        return with(encoding_rs::ISO_2022_JP, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !looks_like_utf16(bytes) => {
            return Decoded {
                text: Cow::Borrowed(text),
                encoding: "utf-8".to_owned(),
                damaged: false,
            };
        }
        // A head may be cut inside a character.
        Err(error) if error.error_len().is_none() && error.valid_up_to() + 4 > bytes.len() => {
            return with(encoding_rs::UTF_8, bytes);
        }
        Err(_) if is_mostly_utf8(bytes) => return with(encoding_rs::UTF_8, bytes),
        _ => {}
    }
    if looks_like_utf16(bytes) {
        let encoding = if zeros(bytes, 0) > zeros(bytes, 1) {
            UTF_16BE
        } else {
            UTF_16LE
        };
        return with(encoding, bytes);
    }
    if let Some(encoding) = japanese_utf16(bytes) {
        return with(encoding, bytes);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes.get(..SAMPLE).unwrap_or(bytes), bytes.len() <= SAMPLE);
    let guess = detector.guess(None, chardetng::Utf8Detection::Allow);
    with(japanese(guess, bytes).unwrap_or(guess), bytes)
}

/// UTF-32 with its mark, which the encoding standard of the web, and so the library, leaves out.
fn utf32(bytes: &[u8]) -> Option<Decoded<'_>> {
    type Read = fn([u8; 4]) -> u32;
    let (read, encoding): (Read, _) = match bytes.get(..4)? {
        [0xFF, 0xFE, 0, 0] => (u32::from_le_bytes, "utf-32le"),
        [0, 0, 0xFE, 0xFF] => (u32::from_be_bytes, "utf-32be"),
        _ => return None,
    };
    let (units, rest) = bytes.get(4..)?.as_chunks::<4>();
    let mut damaged = false;
    let text = units
        .iter()
        .map(|unit| {
            char::from_u32(read(*unit)).unwrap_or_else(|| {
                damaged = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    Some(Decoded {
        text: Cow::Owned(text),
        encoding: encoding.to_owned(),
        damaged: damaged || !rest.is_empty(),
    })
}

/// Whether a text is UTF-8 but for a few bytes: other encodings hardly ever have characters of several bytes that are
/// right in it.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.get(..SAMPLE).unwrap_or(bytes).utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right >= 16 && right >= wrong * 20
}

/// Kana among the characters that are not ASCII, and how many of those there are. Half-width kana do
/// not count: almost any byte is one in Shift_JIS.
fn kana(text: &str) -> (usize, usize) {
    let mut counts = (0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        counts.0 += usize::from(matches!(c, '\u{3041}'..='\u{30FF}'));
        counts.1 += 1;
    }
    counts
}

/// Short Japanese text says too little for statistics of letters; its kana give it away.
fn japanese(guess: &'static Encoding, bytes: &[u8]) -> Option<&'static Encoding> {
    const JAPANESE: [&Encoding; 2] = [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP];
    let head = bytes.get(..4096).unwrap_or(bytes);
    // What is Japanese already may still be the other of the two.
    JAPANESE
        .into_iter()
        .filter_map(|encoding| {
            let (text, damaged) = encoding.decode_without_bom_handling(head);
            let (kana, all) = kana(&text);
            // Many texts are cut inside a character.
            let whole = !damaged || (head.len() < bytes.len() && text.ends_with('\u{FFFD}'));
            (whole && kana > 0 && kana * 5 >= all).then(|| (kana * 1000 / all, encoding))
        })
        .max_by_key(|(share, encoding)| (*share, *encoding == guess))
        .map(|(_, encoding)| encoding)
}

/// UTF-16 without a mark and without ASCII has no zeros; as Japanese it has kana in every sentence.
fn japanese_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..4096).unwrap_or(bytes);
    if !bytes.len().is_multiple_of(2) || head.len() < 8 {
        return None;
    }
    [UTF_16LE, UTF_16BE].into_iter().find(|encoding| {
        let (text, damaged) = encoding.decode_without_bom_handling(head);
        let (kana, all) = kana(&text);
        let plain = |c: &char| {
            matches!(c, ' '..='~' | '\t' | '\r' | '\n' | '\u{3000}'..='\u{30FF}'
                | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
        };
        let count = text.chars().count();
        let known = text.chars().filter(plain).count();
        !damaged && kana > 0 && kana * 5 >= all && known * 10 >= count * 9
    })
}

fn with<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text,
        encoding: encoding.name().to_ascii_lowercase(),
        damaged,
    }
}

fn zeros(bytes: &[u8], parity: usize) -> usize {
    let sample = bytes.get(..4096).unwrap_or(bytes);
    sample
        .iter()
        .skip(parity)
        .step_by(2)
        .filter(|b| **b == 0)
        .count()
}

/// ASCII text in UTF-16 has a zero in every second byte, and none in the others.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let half = bytes.len().min(4096) / 2;
    if half < 4 {
        return false;
    }
    let (even, odd) = (zeros(bytes, 0), zeros(bytes, 1));
    let (many, few) = (even.max(odd), even.min(odd));
    many * 10 > half * 3 && few * 20 < half
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn japanese_encodings_are_told_apart() {
        let text =
            "攻撃グループの通信先一覧と検出名を示します。マルウェアのファイル名は次のとおりです。";
        for encoding in [
            encoding_rs::SHIFT_JIS,
            encoding_rs::EUC_JP,
            encoding_rs::ISO_2022_JP,
            encoding_rs::UTF_8,
        ] {
            let (bytes, _, _) = encoding.encode(text);
            let got = decode(&bytes);
            assert_eq!(got.text, text, "{}", encoding.name());
            assert_eq!(got.encoding, encoding.name().to_ascii_lowercase());
        }
    }

    #[test]
    fn a_stray_byte_does_not_change_the_encoding() {
        let text = "攻撃グループの通信先一覧と検出名を示します。";
        let mut bytes = text.as_bytes().to_vec();
        bytes.insert(text.len() / 3 / 2 * 3, 0xFF);
        let got = decode(&bytes);
        assert_eq!((got.encoding.as_str(), got.damaged), ("utf-8", true));
        assert_eq!(got.text.replace('\u{FFFD}', ""), text);
    }

    #[test]
    fn utf32_is_known_by_its_mark() {
        let text = "SHA256 of the file, 通信先 evil";
        let bytes = |big: bool, mark: &str| -> Vec<u8> {
            let units = mark.chars().chain(text.chars()).map(u32::from);
            units
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        for big in [true, false] {
            let mut bytes = bytes(big, "\u{FEFF}");
            let got = decode(&bytes);
            assert_eq!((&*got.text, got.damaged), (text, false));
            // A head may be cut inside a character.
            bytes.pop();
            let got = decode(&bytes);
            assert_eq!(
                (&*got.text, got.damaged),
                ("SHA256 of the file, 通信先 evi", true)
            );
        }
    }

    #[test]
    fn utf16_is_known_with_and_without_its_mark() {
        for (mark, big) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut bytes = Vec::new();
            let units = mark.then_some(0xFEFF).into_iter();
            for unit in units.chain("SHA256 of the file, 通信先 evil".encode_utf16()) {
                bytes.extend(if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            assert_eq!(decode(&bytes).text, "SHA256 of the file, 通信先 evil");
        }
    }

    #[test]
    fn western_text_is_windows_1252() {
        let got = decode(b"the r\xe9sum\xe9 \x96 a lure for victims in M\xfcnchen");
        assert_eq!(got.text, "the résumé – a lure for victims in München");
        assert_eq!(got.encoding, "windows-1252");
    }

    /// One line is often all there is: the name of a member, a cell, a subject.
    #[test]
    fn short_texts_are_read_in_their_encoding() {
        let texts = [
            "通信先: evil-cdn[.]net",
            "マルウェア検出名,ファイル名,ハッシュ値",
            "攻撃グループが使用した不正なドメイン",
            "注意喚起（続報）2025年3月6日",
            "検体のハッシュ値は次のとおりです。\r\nSHA256: 0f34",
        ];
        for text in texts {
            for encoding in [
                encoding_rs::SHIFT_JIS,
                encoding_rs::EUC_JP,
                encoding_rs::ISO_2022_JP,
                encoding_rs::UTF_8,
            ] {
                let (bytes, _, _) = encoding.encode(text);
                assert_eq!(decode(&bytes).text, text, "{}", encoding.name());
            }
            for big in [true, false] {
                for mark in [true, false] {
                    let units = mark
                        .then_some(0xFEFF)
                        .into_iter()
                        .chain(text.encode_utf16());
                    let bytes: Vec<u8> = units
                        .flat_map(|u| {
                            if big {
                                u.to_be_bytes()
                            } else {
                                u.to_le_bytes()
                            }
                        })
                        .collect();
                    assert_eq!(decode(&bytes).text, text, "UTF-16 big={big} mark={mark}");
                }
            }
        }
        for (bytes, want) in [
            (&b"r\xe9sum\xe9.doc"[..], "résumé.doc"),
            (b"M\xfcnchen \x96 Opfer", "München – Opfer"),
            (b"plain ASCII", "plain ASCII"),
            (b"\xef\xbb\xbfevil", "evil"),
        ] {
            assert_eq!(decode(bytes).text, want);
        }
    }
}
