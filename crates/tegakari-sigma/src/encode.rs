//! What a text looks like when it is encoded: in base64 at any offset, in UTF-16.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648 section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            if i > chunk.len() {
                out.push('=');
            } else {
                let six = bits >> (18 - 6 * i) & 63;
                out.push(char::from(ALPHABET[six as usize]));
            }
        }
    }
    out
}

/// What is the same of the base64 of anything that holds these bytes, for each of the three places where they may begin.
pub(crate) fn base64_at_any_offset(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|offset| {
            let mut padded = vec![b' '; offset];
            padded.extend_from_slice(bytes);
            let all = base64(&padded);
            // Characters that hold bits of what stands before or behind.
            let start = [0, 2, 3][offset];
            let end = all.len() - [0, 3, 2][padded.len() % 3];
            all.get(start..end.max(start)).unwrap_or("").to_owned()
        })
        .collect()
}

/// UTF-16, lowest byte first or last, with or without the mark of that.
pub(crate) fn utf16(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter()
        .chain(text.encode_utf16())
        .flat_map(|unit: u16| {
            if big_endian {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{base64, base64_at_any_offset, utf16};

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, expect) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expect);
        }
    }

    #[test]
    fn what_is_the_same_at_any_offset_is_found_in_all_that_hold_it() {
        let needle = b"http://";
        let parts = base64_at_any_offset(needle);
        assert_eq!(parts, ["aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"]);
        for before in 0..7 {
            for after in 0..4 {
                let all = [vec![b'x'; before], needle.to_vec(), vec![0xff; after]].concat();
                let encoded = base64(&all);
                assert!(
                    encoded.contains(&parts[before % 3]),
                    "{before} {after} {encoded}"
                );
            }
        }
    }

    #[test]
    fn utf16_has_the_order_of_bytes_that_was_asked_for() {
        assert_eq!(utf16("a€", false, false), [0x61, 0, 0xac, 0x20]);
        assert_eq!(utf16("a", true, true), [0xfe, 0xff, 0, 0x61]);
    }
}
