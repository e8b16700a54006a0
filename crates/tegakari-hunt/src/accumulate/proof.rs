//! What a record proves to be collected, which is less than what it carries: a connection between machines of ours shows
//! no address outside, a web request to a server of ours no name outside, a look-up of a name backwards no look-up.

use std::net::IpAddr;

use tegakari_model::Telemetry;

use super::Accumulator;
use crate::event::{Event, Role};
use crate::{Kinds, address};

const FLOW: Kinds = Kinds::of(&[Telemetry::Flow]);
const DNS: Kinds = Kinds::of(&[Telemetry::Dns, Telemetry::DnsAnswer]);
const WEB: Kinds = Kinds::of(&[
    Telemetry::HttpHost,
    Telemetry::HttpUrl,
    Telemetry::UserAgent,
    Telemetry::TlsName,
])
.and_url_in_tls();
const NETWORK: Kinds = FLOW.and(DNS).and(WEB);

/// Ports that nearly always belong to a proxy, and those that often do.
const PROXY_PORTS: [&[u8]; 6] = [b"3128", b"8080", b"8118", b"8888", b"1080", b"9090"];

/// What is to be made of the kinds that a record shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    /// It proves none of these.
    none_of: Kinds,
    /// The other end of the connection is outside, and whether by IPv6.
    outside: Option<bool>,
    /// The other end is a machine of ours, at a port of proxies.
    pub(super) to_proxy_port: bool,
}

impl Proof {
    /// What is proved of the machine that opened the connection or wrote the record.
    #[inline]
    pub(super) fn of(self, shows: Kinds) -> Kinds {
        let shows = shows.without(self.none_of);
        match self.outside {
            Some(v6) if shows.meets(FLOW) => shows.outward(v6),
            _ => shows,
        }
    }
}

impl Accumulator<'_> {
    /// What a record proves.
    #[inline]
    pub(super) fn proof(&self, event: &Event<'_>) -> Proof {
        let mut proof = Proof {
            none_of: Kinds::NONE,
            outside: None,
            to_proxy_port: false,
        };
        if !event.carries.meets(NETWORK) {
            return proof;
        }
        if event.carries.meets(DNS)
            && !event.name.is_empty()
            && (!is_asked_of_resolvers(event.name) || self.plan.is_own_name(event.name))
        {
            proof.none_of = DNS;
        }
        if !event.carries.meets(FLOW.and(WEB)) {
            return proof;
        }
        let far = if event.peer.is_empty() {
            let server = event.parties().find(|party| party.role == Role::Server);
            server.map_or(&b""[..], |party| party.id)
        } else {
            event.peer
        };
        // Some firewalls do not tell who of the two opened the connection: then it is not the one outside.
        let far = address::parse(far).or_else(|| {
            let clients = event.parties().filter(|party| party.role == Role::Client);
            let mut clients = clients.filter_map(|party| address::parse(party.id));
            clients.find(|ip| !self.plan.is_own(*ip))
        });
        let ours = far.is_some_and(|ip| self.plan.is_own(ip));
        if let Some(ip) = far.filter(|ip| !ours && is_outside(*ip)) {
            proof.outside = Some(ip.is_ipv6());
        }
        if event.carries.meets(WEB) && !event.proxied {
            let inside = ours
                || !event.name.is_empty()
                    && (!is_host_outside(event.name)
                        || is_inner(event.name)
                        || self.plan.is_own_name(event.name)
                        || address::parse(event.name).is_some_and(|ip| self.plan.is_own(ip)));
            if inside {
                proof.none_of = proof.none_of.and(WEB);
            }
        }
        proof.to_proxy_port = ours && PROXY_PORTS.contains(&event.peer_port);
        proof
    }
}

/// Whether an address can be that of a machine outside, when it is none of ours. Those that carriers translate
/// (100.64.0.0/10, RFC 6598), of protocols (192.0.0.0/24), for measuring (198.18.0.0/15, RFC 2544) and for everybody are
/// none.
fn is_outside(ip: IpAddr) -> bool {
    address::is_host(ip)
        && match ip {
            IpAddr::V4(v4) => {
                let [first, second, third, last] = v4.octets();
                let special = matches!(
                    (first, second, third),
                    (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _)
                );
                !special && !v4.is_link_local() && (1..224).contains(&first) && last != 255
            }
            // `64:ff9b:1::/48` is for translation inside (RFC 8215).
            IpAddr::V6(v6) => {
                let [first, second, third, ..] = v6.segments();
                let local = (first, second, third) == (0x64, 0xff9b, 1);
                !local && !v6.is_unicast_link_local() && !v6.is_multicast()
            }
        }
}

