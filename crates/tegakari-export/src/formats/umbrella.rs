//! Cisco Umbrella destinations: the body of one request to its API. Block lists take domains and URLs, no addresses.
//!
//! A listed domain covers everything below it, so names that are meant alone are left out.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, ObservableKind as K, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;
use crate::select::{ONLY_TREES, plain_value};

/// `block.umbrella.json`
#[derive(Debug)]
pub(super) struct Umbrella;

impl ExportFormat for Umbrella {
    form!(
        "umbrella",
        "block.umbrella.json",
        "application/json",
        Form,
        Reissue,
        [Domain, Url],
        "Cisco Umbrella destinations (one API request)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let destinations: Vec<_> = list
            .entries
            .iter()
            .map(|e| {
                serde_json::json!({
                    "destination": e.indicator.observable.value(),
                    "comment": "tegakari block list",
                })
            })
            .collect();
        list.json(out, &destinations)
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        if entry.indicator.observable.kind() == K::Domain && entry.scope == Scope::Exact {
            return Err(ONLY_TREES);
        }
        plain_value(entry)
    }
}
