//! Rules for blockers of advertisements: Pi-hole, AdGuard Home, uBlock Origin.
//!
//! `||name^` reaches everything below the name. A name without its tree is a line of a hosts file, which
//! all of them take.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, plain_value, select, sorted, without_covered_names, write_body};

/// `block.adblock.txt`
#[derive(Debug)]
pub(super) struct Adblock;

impl ExportFormat for Adblock {
    form!(
        "adblock",
        "block.adblock.txt",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Domain],
        "Ad-block rules for Pi-hole, AdGuard and uBlock: domains with sub-domains"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            mark: Some("!"),
            what: "Title: Block list",
            before: &["! Expires: 1 day"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let kept = without_covered_names(&chosen);
        let body = sorted(kept.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!("||{name}^"),
                Scope::Exact => format!("0.0.0.0 {name}"),
            }
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
