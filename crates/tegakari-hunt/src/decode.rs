//! Turns what an input holds into UTF-8, block by block.
//!
//! UTF-8 (and ASCII) passes untouched. UTF-16 is known by its mark or by its zeros; Shift_JIS, EUC-JP
//! and ISO-2022-JP are guessed from the first bytes. Any other encoding is left as it is: indicators
//! are ASCII almost always, and wrong decoding would lose more than none.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_16BE, UTF_16LE};

/// Decodes the blocks of one input.
pub(crate) struct Decode {
    decoder: Option<Decoder>,
    name: &'static str,
    skip: usize,
    /// Places that were not valid in the encoding.
    pub(crate) replaced: u64,
}

impl Decode {
    /// Chooses by the first bytes of the input.
    pub(crate) fn for_head(head: &[u8]) -> Self {
        let (encoding, skip) = encoding_of(head);
        Self {
            decoder: encoding.map(Encoding::new_decoder_without_bom_handling),
            name: encoding.map_or("utf-8", Encoding::name),
            skip,
            replaced: 0,
        }
    }

    /// The encoding's name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether what follows is taken as it stands, so that it need not pass through here.
    pub(crate) fn is_plain(&self) -> bool {
        self.decoder.is_none() && self.skip == 0
    }

    /// Appends `bytes`, decoded, to `out`.
    pub(crate) fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let skip = self.skip.min(bytes.len());
        self.skip -= skip;
        let mut bytes = &bytes[skip..];
        let Some(decoder) = &mut self.decoder else {
            out.extend_from_slice(bytes);
            return;
        };
        let mut piece = [0_u8; 8192];
        loop {
            let (result, read, written, replaced) = decoder.decode_to_utf8(bytes, &mut piece, last);
            out.extend_from_slice(&piece[..written]);
            self.replaced += u64::from(replaced);
            bytes = bytes.get(read..).unwrap_or_default();
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }
}

/// A whole text in UTF-8, and whether it was in another encoding. Where pieces of it begin stays about right: only text in
/// UTF-16 changes its length much.
pub(crate) fn whole(bytes: Vec<u8>) -> (Vec<u8>, bool) {
    let mut decode = Decode::for_head(&bytes[..bytes.len().min(64 << 10)]);
    if decode.is_plain() {
        return (bytes, false);
    }
    let mut out = Vec::with_capacity(bytes.len());
    decode.push(&bytes, true, &mut out);
    (out, true)
}

/// The encoding to decode from, if any, and the length of the mark to leave out.
fn encoding_of(head: &[u8]) -> (Option<&'static Encoding>, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => return (None, 3),
        [0xff, 0xfe, ..] => return (Some(UTF_16LE), 2),
        [0xfe, 0xff, ..] => return (Some(UTF_16BE), 2),
        _ => {}
    }
    if let Some(encoding) = utf16_by_zeros(head) {
        return (Some(encoding), 0);
    }
    if head.is_ascii() && !head.windows(3).any(|w| matches!(w, b"\x1b$B" | b"\x1b$@")) {
        return (None, 0);
    }
    if let Err(error) = std::str::from_utf8(head) {
        if error.error_len().is_none() && error.valid_up_to() > 0 {
            return (None, 0); // only cut at the end of the head
        }
    } else if !head.contains(&0x1b) {
        return (None, 0);
    }
    if head.contains(&0) {
        return (None, 0);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(head, true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    let japanese = [SHIFT_JIS, EUC_JP, ISO_2022_JP].contains(&guess);
    (japanese.then_some(guess), 0)
}

/// UTF-16 without a mark: in mostly Latin text every second byte is zero.
fn utf16_by_zeros(head: &[u8]) -> Option<&'static Encoding> {
    let sample = &head[..head.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let pairs = sample.len() / 2;
    let high = sample
        .chunks_exact(2)
        .filter(|p| p[0] == 0 && p[1] != 0)
        .count();
    let low = sample
        .chunks_exact(2)
        .filter(|p| p[1] == 0 && p[0] != 0)
        .count();
    if low * 10 >= pairs * 7 {
        Some(UTF_16LE)
    } else if high * 10 >= pairs * 7 {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Decode;

    fn check(bytes: &[u8], encoding: &str, want: &str) {
        for step in [1, 3, bytes.len().max(1)] {
            let mut decode = Decode::for_head(bytes);
            let mut out = Vec::new();
            let mut pieces = bytes.chunks(step).peekable();
            while let Some(piece) = pieces.next() {
                decode.push(piece, pieces.peek().is_none(), &mut out);
            }
            assert_eq!(decode.name(), encoding);
            assert_eq!(
                String::from_utf8_lossy(&out),
                want,
                "{encoding} in steps of {step}"
            );
        }
    }

    #[test]
    fn japanese_and_wide_encodings_become_utf8() {
        let text = "2025年3月4日 ホスト名 www.evil.example への通信を検出しました。端末の確認をお願いします。\n";
        check(text.as_bytes(), "utf-8", text);
        check(&encoding_rs::SHIFT_JIS.encode(text).0, "Shift_JIS", text);
        check(&encoding_rs::EUC_JP.encode(text).0, "EUC-JP", text);
        check(
            &encoding_rs::ISO_2022_JP.encode(text).0,
            "ISO-2022-JP",
            text,
        );
        let wide = |mark: bool, big: bool| -> Vec<u8> {
            let latin = "time=1 host=ws-01 url=http://evil.example/\r\n";
            let units = mark
                .then_some(0xfeff)
                .into_iter()
                .chain(latin.encode_utf16());
            units
                .flat_map(|u| {
                    if big {
                        u.to_be_bytes()
                    } else {
                        u.to_le_bytes()
                    }
                })
                .collect()
        };
        let latin = "time=1 host=ws-01 url=http://evil.example/\r\n";
        check(&wide(true, false), "UTF-16LE", latin);
        check(&wide(true, true), "UTF-16BE", latin);
        check(&wide(false, false), "UTF-16LE", latin);
        check(&wide(false, true), "UTF-16BE", latin);
        check(b"\xef\xbb\xbfplain", "utf-8", "plain");
    }

    #[test]
    fn latin_bytes_that_are_no_japanese_stay_untouched() {
        let mut decode = Decode::for_head(b"caf\xe9 www.evil.example\n");
        let mut out = Vec::new();
        decode.push(b"caf\xe9 www.evil.example\n", true, &mut out);
        assert_eq!(out, b"caf\xe9 www.evil.example\n");
    }
}
