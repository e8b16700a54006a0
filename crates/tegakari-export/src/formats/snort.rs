//! Snort 3 reputation lists (`reputation.blocklist`): one address or network a line.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// `snort-reputation.list`
#[derive(Debug)]
pub(super) struct Reputation;

impl ExportFormat for Reputation {
    form!(
        "snort",
        "snort-reputation.list",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Snort 3 reputation block list of addresses and networks"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Snort 3 reputation",
            uses: &["reputation = { blocklist = 'snort-reputation.list' } in snort.lua"],
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
