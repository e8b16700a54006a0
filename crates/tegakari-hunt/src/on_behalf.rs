//! For whom a proxy acted.
//!
//! A proxy resolves names and opens connections itself; its clients only show in the requests they
//! made of it. Requests are kept as fingerprints of (host, second, client), bounded, so that a hit on
//! the proxy can be laid at the door of whoever asked for that host at that moment.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::outcome::Party;
use crate::words;

/// Seconds before and after a hit on the proxy in which a client must have asked.
const NEAR: i64 = 60;
/// Requests kept. Beyond it a sample stays that does not depend on the order of arrival.
const MOST: usize = 500_000;

/// One request made of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Request {
    /// Fingerprint of the other fields. Which requests stay, when there are too many, is decided by it.
    print: u64,
    host: u64,
    second: i64,
    /// Its number among the clients.
    client: u32,
}

/// Somebody who asks a proxy, with what stays the same from request to request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Client {
    party: Party,
    print: u64,
}

impl Client {
    fn new(party: Party) -> Self {
        let (tag, text): (u8, String) = match &party {
            Party::Host(name) => (0, name.clone()),
            Party::Address(ip) => (1, ip.to_string()),
            Party::Origin(file) => (2, file.clone()),
        };
        Self {
            print: fingerprint(&[&[tag], text.as_bytes()]),
            party,
        }
    }
}

/// Who asked a proxy for which host, when. Adding is cheap: repetitions and what is beyond the bound
/// are only taken out when there is too much, and by [`bound`](Self::bound).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Requests {
    all: Vec<Request>,
    /// Each party once.
    clients: Vec<Client>,
    /// How many of `all`, from its start, are settled: in order, and each one once.
    settled: usize,
    dropped: bool,
}

/// Requests as they are written down: host and second, and which of the parties asked.
#[derive(Serialize, Deserialize)]
struct Kept {
    parties: Vec<Party>,
    all: Vec<(u64, i64, u32)>,
    dropped: bool,
}

impl From<Requests> for Kept {
    fn from(mut requests: Requests) -> Self {
        requests.settle();
        let mut used = vec![false; requests.clients.len()];
        for request in &requests.all {
            if let Some(used) = used.get_mut(request.client as usize) {
                *used = true;
            }
        }
        let mut parties: Vec<(Party, usize)> = requests
            .clients
            .into_iter()
            .enumerate()
            .filter(|(at, _)| used.get(*at) == Some(&true))
            .map(|(at, client)| (client.party, at))
            .collect();
        parties.sort();
        let mut numbers = vec![0; used.len()];
        for (number, (_, at)) in (0..).zip(&parties) {
            if let Some(place) = numbers.get_mut(*at) {
                *place = number;
            }
        }
        let number = |client: u32| numbers.get(client as usize).copied().unwrap_or(0);
        let all = requests
            .all
            .iter()
            .map(|request| (request.host, request.second, number(request.client)))
            .collect();
        Self {
            parties: parties.into_iter().map(|(party, _)| party).collect(),
            all,
            dropped: requests.dropped,
        }
    }
}

impl From<Kept> for Requests {
    fn from(kept: Kept) -> Self {
        let mut requests = Self::default();
        // Two parties may have been given one name.
        let numbers = requests.take_in(kept.parties.into_iter().map(Client::new).collect());
        for (host, second, client) in kept.all {
            if let Some(client) = numbers.get(client as usize) {
                requests.add(host, second, *client);
            }
        }
        requests.settle();
        requests.dropped |= kept.dropped;
        requests
    }
}

impl PartialEq for Requests {
    fn eq(&self, other: &Self) -> bool {
        let settled = |requests: &Self| {
            let mut requests = requests.clone();
            requests.settle();
            let prints: Vec<u64> = requests.all.iter().map(|request| request.print).collect();
            (prints, requests.dropped)
        };
        settled(self) == settled(other)
    }
}

