//! Leases of DHCP servers: which machine had an address, and when.
//!
//! ISC's `dhcpd.leases` (dhcpd.leases(5)), and dnsmasq's lease file: expiry in seconds since 1970, hardware address,
//! address, name or `*`, client id.

use tegakari_model::{Problem, Timestamp};

use super::{Held, InventoryAsset, nameless};
use crate::address;

/// Whether a text holds leases of ISC's server.
pub(super) fn is_dhcpd(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .any(|line| line.starts_with("lease ") && line.ends_with('{'))
}

/// Every lease is a time in which a machine had an address.
pub(super) fn read_dhcpd(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut assets = Vec::new();
    let mut problems = Vec::new();
    let mut unnamed = 0;
    let mut lease: Option<Lease> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("lease ") {
            let address = rest.trim_end_matches('{').trim();
            if address::parse(address.as_bytes()).is_none() {
                problems.push(
                    Problem::new(
                        format!("inventory:{number}"),
                        format!("{address:?} is not an address"),
                        "correct the lease",
                    )
                    .losing_records(1),
                );
                lease = None;
                continue;
            }
            lease = Some(Lease {
                address: address.to_owned(),
                ..Lease::default()
            });
        } else if line.starts_with('}') {
            if let Some(done) = lease.take() {
                unnamed += u64::from(done.name.is_none());
                assets.push(done.asset());
            }
        } else if let Some(open) = &mut lease {
            open.read(line);
        }
    }
    problems.extend(nameless(unnamed, "leases"));
    (assets, problems)
}

#[derive(Default)]
struct Lease {
    address: String,
    name: Option<String>,
    mac: Option<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Lease {
    fn read(&mut self, line: &str) {
        let line = line.trim_end_matches(';');
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match key {
            "starts" => self.from = moment(value),
            "ends" => self.until = moment(value),
            "client-hostname" => {
                let name = value.trim().trim_matches('"');
                self.name = Some(name.to_owned()).filter(|name| !name.is_empty());
            }
            "hardware" => self.mac = value.split_whitespace().nth(1).map(str::to_owned),
            _ => {}
        }
    }

    fn asset(self) -> InventoryAsset {
        let (addresses, held) = match self.from {
            Some(from) => {
                let until = self.until.unwrap_or(Timestamp::MAX);
                let held = Held {
                    address: self.address.clone(),
                    from,
                    until,
                };
                (Vec::new(), vec![held])
            }
            None => (vec![self.address.clone()], Vec::new()),
        };
        InventoryAsset {
            name: self.name.unwrap_or(self.address),
            addresses,
            held,
            facts: self
                .mac
                .map(|mac| ("mac".to_owned(), mac))
                .into_iter()
                .collect(),
        }
    }
}

/// `2 2025/03/04 01:00:00` (day of the week, date, time in UTC) or `epoch 1741050000`; `never` is no moment.
fn moment(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    if first == "epoch" {
        return Timestamp::from_second(second.parse().ok()?).ok();
    }
    format!("{}T{}Z", second.replace('/', "-"), words.next()?)
        .parse()
        .ok()
}

/// Whether a text holds leases of dnsmasq.
pub(super) fn is_dnsmasq(text: &str) -> bool {
    text.lines().next().and_then(fields).is_some()
}

/// Seconds, hardware address, address, name, of a line of leases.
fn fields(line: &str) -> Option<(i64, &str, &str, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [seconds, mac, ip, name, _] = words.as_slice() else {
        return None;
    };
    address::parse(ip.as_bytes())?;
    Some((seconds.parse().ok()?, mac, ip, name))
}

/// dnsmasq keeps the leases that are in force, with their end, but not their beginning.
pub(super) fn read_dnsmasq(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut assets = Vec::new();
    let mut problems = Vec::new();
    let mut unnamed = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with("duid ") {
            continue;
        }
        let Some((expires, mac, ip, name)) = fields(line) else {
            problems.push(
                Problem::new(
                    format!("inventory:{number}"),
                    "this line is no lease",
                    "correct the line",
                )
                .losing_records(1),
            );
            continue;
        };
        unnamed += u64::from(name == "*");
        // 0 is a lease without an end.
        let until = Timestamp::from_second(expires).ok().filter(|_| expires > 0);
        let (addresses, held) = match until {
            Some(until) => (
                Vec::new(),
                vec![Held {
                    address: ip.to_owned(),
                    from: Timestamp::MIN,
                    until,
                }],
            ),
            None => (vec![ip.to_owned()], Vec::new()),
        };
        assets.push(InventoryAsset {
            name: if name == "*" { ip } else { name }.to_owned(),
            addresses,
            held,
            facts: vec![("mac".to_owned(), mac.to_owned())],
        });
    }
    problems.extend(nameless(unnamed, "leases"));
    (assets, problems)
}
