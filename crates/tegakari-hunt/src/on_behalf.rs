//! For whom a proxy acted.
//!
//! A proxy resolves names and opens connections itself; its clients only show in the requests they
//! made of it. Requests are kept as fingerprints of (host, second, client), bounded, so that a hit on
//! the proxy can be laid at the door of whoever asked for that host at that moment.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::Party;

/// Seconds before and after a hit on the proxy in which a client must have asked.
const NEAR: i64 = 60;
/// Requests kept. Beyond it a sample stays that does not depend on the order of arrival.
const MOST: usize = 500_000;

/// Who asked a proxy for which host, when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Requests {
    by_hash: BTreeMap<u64, (u64, i64, Party)>,
    dropped: bool,
}

/// FNV-1a with a final mix: the same on every machine and in every run.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash ^= u64::from(*byte);
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// Fingerprint of a host name; case and root dot do not matter.
pub(crate) fn host_print(host: &[u8]) -> u64 {
    let host = host.strip_suffix(b".").unwrap_or(host);
    fingerprint(&[&host.to_ascii_lowercase()])
}

impl Requests {
    pub(crate) fn add(&mut self, host: u64, second: i64, client: &Party) {
        let (tag, text): (u8, String) = match client {
            Party::Host(name) => (0, name.clone()),
            Party::Address(ip) => (1, ip.to_string()),
            Party::Origin(file) => (2, file.clone()),
        };
        let key = fingerprint(&[
            &host.to_le_bytes(),
            &second.to_le_bytes(),
            &[tag],
            text.as_bytes(),
        ]);
        if self.by_hash.len() >= MOST
            && self
                .by_hash
                .last_key_value()
                .is_some_and(|(l, _)| *l <= key)
        {
            self.dropped |= !self.by_hash.contains_key(&key);
            return;
        }
        self.by_hash.insert(key, (host, second, client.clone()));
        self.trim();
    }

    fn trim(&mut self) {
        while self.by_hash.len() > MOST {
            self.by_hash.pop_last();
            self.dropped = true;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.dropped |= other.dropped;
        self.by_hash.extend(other.by_hash);
        self.trim();
    }

    /// Whether requests had to be left out.
    pub(crate) fn is_sample(&self) -> bool {
        self.dropped
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, i64, &Party)> {
        self.by_hash
            .values()
            .map(|(host, second, client)| (*host, *second, client))
    }
}

/// Requests by host, ready to be asked.
pub(crate) struct Asked {
    by_host: BTreeMap<u64, Vec<(i64, String)>>,
}

impl Asked {
    /// `asset` names the machine behind a party at a second.
    pub(crate) fn new(requests: &Requests, asset: impl Fn(&Party, i64) -> Option<String>) -> Self {
        let mut by_host: BTreeMap<u64, Vec<(i64, String)>> = BTreeMap::new();
        for (host, second, client) in requests.iter() {
            if let Some(name) = asset(client, second) {
                by_host.entry(host).or_default().push((second, name));
            }
        }
        for asked in by_host.values_mut() {
            asked.sort();
        }
        Self { by_host }
    }

    /// The machines that asked for one of `hosts` near one of `moments`.
    pub(crate) fn near<'a>(
        &self,
        hosts: impl Iterator<Item = &'a String>,
        moments: &BTreeSet<i64>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for host in hosts {
            let Some(asked) = self.by_host.get(&host_print(host.as_bytes())) else {
                continue;
            };
            for moment in moments {
                let from = asked.partition_point(|(second, _)| *second < moment - NEAR);
                found.extend(
                    asked[from..]
                        .iter()
                        .take_while(|(second, _)| *second <= moment + NEAR)
                        .map(|(_, name)| name.clone()),
                );
            }
        }
        found
    }
}
