//! dnsmasq (dnsmasq(8)): `local=/name/` answers NXDOMAIN for a name and everything below it.
//!
//! A name without its tree is a host record, which leaves what is below to the resolver above.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, plain_value, select, sorted, without_covered_names, write_body};

/// `block.dnsmasq.conf`
#[derive(Debug)]
pub(super) struct Dnsmasq;

impl ExportFormat for Dnsmasq {
    form!(
        "dnsmasq",
        "block.dnsmasq.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "dnsmasq: domains (with sub-domains) answered NXDOMAIN"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "dnsmasq",
            uses: &["conf-file=/etc/dnsmasq.d/block.dnsmasq.conf"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let kept = without_covered_names(&chosen);
        let body = sorted(kept.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!("local=/{name}/"),
                Scope::Exact => format!("host-record={name},0.0.0.0,::"),
            }
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