/// Endings that are not asked of the resolvers of the internet: reserved ones (RFC 6761, RFC 6762, RFC 8375), `.internal`,
/// and those that are used inside by custom.
const INNER: [&[u8]; 13] = [
    b"arpa",
    b"corp",
    b"domain",
    b"home",
    b"internal",
    b"intranet",
    b"invalid",
    b"lan",
    b"local",
    b"localdomain",
    b"localhost",
    b"onion",
    b"private",
];

/// Whether a name is one of an inner zone, by its last label.
fn is_inner(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let at = memchr::memrchr2(b'.', b')', name).map_or(0, |at| at + 1);
    let last = name.get(at..).unwrap_or_default();
    INNER.iter().any(|end| last.eq_ignore_ascii_case(end))
}

/// Whether a name is one that is asked of the resolvers of the internet: with a dot, and neither an address backwards, nor
/// a name of an inner zone, nor that of a service (`_ldap._tcp`), which is looked for in the domain that one belongs to.
fn is_asked_of_resolvers(name: &[u8]) -> bool {
    // The DNS server of Windows writes `(3)www(7)example(3)com(0)`.
    let name = name.strip_suffix(b"(0)").unwrap_or(name);
    let name = name.strip_suffix(b".").unwrap_or(name);
    let first = match name.first() {
        Some(b'(') => memchr::memchr(b')', name).and_then(|at| name.get(at + 1)),
        first => first,
    };
    (is_host_outside(name) || name.starts_with(b"(") && name.len() > 8)
        && first != Some(&b'_')
        && !is_inner(name)
}

/// Whether a name has the form of a host on the internet: labels with a dot between, and nothing that names do not hold.
fn is_host_outside(name: &[u8]) -> bool {
    let dot = memchr::memchr(b'.', name);
    let is_v6 = dot.is_none() && name.contains(&b':') && address::parse(name).is_some()
        || name.first() == Some(&b'[');
    let whole = |byte: &u8| {
        !matches!(
            byte,
            b' ' | b'\'' | b'"' | b';' | b'=' | b'*' | b'/' | b'<' | b','
        )
    };
    (dot.is_some_and(|at| at > 0 && at + 1 < name.len()) || is_v6) && name.iter().all(whole)
}

#[cfg(test)]
mod tests {
    use super::{is_asked_of_resolvers, is_host_outside, is_outside};

    #[test]
    fn only_names_of_the_internet_prove_that_look_ups_are_seen() {
        for (name, want) in [
            ("www.example.com", true),
            ("www.example.com.", true),
            ("(3)www(7)example(3)com(0)", true),
            ("b\u{fc}cher.example", true),
            ("wpad", false),
            ("7.0.0.10.in-addr.arpa", false),
            ("(1)7(7)in-addr(4)arpa(0)", false),
            ("printer.local", false),
            ("printer.LAN.", false),
            ("db.corp.internal", false),
            ("router.home.arpa", false),
            ("(3)nas(3)lan(0)", false),
            ("_ldap._tcp.dc._msdcs.example.com", false),
            ("(5)_ldap(4)_tcp(7)example(3)com(0)", false),
            ("local.example.com", true),
            ("www.wlan.example", true),
            ("select * from t.users", false),
            ("a.b = 1", false),
            ("", false),
            (".", false),
        ] {
            assert_eq!(is_asked_of_resolvers(name.as_bytes()), want, "{name}");
        }
        assert!(is_host_outside(b"198.51.100.7:8443") && is_host_outside(b"[2001:db8::1]:8443"));
        assert!(!is_host_outside(b"intranet") && !is_host_outside(b"error:invalid-request"));
    }

    #[test]
    fn what_is_for_everybody_is_nobody_outside() {
        for (ip, want) in [
            ("198.51.100.7", true),
            ("2001:db8::7", true),
            ("255.255.255.255", false),
            ("224.0.0.251", false),
            ("169.254.1.1", false),
            ("0.0.0.0", false),
            ("100.64.0.1", false),
            ("100.127.255.1", false),
            ("100.128.0.1", true),
            ("198.18.0.1", false),
            ("198.20.0.1", true),
            ("192.0.0.9", false),
            ("239.1.2.3", false),
            ("240.0.0.1", false),
            ("64:ff9b:1::1", false),
            ("ff02::fb", false),
            ("fe80::1", false),
        ] {
            assert_eq!(is_outside(ip.parse().unwrap()), want, "{ip}");
        }
    }
}
