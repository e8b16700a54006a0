//! Which machines there are, and who is behind a host name, an address or a file.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tegakari_model::{Asset, AssetOrigin, Problem};

use crate::claims::{Lease, Resolver};
use crate::naming::{self, Names};
use crate::on_behalf::fingerprint;
use crate::outcome::{Party, Tally};
use crate::{InventoryAsset, address};

/// The machines of a hunt, settled.
pub(crate) struct Machines {
    names: Names,
    resolver: Resolver,
    /// Addresses without a name that opened connections or were sighted: machines all the same.
    bare: BTreeSet<IpAddr>,
    /// Known machines by name, for the folders of files.
    known: BTreeSet<String>,
    kept: Option<BTreeSet<String>>,
    listed: BTreeMap<String, Listed>,
    full_names: BTreeMap<String, BTreeSet<String>>,
    /// Addresses that the inventory gives to more than one machine, with all of these.
    shared: BTreeMap<IpAddr, BTreeSet<String>>,
}

/// Addresses of several machines that are told of.
const MOST_TOLD: usize = 20;

#[derive(Default)]
struct Listed {
    addresses: BTreeSet<String>,
    facts: BTreeSet<(String, String)>,
}

impl Machines {
    pub(crate) fn of(tally: &Tally, inventory: &[InventoryAsset]) -> Self {
        let mut hosts: BTreeSet<String> = BTreeSet::new();
        let parties = || {
            let covered = tally.cells.keys().map(|(party, _)| party);
            covered.chain(tally.seen.keys().filter_map(|(_, party)| party.as_ref()))
        };
        for party in parties() {
            if let Party::Host(name) = party {
                hosts.insert(name.clone());
            }
        }
        for ((_, name), span) in tally.claims.iter() {
            if span.strong {
                hosts.insert(name.clone());
            }
        }
        let listed_name = |asset: &InventoryAsset| {
            naming::host(asset.name.as_bytes()).unwrap_or_else(|| asset.name.trim().to_lowercase())
        };
        // What is listed by its address alone takes the name that logs give it.
        let is_named = |asset: &&InventoryAsset| address::parse(asset.name.as_bytes()).is_none();
        hosts.extend(inventory.iter().filter(is_named).map(listed_name));
        let names = Names::of(hosts.iter().map(String::as_str));
        let known: BTreeSet<String> = hosts.iter().map(|host| names.asset(host)).collect();
        let mut full_names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for host in &hosts {
            let asset = names.asset(host);
            if asset != *host {
                full_names.entry(asset).or_default().insert(host.clone());
            }
        }
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        let mut listed_addresses: Vec<(IpAddr, String)> = Vec::new();
        let mut leases: BTreeMap<IpAddr, Vec<Lease>> = BTreeMap::new();
        for asset in inventory.iter().filter(is_named) {
            let name = names.asset(&listed_name(asset));
            for one in &asset.held {
                if let Some(ip) = address::parse(one.address.as_bytes()) {
                    leases.entry(ip).or_default().push(Lease {
                        from: one.from.as_second(),
                        until: one.until.as_second(),
                        asset: name.clone(),
                    });
                }
            }
            let entry = listed.entry(name.clone()).or_default();
            entry.addresses.extend(asset.addresses.iter().cloned());
            entry.facts.extend(asset.facts.iter().cloned());
            for text in &asset.addresses {
                if let Some(ip) = address::parse(text.as_bytes()) {
                    listed_addresses.push((ip, name.clone()));
                }
            }
        }
        listed_addresses.sort();
        listed_addresses.dedup();
        // What two machines are listed with is the address of neither, as far as anybody can tell.
        let mut shared: BTreeMap<IpAddr, BTreeSet<String>> = BTreeMap::new();
        for (ip, name) in &listed_addresses {
            shared.entry(*ip).or_default().insert(name.clone());
        }
        shared.retain(|_, names| names.len() > 1);
        listed_addresses.retain(|(ip, _)| !shared.contains_key(ip));
        let resolver = Resolver::new(
            &tally.claims,
            &listed_addresses,
            leases,
            |host| names.asset(host),
            |asset| known.contains(asset),
        );
        let mut by_address = BTreeSet::new();
        for asset in inventory.iter().filter(|asset| !is_named(asset)) {
            let Some(ip) = address::parse(asset.name.as_bytes()) else {
                continue;
            };
            let name = match resolver.asset(ip, None) {
                Some(name) => name.to_owned(),
                None => {
                    by_address.insert(ip);
                    ip.to_string()
                }
            };
            let entry = listed.entry(name).or_default();
            entry.addresses.extend(asset.addresses.iter().cloned());
            entry.facts.extend(asset.facts.iter().cloned());
        }
        let active = tally
            .cells
            .iter()
            .filter(|(_, cell)| cell.active)
            .map(|((party, _), _)| party);
        let bare = active
            .chain(tally.seen.keys().filter_map(|(_, party)| party.as_ref()))
            .filter_map(|party| match party {
                Party::Address(ip) => Some(*ip),
                _ => None,
            })
            .chain(by_address)
            .collect();
        Self {
            names,
            resolver,
            bare,
            known,
            kept: None,
            listed,
            full_names,
            shared,
        }
    }

