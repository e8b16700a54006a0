//! Unbound local zones (unbound.conf(5)): names that are answered NXDOMAIN with everything below them.
//!
//! A name without its tree is a zone that answers for itself only and lets through what is below.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, plain_value, select, sorted, without_covered_names, write_body};

/// `block.unbound.conf`
#[derive(Debug)]
pub(super) struct Unbound;

impl ExportFormat for Unbound {
    form!(
        "unbound",
        "block.unbound.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Unbound local zones: domains (with sub-domains) answered NXDOMAIN"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Unbound local zones",
            uses: &["include: \"/etc/unbound/block.unbound.conf\" at the end of unbound.conf"],
            before: &["server:"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let kept = without_covered_names(&chosen);
        let body = sorted(kept.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!("  local-zone: \"{name}.\" always_nxdomain"),
                Scope::Exact => format!("  local-zone: \"{name}.\" transparent\n  local-data: \"{name}. 60 IN A 0.0.0.0\"\n  local-data: \"{name}. 60 IN AAAA ::\""),
            }
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
