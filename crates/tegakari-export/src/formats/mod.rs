//! Forms of lists that enforcement points and people take.
//!
//! To add one: write `my_format.rs` here with a type that implements [`ExportFormat`], add its `mod`
//! line and its line in [`ALL`]. Nothing else changes: the program, its manual and the property test
//! that throws hostile values at every writer read this list.

mod csv_lists;
mod hosts;
mod json_lines;
mod nftables;
mod plain;
mod rpz;
mod stix;
mod suricata;
mod yara;

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind};

use crate::{Context, Written};

pub(crate) use csv_lists::{Rows, time, word};

pub use nftables::TABLE as NFTABLES_TABLE;

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
    /// Writes the list. Sorted, without repetition, byte for byte the same for the same input.
    ///
    /// # Errors
    /// Only what `out` reports. A value that cannot be written safely is left out and told in
    /// [`Written::left_out`].
    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written>;
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
    &hosts::Hosts,
    &rpz::ResponsePolicyZone,
    &nftables::Nftables,
    &suricata::Suricata,
    &yara::Yara,
    &stix::Stix21,
];

/// The form with this id.
pub fn by_id(id: &str) -> Option<&'static dyn ExportFormat> {
    ALL.iter().copied().find(|format| format.id() == id)
}

/// Why a format that is made for other kinds leaves a value out: nothing to tell a person about.
pub const NO_PLACE: &str = "the format has no place for this kind";
