//! What a format reader says about one record: when, about whom, and what it could have shown.

use tegakari_model::{Telemetry, Timestamp};

use crate::Kinds;

/// What a machine is to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The machine the record is about, and that wrote it.
    Endpoint,
    /// The machine that opened the connection or sent the query, as others saw it.
    Client,
    /// The machine that was talked to, as others saw it.
    Server,
    /// The device that saw and reported it.
    Sensor,
}

/// A machine in a record. `id` is a host name or an address as the record has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party<'r> {
    pub(crate) id: &'r [u8],
    pub(crate) role: Role,
    /// What this record shows of this machine. Decides visibility.
    pub(crate) shows: Kinds,
}

/// A record says that an address belongs to a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'r> {
    pub(crate) address: &'r [u8],
    pub(crate) name: &'r [u8],
    /// Whether it comes from the machine itself or its DHCP server, not from a third party.
    pub(crate) strong: bool,
}

/// Where a record's source name comes from: a fixed part, and a part of the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SourceName<'r> {
    pub(crate) format: &'static str,
    pub(crate) part: &'r [u8],
}

/// One record as far as a hunt needs it. Slices point into the record.
#[derive(Debug, Clone, Default)]
pub struct Event<'r> {
    pub(crate) time: Option<Timestamp>,
    /// The time says no zone, and was read as UTC.
    pub(crate) unzoned: bool,
    /// The time says no zone, whether or not others of the format do.
    pub(crate) zoneless: bool,
    /// The time has a year that was made up (see `years`).
    pub(crate) yearless: bool,
    pub(crate) source: SourceName<'r>,
    /// Inside the source: channel and event number, for citations.
    pub(crate) detail: [&'r [u8]; 2],
    /// Filled from the front.
    parties: [Option<Party<'r>>; 4],
    claims: [Option<Claim<'r>>; 2],
    /// What the record carries as a whole. Shown with sightings.
    pub(crate) carries: Kinds,
    /// The host name that the record is about: query, SNI, host of the request.
    pub(crate) name: &'r [u8],
    /// Path of a request to `name`, when record and host stand in different fields.
    pub(crate) path: &'r [u8],
    /// What follows `?` in the request, when that is a field of its own.
    pub(crate) query: &'r [u8],
    /// The other end of a connection that the machine opened, where it is no party of the record, and its port.
    pub(crate) peer: &'r [u8],
    pub(crate) peer_port: &'r [u8],
    /// The request went through an explicit proxy.
    pub(crate) proxied: bool,
    /// The server of the connection saw it too: both ends are sighted.
    pub(crate) both_ends: bool,
    /// The machine that wrote the log is not in the record, but its folder may say: what it is to
    /// the record, and what the record shows of it.
    pub(crate) origin: Option<(Role, Kinds)>,
    /// The number that the record itself has in its file: of a Windows event, a packet, a row of a database.
    pub(crate) number: Option<u64>,
    /// The number that the machine or device which wrote the record gave it, one after the other, where that is not
    /// `number`.
    pub(crate) serial: Option<u64>,
    /// A sensor says that it lost traffic, in so many seconds before the time of the record.
    pub(crate) lossy: Option<u32>,
    /// Not a record (header, blank line): searched, but not counted.
    pub(crate) skip: bool,
    /// The record could not be understood. It is searched as text all the same.
    pub(crate) bad: bool,
}

impl<'r> Event<'r> {
    pub(crate) fn party(&mut self, id: &'r [u8], role: Role, shows: Kinds) {
        if id.is_empty() || id == b"-" {
            return;
        }
        if let Some(free) = self.parties.iter_mut().find(|p| p.is_none()) {
            *free = Some(Party { id, role, shows });
        }
    }

    pub(crate) fn parties(&self) -> impl Iterator<Item = Party<'r>> {
        self.parties.iter().map_while(|party| *party)
    }

    pub(crate) fn claim(&mut self, address: &'r [u8], name: &'r [u8], strong: bool) {
        if address.is_empty() || name.is_empty() || name == b"-" {
            return;
        }
        if let Some(free) = self.claims.iter_mut().find(|c| c.is_none()) {
            *free = Some(Claim {
                address,
                name,
                strong,
            });
        }
    }

    pub(crate) fn claims(&self) -> impl Iterator<Item = Claim<'r>> {
        self.claims.iter().map_while(|claim| *claim)
    }

    /// Sets what the record carries from a list.
    pub(crate) fn carries(&mut self, kinds: &[Telemetry]) {
        self.carries = self.carries.and(Kinds::of(kinds));
    }

    /// Time from the record itself; `None` when it has none that can be read.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// Whether this is a record at all (not a header or blank line).
    pub fn is_record(&self) -> bool {
        !self.skip
    }

    /// Whether the record could not be understood.
    pub fn is_bad(&self) -> bool {
        self.bad
    }
}
