//! Addresses reserved by standards: the IANA special-purpose address registries for IPv4 and IPv6.
//!
//! Registries as of 2025 (RFC 6890 and its updates). Blocks that are globally reachable by themselves
//! (AS112, 6to4 relays, Teredo, ORCHIDv2) are left out: packets to them do leave the house.

use std::net::IpAddr;
use std::sync::OnceLock;

use ipnet::IpNet;
use tegakari_model::ObjectionKind;

use ObjectionKind::{Documentation, SpecialPurpose};

/// A block, what it is for, and the document that says so.
type Block = (&'static str, ObjectionKind, &'static str);

const BLOCKS: &[Block] = &[
    ("0.0.0.0/8", SpecialPurpose, "RFC 791"),
    ("10.0.0.0/8", SpecialPurpose, "RFC 1918"),
    ("100.64.0.0/10", SpecialPurpose, "RFC 6598"),
    ("127.0.0.0/8", SpecialPurpose, "RFC 1122"),
    ("169.254.0.0/16", SpecialPurpose, "RFC 3927"),
    ("172.16.0.0/12", SpecialPurpose, "RFC 1918"),
    ("192.0.0.0/24", SpecialPurpose, "RFC 6890"),
    ("192.0.2.0/24", Documentation, "RFC 5737"),
    ("192.168.0.0/16", SpecialPurpose, "RFC 1918"),
    ("198.18.0.0/15", SpecialPurpose, "RFC 2544"),
    ("198.51.100.0/24", Documentation, "RFC 5737"),
    ("203.0.113.0/24", Documentation, "RFC 5737"),
    ("224.0.0.0/4", SpecialPurpose, "RFC 5771"),
    ("240.0.0.0/4", SpecialPurpose, "RFC 1112"),
    ("::/128", SpecialPurpose, "RFC 4291"),
    ("::1/128", SpecialPurpose, "RFC 4291"),
    ("64:ff9b:1::/48", SpecialPurpose, "RFC 8215"),
    ("100::/64", SpecialPurpose, "RFC 6666"),
    ("2001:2::/48", SpecialPurpose, "RFC 5180"),
    ("2001:db8::/32", Documentation, "RFC 3849"),
    ("3fff::/20", Documentation, "RFC 9637"),
    ("5f00::/16", SpecialPurpose, "RFC 9602"),
    ("fc00::/7", SpecialPurpose, "RFC 4193"),
    ("fe80::/10", SpecialPurpose, "RFC 4291"),
    ("ff00::/8", SpecialPurpose, "RFC 4291"),
];

/// Reserved blocks that hold `net`, or that lie inside it.
pub(super) fn special(net: IpNet) -> Vec<(ObjectionKind, &'static str, &'static str)> {
    // An IPv4 address in IPv6 clothes (RFC 4291, section 2.5.5.2) is the IPv4 address.
    let net = match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.network().to_ipv4_mapped() {
            Some(v4) => ipnet::Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(net, IpNet::V4),
            None => net,
        },
        _ => net,
    };
    static NETS: OnceLock<Vec<(Range, &Block)>> = OnceLock::new();
    let nets = NETS.get_or_init(|| {
        let parsed = |block: &'static Block| Some((range(block.0.parse().ok()?), block));
        BLOCKS.iter().filter_map(parsed).collect()
    });
    // Of two networks that share an address one holds the other.
    let net = range(net);
    nets.iter()
        .filter(|(block, _)| block.0 == net.0 && block.1 <= net.2 && net.1 <= block.2)
        .map(|(_, (block, kind, document))| (*kind, *document, *block))
        .collect()
}

/// Whether it is of IPv4, the first address, and the last.
type Range = (bool, u128, u128);

fn range(net: IpNet) -> Range {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    (
        matches!(net, IpNet::V4(_)),
        number(net.network()),
        number(net.broadcast()),
    )
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, special};
    use ipnet::IpNet;

    #[test]
    fn every_block_is_written_right() {
        for (block, ..) in BLOCKS {
            let net: IpNet = block.parse().unwrap();
            assert_eq!(net, net.trunc(), "{block}");
        }
    }

    #[test]
    fn reserved_addresses_are_told_with_their_document() {
        for (text, want) in [
            ("10.1.2.3/32", vec!["RFC 1918"]),
            ("198.51.100.7/32", vec!["RFC 5737"]),
            ("8.8.8.8/32", vec![]),
            ("::ffff:192.168.0.1/128", vec!["RFC 1918"]),
            ("2001:db8::7/128", vec!["RFC 3849"]),
            ("192.0.0.0/16", vec!["RFC 6890", "RFC 5737"]),
            ("172.32.0.1/32", vec![]),
        ] {
            let got: Vec<_> = special(text.parse().unwrap()).iter().map(|s| s.1).collect();
            assert_eq!(got, want, "{text}");
        }
    }
}