    /// What is to be said of addresses that the inventory gives to more than one machine.
    pub(crate) fn told(&self) -> Vec<Problem> {
        let told = self.shared.iter().take(MOST_TOLD).map(|(ip, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).take(5).collect();
            Problem::new(
                "inventory",
                format!(
                    "{ip} is listed for {}: what is known by this address alone counts for none of them",
                    names.join(" and ")
                ),
                "say in the inventory which machine has the address, or give the leases of the DHCP server",
            )
        });
        told.collect()
    }

    /// Whether a party may be another machine at the beginning of an hour than at its end.
    pub(crate) fn changes_hands(&self, party: &Party, hour: i64) -> bool {
        matches!(party, Party::Address(ip) if self.resolver.changes_hands(*ip, hour))
    }

    /// The asset behind a party at a second.
    pub(crate) fn at(&self, party: &Party, second: i64) -> Option<String> {
        if let Party::Address(ip) = party
            && let Some(name) = self.resolver.at(*ip, second)
            && self.is_kept(name)
        {
            return Some(name.to_owned());
        }
        self.asset(party, Some(second.div_euclid(3600)))
    }

    /// The asset behind a party in an hour (at any time when `None`).
    pub(crate) fn asset(&self, party: &Party, hour: Option<i64>) -> Option<String> {
        let name = match party {
            Party::Host(name) => self.names.asset(name),
            Party::Address(ip) => match self.resolver.asset(*ip, hour) {
                Some(name) => name.to_owned(),
                None if self.bare.contains(ip) => ip.to_string(),
                None => return None,
            },
            Party::Origin(file) => self.of_file(file)?,
        };
        match &self.kept {
            Some(kept) if !kept.contains(&name) => None,
            _ => Some(name),
        }
    }

    /// Whether a party is the same machine in every hour.
    pub(crate) fn is_one(&self, party: &Party) -> bool {
        match party {
            Party::Address(ip) => self.resolver.is_one(*ip),
            Party::Host(_) | Party::Origin(_) => true,
        }
    }

    /// The machine named by a folder of a file (the innermost one), or by the file's own name up to a
    /// dot. Only machines that are known otherwise count.
    fn of_file(&self, file: &str) -> Option<String> {
        file.split(['/', '\\', '!']).rev().find_map(|part| {
            let whole = naming::host(part.as_bytes())?;
            let short = self.names.asset(&whole);
            self.known.contains(&short).then_some(short)
        })
    }

    /// Whether a machine is among those kept.
    pub(crate) fn is_kept(&self, name: &str) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.contains(name))
    }

    /// Keeps at most `most` machines learned from logs (those of the inventory always stay).
    pub(crate) fn keep(&mut self, seen: &BTreeSet<String>, most: usize) -> Option<Problem> {
        let learned: Vec<&String> = seen
            .iter()
            .filter(|name| !self.listed.contains_key(*name))
            .collect();
        if learned.len() <= most {
            return None;
        }
        let total = learned.len();
        let mut by_print: Vec<&String> = learned;
        by_print.sort_by_key(|name| (fingerprint(&[name.as_bytes()]), (*name).clone()));
        let mut kept: BTreeSet<String> = by_print.into_iter().take(most).cloned().collect();
        kept.extend(self.listed.keys().cloned());
        self.kept = Some(kept);
        Some(Problem::new(
            "machines",
            format!("{total} machines in the logs, of which {most} were kept"),
            "check whether the host names in the logs are real, or raise the limit",
        ))
    }

    /// The list of machines. `seen` are those with records, `sensors` those that only reported.
    pub(crate) fn list(&self, seen: &BTreeSet<String>, sensors: &BTreeSet<String>) -> Vec<Asset> {
        let mut addresses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (ip, name) in self.resolver.all() {
            addresses.entry(name).or_default().insert(ip.to_string());
        }
        let all: BTreeSet<&String> = seen.iter().chain(self.listed.keys()).collect();
        all.into_iter()
            .map(|name| {
                let listed = self.listed.get(name);
                let mut own = addresses.get(name.as_str()).cloned().unwrap_or_default();
                if let Some(listed) = listed {
                    own.extend(listed.addresses.iter().cloned());
                }
                if let Some(ip) = address::parse(name.as_bytes()) {
                    own.insert(ip.to_string());
                }
                Asset {
                    name: name.clone(),
                    addresses: own.into_iter().collect(),
                    other_names: self
                        .full_names
                        .get(name)
                        .map(|names| names.iter().cloned().collect())
                        .unwrap_or_default(),
                    origin: match (listed.is_some(), seen.contains(name)) {
                        (true, true) => AssetOrigin::Both,
                        (true, false) => AssetOrigin::InventoryOnly,
                        (false, _) => AssetOrigin::LogsOnly,
                    },
                    sensor: sensors.contains(name),
                    facts: listed
                        .map(|l| l.facts.iter().cloned().collect())
                        .unwrap_or_default(),
                }
            })
            .collect()
    }
}
