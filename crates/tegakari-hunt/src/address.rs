//! Addresses as log records write them, and which of them are ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

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

fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() < 7 || text.len() > 15 {
        return None;
    }
    let mut octets = [0_u8; 4];
    let (mut at, mut value, mut digits) = (0_usize, 0_u16, 0);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u16::from(byte - b'0');
                digits += 1;
                if digits > 3 || value > 255 {
                    return None;
                }
            }
            b'.' if digits > 0 && at < 3 => {
                octets[at] = u8::try_from(value).ok()?;
                at += 1;
                value = 0;
                digits = 0;
            }
            _ => return None,
        }
    }
    if at != 3 || digits == 0 {
        return None;
    }
    octets[3] = u8::try_from(value).ok()?;
    Some(Ipv4Addr::from(octets))
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
    use super::{is_internal, parse};

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
