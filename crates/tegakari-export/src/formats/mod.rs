//! Forms of lists that enforcement points and people take.
//!
//! To add one: write `my_format.rs` here with a type that implements [`ExportFormat`], add its `mod`
//! line and its line in [`ALL`]. Nothing else changes: the program, its manual and the property test
//! that throws hostile values at every writer read this list.

/// The facts of a form; `[*]` takes every kind of value.
macro_rules! form {
    ($id:literal, $file:literal, $media:expr, $tier:ident, $expiry:ident, [*], $about:literal) => {
        form!(@facts $id, $file, $media, $tier, $expiry, $about);

        fn accepts(&self, _: ::tegakari_model::ObservableKind) -> bool {
            true
        }
    };
    ($id:literal, $file:literal, $media:expr, $tier:ident, $expiry:ident, [$($kind:ident),+], $about:literal) => {
        form!(@facts $id, $file, $media, $tier, $expiry, $about);

        fn accepts(&self, kind: ::tegakari_model::ObservableKind) -> bool {
            matches!(kind, $(::tegakari_model::ObservableKind::$kind)|+)
        }
    };
    (@facts $id:literal, $file:literal, $media:expr, $tier:ident, $expiry:ident, $about:literal) => {
        fn id(&self) -> &'static str {
            $id
        }

        fn about(&self) -> &'static str {
            $about
        }

        fn file_name(&self) -> &'static str {
            $file
        }

        fn media_type(&self) -> &'static str {
            $media
        }

        fn tier(&self) -> $crate::formats::Tier {
            $crate::formats::Tier::$tier
        }

        fn expiry(&self) -> $crate::formats::Expiry {
            $crate::formats::Expiry::$expiry
        }
    };
}

mod adblock;
mod apache;
mod bird;
mod cacao;
mod cisco_acl;
mod clamav;
mod crowdsec;
mod crowdstrike;
mod csv_lists;
mod defender_csv;
mod dnsmasq;
mod eql;
mod esql;
mod exabgp;
mod fail2ban;
mod firepower;
mod fortigate;
mod haproxy;
mod hosts;
mod ipset;
mod iptables;
mod json_lines;
mod kql;
mod lucene;
mod nftables;
mod nginx;
mod openioc;
mod osquery;
mod palo_alto;
mod pf;
mod plain;
pub(crate) mod queries;
mod rpz;
mod sigma;
mod snort;
mod splunk;
mod squid;
mod stix;
mod suricata;
mod suricata_datasets;
mod suricata_iprep;
mod sysmon;
mod umbrella;
mod unbound;
mod velociraptor;
mod yara;
mod zeek;

use std::io::{self, Write};

use tegakari_model::{BlockEntry, BlockPlan, ObservableKind};

use crate::list::List;
use crate::select::plain_value;
use crate::{Context, Written};

pub(crate) use csv_lists::{Rows, time, word};

pub use nftables::TABLE as NFTABLES_TABLE;
pub(crate) use rpz::is_wire_name;

/// How it is proved that a form does what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// For people and programs of one's own: no enforcement point to prove it with.
    General,
    /// The real program stops the bad and lets the near miss pass.
    Runs,
    /// A real parser of the target's takes it and refuses a broken one.
    Parsed,
    /// Only the form is known: there was no program to try it with.
    Form,
}

impl Tier {
    /// `general`, `1`, `2` or `3`.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Runs => "1",
            Self::Parsed => "2",
            Self::Form => "3",
        }
    }
}

/// How an entry ends at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expiry {
    /// The list has to be issued again without it (`tegakari block --refresh`).
    Reissue,
    /// The list says until when, and the target forgets it then.
    Date,
    /// The list says for how long from loading, so it is issued anew at every refresh.
    Lifetime,
}

impl Expiry {
    /// `re-issue`, `date` or `lifetime`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reissue => "re-issue",
            Self::Date => "date",
            Self::Lifetime => "lifetime",
        }
    }
}

