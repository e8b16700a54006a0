//! iptables (iptables-restore(8)): a chain of its own that drops what comes from or goes to an address.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::BlockEntry;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{Frame, List};
use crate::networks;
use crate::select::plain_value;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_rules(self, list, out)
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        of_family(entry, true)
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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_rules(self, list, out)
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        of_family(entry, false)
    }
}

/// Whether an entry is of this family.
fn of_family(entry: &BlockEntry, v4: bool) -> Result<(), &'static str> {
    plain_value(entry)?;
    match networks::parse(entry.indicator.observable.value()) {
        Some(net) if matches!(net, IpNet::V4(_)) == v4 => Ok(()),
        _ => Err(super::NO_PLACE),
    }
}

fn write_rules(
    format: &dyn ExportFormat,
    list: List<'_>,
    out: &mut dyn Write,
) -> io::Result<Written> {
    let program = format.id();
    let load = format!(
        "{program}-restore --noflush {}, then {program} -I INPUT -j TEGAKARI (and OUTPUT, FORWARD)",
        format.file_name()
    );
    let frame = Frame {
        what: program,
        uses: &[&load],
        before: &["*filter", ":TEGAKARI - [0:0]"],
        after: &["COMMIT"],
        ..Frame::PLAIN
    };
    list.networks(&frame, out, |net| {
        format!("-A TEGAKARI -s {net} -j DROP\n-A TEGAKARI -d {net} -j DROP")
    })
}
