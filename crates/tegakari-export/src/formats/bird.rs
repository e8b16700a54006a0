//! BIRD 2 (user's guide, "Static"): blackhole routes, for a router that is told by BGP.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{networks_of, plain_value, select};
use crate::text::header_of;

/// `block.bird.conf`
#[derive(Debug)]
pub(super) struct Bird;

impl ExportFormat for Bird {
    form!(
        "bird",
        "block.bird.conf",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "BIRD 2: blackhole routes for addresses and networks"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let nets = networks_of(&chosen);
        header_of(out, "#", "BIRD 2", &chosen, plan, context)?;
        writeln!(out, "# use: include \"/etc/bird/block.bird.conf\";")?;
        for (name, channel, v4) in [("tegakari4", "ipv4", true), ("tegakari6", "ipv6", false)] {
            writeln!(out, "protocol static {name} {{")?;
            writeln!(out, "  {channel};")?;
            for net in nets.iter().filter(|net| matches!(net, IpNet::V4(_)) == v4) {
                writeln!(out, "  route {net} blackhole;")?;
            }
            writeln!(out, "}}")?;
        }
        Ok(leaving.written(chosen.len()))
    }
}
