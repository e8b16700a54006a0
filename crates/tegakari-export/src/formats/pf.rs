//! pf tables (pf.conf(5)): one address or network a line.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// `block.pf`
#[derive(Debug)]
pub(super) struct Table;

impl ExportFormat for Table {
    form!(
        "pf",
        "block.pf",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "pf table of addresses and networks (OpenBSD, FreeBSD, macOS)"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "pf table",
            uses: &[
                "table <tegakari> persist file \"/etc/block.pf\"",
                "block drop quick from any to <tegakari>",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(networks::show)
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
