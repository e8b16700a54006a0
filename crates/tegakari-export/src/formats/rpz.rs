//! Response policy zone, for BIND, Unbound, Knot Resolver and PowerDNS
//! (draft-vixie-dnsop-dns-rpz-00; BIND 9 manual, "Response Policy Zones").
//!
//! Owner names are relative and carry no final dot: an absolute one would lie outside the zone, which
//! resolvers report in a line of their log and otherwise pass over.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use tegakari_model::{BlockEntry, ObservableKind as K, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;
use crate::networks;
use crate::select::plain_value;
use crate::text::Buffered;

/// `block.rpz`
#[derive(Debug)]
pub(super) struct ResponsePolicyZone;

/// Seconds for which answers may be kept: short, so that a withdrawn entry is soon gone.
const TTL: u32 = 60;

/// What is done with an owner: there is no such name.
const RULE: &str = " IN CNAME .\n";

/// Longest DNS name in octets on the wire (RFC 1035, section 2.3.4).
const MAX_WIRE: usize = 255;

impl ExportFormat for ResponsePolicyZone {
    form!(
        "rpz",
        "block.rpz",
        "text/dns",
        Runs,
        Reissue,
        [Domain, Ipv4, Ipv6, Cidr],
        "DNS response policy zone: NXDOMAIN for domains (with sub-domains) and for answers with blocked addresses"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.header(out, ";", "response policy zone")?;
        writeln!(out, "$TTL {TTL}")?;
        writeln!(
            out,
            "@ IN SOA localhost. hostmaster.localhost. {} 3600 600 604800 {TTL}",
            list.context.rpz.serial
        )?;
        writeln!(out, "@ IN NS localhost.")?;
        let mut addresses: Vec<IpNet> = list
            .entries
            .iter()
            .filter(|entry| entry.indicator.observable.kind() != K::Domain)
            .filter_map(|entry| networks::parse(entry.indicator.observable.value()))
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        let mut lines = Buffered::new(out);
        for net in addresses {
            lines.push(&[&trigger(net), RULE])?;
        }
        // A name of its own below a wildcard would stop the wildcard from reaching what is below that name
        // (RFC 4592, section 2.2.1).
        for (name, scope) in list.uncovered_names() {
            lines.push(&[name, RULE])?;
            if scope == Scope::Tree {
                lines.push(&["*.", name, RULE])?;
            }
        }
        lines.end()?;
        Ok(list.written())
    }

    fn fits(&self, entry: &BlockEntry, context: &Context) -> Result<(), &'static str> {
        plain_value(entry)?;
        let observable = &entry.indicator.observable;
        let zone = context.rpz.zone.trim_matches('.');
        // The root's octet is counted in both; `*.` takes two octets more.
        let tree = if entry.scope == Scope::Tree { 2 } else { 0 };
        let octets = wire_octets(observable.value()) + wire_octets(zone) - 1 + tree;
        if observable.kind() == K::Domain && octets > MAX_WIRE {
            return Err("it is too long together with the name of the zone");
        }
        Ok(())
    }
}

/// Whether a name can be asked for on the wire as it is: lower-case ASCII labels of letters, digits,
/// hyphens and underscores, no empty label, no final dot.
pub(crate) fn is_wire_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        })
}

/// Octets of a name on the wire: a length before each label and the root's.
fn wire_octets(name: &str) -> usize {
    if name.is_empty() { 1 } else { name.len() + 2 }
}

/// Owner of the rule for answers that hold an address of `net`: the length of the prefix, then the
/// address backwards, with `zz` for the longest run of zeros in IPv6.
fn trigger(net: IpNet) -> String {
    match net {
        IpNet::V4(v4) => {
            let [a, b, c, d] = Ipv4Addr::octets(&v4.network());
            format!("{}.{d}.{c}.{b}.{a}.rpz-ip", v4.prefix_len())
        }
        IpNet::V6(v6) => {
            let words = Ipv6Addr::segments(&v6.network());
            let (start, len) = longest_zeros(&words);
            let mut labels: Vec<String> = Vec::new();
            for (i, word) in words.iter().enumerate() {
                if len > 0 && i == start {
                    labels.push("zz".to_owned());
                } else if i < start || i >= start + len {
                    labels.push(format!("{word:x}"));
                }
            }
            labels.reverse();
            format!("{}.{}.rpz-ip", v6.prefix_len(), labels.join("."))
        }
    }
}

/// Start and length of the first longest run of at least two zeros (RFC 5952, section 4.2); length 0
/// when there is none.
fn longest_zeros(words: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut start) = ((0, 0), 0);
    for (i, word) in words.iter().enumerate() {
        if *word != 0 {
            start = i + 1;
        } else if i + 1 - start > best.1 {
            best = (start, i + 1 - start);
        }
    }
    if best.1 >= 2 { best } else { (0, 0) }
}

#[cfg(test)]
mod tests {
    use super::{is_wire_name, trigger};

    #[test]
    fn addresses_are_written_backwards() {
        for (net, want) in [
            ("192.0.2.10/32", "32.10.2.0.192.rpz-ip"),
            ("198.51.100.0/24", "24.0.100.51.198.rpz-ip"),
            ("2001:db8::bad/128", "128.bad.zz.db8.2001.rpz-ip"),
            ("2001:db8::/32", "32.zz.db8.2001.rpz-ip"),
            ("2001:db8:0:1:0:0:0:1/128", "128.1.zz.1.0.db8.2001.rpz-ip"),
            (
                "2001:db8:1:0:2:3:4:5/128",
                "128.5.4.3.2.0.1.db8.2001.rpz-ip",
            ),
        ] {
            assert_eq!(trigger(net.parse().unwrap()), want);
        }
    }

    #[test]
    fn only_names_on_the_wire_can_match() {
        for (name, want) in [
            ("bad.example", true),
            ("_x.bad.example", true),
            ("bad.example.", false),
            ("a..b", false),
            ("Bad.example", false),
            ("日本.example", false),
            ("a b.example", false),
        ] {
            assert_eq!(is_wire_name(name), want, "{name}");
        }
    }
}
