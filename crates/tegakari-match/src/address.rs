//! Addresses as numbers and networks as prefixes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::names::load;
use crate::table::{SPREAD, Table, mix};

/// What it means when an address stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is this entry.
    Exact(u32),
    /// It lies in the network of this entry.
    InNetwork(u32),
    /// There are listed URLs on it.
    UrlHost,
}

/// Stands for "a host of URLs" in place of an entry.
const URL_HOST: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    pub(crate) address: u128,
    pub(crate) bits: u8,
    pub(crate) entry: u32,
}

/// All addresses and networks of a set. IPv4 is kept apart from IPv6: it is by far the more frequent.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) v4: Vec<(u32, u32)>,
    pub(crate) v4_table: Table,
    pub(crate) v6: Vec<(u128, u32)>,
    pub(crate) v6_table: Table,
    pub(crate) networks: Vec<Network>,
    pub(crate) network_table: Table,
    /// Prefix lengths that occur, longest first: IPv4 and IPv6.
    pub(crate) v4_bits: Vec<u8>,
    pub(crate) v6_bits: Vec<u8>,
    /// For each upper half of an IPv4 address whether any network touches it.
    pub(crate) v4_halves: Vec<u64>,
}

impl Addresses {
    /// Adds an address; `None` when only URLs on it are listed.
    pub(crate) fn add(&mut self, address: IpAddr, entry: Option<u32>) {
        let entry = entry.unwrap_or(URL_HOST);
        match address {
            IpAddr::V4(v4) => self.v4.push((u32::from(v4), entry)),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => self.v4.push((u32::from(v4), entry)),
                None => self.v6.push((u128::from(v6), entry)),
            },
        }
    }

    /// Adds a network with its prefix length.
    pub(crate) fn add_network(&mut self, address: IpAddr, bits: u8, entry: u32) {
        let network = match address {
            IpAddr::V4(v4) => {
                self.v4_bits.push(bits);
                self.mark_halves(u32::from(v4), bits);
                Network {
                    address: u128::from(u32::from(v4)),
                    bits,
                    entry,
                }
            }
            IpAddr::V6(v6) => {
                self.v6_bits.push(bits);
                Network {
                    address: u128::from(v6),
                    bits: bits | 0x80,
                    entry,
                }
            }
        };
        self.networks.push(network);
    }

    fn mark_halves(&mut self, address: u32, bits: u8) {
        self.v4_halves.resize(1024, 0);
        let first = address >> 16;
        let count = 1u32 << 16u8.saturating_sub(bits);
        for half in first..first.saturating_add(count).min(1 << 16) {
            self.v4_halves[(half >> 6) as usize] |= 1 << (half & 63);
        }
    }

    /// Makes the look-up tables, once everything is added.
    pub(crate) fn finish(&mut self) {
        self.v4.sort_unstable();
        self.v4.dedup();
        self.v6.sort_unstable();
        self.v6.dedup();
        let numbered = |keys: Vec<u64>| {
            let pairs: Vec<(u64, u32)> = keys.into_iter().zip(0..).collect();
            Table::new(&pairs)
        };
        self.v4_table = numbered(self.v4.iter().map(|(a, _)| v4_key(*a)).collect());
        self.v6_table = numbered(self.v6.iter().map(|(a, _)| v6_key(*a)).collect());
        self.network_table = numbered(
            self.networks
                .iter()
                .map(|n| network_key(n.address, n.bits))
                .collect(),
        );
        for bits in [&mut self.v4_bits, &mut self.v6_bits] {
            bits.sort_unstable_by(|a, b| b.cmp(a));
            bits.dedup();
        }
    }

    /// Whether an IPv4 address can match at all.
    #[inline]
    pub(crate) fn has_v4(&self) -> bool {
        !self.v4.is_empty() || !self.v4_bits.is_empty()
    }

    /// Whether an IPv6 address can match at all.
    #[inline]
    pub(crate) fn has_v6(&self) -> bool {
        !self.v6.is_empty() || !self.v6_bits.is_empty()
    }

    /// Whether anything written with colons can match.
    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        self.has_v4() || self.has_v6()
    }

    /// Calls `each` with everything an IPv4 address means.
    #[inline]
    pub(crate) fn v4(&self, address: u32, mut each: impl FnMut(Match)) {
        let key = v4_key(address);
        if self.v4_table.may_hold(key) {
            for id in self.v4_table.candidates(key) {
                if let Some(&(at, entry)) = self.v4.get(id as usize)
                    && at == address
                {
                    each(meaning(entry));
                }
            }
        }
        let half = address >> 16;
        let touched = self
            .v4_halves
            .get((half >> 6) as usize)
            .is_some_and(|w| w >> (half & 63) & 1 != 0);
        if touched {
            for &bits in &self.v4_bits {
                let network = address & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                self.network(u128::from(network), bits, &mut each);
            }
        }
    }

    /// Calls `each` with everything an IPv6 address means. One that stands for an IPv4 address counts as that.
    pub(crate) fn v6(&self, address: Ipv6Addr, mut each: impl FnMut(Match)) {
        if let Some(v4) = address.to_ipv4_mapped() {
            return self.v4(u32::from(v4), each);
        }
        let address = u128::from(address);
        let key = v6_key(address);
        if self.v6_table.may_hold(key) {
            for id in self.v6_table.candidates(key) {
                if let Some(&(at, entry)) = self.v6.get(id as usize)
                    && at == address
                {
                    each(meaning(entry));
                }
            }
        }
        for &bits in &self.v6_bits {
            let network = address & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            self.network(network, bits | 0x80, &mut each);
        }
    }

    fn network(&self, address: u128, bits: u8, each: &mut impl FnMut(Match)) {
        let key = network_key(address, bits);
        if self.network_table.may_hold(key) {
            for id in self.network_table.candidates(key) {
                if let Some(network) = self.networks.get(id as usize)
                    && network.address == address
                    && network.bits == bits
                {
                    each(Match::InNetwork(network.entry));
                }
            }
        }
    }
}

