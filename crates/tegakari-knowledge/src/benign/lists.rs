//! Look-ups in the warning lists.

use std::net::IpAddr;

use ipnet::IpNet;
use tegakari_model::{Objection, ObjectionKind, Observable, ObservableKind};

use super::domains::reserved;
use super::facts::{BenignList, ListKind, PackedBenign, Reach};
use super::hashes::PackedHashes;
use super::networks::Nets;
use super::special::special;
use crate::knowledge::Knowledge;
use crate::order::sort;
use crate::table::Table;
use crate::trails::host_of;

/// Of listed networks inside a network asked about, at most this many for each prefix length are named.
const INSIDE_CAP: usize = 5;

/// The warning lists, ready for look-ups.
#[derive(Debug, Default)]
pub(crate) struct Benign {
    lists: Vec<BenignList>,
    exact: Table,
    below: Table,
    nets: Nets,
    hashes: PackedHashes,
}

impl Benign {
    pub(crate) fn new(packed: PackedBenign) -> Self {
        Self {
            lists: packed.lists,
            exact: Table::new(packed.exact),
            below: Table::new(packed.below),
            nets: Nets::new(packed.nets),
            hashes: packed.hashes,
        }
    }

    pub(crate) fn lists(&self) -> &[BenignList] {
        &self.lists
    }

    pub(crate) fn objections(&self, observable: &Observable) -> Vec<Objection> {
        let mut out = Vec::new();
        let value = observable.value();
        match observable.kind() {
            ObservableKind::Ipv4 | ObservableKind::Ipv6 => {
                if let Ok(address) = value.parse::<IpAddr>() {
                    self.network(IpNet::from(address), value, &mut out);
                }
            }
            ObservableKind::Cidr => {
                if let Ok(net) = value.parse::<IpNet>() {
                    self.network(net, value, &mut out);
                }
            }
            ObservableKind::Domain => self.domain(value, &mut out),
            ObservableKind::Url => self.url(value, &mut out),
            ObservableKind::Email => {
                // A block of one address hits nobody else; only what cannot exist is objected to.
                let host = value.rsplit_once('@').map_or("", |(_, host)| host);
                out.extend(reserved_name(host));
            }
            ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 => {
                self.take(self.hashes.owners(value), value, &mut out);
            }
            _ => {}
        }
        sort(&mut out);
        out.dedup();
        out
    }

    fn network(&self, net: IpNet, value: &str, out: &mut Vec<Objection>) {
        for (kind, document, block) in special(net) {
            out.push(Objection {
                kind,
                source: document.to_owned(),
                matched: block.to_owned(),
            });
        }
        for (listed, owners) in self.nets.touching(net, INSIDE_CAP) {
            let matched = if listed == net {
                value.to_owned()
            } else if listed.prefix_len() == listed.max_prefix_len() {
                listed.addr().to_string()
            } else {
                listed.to_string()
            };
            self.take(owners, &matched, out);
        }
    }

    fn domain(&self, domain: &str, out: &mut Vec<Objection>) {
        out.extend(reserved_name(domain));
        self.take(self.exact.owners(domain), domain, out);
        self.take(self.below.owners(domain), domain, out);
        let mut rest = domain;
        while let Some((_, parent)) = rest.split_once('.') {
            self.take(self.below.owners(parent), &format!(".{parent}"), out);
            rest = parent;
        }
    }

    /// A URL with a path is one tenant's; without one it stands for the whole host.
    fn url(&self, url: &str, out: &mut Vec<Objection>) {
        let Some(host) = host_of(url) else { return };
        let whole_host = url
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
            .is_none_or(|(_, path)| path.is_empty());
        match host.parse::<IpAddr>() {
            Ok(address) if whole_host => self.network(IpNet::from(address), &host, out),
            Ok(address) => {
                for (kind, document, block) in special(IpNet::from(address)) {
                    out.push(Objection {
                        kind,
                        source: document.to_owned(),
                        matched: block.to_owned(),
                    });
                }
            }
            Err(_) if whole_host => self.domain(&host, out),
            Err(_) => out.extend(reserved_name(&host)),
        }
    }

    fn take(&self, owners: &[u16], matched: &str, out: &mut Vec<Objection>) {
        for owner in owners {
            if let Some(list) = self.lists.get(usize::from(*owner)) {
                out.push(Objection {
                    kind: kind_of(list.kind),
                    source: list.title.clone(),
                    matched: matched.to_owned(),
                });
            }
        }
    }
}

fn reserved_name(domain: &str) -> Option<Objection> {
    reserved(domain).map(|(kind, document, matched)| Objection {
        kind,
        source: document.to_owned(),
        matched,
    })
}

fn kind_of(kind: ListKind) -> ObjectionKind {
    match kind {
        ListKind::PublicResolver => ObjectionKind::PublicResolver,
        ListKind::PublicSuffix => ObjectionKind::PublicSuffix,
        ListKind::Popular => ObjectionKind::Popular,
        ListKind::SharedHosting => ObjectionKind::SharedHosting,
        ListKind::CommonFile => ObjectionKind::CommonFile,
        ListKind::Other => ObjectionKind::WarningList,
    }
}

impl Knowledge {
    /// The warning lists that went in, in order of id.
    pub fn warning_lists(&self) -> &[BenignList] {
        self.benign_lists().lists()
    }

    /// Whether blocking exactly this value would hit others than the attacker, as far as this
    /// objection (one of [`Knowledge::benign`]) goes.
    ///
    /// A sub-domain of shared hosting, an address of a cloud or VPN provider and a sub-domain of a
    /// popular domain belong to one tenant: no. The landlord's own name, an address of a content
    /// network, a public resolver or suffix, a file that everybody has, a reserved address: yes.
    pub fn harms_others(&self, observable: &Observable, objection: &Objection) -> bool {
        let itself = objection.matched == observable.value();
        match objection.kind {
            ObjectionKind::SharedHosting | ObjectionKind::WarningList
                if objection.matched.contains('/') =>
            {
                let network = observable.kind() == ObservableKind::Cidr;
                network
                    || self
                        .warning_lists()
                        .iter()
                        .any(|l| l.title == objection.source && l.reach == Reach::Everybody)
            }
            ObjectionKind::SharedHosting | ObjectionKind::Popular | ObjectionKind::WarningList => {
                itself || !objection.matched.starts_with('.')
            }
            ObjectionKind::PublicSuffix => itself,
            _ => true,
        }
    }
}
