//! ExaBGP 4 flow routes (RFC 8955): routers discard what goes to the listed networks.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "ExaBGP flow routes",
            uses: &["neighbor … { inherit tegakari; … } below this text"],
            before: &["template {", "  neighbor tegakari {", "    flow {"],
            after: &["    }", "  }", "}"],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, |net| {
            format!("      route {{ match {{ destination {net}; }} then {{ discard; }} }}")
        })
    }
}
