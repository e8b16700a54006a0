//! Forms in which a case is shared with others: reports, sightings and the assessment, not only what to block.
//!
//! To add one: write `my_format.rs` here with a type that implements [`ShareFormat`], add its `mod` line and its line in
//! [`ALL`].

mod csv;
mod json_lines;
pub(crate) mod misp;
mod misp_event;
mod misp_feed;
mod navigator;
pub(crate) mod rows;
mod stix;

use std::collections::BTreeMap;
use std::io;

use tegakari_model::{Observable, TechniqueId};

pub use tegakari_stix::write::CaseSpec;

/// Everything that is shared.
#[derive(Debug, Clone)]
pub struct Sharing<'a> {
    /// Reports, hunt and assessment, with their marking.
    pub case: CaseSpec<'a>,
    /// What is known of the techniques that the reports name; those that are missing count as enterprise and as
    /// nothing that a log shows.
    pub techniques: BTreeMap<TechniqueId, TechniqueSight>,
    /// Version of the program.
    pub program: &'a str,
}

/// What our logs could show of a technique.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TechniqueSight {
    /// `enterprise`, `mobile` or `ics`; empty counts as enterprise.
    pub domain: String,
    /// Share of asset-hours in which it could have shown, 0 to 1; `None` without a hunt, or where no log that is read
    /// shows it.
    pub visible: Option<f64>,
}

/// What came of writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    /// How many things are in it (objects, attributes, techniques, rows).
    pub entries: usize,
    /// Values that the form has no place for, sorted.
    pub left_out: Vec<Observable>,
}

/// Takes one file: its name inside the folder (empty for the only file of a form) and its bytes.
pub type Files<'f> = dyn FnMut(&str, &[u8]) -> io::Result<()> + 'f;

/// One form of sharing.
pub trait ShareFormat: Sync {
    /// Stable id, as typed after `--as`.
    fn id(&self) -> &'static str;
    /// One sentence for `tegakari formats` and the manual.
    fn about(&self) -> &'static str;
    /// Whether it is a folder of files.
    fn is_folder(&self) -> bool {
        false
    }
    /// Hands over the files, byte for byte the same for the same input.
    ///
    /// # Errors
    /// Only what `files` reports.
    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared>;
}

/// Every form, in the order in which they are listed.
pub const ALL: &[&dyn ShareFormat] = &[
    &stix::StixCase,
    &misp_event::MispEvents,
    &misp_feed::MispFeed,
    &navigator::NavigatorLayer,
    &csv::CaseCsv,
    &json_lines::CaseLines,
];

/// The form with this id.
pub fn by_id(id: &str) -> Option<&'static dyn ShareFormat> {
    ALL.iter().copied().find(|format| format.id() == id)
}
