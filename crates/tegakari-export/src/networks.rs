//! Addresses and networks as numbers.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use tegakari_model::{Observable, ObservableKind as K};

/// An address or network; an address is the network that holds only it, and what is mapped into IPv6 the IPv4 one.
pub(crate) fn parse(text: &str) -> Option<IpNet> {
    text.parse::<IpAddr>()
        .map(IpNet::from)
        .or_else(|_| text.parse::<IpNet>().map(|net| net.trunc()))
        .ok()
        .or_else(|| {
            // `198.51.100.0/255.255.255.0`
            let (address, mask) = text.split_once('/')?;
            let net = Ipv4Net::with_netmask(address.parse().ok()?, mask.parse().ok()?);
            Some(IpNet::from(net.ok()?.trunc()))
        })
        .map(unmapped)
}

/// `::ffff:192.0.2.1` is `192.0.2.1` (RFC 4291, section 2.5.5.2): programs write it so, nothing goes over the wire so.
pub(crate) fn unmapped(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else {
        return net;
    };
    let inner = v6.network().to_ipv4_mapped();
    let length = v6.prefix_len().checked_sub(96);
    inner
        .zip(length)
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(net, IpNet::V4)
}

/// The address or network of IPv4 that is meant by one that is mapped into IPv6; `None` for any other value.
pub(crate) fn meant(observable: &Observable) -> Option<Observable> {
    let value = observable.value();
    match observable.kind() {
        K::Ipv6 | K::Cidr if value.starts_with("::ffff:") => match parse(value)? {
            net @ IpNet::V4(_) => of_net(net),
            IpNet::V6(_) => None,
        },
        _ => None,
    }
}

/// An address of IPv4 mapped into IPv6; `None` for any other value.
pub(crate) fn mapped(observable: &Observable) -> Option<Observable> {
    let address: Ipv4Addr = match observable.kind() {
        K::Ipv4 => observable.value().parse().ok()?,
        _ => return None,
    };
    Observable::new(K::Ipv6, &address.to_ipv6_mapped().to_string()).ok()
}

/// What an address, a network or the host of a URL of IPv6 leads to in IPv4, by translation (RFC 6052's well-known prefix),
/// 6to4 (RFC 3056) or the old "compatible" form (RFC 4291, section 2.5.5.1).
pub(crate) fn embedded(observable: &Observable) -> Option<Observable> {
    let net = match observable.kind() {
        K::Ipv6 | K::Cidr => parse(observable.value())?,
        K::Url => {
            parse(&host_of_url(observable.value())?).filter(|_| observable.value().contains('['))?
        }
        _ => return None,
    };
    let v6 = match net {
        IpNet::V6(v6) => v6,
        // A URL whose host is written as a mapped address.
        IpNet::V4(_) => return (observable.kind() == K::Url).then(|| of_net(net))?,
    };
    let length = v6.prefix_len();
    let (inner, length) = match v6.network().segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => ([high, low], length.checked_sub(96)?),
        [0x2002, high, low, ..] => ([high, low], length.checked_sub(16)?.min(32)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => ([high, low], length.checked_sub(96)?),
        _ => return None,
    };
    let [[a, b], [c, d]] = inner.map(u16::to_be_bytes);
    let inner = Ipv4Net::new(Ipv4Addr::new(a, b, c, d), length).ok()?;
    of_net(IpNet::V4(inner.trunc()))
}

fn of_net(net: IpNet) -> Option<Observable> {
    let kind = match net {
        _ if net.prefix_len() != net.max_prefix_len() => K::Cidr,
        IpNet::V4(_) => K::Ipv4,
        IpNet::V6(_) => K::Ipv6,
    };
    Observable::new(kind, &show(net)).ok()
}

