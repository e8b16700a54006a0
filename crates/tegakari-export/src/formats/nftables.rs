//! nftables: a table of its own with sets and the chains that drop what is in them (nft(8)).
//!
//! Loading the file replaces the table in one transaction, so a half-written list never protects half.
//! Networks that lie in others are taken out here, with the longest lifetime of the two, because
//! `auto-merge` would keep the shorter one.

use std::io::{self, Write};

use ipnet::IpNet;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;
use crate::networks;
use crate::text::Buffered;

/// Name of the table.
pub const TABLE: &str = "tegakari";

/// `block.nft`
#[derive(Debug)]
pub(super) struct Nftables;

impl ExportFormat for Nftables {
    form!(
        "nftables",
        "block.nft",
        "text/plain; charset=utf-8",
        Runs,
        Lifetime,
        [Ipv4, Ipv6, Cidr],
        "nftables table with sets of addresses and chains that drop them; load with nft -f"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for entry in &list.entries {
            if let Some(net) = networks::parse(entry.indicator.observable.value()) {
                let family = match net {
                    IpNet::V4(_) => &mut v4,
                    IpNet::V6(_) => &mut v6,
                };
                family.push((net, list.context.lifetime(entry)));
            }
        }
        list.header(out, "#", "nftables")?;
        // Declared before it is deleted, so that the first load does not fail on a table that is not there.
        writeln!(out, "table inet {TABLE}")?;
        writeln!(out, "delete table inet {TABLE}")?;
        writeln!(out, "table inet {TABLE} {{")?;
        write_set(out, "blocked_v4", "ipv4_addr", v4)?;
        write_set(out, "blocked_v6", "ipv6_addr", v6)?;
        for (chain, ends) in [
            ("output", &["daddr"][..]),
            ("input", &["saddr"]),
            ("forward", &["daddr", "saddr"]),
        ] {
            writeln!(out, "\tchain {chain} {{")?;
            writeln!(
                out,
                "\t\ttype filter hook {chain} priority filter - 10; policy accept;"
            )?;
            for end in ends {
                writeln!(out, "\t\tip {end} @blocked_v4 counter drop")?;
                writeln!(out, "\t\tip6 {end} @blocked_v6 counter drop")?;
            }
            writeln!(out, "\t}}")?;
        }
        writeln!(out, "}}")?;
        Ok(list.written())
    }
}

/// Writes a set; each network with the seconds that it lives, `None` being for ever.
fn write_set(
    out: &mut dyn Write,
    name: &str,
    kind: &str,
    nets: Vec<(IpNet, Option<i64>)>,
) -> io::Result<()> {
    let timed = nets.iter().any(|(_, lives)| lives.is_some());
    let merged = networks::merged(nets, |known, other| {
        *known = known.zip(other).map(|(a, b)| a.max(b));
    });
    writeln!(out, "\tset {name} {{")?;
    writeln!(out, "\t\ttype {kind}")?;
    let timeout = if timed { ", timeout" } else { "" };
    writeln!(out, "\t\tflags interval{timeout}")?;
    if !merged.is_empty() {
        writeln!(out, "\t\telements = {{")?;
        let mut lines = Buffered::new(out);
        for (net, lives) in merged {
            let end = lives.map_or_else(String::new, |seconds| format!(" timeout {seconds}s"));
            lines.push(&["\t\t\t", &networks::show(net), &end, ",\n"])?;
        }
        lines.end()?;
        writeln!(out, "\t\t}}")?;
    }
    writeln!(out, "\t}}")
}
