//! ExaBGP 4 flow routes (RFC 8955): routers discard what goes to the listed networks.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// `block.exabgp.conf`
#[derive(Debug)]
pub(super) struct ExaBgp;

impl ExportFormat for ExaBgp {
    form!(
        "exabgp",
        "block.exabgp.conf",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "ExaBGP: flow routes that discard, in a template for a neighbour to inherit"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "ExaBGP flow routes",
            uses: &["neighbor … { inherit tegakari; … } below this text"],
            before: &["template {", "  neighbor tegakari {", "    flow {"],
            after: &["    }", "  }", "}"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(|net| {
                format!("      route {{ match {{ destination {net}; }} then {{ discard; }} }}")
            })
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
