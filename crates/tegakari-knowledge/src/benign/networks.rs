//! Networks of warning lists: found by masking an address to every prefix length that occurs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::order::sort;

/// Sorted networks by prefix length, written as differences so that they compress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedNets {
    v4: Vec<(u8, Vec<u32>, Vec<u16>)>,
    v6: Vec<(u8, Vec<u128>, Vec<u16>)>,
    sets: Vec<Vec<u16>>,
}

/// Ready for look-ups: network numbers (without host bits, shifted down) by prefix length.
#[derive(Debug, Default)]
pub(crate) struct Nets {
    v4: Vec<Level>,
    v6: Vec<Level>,
    sets: Vec<Vec<u16>>,
}

#[derive(Debug)]
struct Level {
    bits: u8,
    /// Network addresses, sorted.
    nets: Vec<u128>,
    set_of: Vec<u16>,
}

impl PackedNets {
    pub(crate) fn pack(nets: &BTreeMap<IpNet, BTreeSet<u16>>) -> Self {
        let mut sets: Vec<Vec<u16>> = nets
            .values()
            .map(|owners| owners.iter().copied().collect())
            .collect();
        sort(&mut sets);
        sets.dedup();
        let (mut v4, mut v6): (Vec<Gathered>, Vec<Gathered>) = Default::default();
        // In order of address inside each length, because the map is.
        for (net, owners) in nets {
            let owners: Vec<u16> = owners.iter().copied().collect();
            let set = sets.binary_search(&owners).unwrap_or(usize::MAX);
            let set = u16::try_from(set).unwrap_or(u16::MAX);
            let (levels, width, address) = match net {
                IpNet::V4(net) => (&mut v4, 32, u128::from(u32::from(net.network()))),
                IpNet::V6(net) => (&mut v6, 128, u128::from(net.network())),
            };
            let bits = net.prefix_len();
            let number = address.checked_shr(width - u32::from(bits)).unwrap_or(0);
            let at = match levels.binary_search_by_key(&bits, |level| level.bits) {
                Ok(at) => at,
                Err(at) => {
                    levels.insert(
                        at,
                        Gathered {
                            bits,
                            ..Gathered::default()
                        },
                    );
                    at
                }
            };
            if let Some(level) = levels.get_mut(at) {
                level.differences.push(number.wrapping_sub(level.last));
                level.last = number;
                level.set_of.push(set);
            }
        }
        let narrow = |differences: Vec<u128>| {
            let each = differences.into_iter();
            each.map(|n| u32::try_from(n).unwrap_or(0)).collect()
        };
        Self {
            v4: v4
                .into_iter()
                .map(|level| (level.bits, narrow(level.differences), level.set_of))
                .collect(),
            v6: v6
                .into_iter()
                .map(|level| (level.bits, level.differences, level.set_of))
                .collect(),
            sets,
        }
    }
}

/// Networks of one prefix length while they are gathered.
#[derive(Default)]
struct Gathered {
    bits: u8,
    last: u128,
    differences: Vec<u128>,
    set_of: Vec<u16>,
}

impl Nets {
    pub(crate) fn new(packed: PackedNets) -> Self {
        let v4 = packed.v4.into_iter().map(|(bits, differences, set_of)| {
            let wide = differences.into_iter().map(u128::from);
            level(bits, 32, wide, set_of)
        });
        let v6 = packed
            .v6
            .into_iter()
            .map(|(bits, differences, set_of)| level(bits, 128, differences.into_iter(), set_of));
        Self {
            v4: v4.collect(),
            v6: v6.collect(),
            sets: packed.sets,
        }
    }

    /// Every listed network that holds `net` or is held by it (at most `cap` of the latter for each
    /// length), with its owners; widest first.
    pub(crate) fn touching(&self, net: IpNet, cap: usize) -> Vec<(IpNet, &[u16])> {
        let (levels, width, address) = match net.network() {
            IpAddr::V4(a) => (&self.v4, 32_u8, u128::from(u32::from(a))),
            IpAddr::V6(a) => (&self.v6, 128, u128::from(a)),
        };
        let mut out = Vec::new();
        for level in levels {
            if level.bits <= net.prefix_len() {
                let key = mask(address, level.bits, width);
                if let Ok(at) = level.nets.binary_search(&key) {
                    self.push(&mut out, level, at, width);
                }
            } else {
                let host_bits = u32::from(width - net.prefix_len());
                let span = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |n| n - 1);
                let end = address | span;
                let from = level.nets.partition_point(|n| *n < address);
                let held = level.nets.iter().enumerate().skip(from);
                for (at, _) in held.take_while(|(_, n)| **n <= end).take(cap) {
                    self.push(&mut out, level, at, width);
                }
            }
        }
        out
    }

    fn push<'a>(&'a self, out: &mut Vec<(IpNet, &'a [u16])>, level: &Level, at: usize, width: u8) {
        let owners = level
            .set_of
            .get(at)
            .and_then(|set| self.sets.get(usize::from(*set)));
        let number = level.nets.get(at).copied().unwrap_or(0);
        let net = if width == 32 {
            u32::try_from(number)
                .ok()
                .and_then(|n| Ipv4Net::new(Ipv4Addr::from(n), level.bits).ok())
                .map(IpNet::V4)
        } else {
            Ipv6Net::new(Ipv6Addr::from(number), level.bits)
                .ok()
                .map(IpNet::V6)
        };
        if let (Some(net), Some(owners)) = (net, owners) {
            out.push((net, owners));
        }
    }
}

fn level(bits: u8, width: u32, differences: impl Iterator<Item = u128>, set_of: Vec<u16>) -> Level {
    let shift = width.saturating_sub(u32::from(bits));
    let mut number = 0_u128;
    let nets = differences
        .map(|difference| {
            number = number.wrapping_add(difference);
            number.checked_shl(shift).unwrap_or(0)
        })
        .collect();
    Level { bits, nets, set_of }
}

fn mask(address: u128, bits: u8, width: u8) -> u128 {
    let shift = u32::from(width.saturating_sub(bits));
    address
        .checked_shr(shift)
        .and_then(|n| n.checked_shl(shift))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Nets, PackedNets};
    use ipnet::IpNet;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn networks_around_and_inside_are_found() {
        let entries: BTreeMap<IpNet, BTreeSet<u16>> = [
            ("8.8.8.8/32", 1),
            ("8.8.0.0/16", 2),
            ("9.0.0.0/8", 3),
            ("2001:db8::/32", 4),
            ("2001:db8::1/128", 5),
            ("0.0.0.0/0", 6),
        ]
        .into_iter()
        .map(|(net, n)| (net.parse().unwrap(), BTreeSet::from([n])))
        .collect();
        let nets = Nets::new(PackedNets::pack(&entries));
        for (asked, want) in [
            ("8.8.8.8/32", vec![6, 2, 1]),
            ("8.8.8.9/32", vec![6, 2]),
            ("8.0.0.0/7", vec![6, 3, 2, 1]),
            ("10.0.0.1/32", vec![6]),
            ("2001:db8::1/128", vec![4, 5]),
            ("2001:db9::1/128", vec![]),
        ] {
            let got: Vec<u16> = nets
                .touching(asked.parse().unwrap(), 8)
                .iter()
                .flat_map(|(_, owners)| owners.iter().copied())
                .collect();
            assert_eq!(got, want, "{asked}");
        }
    }
}
