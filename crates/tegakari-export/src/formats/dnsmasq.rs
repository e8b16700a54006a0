//! dnsmasq (dnsmasq(8)): `local=/name/` answers NXDOMAIN for a name and everything below it.
//!
//! A name without its tree is a host record, which leaves what is below to the resolver above.

use std::io::{self, Write};

use tegakari_model::Scope;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};

/// `block.dnsmasq.conf`
#[derive(Debug)]
pub(super) struct Dnsmasq;

impl ExportFormat for Dnsmasq {
    form!(
        "dnsmasq",
        "block.dnsmasq.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "dnsmasq: domains (with sub-domains) answered NXDOMAIN"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "dnsmasq",
            uses: &["conf-file=/etc/dnsmasq.d/block.dnsmasq.conf"],
            ..Frame::PLAIN
        };
        list.names(&frame, out, |name, scope| match scope {
            Scope::Tree => format!("local=/{name}/"),
            Scope::Exact => format!("host-record={name},0.0.0.0,::"),
        })
    }
}