impl Eq for Requests {}

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
    let mut hash = host.len() as u64;
    for chunk in host.chunks(8) {
        hash = (hash ^ words::lowercase(words::short(chunk))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    hash.wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Joins three fingerprints into one.
fn print_of(host: u64, second: i64, client: u64) -> u64 {
    let mut hash = client;
    for part in [second.cast_unsigned(), host] {
        hash = (hash ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    hash.wrapping_mul(0xd6e8_feb8_6659_fd93)
}

impl Requests {
    /// Makes a party a client that [`add`](Self::add) takes. Each is made one once.
    pub(crate) fn client(&mut self, party: Party) -> u32 {
        self.clients.push(Client::new(party));
        u32::try_from(self.clients.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn add(&mut self, host: u64, second: i64, client: u32) {
        let Some(asking) = self.clients.get(client as usize) else {
            return;
        };
        let print = print_of(host, second, asking.print);
        if self.settled == MOST && self.all.get(MOST - 1).is_some_and(|l| l.print < print) {
            self.dropped = true;
            return;
        }
        self.all.push(Request {
            print,
            host,
            second,
            client,
        });
        if self.all.len() - self.settled >= MOST {
            self.settle();
        }
    }

    /// Keeps no more than the bound.
    pub(crate) fn bound(&mut self) {
        if self.all.len() > MOST {
            self.settle();
        }
    }

    /// Puts all in order, takes out repetitions, and keeps no more than the bound.
    pub(crate) fn settle(&mut self) {
        if self.settled == self.all.len() {
            return;
        }
        self.all.sort_unstable_by_key(|request| request.print);
        self.all.dedup_by_key(|request| request.print);
        self.dropped |= self.all.len() > MOST;
        self.all.truncate(MOST);
        self.settled = self.all.len();
    }

    /// Adds clients, those that are known already aside; gives the number of each.
    fn take_in(&mut self, clients: Vec<Client>) -> Vec<u32> {
        let mut known: BTreeMap<Party, u32> = self
            .clients
            .iter()
            .zip(0..)
            .map(|(client, number)| (client.party.clone(), number))
            .collect();
        let mut numbers = Vec::with_capacity(clients.len());
        for client in clients {
            let next = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
            let number = *known.entry(client.party.clone()).or_insert(next);
            if number == next {
                self.clients.push(client);
            }
            numbers.push(number);
        }
        numbers
    }

    pub(crate) fn merge(&mut self, other: Self) {
        if self.all.is_empty() {
            let dropped = self.dropped;
            *self = other;
            self.dropped |= dropped;
        } else {
            self.dropped |= other.dropped;
            let numbers = self.take_in(other.clients);
            self.all.extend(other.all.into_iter().map(|mut request| {
                if let Some(number) = numbers.get(request.client as usize) {
                    request.client = *number;
                }
                request
            }));
        }
        self.bound();
    }

    /// The same requests, made by parties that are called otherwise.
    pub(crate) fn with_parties(self, rename: impl Fn(Party) -> Party) -> Self {
        let mut kept = Kept::from(self);
        kept.parties = kept.parties.into_iter().map(rename).collect();
        kept.into()
    }

    /// Whether requests had to be left out.
    pub(crate) fn is_sample(&self) -> bool {
        self.dropped
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, i64, &Party)> {
        self.all.iter().filter_map(|one| {
            let client = self.clients.get(one.client as usize)?;
            Some((one.host, one.second, &client.party))
        })
    }

    /// The same, with other times.
    pub(crate) fn at_times(mut self, moved: impl Fn(i64) -> i64) -> Self {
        for one in &mut self.all {
            one.second = moved(one.second);
            if let Some(client) = self.clients.get(one.client as usize) {
                one.print = print_of(one.host, one.second, client.print);
            }
        }
        self.settled = 0;
        self.settle();
        self
    }
}

/// Requests by host, ready to be asked.
pub(crate) struct Asked {
    by_host: BTreeMap<u64, Vec<(i64, String)>>,
}

impl Asked {
    /// Only what was asked of the hosts with these fingerprints; `asset` names the machine behind a
    /// party at a second.
    pub(crate) fn new(
        requests: &Requests,
        hosts: &BTreeSet<u64>,
        asset: impl Fn(&Party, i64) -> Option<String>,
    ) -> Self {
        let mut by_host: BTreeMap<u64, Vec<(i64, String)>> = BTreeMap::new();
        for (host, second, client) in requests.iter() {
            if !hosts.contains(&host) {
                continue;
            }
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

#[cfg(test)]
mod tests {
    use super::{MOST, Requests, host_print};
    use crate::outcome::Party;

    /// Nobody's requests, with three clients.
    fn with_clients() -> Requests {
        let mut requests = Requests::default();
        for name in ["a", "b", "c"] {
            requests.client(Party::Host(name.to_owned()));
        }
        requests
    }

    #[test]
    fn the_sample_kept_does_not_depend_on_order_or_grouping() {
        let hosts = ["x.example", "y.example"].map(|name| host_print(name.as_bytes()));
        let seconds = (MOST / 4) as i64;
        let all: Vec<_> = (0..seconds)
            .flat_map(|s| (0..3).flat_map(move |c| hosts.map(|h| (h, s, c))))
            .collect();
        let mut forward = with_clients();
        all.iter().for_each(|(h, s, c)| forward.add(*h, *s, *c));
        let (mut back, mut rest) = (with_clients(), Requests::default());
        // The same clients by other numbers.
        for name in ["c", "b", "a"] {
            rest.client(Party::Host(name.to_owned()));
        }
        for (index, (h, s, c)) in all.iter().rev().enumerate() {
            let (part, client) = if index % 3 == 0 {
                (&mut back, *c)
            } else {
                (&mut rest, 2 - *c)
            };
            part.add(*h, *s, client);
            part.add(*h, *s, client);
        }
        back.merge(rest);
        forward.settle();
        assert!(forward.is_sample() && forward.iter().count() == MOST);
        assert!(forward == back);
    }

    #[test]
    fn repeated_requests_are_no_sample() {
        let mut requests = with_clients();
        for _ in 0..2 * MOST + 7 {
            requests.add(1, 2, 0);
        }
        requests.settle();
        assert!(!requests.is_sample() && requests.iter().count() == 1);
        assert_eq!(
            host_print(b"WWW.Evil.Example."),
            host_print(b"www.evil.example")
        );
        assert_ne!(
            host_print(b"www.evil.example"),
            host_print(b"ww.evil.example")
        );
    }
}
