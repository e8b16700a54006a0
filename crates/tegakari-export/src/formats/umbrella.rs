//! Cisco Umbrella destinations: the body of one request to its API. Block lists take domains and URLs, no addresses.
//!
//! A listed domain covers everything below it, so names that are meant alone are left out.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, BlockPlan, ObservableKind as K, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{plain_value, select};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, |entry: &BlockEntry| {
            if entry.indicator.observable.kind() == K::Domain && entry.scope == Scope::Exact {
                return Err("the target would block what is below the name as well");
            }
            plain_value(entry)
        });
        let list: Vec<_> = chosen
            .iter()
            .map(|e| {
                serde_json::json!({
                    "destination": e.indicator.observable.value(),
                    "comment": "tegakari block list",
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut *out, &list)?;
        writeln!(out)?;
        Ok(leaving.written(chosen.len()))
    }
}
