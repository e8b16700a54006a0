//! Which name an address had, and when.
//!
//! A strong claim comes from the machine itself or from its DHCP server, a weak one from a third
//! party (a DNS answer, a name in a logon). Weak claims only count for names that are known as
//! machines otherwise: a DNS answer can be written by anybody (DNS rebinding).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// When and how often an address was claimed for a name. Hours since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) strong: bool,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u64,
}

/// All claims of a hunt. Bounded: the entries with the smallest keys survive, so that the
/// order of arrival does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    spans: BTreeMap<(IpAddr, String), Span>,
}

/// Claims kept. A network of a million machines is beyond what one hunt is for.
const MOST: usize = 1_000_000;

impl Claims {
    pub(crate) fn add(&mut self, address: IpAddr, name: String, span: Span) {
        match self.spans.entry((address, name)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(span);
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                let known = known.get_mut();
                // The span is that of the strong claims alone, as soon as there is one.
                match (known.strong, span.strong) {
                    (false, true) => {
                        *known = Span {
                            count: known.count + span.count,
                            ..span
                        }
                    }
                    (true, false) => known.count += span.count,
                    _ => {
                        known.first = known.first.min(span.first);
                        known.last = known.last.max(span.last);
                        known.count += span.count;
                    }
                }
            }
        }
        while self.spans.len() > MOST {
            self.spans.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for ((address, name), span) in other.spans {
            self.add(address, name, span);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&(IpAddr, String), &Span)> {
        self.spans.iter()
    }
}

/// A time, in seconds since 1970, in which a machine had an address by the word of its DHCP server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lease {
    pub(crate) from: i64,
    /// Past the last second.
    pub(crate) until: i64,
    pub(crate) asset: String,
}

/// Names of addresses over time, settled.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    names: BTreeMap<IpAddr, Vec<(String, Span)>>,
    leases: BTreeMap<IpAddr, Vec<Lease>>,
}

impl Resolver {
    /// `asset` gives the asset's name for a host name; `known` says whether that asset is known as a
    /// machine otherwise; `listed` are addresses of the inventory,
    /// `leases` those that it had for a time.
    pub(crate) fn new(
        claims: &Claims,
        listed: &[(IpAddr, String)],
        leases: BTreeMap<IpAddr, Vec<Lease>>,
        asset: impl Fn(&str) -> String,
        known: impl Fn(&str) -> bool,
    ) -> Self {
        let mut merged: BTreeMap<(IpAddr, String), Span> = BTreeMap::new();
        let mut add = |address: IpAddr, name: String, span: Span| {
            merged
                .entry((address, name))
                .and_modify(|old| {
                    if span.strong && !old.strong {
                        *old = span;
                    } else if span.strong == old.strong {
                        old.first = old.first.min(span.first);
                        old.last = old.last.max(span.last);
                        old.count += span.count;
                    }
                })
                .or_insert(span);
        };
        for ((address, name), span) in claims.iter() {
            let name = asset(name);
            if span.strong || known(&name) {
                add(*address, name, *span);
            }
        }
        for (address, name) in listed {
            // The lease says more: from when, and until when.
            let leased = leases.get(address);
            if leased.is_some_and(|all| all.iter().any(|one| one.asset == *name)) {
                continue;
            }
            let always = Span {
                strong: true,
                first: i64::MAX,
                last: i64::MIN,
                count: 0,
            };
            add(*address, name.clone(), always);
        }
        let mut names: BTreeMap<IpAddr, Vec<(String, Span)>> = BTreeMap::new();
        for ((address, name), span) in merged {
            names.entry(address).or_default().push((name, span));
        }
        for of_one in names.values_mut() {
            if of_one.iter().any(|(_, span)| span.strong) {
                of_one.retain(|(_, span)| span.strong);
            }
        }
        Self { names, leases }
    }

    /// Whether an address had no more than one name.
    pub(crate) fn is_one(&self, address: IpAddr) -> bool {
        !self.leases.contains_key(&address)
            && self.names.get(&address).is_none_or(|names| names.len() < 2)
    }

    /// Who had an address by a lease at some time from the one second to before the other: nobody, one, or (`None`) more.
    fn holder(&self, address: IpAddr, from: i64, until: i64) -> Option<Option<&str>> {
        let leases = self.leases.get(&address).map_or(&[][..], Vec::as_slice);
        let mut holders = leases
            .iter()
            .filter(|lease| lease.from < until && from < lease.until)
            .map(|lease| lease.asset.as_str());
        let first = holders.next();
        holders.all(|other| Some(other) == first).then_some(first)
    }

    /// Whether an address changed hands in an hour.
    pub(crate) fn changes_hands(&self, address: IpAddr, hour: i64) -> bool {
        let from = hour.saturating_mul(3600);
        self.holder(address, from, from.saturating_add(3600))
            .is_none()
    }

