//! Apache httpd 2.4 (mod_authz_core, mod_authz_host): requests from listed addresses are refused.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Apache httpd",
            uses: &["Include block.apache.conf inside <Location /> or <Directory>"],
            before: &["<RequireAll>", "  Require all granted"],
            after: &["</RequireAll>"],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, |net| {
            format!("  Require not ip {}", networks::show(net))
        })
    }
}
