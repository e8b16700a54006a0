//! Addresses as log records write them, and which of them are ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::words;

/// Reads an address; `::ffff:198.51.100.1` and `[2001:db8::1]` count as what they stand for.
/// Fast for IPv4, which is almost every address in a log.
pub(crate) fn parse(text: &[u8]) -> Option<IpAddr> {
    if let Some(v4) = parse_v4(text) {
        return Some(IpAddr::V4(v4));
    }
    if text.len() < 2 || text.len() > 48 || !text.contains(&b':') {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix('[').unwrap_or(text);
    let text = text.strip_suffix(']').unwrap_or(text);
    let text = text
        .split_once('%')
        .map_or(text, |(address, _zone)| address);
    let v6 = Ipv6Addr::from_str(text).ok()?;
    Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4))
}

/// The same for IPv4 alone. Nearly without branches: where dots stand differs from address to address.
pub(crate) fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let len = text.len();
    if !(7..=15).contains(&len) {
        return None;
    }
    let (low, high) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let last = u64::from_le_bytes(*last);
            let high = last >> (8 * (16 - len) - 1) >> 1;
            (u64::from_le_bytes(*first), high)
        }
        _ => (words::short(text), 0),
    };
    let places = |high: u64, low: u64| u128::from(low) | u128::from(high) << 64;
    let dots = places(words::equal(high, b'.'), words::equal(low, b'.'));
    let second = dots & dots.wrapping_sub(1);
    let third = second & second.wrapping_sub(1);
    if third == 0 || third & (third - 1) != 0 {
        return None;
    }
    // Where each number ends.
    let place = |dots: u128| dots.trailing_zeros() as usize / 8;
    let borders = [place(dots), place(second), place(third), len];
    let mut all = [0_u8; 24];
    all[..8].copy_from_slice(&low.to_le_bytes());
    all[8..16].copy_from_slice(&high.to_le_bytes());
    let (mut from, mut right, mut octets) = (0, true, [0_u8; 4]);
    for (octet, border) in octets.iter_mut().zip(borders) {
        let digits = border - from;
        if !(1..=3).contains(&digits) {
            return None;
        }
        // The digits moved up so that the last stands in the highest byte; what comes from below is made zeros.
        let raw = u32::from_le_bytes(*all.get(from..)?.first_chunk()?) << (32 - 8 * digits);
        let zeros = 0x3030_3030_u32.checked_shr(8 * digits as u32).unwrap_or(0);
        let value = (raw | zeros) & !0xFF ^ 0x3030_3000;
        right &= value.wrapping_add(0x7676_7600) & 0x8080_8080 == 0 && value & 0x8080_8080 == 0;
        let sum = (value >> 8 & 15) * 100 + (value >> 16 & 15) * 10 + (value >> 24 & 15);
        right &= sum <= 255;
        *octet = sum as u8;
        from = border + 1;
    }
    right.then(|| Ipv4Addr::from(octets))
}

/// A network or a single address of an inventory.
pub(crate) fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    IpNet::from_str(text)
        .ok()
        .or_else(|| parse(text.as_bytes()).map(IpNet::from))
}

/// Whether an address belongs to a private range (RFC 1918), is unique local (RFC 4193) or
/// link-local. The cloud metadata service is link-local by number only.
pub(crate) fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            v4.is_private() || (v4.is_link_local() && v4 != Ipv4Addr::new(169, 254, 169, 254))
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Whether an address could be a machine at all, so that a name may be tied to it.
pub(crate) fn is_host(ip: IpAddr) -> bool {
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
        && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
}

#[cfg(test)]
mod tests {
    use super::{is_internal, parse, parse_v4};
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    /// Byte by byte.
    fn plain_v4(text: &[u8]) -> Option<Ipv4Addr> {
        let text = std::str::from_utf8(text).ok()?;
        let parts: Vec<&str> = text.split('.').collect();
        let parts: [&str; 4] = parts.try_into().ok()?;
        let octet = |part: &str| {
            let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u8>().ok().filter(|_| digits)
        };
        let [a, b, c, d] = parts.map(octet);
        Some(Ipv4Addr::new(a?, b?, c?, d?))
    }

    proptest! {
        #[test]
        fn numbers_with_dots_are_addresses_when_they_are(
            octets in proptest::array::uniform4(0u16..300),
            change in proptest::option::of((0usize..16, any::<u8>())),
            zeros in any::<bool>(),
        ) {
            let [a, b, c, d] = octets;
            let mut text = if zeros {
                format!("{a:03}.{b}.{c:02}.{d}").into_bytes()
            } else {
                format!("{a}.{b}.{c}.{d}").into_bytes()
            };
            if let Some((at, byte)) = change {
                match text.get_mut(at) {
                    Some(old) => *old = byte,
                    None => text.push(byte),
                }
            }
            prop_assert_eq!(parse_v4(&text), plain_v4(&text));
        }
    }

    #[test]
    fn an_address_is_read_as_logs_write_it() {
        for (text, want) in [
            ("10.1.2.3", Some("10.1.2.3")),
            ("::ffff:198.51.100.7", Some("198.51.100.7")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("10.1.2", None),
            ("10.1.2.3.4", None),
            ("10.1.2.256", None),
            ("10..2.3", None),
            ("ws-01", None),
            ("", None),
        ] {
            let got = parse(text.as_bytes()).map(|ip| ip.to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }

    #[test]
    fn only_private_addresses_are_ours_by_number() {
        for (text, want) in [
            ("10.0.0.1", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("169.254.3.4", true),
            ("169.254.169.254", false),
            ("198.51.100.1", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_internal(parse(text.as_bytes()).unwrap()), want, "{text}");
        }
    }
}
