//! Apache httpd 2.4 (mod_authz_core, mod_authz_host): requests from listed addresses are refused.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// `block.apache.conf`
#[derive(Debug)]
pub(super) struct Apache;

impl ExportFormat for Apache {
    form!(
        "apache",
        "block.apache.conf",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Apache httpd 2.4: addresses and networks that are refused (Require not ip)"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Apache httpd",
            uses: &["Include block.apache.conf inside <Location /> or <Directory>"],
            before: &["<RequireAll>", "  Require all granted"],
            after: &["</RequireAll>"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(|net| format!("  Require not ip {}", networks::show(net)))
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