/// One form of list.
pub trait ExportFormat: Sync {
    /// Stable id, as typed after `--list`.
    fn id(&self) -> &'static str;
    /// One sentence for `tegakari formats` and the manual.
    fn about(&self) -> &'static str;
    /// Name of the file it is written to.
    fn file_name(&self) -> &'static str;
    /// Its media type (RFC 6838).
    fn media_type(&self) -> &'static str;
    /// Whether the form has a place for values of this kind.
    fn accepts(&self, kind: ObservableKind) -> bool;
    /// How the form is proved.
    fn tier(&self) -> Tier {
        Tier::General
    }
    /// Whether the target forgets an entry by itself.
    fn expiry(&self) -> Expiry {
        Expiry::Reissue
    }
    /// Whether a value of a kind that the form takes can be written safely.
    ///
    /// # Errors
    /// Why not: short English, lower case. The value is left out and told in [`Written::left_out`].
    fn fits(&self, entry: &BlockEntry, context: &Context) -> Result<(), &'static str> {
        let _ = context;
        plain_value(entry)
    }
    /// Writes what was chosen. Sorted, without repetition, byte for byte the same for the same input.
    ///
    /// # Errors
    /// Only what `out` reports.
    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written>;
    /// Writes the list of a plan: what the form takes and what fits, up to its limit.
    ///
    /// # Errors
    /// Only what `out` reports.
    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        self.put(List::of(self, plan, context), out)
    }
}

/// Every form, in the order in which they are listed.
pub const ALL: &[&dyn ExportFormat] = &[
    &plain::IPV4,
    &plain::IPV6,
    &plain::CIDR,
    &plain::DOMAINS,
    &plain::URLS,
    &plain::EMAILS,
    &plain::MD5,
    &plain::SHA1,
    &plain::SHA256,
    &csv_lists::BlockCsv,
    &csv_lists::HeldBackCsv,
    &json_lines::JsonLines,
    &stix::Stix21,
    // Tier 1.
    &hosts::Hosts,
    &rpz::ResponsePolicyZone,
    &unbound::Unbound,
    &dnsmasq::Dnsmasq,
    &adblock::Adblock,
    &nftables::Nftables,
    &crowdsec::CrowdSec,
    &squid::Domains,
    &squid::Addresses,
    &squid::Urls,
    &haproxy::Addresses,
    &haproxy::Trees,
    &haproxy::Hosts,
    &nginx::Geo,
    &nginx::Map,
    &suricata::Suricata,
    &suricata_datasets::Rules,
    &suricata_datasets::Names,
    &suricata_datasets::Addresses,
    &suricata_datasets::Ja3,
    &suricata_iprep::Reputation,
    &suricata_iprep::Categories,
    &clamav::Md5,
    &clamav::Sha,
    &clamav::AllowedMd5,
    &clamav::AllowedSha,
    &yara::Yara,
    // Tier 2.
    &ipset::Ipset,
    &iptables::V4,
    &iptables::V6,
    &apache::Apache,
    &bird::Bird,
    &exabgp::ExaBgp,
    &fail2ban::Fail2ban,
    &kql::Defender,
    &kql::Sentinel,
    &lucene::Lucene,
    &eql::Eql,
    &sigma::Sigma,
    &openioc::OpenIoc,
    &cacao::Cacao,
    // Tier 3.
    &palo_alto::Addresses,
    &palo_alto::Domains,
    &palo_alto::Urls,
    &fortigate::Addresses,
    &fortigate::Domains,
    &fortigate::Urls,
    &fortigate::Hashes,
    &firepower::Addresses,
    &firepower::Domains,
    &firepower::Urls,
    &umbrella::Umbrella,
    &defender_csv::DefenderCsv,
    &crowdstrike::CrowdStrike,
    &zeek::Zeek,
    &snort::Reputation,
    &pf::Table,
    &cisco_acl::CiscoAcl,
    &osquery::Osquery,
    &sysmon::Sysmon,
    &velociraptor::Velociraptor,
    &splunk::Splunk,
    &esql::Esql,
];

/// What is written where nobody says which: the general forms and those proved by the real program.
pub fn usual() -> impl Iterator<Item = &'static dyn ExportFormat> {
    ALL.iter()
        .copied()
        .filter(|format| matches!(format.tier(), Tier::General | Tier::Runs))
}

/// The form with this id.
pub fn by_id(id: &str) -> Option<&'static dyn ExportFormat> {
    ALL.iter().copied().find(|format| format.id() == id)
}

/// Why a format that is made for other kinds leaves a value out: nothing to tell a person about.
pub const NO_PLACE: &str = "the format has no place for this kind";
