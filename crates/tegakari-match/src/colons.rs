//! What is written with colons: IPv6 addresses and hardware addresses.

use std::net::Ipv6Addr;
use std::ops::Range;

use crate::classify::Masks;

/// The colons of the word `masks[word]` at which an address may stand: a pair `::`, or the first of
/// five colons in a row with hex digits between them. Times of day have two.
#[inline]
pub(crate) fn starts(masks: &[Masks], word: usize) -> u64 {
    let here = &masks[word];
    if here.colon == 0 {
        return 0;
    }
    let next = masks.get(word + 1).copied().unwrap_or_default();
    let colon = u128::from(here.colon) | u128::from(next.colon) << 64;
    let pairs = colon & (colon >> 1);
    let hex = u128::from(here.hex) | u128::from(next.hex) << 64;
    // A colon that is followed by a hex digit and another colon within five bytes.
    let tied = colon & (hex >> 1);
    let near = |later: u128| tied & (later >> 2 | later >> 3 | later >> 4 | later >> 5);
    let two = near(tied);
    let mut five = 0;
    if two as u64 != 0 {
        let three = near(two);
        if three as u64 != 0 {
            five = near(near(three));
        }
    }
    (pairs | five) as u64
}

/// What may be an address around the colon at `at`: hex digits, colons and dots.
pub(crate) fn extent(text: &[u8], at: usize) -> Range<usize> {
    let fits = |b: &u8| b.is_ascii_hexdigit() || *b == b':' || *b == b'.';
    // The longest form has 45 characters; anything much longer is none.
    let before = text[..at]
        .iter()
        .rev()
        .take(64)
        .take_while(|b| fits(b))
        .count();
    let after = text[at..].iter().take(64).take_while(|b| fits(b)).count();
    at - before..at + after
}

/// The IPv6 address that stands in `extent`, and where exactly.
pub(crate) fn parse_v6(text: &[u8], extent: Range<usize>) -> Option<(Range<usize>, Ipv6Addr)> {
    let (mut start, mut end) = (extent.start, extent.end);
    if start > 0 && (text[start - 1].is_ascii_alphanumeric() || b"_-".contains(&text[start - 1])) {
        // The run begins inside a word such as `src:`; the word is not part of it.
        start += text[start..end].iter().position(|b| *b == b':')? + 1;
    }
    if text
        .get(end)
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    {
        return None;
    }
    let single = |text: &[u8]| text.first() == Some(&b':') && text.get(1) != Some(&b':');
    if single(&text[start..end]) {
        start += 1;
    }
    while end > start && text[end - 1] == b'.' {
        end -= 1;
    }
    if text[start..end].ends_with(b":") && !text[start..end].ends_with(b"::") {
        end -= 1;
    }
    let parse = |place: &Range<usize>| {
        std::str::from_utf8(&text[place.clone()])
            .ok()?
            .parse::<Ipv6Addr>()
            .ok()
    };
    let whole = start..end;
    if let Some(address) = parse(&whole) {
        return Some((whole, address));
    }
    // `::1.53`: the port behind a dot, as packet dumps write it.
    let dot = text[start..end].iter().position(|b| *b == b'.')?;
    let front = start..start + dot;
    let address = parse(&front)?;
    Some((front, address))
}

/// The hardware address of six pairs that stands in `extent`.
pub(crate) fn parse_mac(text: &[u8], extent: Range<usize>) -> Option<(Range<usize>, u64)> {
    let bytes = &text[extent.clone()];
    if bytes.len() != 17 {
        return None;
    }
    let mut number = 0u64;
    for (i, byte) in bytes.iter().enumerate() {
        if i % 3 == 2 {
            if *byte != b':' {
                return None;
            }
        } else {
            number = number << 4 | u64::from(char::from(*byte).to_digit(16)?);
        }
    }
    let word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric());
    if word(text.get(extent.end)) || word(extent.start.checked_sub(1).and_then(|i| text.get(i))) {
        return None;
    }
    Some((extent, number))
}

#[cfg(test)]
mod tests {
    use super::{extent, parse_v6, starts};
    use crate::classify::{Beginnings, classify};

    fn check(text: &str, want: &[&str]) {
        let mut masks = Vec::new();
        classify(text.as_bytes(), &Beginnings::default(), &mut masks);
        let mut found: Vec<String> = Vec::new();
        let mut skip = 0;
        for word in 0..masks.len() {
            let mut bits = starts(&masks, word);
            while bits != 0 {
                let at = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if at < skip {
                    continue;
                }
                let place = extent(text.as_bytes(), at);
                skip = place.end;
                if let Some((_, address)) = parse_v6(text.as_bytes(), place) {
                    found.push(address.to_string());
                }
            }
        }
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn addresses_are_found_in_every_form() {
        check("a 2001:db8::1 b", &["2001:db8::1"]);
        check("2001:0DB8:0000:0000:0000:0000:0000:0001", &["2001:db8::1"]);
        check("http://[2001:db8::1]:8443/", &["2001:db8::1"]);
        check("src:2001:db8::1: down", &["2001:db8::1"]);
        check("from 2001:db8::1.", &["2001:db8::1"]);
        check("IP6 2001:db8::1.53 >", &["2001:db8::1"]);
        check("::ffff:198.51.100.23", &["::ffff:198.51.100.23"]);
        check("12:34:56 2026-01-05T12:34:56Z std::vec", &[]);
        check("MAC=00:16:3e:aa:7f:01:00:16:3e:aa:7f:02:08:00", &[]);
        check("2001:db8::12345", &[]);
    }
}
