//! Snort 3 reputation lists (`reputation.blocklist`): one address or network a line.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

/// `snort-reputation.list`
#[derive(Debug)]
pub(super) struct Reputation;

impl ExportFormat for Reputation {
    form!(
        "snort",
        "snort-reputation.list",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Snort 3 reputation block list of addresses and networks"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Snort 3 reputation",
            uses: &["reputation = { blocklist = 'snort-reputation.list' } in snort.lua"],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, networks::show)
    }
}
