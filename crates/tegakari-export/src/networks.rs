//! Addresses and networks as numbers.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use tegakari_model::{Observable, ObservableKind};

/// An address or network; an address is the network that holds only it.
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
}

/// The IPv4 address that an IPv6 address leads to by translation (RFC 6052's well-known prefix) or 6to4 (RFC 3056).
pub(crate) fn embedded(observable: &Observable) -> Option<Observable> {
    if observable.kind() != ObservableKind::Ipv6 {
        return None;
    }
    let address: Ipv6Addr = observable.value().parse().ok()?;
    let inner = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => [high, low],
        _ => return None,
    };
    let [[a, b], [c, d]] = inner.map(u16::to_be_bytes);
    Observable::new(ObservableKind::Ipv4, &format!("{a}.{b}.{c}.{d}")).ok()
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

/// Leaves out what a wider network in the list covers. The input need not be sorted; the output is,
/// and pairs every kept network with the indexes of all inputs it stands for, its own first.
pub(crate) fn without_covered(nets: &[IpNet]) -> Vec<(IpNet, Vec<usize>)> {
    let mut order: Vec<usize> = (0..nets.len()).collect();
    let net_at = |i: usize| nets.get(i).copied();
    // Wider networks come before the ones they hold.
    order.sort_by_key(|&i| net_at(i).map(|n| (n.addr(), n.prefix_len(), i)));
    let mut out: Vec<(IpNet, Vec<usize>)> = Vec::new();
    for i in order {
        let Some(net) = net_at(i) else { continue };
        match out.last_mut() {
            Some((wider, covered)) if wider.contains(&net) => covered.push(i),
            _ => out.push((net, vec![i])),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{host_of_url, without_covered};

    #[test]
    fn what_a_wider_network_covers_is_left_out() {
        let nets: Vec<ipnet::IpNet> = [
            "10.0.0.5/32",
            "10.0.0.0/24",
            "9.0.0.0/8",
            "10.0.1.0/24",
            "10.0.0.5/32",
            "2001:db8::/32",
        ]
        .iter()
        .map(|t| t.parse().unwrap())
        .collect();
        let kept: Vec<_> = without_covered(&nets)
            .into_iter()
            .map(|(n, from)| (n.to_string(), from))
            .collect();
        assert_eq!(
            kept,
            [
                ("9.0.0.0/8".to_owned(), vec![2]),
                ("10.0.0.0/24".to_owned(), vec![1, 0, 4]),
                ("10.0.1.0/24".to_owned(), vec![3]),
                ("2001:db8::/32".to_owned(), vec![5]),
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
