//! iptables (iptables-restore(8)): a chain of its own that drops what comes from or goes to an address.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// `block.iptables`
#[derive(Debug)]
pub(super) struct V4;

impl ExportFormat for V4 {
    form!(
        "iptables",
        "block.iptables",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Cidr],
        "iptables rules for IPv4 (chain TEGAKARI)"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_rules(self, true, plan, context, out)
    }
}

/// `block.ip6tables`
#[derive(Debug)]
pub(super) struct V6;

impl ExportFormat for V6 {
    form!(
        "ip6tables",
        "block.ip6tables",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv6, Cidr],
        "ip6tables rules for IPv6 (chain TEGAKARI)"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_rules(self, false, plan, context, out)
    }
}

fn write_rules(
    format: &dyn ExportFormat,
    v4: bool,
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
) -> io::Result<Written> {
    let (chosen, leaving) = select(format, plan, context, |entry| {
        plain_value(entry)?;
        match networks::parse(entry.indicator.observable.value()) {
            Some(IpNet::V4(_)) if v4 => Ok(()),
            Some(IpNet::V6(_)) if !v4 => Ok(()),
            _ => Err(super::NO_PLACE),
        }
    });
    let lines = Lines {
        what: format.id(),
        uses: &[if v4 {
            "iptables-restore --noflush block.iptables, then iptables -I INPUT -j TEGAKARI (and OUTPUT, FORWARD)"
        } else {
            "ip6tables-restore --noflush block.ip6tables, then ip6tables -I INPUT -j TEGAKARI (and OUTPUT, FORWARD)"
        }],
        before: &["*filter", ":TEGAKARI - [0:0]"],
        after: &["COMMIT"],
        ..Lines::PLAIN
    };
    let body: Vec<String> = networks_of(&chosen)
        .into_iter()
        .map(|net| format!("-A TEGAKARI -s {net} -j DROP\n-A TEGAKARI -d {net} -j DROP"))
        .collect();
    write_body(&lines, &chosen, &body, plan, context, out)?;
    Ok(leaving.written(chosen.len()))
}