    /// The asset that had `address` at a second.
    pub(crate) fn at(&self, address: IpAddr, second: i64) -> Option<&str> {
        match self.holder(address, second, second.saturating_add(1)) {
            Some(Some(name)) => Some(name),
            _ => self.asset(address, Some(second.div_euclid(3600))),
        }
    }

    /// The asset that had `address` in `hour` (any time when `None`); nobody where it changed hands, or when its lease had
    /// ended and no record of that hour says who had it.
    pub(crate) fn asset(&self, address: IpAddr, hour: Option<i64>) -> Option<&str> {
        let leased = self.leases.contains_key(&address);
        if leased {
            let (from, until) = hour.map_or((i64::MIN, i64::MAX), |hour| {
                let from = hour.saturating_mul(3600);
                (from, from.saturating_add(3600))
            });
            match self.holder(address, from, until) {
                Some(Some(name)) => return Some(name),
                Some(None) => {}
                None => return None,
            }
        }
        let of_one = self.names.get(&address)?;
        // How far the hour is outside the span; an inventory entry has no span and fits last.
        let distance = |span: &Span| match hour {
            _ if span.first > span.last => i64::MAX,
            None => 0,
            Some(hour) => (span.first - hour).max(hour - span.last).max(0),
        };
        of_one
            .iter()
            .filter(|(_, span)| !leased || distance(span) == 0)
            .min_by_key(|(name, span)| {
                (distance(span), std::cmp::Reverse(span.count), name.as_str())
            })
            .map(|(name, _)| name.as_str())
    }

    /// All addresses and the assets that had them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (IpAddr, &str)> {
        let leased = self
            .leases
            .iter()
            .flat_map(|(address, all)| all.iter().map(|one| (*address, one.asset.as_str())));
        self.names
            .iter()
            .flat_map(|(address, names)| names.iter().map(|(name, _)| (*address, name.as_str())))
            .chain(leased)
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Lease, Resolver, Span};
    use std::collections::BTreeMap;

    fn span(strong: bool, first: i64, last: i64) -> Span {
        Span {
            strong,
            first,
            last,
            count: 1,
        }
    }

    #[test]
    fn an_address_is_the_machine_that_had_it_at_that_hour() {
        let ip = "10.0.0.7".parse().unwrap();
        let mut claims = Claims::default();
        claims.add(ip, "a".into(), span(true, 1, 5));
        claims.add(ip, "b".into(), span(true, 9, 12));
        claims.add(ip, "evil".into(), span(false, 1, 12));
        let resolver = Resolver::new(&claims, &[], BTreeMap::new(), str::to_owned, |_| true);
        let at = |hour| resolver.asset(ip, Some(hour));
        assert_eq!(
            (at(3), at(6), at(8), at(40)),
            (Some("a"), Some("a"), Some("b"), Some("b"))
        );
    }

    #[test]
    fn a_lease_ends_when_it_ends() {
        let ip = "10.0.0.7".parse().unwrap();
        let lease = |from: i64, until: i64, asset: &str| Lease {
            from,
            until,
            asset: asset.to_owned(),
        };
        let leases = vec![
            lease(0, 5 * 3600, "a"),
            lease(5 * 3600, 8 * 3600 + 1200, "b"),
            lease(8 * 3600 + 1200, 36_000, "c"),
        ];
        let all = BTreeMap::from([(ip, leases)]);
        let listed = [(ip, "a".to_owned())];
        let resolver = Resolver::new(&Claims::default(), &listed, all, str::to_owned, |_| true);
        let at = |hour| resolver.asset(ip, Some(hour));
        assert_eq!(
            (at(4), at(5), at(8), at(9), at(10)),
            (Some("a"), Some("b"), None, Some("c"), None)
        );
        assert!(resolver.changes_hands(ip, 8) && !resolver.changes_hands(ip, 5));
        assert_eq!(resolver.at(ip, 8 * 3600 + 1199), Some("b"));
        assert_eq!(resolver.at(ip, 8 * 3600 + 1200), Some("c"));
        assert_eq!(resolver.at(ip, 36_000), None);
        assert_eq!(resolver.asset(ip, None), None);
        assert!(!resolver.is_one(ip));
    }

    #[test]
    fn a_dns_answer_cannot_name_a_machine_nobody_knows() {
        let ip = "10.0.0.7".parse().unwrap();
        let mut claims = Claims::default();
        claims.add(ip, "evil".into(), span(false, 1, 12));
        let resolver = Resolver::new(&claims, &[], BTreeMap::new(), str::to_owned, |name| {
            name == "ws-01"
        });
        assert_eq!(resolver.asset(ip, None), None);
        claims.add(ip, "ws-01".into(), span(false, 1, 12));
        let resolver = Resolver::new(&claims, &[], BTreeMap::new(), str::to_owned, |name| {
            name == "ws-01"
        });
        assert_eq!(resolver.asset(ip, None), Some("ws-01"));
    }
}
