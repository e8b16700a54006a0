//! pf tables (pf.conf(5)): one address or network a line.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "pf table",
            uses: &[
                "table <tegakari> persist file \"/etc/block.pf\"",
                "block drop quick from any to <tegakari>",
            ],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, networks::show)
    }
}
