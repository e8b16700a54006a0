//! HAProxy (configuration manual, "ACL"): lists of sources, of trees and of single names.
//!
//! The host of a request is compared with a dot in front of it, so that `.name` at its end is the name
//! itself or one below it, and never a name that only ends alike. `map_dom` is not used: it also matches in
//! the middle (`bad.example` in `bad.example.good.net`).

use std::io::{self, Write};

use tegakari_model::{BlockEntry, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{Frame, List};
use crate::networks;
use crate::select::plain_value;

/// `haproxy-addresses.lst`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "haproxy-addresses",
        "haproxy-addresses.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "HAProxy: list of source addresses and networks (src -f)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "HAProxy sources",
            uses: &["http-request deny if { src -f /etc/haproxy/haproxy-addresses.lst }"],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, networks::show)
    }
}

/// `haproxy-trees.lst`
#[derive(Debug)]
pub(super) struct Trees;

impl ExportFormat for Trees {
    form!(
        "haproxy-trees",
        "haproxy-trees.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "HAProxy: list of domains with everything below them (-m end -f)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "HAProxy domains with sub-domains",
            uses: &[
                "http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)",
                "http-request set-var(txn.dotted) str(.),concat(,txn.host)",
                "http-request deny if { var(txn.dotted) -m end -f /etc/haproxy/haproxy-trees.lst }",
            ],
            ..Frame::PLAIN
        };
        list.lines(&frame, out, |entry| {
            format!(".{}", entry.indicator.observable.value())
        })
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        match entry.scope {
            Scope::Tree => plain_value(entry),
            Scope::Exact => Err(super::NO_PLACE),
        }
    }
}

/// `haproxy-hosts.lst`
#[derive(Debug)]
pub(super) struct Hosts;

impl ExportFormat for Hosts {
    form!(
        "haproxy-hosts",
        "haproxy-hosts.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "HAProxy: list of single host names (-m str -f)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "HAProxy host names",
            uses: &[
                "http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)",
                "http-request deny if { var(txn.host) -m str -f /etc/haproxy/haproxy-hosts.lst }",
            ],
            ..Frame::PLAIN
        };
        list.lines(&frame, out, |entry| {
            entry.indicator.observable.value().to_owned()
        })
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        match entry.scope {
            Scope::Exact => plain_value(entry),
            Scope::Tree => Err(super::NO_PLACE),
        }
    }
}