fn meaning(entry: u32) -> Match {
    if entry == URL_HOST {
        Match::UrlHost
    } else {
        Match::Exact(entry)
    }
}

#[inline]
fn v4_key(address: u32) -> u64 {
    mix(mix(SPREAD, u64::from(address)), 4)
}

fn v6_key(address: u128) -> u64 {
    mix(
        mix(SPREAD, address as u64).rotate_left(11),
        (address >> 64) as u64,
    )
}

fn network_key(address: u128, bits: u8) -> u64 {
    mix(v6_key(address), u64::from(bits))
}

/// Four decimal numbers from 0 to 255 without leading zeros, and nothing else.
pub(crate) fn parse_v4(text: &[u8]) -> Option<u32> {
    if text.len() > 15 || text.iter().any(|b| !b.is_ascii_digit() && *b != b'.') {
        return None;
    }
    let dots = text
        .iter()
        .enumerate()
        .fold(0, |bits, (i, b)| bits | u64::from(*b == b'.') << i);
    parse_v4_at(text, 0, text.len(), dots)
}

/// The same for `text[start..end]`, known to be digits and dots, with the places of the dots counted
/// from `start` as bits. Nearly without branches: log lines are full of numbers that are no address.
#[inline]
pub(crate) fn parse_v4_at(text: &[u8], start: usize, end: usize, dots: u64) -> Option<u32> {
    let second = dots & dots.wrapping_sub(1);
    let third = second & second.wrapping_sub(1);
    if third == 0 || third & (third - 1) != 0 || end - start > 15 {
        return None;
    }
    let borders = [
        dots.trailing_zeros() as usize,
        second.trailing_zeros() as usize,
        third.trailing_zeros() as usize,
        end - start,
    ];
    let (mut address, mut from, mut right) = (0u32, 0, true);
    for border in borders {
        let len = border - from;
        if !(1..=3).contains(&len) {
            return None;
        }
        // The digits moved up so that the last stands in the highest byte; zeros come from below.
        let digits = (load(text, start + from) as u32) << (32 - 8 * len) & 0x0F0F_0F0F;
        let octet = (digits >> 8 & 15) * 100 + (digits >> 16 & 15) * 10 + (digits >> 24);
        const LEAST: [u32; 4] = [0, 0, 10, 100];
        right &= octet <= 255 && octet >= LEAST[len];
        address = address << 8 | octet & 255;
        from = border + 1;
    }
    right.then_some(address)
}

/// The address that the host of a URL stands for by the rules of browsers: up to four numbers, each decimal, octal
/// (`0306`) or hexadecimal (`0xc6`), the last of which fills what is left (<https://url.spec.whatwg.org/#concept-ipv4-parser>).
pub(crate) fn parse_url_v4(host: &[u8]) -> Option<u32> {
    // Four octal numbers with a zero more, and the dots; padding beyond that is not for addresses.
    if host.len() > 48 || !host.first()?.is_ascii_digit() {
        return None;
    }
    let host = host.strip_suffix(b".").unwrap_or(host);
    let (mut address, mut parts) = (0u64, 0u32);
    let mut rest = Some(host);
    while let Some(text) = rest {
        let dot = memchr::memchr(b'.', text);
        let number = url_number(dot.map_or(text, |at| &text[..at]))?;
        rest = dot.map(|at| &text[at + 1..]);
        parts += 1;
        let bits = if rest.is_some() {
            8
        } else {
            40u32.checked_sub(8 * parts)?
        };
        if bits == 0 || number >> bits != 0 {
            return None;
        }
        address = address << bits | number;
    }
    u32::try_from(address).ok()
}

fn url_number(text: &[u8]) -> Option<u64> {
    let (digits, radix) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] => (digits, 8),
        [] => return None,
        digits => (digits, 10),
    };
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        number
            .checked_mul(u64::from(radix))?
            .checked_add(u64::from(digit))
    })
}

/// The address of a name that stands for an IPv6 address where colons are not allowed, from what stands before
/// `.ipv6-literal.net`: `2001-db8--1`, with a zone behind `s`.
pub(crate) fn parse_literal(name: &[u8]) -> Option<Ipv6Addr> {
    let end = name.iter().position(|b| matches!(b, b's' | b'S'));
    let text = std::str::from_utf8(&name[..end.unwrap_or(name.len())]).ok()?;
    text.replace('-', ":").parse().ok()
}

