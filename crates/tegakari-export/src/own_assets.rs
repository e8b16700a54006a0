//! The organisation's own machines, networks and names: never to be blocked by its own list.

use std::net::IpAddr;

use ipnet::IpNet;
use tegakari_model::{Objection, ObjectionKind, Observable, ObservableKind as K};

use crate::networks;

/// What belongs to the organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnAssets {
    /// Names of machines, with or without a domain.
    pub names: Vec<String>,
    /// Their addresses.
    pub addresses: Vec<IpAddr>,
    /// Networks.
    pub networks: Vec<IpNet>,
    /// Domains, with everything below them.
    pub domains: Vec<String>,
}

/// [`OwnAssets`] in the form it is asked: names in lower case, addresses as networks.
#[derive(Debug, Default)]
pub(crate) struct OwnIndex {
    /// Names of machines without the root dot.
    names: std::collections::BTreeSet<String>,
    /// Every name above one of the names or domains, with the name: blocking it as a tree hits that one.
    above: std::collections::BTreeMap<String, String>,
    domains: std::collections::BTreeSet<String>,
    networks: Vec<IpNet>,
}

impl OwnIndex {
    pub(crate) fn new(own: &OwnAssets) -> Self {
        let tidy = |names: &[String]| -> Vec<String> {
            names
                .iter()
                .map(|n| {
                    let n = n.trim();
                    let n = n.strip_prefix("*.").unwrap_or(n);
                    // International names in the form in which observables have them.
                    Observable::new(K::Domain, n).map_or_else(
                        |_| n.trim_matches('.').to_lowercase(),
                        |domain| domain.value().to_owned(),
                    )
                })
                .filter(|n| !n.is_empty())
                .collect()
        };
        let (names, domains) = (tidy(&own.names), tidy(&own.domains));
        let mut above = std::collections::BTreeMap::new();
        for name in names.iter().chain(&domains) {
            let mut rest = name.as_str();
            while let Some((_, parent)) = rest.split_once('.') {
                above
                    .entry(parent.to_owned())
                    .or_insert_with(|| name.clone());
                rest = parent;
            }
        }
        let networks = own
            .addresses
            .iter()
            .map(|a| IpNet::from(*a))
            .chain(own.networks.iter().copied())
            .map(networks::unmapped)
            .collect();
        Self {
            names: names.into_iter().collect(),
            above,
            domains: domains.into_iter().collect(),
            networks,
        }
    }

    pub(crate) fn objections(&self, observable: &Observable, out: &mut Vec<Objection>) {
        let value = observable.value();
        match observable.kind() {
            K::Ipv4 | K::Ipv6 | K::Cidr => self.address(value, out),
            K::Domain => self.name(value, true, out),
            K::Url => {
                if let Some(host) = networks::host_of_url(value) {
                    self.address(&host, out);
                    self.name(&host, false, out);
                }
            }
            K::Email => {
                if let Some((_, host)) = value.rsplit_once('@') {
                    self.name(host, false, out);
                }
            }
            _ => {}
        }
    }

    fn address(&self, text: &str, out: &mut Vec<Objection>) {
        let Some(net) = networks::parse(text) else {
            return;
        };
        for own in &self.networks {
            if own.contains(&net) || net.contains(own) {
                out.push(objection(networks::show(*own)));
            }
        }
    }

    /// `tree`: whether a block of the name would reach below it.
    fn name(&self, name: &str, tree: bool, out: &mut Vec<Objection>) {
        if self.names.contains(name) {
            out.push(objection(name.to_owned()));
        } else if let Some(own) = self.above.get(name).filter(|_| tree) {
            out.push(objection(own.clone()));
        }
        let mut rest = Some(name);
        while let Some(here) = rest {
            if self.domains.contains(here) {
                out.push(objection(here.to_owned()));
            }
            rest = here.split_once('.').map(|(_, parent)| parent);
        }
    }
}

fn objection(matched: String) -> Objection {
    Objection {
        kind: ObjectionKind::OwnAsset,
        source: "inventory".to_owned(),
        matched,
    }
}

#[cfg(test)]
mod tests {
    use super::{OwnAssets, OwnIndex};
    use tegakari_model::{Observable, ObservableKind as K};

    #[test]
    fn what_reaches_the_own_house_is_objected_to() {
        let own = OwnIndex::new(&OwnAssets {
            names: vec!["ws-014".into(), "Mail.Corp.Invalid.".into()],
            addresses: vec!["192.88.99.7".parse().unwrap()],
            networks: vec![
                "203.0.112.0/23".parse().unwrap(),
                "2a00:1::/32".parse().unwrap(),
            ],
            domains: vec!["house.net".into(), "*.bücher.ch".into()],
        });
        for (kind, value, want) in [
            (K::Ipv4, "192.88.99.7", vec!["192.88.99.7"]),
            (K::Ipv4, "192.88.99.8", vec![]),
            (K::Ipv4, "203.0.113.9", vec!["203.0.112.0/23"]),
            (K::Cidr, "203.0.0.0/16", vec!["203.0.112.0/23"]),
            (K::Ipv6, "2a00:1::5", vec!["2a00:1::/32"]),
            (K::Domain, "house.net", vec!["house.net"]),
            (K::Domain, "a.b.house.net", vec!["house.net"]),
            (K::Domain, "myhouse.net", vec![]),
            (K::Domain, "x.xn--bcher-kva.ch", vec!["xn--bcher-kva.ch"]),
            (K::Domain, "corp.invalid", vec!["mail.corp.invalid"]),
            (K::Domain, "mail.corp.invalid", vec!["mail.corp.invalid"]),
            (K::Domain, "x.mail.corp.invalid", vec![]),
            (K::Url, "http://ws-014/x", vec!["ws-014"]),
            (K::Url, "http://corp.invalid/x", vec![]),
            (K::Url, "http://[2a00:1::9]:80/x", vec!["2a00:1::/32"]),
            (K::Email, "a@house.net", vec!["house.net"]),
            (K::FileName, "house.net", vec![]),
        ] {
            let mut got = Vec::new();
            own.objections(&Observable::new(kind, value).unwrap(), &mut got);
            let got: Vec<&str> = got.iter().map(|o| o.matched.as_str()).collect();
            assert_eq!(got, want, "{value}");
        }
    }
}