/// A network of one address as the address, any other with its length.
pub(crate) fn show(net: IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

/// The host of a canonical URL, without brackets, user information and port.
pub(crate) fn host_of_url(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = match host_port.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => host_port.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// The networks, sorted, without those that lie in others; what goes with those is joined to what goes with the wider one.
pub(crate) fn merged<T>(mut all: Vec<(IpNet, T)>, join: impl Fn(&mut T, T)) -> Vec<(IpNet, T)> {
    // Wider networks come before the ones they hold.
    all.sort_by_key(|(net, _)| (net.addr(), net.prefix_len()));
    let mut out: Vec<(IpNet, T)> = Vec::with_capacity(all.len());
    for (net, what) in all {
        match out.last_mut() {
            Some((wider, known)) if wider.contains(&net) => join(known, what),
            _ => out.push((net, what)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{embedded, host_of_url, mapped, meant, merged, parse, show};
    use tegakari_model::{Observable, ObservableKind as K};

    #[test]
    fn what_is_mapped_translated_or_tunnelled_is_known_by_its_ipv4_address() {
        for (text, want) in [
            ("::ffff:45.9.148.7", "45.9.148.7"),
            ("::ffff:2d09:9407", "45.9.148.7"),
            ("::ffff:45.9.148.0/120", "45.9.148.0/24"),
            ("::ffff:0:0/95", "::fffe:0:0/95"),
            ("::45.9.148.7", "::2d09:9407"),
            ("2a00:1::7", "2a00:1::7"),
        ] {
            assert_eq!(show(parse(text).unwrap()), want, "{text}");
        }
        for (kind, text, meant_by, leads_to) in [
            (K::Ipv6, "::ffff:10.0.0.1", Some("10.0.0.1"), None),
            (K::Cidr, "::ffff:10.0.0.0/104", Some("10.0.0.0/8"), None),
            (K::Ipv6, "64:ff9b::10.0.0.1", None, Some("10.0.0.1")),
            (K::Cidr, "64:ff9b::10.0.0.0/104", None, Some("10.0.0.0/8")),
            (K::Cidr, "64:ff9b::/96", None, Some("0.0.0.0/0")),
            (K::Ipv6, "2002:c0a8:101::1", None, Some("192.168.1.1")),
            (K::Cidr, "2002:c0a8::/32", None, Some("192.168.0.0/16")),
            (K::Cidr, "2002:c0a8:101::/48", None, Some("192.168.1.1")),
            (K::Url, "http://[::ffff:10.0.0.1]/a", None, Some("10.0.0.1")),
            (
                K::Url,
                "http://[64:ff9b::10.0.0.1]/a",
                None,
                Some("10.0.0.1"),
            ),
            (K::Url, "http://10.0.0.1/a", None, None),
            (K::Ipv6, "2a00:1::7", None, None),
            (K::Ipv6, "::10.0.0.1", None, Some("10.0.0.1")),
            (K::Ipv6, "::1", None, None),
        ] {
            let one = Observable::new(kind, text).unwrap();
            let value = |o: Option<Observable>| o.map(|o| o.value().to_owned());
            assert_eq!(value(meant(&one)).as_deref(), meant_by, "{text}");
            assert_eq!(value(embedded(&one)).as_deref(), leads_to, "{text}");
        }
        let back = mapped(&Observable::new(K::Ipv4, "45.9.148.7").unwrap()).unwrap();
        assert_eq!(meant(&back).unwrap().value(), "45.9.148.7");
    }

    #[test]
    fn what_a_wider_network_covers_is_left_out() {
        let nets = [
            ("10.0.0.5/32", 1),
            ("10.0.0.0/24", 2),
            ("9.0.0.0/8", 4),
            ("10.0.1.0/24", 8),
            ("10.0.0.5/32", 16),
            ("2001:db8::/32", 32),
        ];
        let nets = nets.map(|(net, which)| (net.parse().unwrap(), which));
        let kept: Vec<_> = merged(nets.to_vec(), |a, b| *a += b)
            .into_iter()
            .map(|(net, which)| (net.to_string(), which))
            .collect();
        assert_eq!(
            kept,
            [
                ("9.0.0.0/8".to_owned(), 4),
                ("10.0.0.0/24".to_owned(), 2 + 1 + 16),
                ("10.0.1.0/24".to_owned(), 8),
                ("2001:db8::/32".to_owned(), 32),
            ]
        );
    }

    #[test]
    fn the_host_of_a_url_is_bare() {
        for (url, want) in [
            ("http://evil.example:8080/x@y", Some("evil.example")),
            ("http://[2001:db8::1]:80/", Some("2001:db8::1")),
            ("http://u:p@evil.example/", Some("evil.example")),
            ("nothing", None),
        ] {
            assert_eq!(host_of_url(url).as_deref(), want, "{url}");
        }
    }
}
