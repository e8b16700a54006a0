//! BIRD 2 (user's guide, "Static"): blackhole routes, for a router that is told by BGP.

use std::io::{self, Write};

use ipnet::IpNet;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let nets = list.nets();
        list.header(out, "#", "BIRD 2")?;
        writeln!(out, "# use: include \"/etc/bird/block.bird.conf\";")?;
        for (name, channel, v4) in [("tegakari4", "ipv4", true), ("tegakari6", "ipv6", false)] {
            writeln!(out, "protocol static {name} {{")?;
            writeln!(out, "  {channel};")?;
            for net in nets.iter().filter(|net| matches!(net, IpNet::V4(_)) == v4) {
                writeln!(out, "  route {net} blackhole;")?;
            }
            writeln!(out, "}}")?;
        }
        Ok(list.written())
    }
}
