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

/// Names of addresses over time, settled.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    names: BTreeMap<IpAddr, Vec<(String, Span)>>,
}

impl Resolver {
    /// `asset` gives the asset's name for a host name; `known` says whether that asset is known as a
    /// machine otherwise; `listed` are addresses of the inventory,
    /// `held` those that it had for a time.
    pub(crate) fn new(
        claims: &Claims,
        listed: &[(IpAddr, String)],
        held: &[(IpAddr, String, Span)],
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
        for (address, name, span) in held {
            add(*address, name.clone(), *span);
        }
        for (address, name) in listed {
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
        Self { names }
    }

    /// Whether an address had no more than one name.
    pub(crate) fn is_one(&self, address: IpAddr) -> bool {
        self.names.get(&address).is_none_or(|names| names.len() < 2)
    }

    /// The asset that had `address` in `hour` (any time when `None`).
    pub(crate) fn asset(&self, address: IpAddr, hour: Option<i64>) -> Option<&str> {
        let of_one = self.names.get(&address)?;
        // How far the hour is outside the span; an inventory entry has no span and fits last.
        let distance = |span: &Span| match hour {
            _ if span.first > span.last => i64::MAX,
            None => 0,
            Some(hour) => (span.first - hour).max(hour - span.last).max(0),
        };
        of_one
            .iter()
            .min_by_key(|(name, span)| {
                (distance(span), std::cmp::Reverse(span.count), name.as_str())
            })
            .map(|(name, _)| name.as_str())
    }

    /// All addresses and the assets that had them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (IpAddr, &str)> {
        self.names
            .iter()
            .flat_map(|(address, names)| names.iter().map(|(name, _)| (*address, name.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Resolver, Span};

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
        let resolver = Resolver::new(&claims, &[], &[], str::to_owned, |_| true);
        let at = |hour| resolver.asset(ip, Some(hour));
        assert_eq!(
            (at(3), at(6), at(8), at(40)),
            (Some("a"), Some("a"), Some("b"), Some("b"))
        );
    }

    #[test]
    fn a_dns_answer_cannot_name_a_machine_nobody_knows() {
        let ip = "10.0.0.7".parse().unwrap();
        let mut claims = Claims::default();
        claims.add(ip, "evil".into(), span(false, 1, 12));
        let resolver = Resolver::new(&claims, &[], &[], str::to_owned, |name| name == "ws-01");
        assert_eq!(resolver.asset(ip, None), None);
        claims.add(ip, "ws-01".into(), span(false, 1, 12));
        let resolver = Resolver::new(&claims, &[], &[], str::to_owned, |name| name == "ws-01");
        assert_eq!(resolver.asset(ip, None), Some("ws-01"));
    }
}
