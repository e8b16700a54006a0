//! Numbers of the parties and sources of an input, by how its records write them.

use std::net::IpAddr;

use super::lately::{NOBODY, Short};
use super::{Accumulator, LONGEST_NAME, MOST_SOURCES};
use crate::event::{Party as EventParty, Role, SourceName};
use crate::outcome::Party;
use crate::{address, naming, words};

impl Accumulator<'_> {
    pub(super) fn is_full(&mut self) -> bool {
        let full = self.parties.len() >= self.plan.limits().assets;
        self.overflow |= full;
        full
    }

    pub(super) fn push_party(&mut self, party: Party) -> u32 {
        self.parties.push(party);
        u32::try_from(self.parties.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn address_party(&mut self, ip: IpAddr) -> Option<u32> {
        match self.addresses.get(&ip).copied() {
            Some(known) => Some(known),
            None if self.is_full() => None,
            None => {
                let number = self.push_party(Party::Address(ip));
                self.addresses.insert(ip, number);
                Some(number)
            }
        }
    }

    pub(super) fn party(&mut self, party: &EventParty<'_>) -> Option<u32> {
        let by_others = matches!(party.role, Role::Client | Role::Server);
        if party.role == Role::Server && self.is_stranger(party.id) {
            return None;
        }
        match Short::of(party.id, by_others) {
            Some(short) => {
                let slot = short.slot();
                let known = self.lately.short[slot];
                if known.is(&short) {
                    return (known.number != NOBODY).then_some(known.number);
                }
                if by_others && self.is_stranger(party.id) {
                    // There are too many of them to be remembered.
                    return None;
                }
                let number = self.number(party, by_others);
                self.lately.short[slot] = Short {
                    number: number.unwrap_or(NOBODY),
                    ..short
                };
                number
            }
            None => {
                // An empty slot is no name; no party has an empty one.
                let (known, number) = self.lately.long(party.id);
                if known == party.id && !by_others {
                    return *number;
                }
                let number = self.number(party, by_others);
                // Hostile names can be long; what is kept of them must not grow.
                if party.id.len() <= LONGEST_NAME && !by_others {
                    let slot = self.lately.long(party.id);
                    slot.0.clear();
                    slot.0.extend_from_slice(party.id);
                    slot.1 = number;
                }
                number
            }
        }
    }

    /// Whether an id is an IPv4 address that is none of ours.
    pub(super) fn is_stranger(&self, id: &[u8]) -> bool {
        address::parse_v4(id).is_some_and(|v4| !self.plan.is_own(IpAddr::V4(v4)))
    }

    /// The number of a party that was not met lately.
    pub(super) fn number(&mut self, party: &EventParty<'_>, by_others: bool) -> Option<u32> {
        if let Some(ip) = address::parse(party.id) {
            // A machine that writes logs is ours, whatever its address.
            if address::is_host(ip) && (!by_others || self.plan.is_own(ip)) {
                return self.address_party(ip);
            }
            return None;
        }
        match self.hosts.get(party.id).copied() {
            Some(known) => known,
            None if self.is_full() => None,
            None => {
                let number =
                    naming::host(party.id).map(|name| match self.names.get(&name).copied() {
                        Some(at) => at,
                        None => {
                            let at = self.push_party(Party::Host(name.clone()));
                            self.names.insert(name, at);
                            at
                        }
                    });
                self.hosts.insert(party.id.into(), number);
                if self.hosts.len() > 2 * self.plan.limits().assets {
                    self.hosts.clear(); // only a memory of spellings
                }
                number
            }
        }
    }

    pub(super) fn origin(&mut self) -> u32 {
        match self.origin {
            Some(number) => number,
            None => {
                let number = self.push_party(Party::Origin(self.file.clone()));
                self.origin = Some(number);
                number
            }
        }
    }

    pub(super) fn source(&mut self, name: SourceName<'_>) -> usize {
        let same = |(known, part): &(SourceName<'static>, Box<[u8]>)| {
            let format = std::ptr::eq(known.format, name.format) || known.format == name.format;
            format && words::same(part, name.part)
        };
        if self.sources.get(self.last_source).is_some_and(same) {
            return self.last_source;
        }
        match self.sources.iter().position(same) {
            Some(at) => {
                self.last_source = at;
                at
            }
            None if self.sources.len() >= MOST_SOURCES => self.sources.len() - 1,
            None => {
                let known = SourceName {
                    format: name.format,
                    part: b"",
                };
                self.sources.push((known, name.part.into()));
                self.sources.len() - 1
            }
        }
    }

    pub(super) fn source_text(&self, at: usize) -> String {
        let Some((name, part)) = self.sources.get(at) else {
            return self.format.to_owned();
        };
        let format = if name.format.is_empty() {
            self.format
        } else {
            name.format
        };
        let mut text = format.to_owned();
        if !part.is_empty() {
            if !text.ends_with('-') {
                text.push(' ');
            }
            let part = String::from_utf8_lossy(part);
            text.extend(part.chars().filter(|c| !c.is_control()).take(80));
        }
        text
    }
}
