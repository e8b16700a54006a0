//! ipset (ipset(8)): one set a family, filled beside the old one and exchanged for it in one step.
//!
//! Every entry has its own end, at most 24.8 days ahead (2 147 483 seconds), so the list has to be
//! issued again within that time. `maxelem` is stated, because the default stops at 65 536 entries.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::BlockEntry;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{List, sorted};
use crate::networks;
use crate::select::plain_and_not_all;
use crate::text::Buffered;

/// Most seconds that an entry may have left.
const MOST_SECONDS: i64 = 2_147_483;

/// `block.ipset`
#[derive(Debug)]
pub(super) struct Ipset;

/// Room of a set, in entries: memory is taken only by those that there are.
const ROOM: usize = 4_194_304;

impl ExportFormat for Ipset {
    form!(
        "ipset",
        "block.ipset",
        "text/plain; charset=utf-8",
        Parsed,
        Lifetime,
        [Ipv4, Ipv6, Cidr],
        "ipset sets tegakari4 and tegakari6 with an end an entry (ipset restore)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.header(out, "#", "ipset")?;
        writeln!(out, "# use: ipset restore -f block.ipset")?;
        // A set that is there keeps its room, and `create -exist` wants the same: so it does not depend on settings.
        let most = list.entries.len().max(ROOM);
        for (family, digit) in [("inet", 4), ("inet6", 6)] {
            let kind = format!("hash:net family {family} timeout 0 maxelem {most} -exist");
            writeln!(out, "create tegakari{digit} {kind}")?;
            writeln!(out, "create tegakari{digit}_next {kind}")?;
            writeln!(out, "flush tegakari{digit}_next")?;
            let body = sorted(list.entries.iter().filter_map(|entry| {
                let net = networks::parse(entry.indicator.observable.value())?;
                if matches!(net, IpNet::V4(_)) != (digit == 4) {
                    return None;
                }
                let end = list
                    .context
                    .lifetime(entry)
                    .map(|seconds| format!(" timeout {}", seconds.min(MOST_SECONDS)));
                Some(format!(
                    "add tegakari{digit}_next {}{} -exist",
                    networks::show(net),
                    end.unwrap_or_default()
                ))
            }));
            let mut lines = Buffered::new(out);
            for line in body {
                lines.push(&[&line, "\n"])?;
            }
            lines.end()?;
            writeln!(out, "swap tegakari{digit} tegakari{digit}_next")?;
            writeln!(out, "destroy tegakari{digit}_next")?;
        }
        Ok(list.written())
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        plain_and_not_all(entry)
    }
}
