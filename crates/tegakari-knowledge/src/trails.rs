//! Network indicators known of actors.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tegakari_model::{ActorId, Observable, ObservableKind};

use crate::table::{PackedTable, Table};

/// Domains and addresses by the actor records whose files list them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFacts {
    /// Canonical value (domain or address) and the actors that have it.
    pub values: BTreeMap<String, BTreeSet<ActorId>>,
}

impl TrailFacts {
    pub(crate) fn absorb(&mut self, other: Self) {
        for (value, actors) in other.values {
            self.values.entry(value).or_default().extend(actors);
        }
    }

    pub(crate) fn pack(&self) -> PackedTrails {
        let actors: BTreeSet<&ActorId> = self.values.values().flatten().collect();
        let number: BTreeMap<&ActorId, u16> = actors
            .iter()
            .enumerate()
            .map(|(i, a)| (*a, u16::try_from(i).unwrap_or(u16::MAX)))
            .collect();
        let entries = self
            .values
            .iter()
            .map(|(value, owners)| {
                let owners = owners
                    .iter()
                    .filter_map(|a| number.get(a).copied())
                    .collect();
                (value.clone(), owners)
            })
            .collect();
        PackedTrails {
            actors: actors.into_iter().cloned().collect(),
            table: PackedTable::pack(&entries),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedTrails {
    actors: Vec<ActorId>,
    table: PackedTable,
}

#[derive(Debug, Default)]
pub(crate) struct Trails {
    actors: Vec<ActorId>,
    table: Table,
}

impl PackedTrails {
    /// The values of the actors that `which` names, as they were before they were packed.
    pub(crate) fn facts(&self, which: impl Fn(&ActorId) -> bool) -> TrailFacts {
        let mut facts = TrailFacts::default();
        for (value, owners) in self.table.entries() {
            let owners: BTreeSet<ActorId> = owners
                .iter()
                .filter_map(|i| self.actors.get(usize::from(*i)))
                .filter(|id| which(id))
                .cloned()
                .collect();
            if !owners.is_empty() {
                facts.values.insert(value.to_owned(), owners);
            }
        }
        facts
    }
}

impl Trails {
    pub(crate) fn new(packed: PackedTrails) -> Self {
        Self {
            actors: packed.actors,
            table: Table::new(packed.table),
        }
    }

    /// Of URLs the host is looked up: trails name hosts.
    pub(crate) fn actors_of(&self, observable: &Observable) -> Vec<ActorId> {
        let value = observable.value();
        let host;
        let key = match observable.kind() {
            ObservableKind::Domain | ObservableKind::Ipv4 | ObservableKind::Ipv6 => value,
            ObservableKind::Url => match host_of(value) {
                Some(found) => {
                    host = found;
                    host.as_str()
                }
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        self.table
            .owners(key)
            .iter()
            .filter_map(|i| self.actors.get(usize::from(*i)).cloned())
            .collect()
    }
}

/// Host of a canonical URL, without brackets, user or port.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => authority
            .split_once(':')
            .map_or(authority, |(host, _)| host),
    };
    (!host.is_empty()).then(|| host.to_owned())
}
