//! Warning lists as they are filled by sources and as they are written.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::hashes::PackedHashes;
use super::networks::PackedNets;
use crate::table::PackedTable;

/// What a list says of a value that it holds, for blocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reach {
    /// An address of it serves many unrelated parties at once (content networks, relays, big services):
    /// blocking one address hits others.
    Everybody,
    /// An address of it belongs to one customer at a time (clouds, VPN providers): blocking one
    /// address hits that customer; blocking the network hits others.
    OneTenant,
}

/// What kind of objection a list stands for. [`tegakari_model::ObjectionKind`] in a form for the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ListKind {
    /// Public resolvers.
    PublicResolver,
    /// Public suffixes.
    PublicSuffix,
    /// Popular domains.
    Popular,
    /// Shared hosting and networks.
    SharedHosting,
    /// Files that everybody has.
    CommonFile,
    /// Anything else.
    Other,
}

/// A warning list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BenignList {
    /// Its folder in the collection (`cloudflare-top10k`).
    pub id: String,
    /// Its title, as shown in objections.
    pub title: String,
    /// Its version as it counts.
    pub version: String,
    /// What it stands for.
    pub kind: ListKind,
    /// Whom a block of an address in it would hit.
    pub reach: Reach,
    /// Entries in the list.
    pub entries: u64,
    /// Entries that went in.
    pub kept: u64,
}

/// The content of warning lists. Owners are indexes into `lists`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BenignFacts {
    /// The lists.
    pub lists: Vec<BenignList>,
    /// Names held exactly.
    pub exact: BTreeMap<String, BTreeSet<u16>>,
    /// Names held with everything below them.
    pub below: BTreeMap<String, BTreeSet<u16>>,
    /// Networks and addresses.
    pub nets: BTreeMap<IpNet, BTreeSet<u16>>,
    /// File hashes: lower-case hexadecimal.
    pub hashes: BTreeMap<String, BTreeSet<u16>>,
}

impl BenignFacts {
    pub(crate) fn absorb(&mut self, other: Self) {
        let offset = u16::try_from(self.lists.len()).unwrap_or(u16::MAX);
        self.lists.extend(other.lists);
        let shift = |owners: BTreeSet<u16>| -> BTreeSet<u16> {
            owners
                .into_iter()
                .map(|o| o.saturating_add(offset))
                .collect()
        };
        for (value, owners) in other.exact {
            self.exact.entry(value).or_default().extend(shift(owners));
        }
        for (value, owners) in other.below {
            self.below.entry(value).or_default().extend(shift(owners));
        }
        for (value, owners) in other.nets {
            self.nets.entry(value).or_default().extend(shift(owners));
        }
        for (value, owners) in other.hashes {
            self.hashes.entry(value).or_default().extend(shift(owners));
        }
    }

    pub(crate) fn pack(&self) -> PackedBenign {
        PackedBenign {
            lists: self.lists.clone(),
            exact: PackedTable::pack(&self.exact),
            below: PackedTable::pack(&self.below),
            nets: PackedNets::pack(&self.nets),
            hashes: PackedHashes::pack(&self.hashes),
        }
    }
}

/// What is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedBenign {
    pub(super) lists: Vec<BenignList>,
    pub(super) exact: PackedTable,
    pub(super) below: PackedTable,
    pub(super) nets: PackedNets,
    pub(super) hashes: PackedHashes,
}