/// The address a reverse name (RFC 1035 3.5, RFC 3596 2.5) stands for, from the part before `.arpa`.
pub(crate) fn parse_reverse(name: &[u8]) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(octets) = name.strip_suffix(b".in-addr") {
        let address = parse_v4(octets)?;
        return Some(IpAddr::V4(Ipv4Addr::from(address.swap_bytes())));
    }
    let nibbles = name.strip_suffix(b".ip6")?;
    if nibbles.len() != 63 {
        return None;
    }
    let mut address = 0u128;
    for pair in nibbles.chunks(2).rev() {
        let digit = char::from(*pair.first()?).to_digit(16)?;
        if pair.get(1).is_some_and(|dot| *dot != b'.') {
            return None;
        }
        address = address << 4 | u128::from(digit);
    }
    Some(IpAddr::V6(Ipv6Addr::from(address)))
}

#[cfg(test)]
mod tests {
    use super::{Addresses, Match, parse_literal, parse_reverse, parse_url_v4, parse_v4};
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn only_four_plain_numbers_are_an_address() {
        for (text, want) in [
            ("198.51.100.23", true),
            ("0.0.0.0", true),
            ("198.51.100.256", false),
            ("198.51.100.023", false),
            ("1.2.3", false),
            ("1.2.3.", false),
            (".1.2.3.4", false),
            ("1.2.3.4.5", false),
            ("1..2.3.4", false),
        ] {
            let got = parse_v4(text.as_bytes()).map(|a| Ipv4Addr::from(a).to_string());
            assert_eq!(got.as_deref(), want.then_some(text), "{text}");
        }
    }

    #[test]
    fn hosts_of_urls_are_numbers_as_browsers_read_them() {
        for (text, want) in [
            ("198.51.100.23", Some("198.51.100.23")),
            ("198.51.100.23.", Some("198.51.100.23")),
            ("3325256727", Some("198.51.100.23")),
            ("0xC6336417", Some("198.51.100.23")),
            ("0xc6.0x33.0x64.0x17", Some("198.51.100.23")),
            ("0306.063.0144.027", Some("198.51.100.23")),
            ("030614662027", Some("198.51.100.23")),
            ("198.51.25623", Some("198.51.100.23")),
            ("198.3367959", Some("198.51.100.23")),
            ("198.0063.100.23", Some("198.51.100.23")),
            ("0x", Some("0.0.0.0")),
            ("198.51.100.256", None),
            ("256.51.100.23", None),
            ("4294967296", None),
            ("198.51.100.23.1", None),
            ("198..100.23", None),
            ("198.51.100.089", None),
            ("0xg1", None),
            ("1e5", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            let got = parse_url_v4(text.as_bytes()).map(|a| Ipv4Addr::from(a).to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }

    #[test]
    fn literal_names_are_addresses() {
        let check = |name: &str, want: Option<&str>| {
            let got = parse_literal(name.as_bytes()).map(|a| a.to_string());
            assert_eq!(got.as_deref(), want, "{name}");
        };
        check("2001-db8--1", Some("2001:db8::1"));
        check("FE80--1s4", Some("fe80::1"));
        check("2001-db8", None);
        check("www.2001-db8--1", None);
    }

    #[test]
    fn reverse_names_are_addresses() {
        let check = |name: &str, want: Option<&str>| {
            assert_eq!(
                parse_reverse(name.as_bytes())
                    .map(|a| a.to_string())
                    .as_deref(),
                want,
                "{name}"
            );
        };
        check("23.100.51.198.in-addr", Some("198.51.100.23"));
        check("100.51.198.in-addr", None);
        check(
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.IP6",
            Some("2001:db8::1"),
        );
    }

    #[test]
    fn an_address_is_in_every_network_that_holds_it() {
        let mut set = Addresses::default();
        let v4 = |text: &str| -> Ipv4Addr { text.parse().unwrap() };
        set.add_network(IpAddr::V4(v4("198.51.0.0")), 16, 1);
        set.add_network(IpAddr::V4(v4("198.51.100.16")), 28, 2);
        set.add_network(IpAddr::V4(v4("198.48.0.0")), 12, 3);
        set.add_network(IpAddr::V4(v4("198.51.100.17")), 32, 4);
        set.add(IpAddr::V4(v4("198.51.100.17")), Some(5));
        set.finish();
        let of = |text: &str| {
            let mut found = Vec::new();
            set.v4(u32::from(v4(text)), |m| found.push(m));
            found
        };
        use Match::{Exact, InNetwork};
        assert_eq!(
            of("198.51.100.17"),
            [
                Exact(5),
                InNetwork(4),
                InNetwork(2),
                InNetwork(1),
                InNetwork(3)
            ]
        );
        assert_eq!(of("198.51.100.32"), [InNetwork(1), InNetwork(3)]);
        assert_eq!(of("198.47.255.255"), []);
    }
}
