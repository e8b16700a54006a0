//! Palo Alto Networks external dynamic lists: one entry a line, a list each for addresses, domains and URLs.
//!
//! Full lines of comment are not known to be taken, so there is no header. Domains are written bare: names below them are blocked where the list is set to expand to sub-domains.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;
use crate::select::without_scheme;

/// `palo-alto-ip.txt`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "palo-alto-ip",
        "palo-alto-ip.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Palo Alto external dynamic list of addresses"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.networks(&Frame::BARE, out, networks::show)
    }
}

/// `palo-alto-domain.txt`
#[derive(Debug)]
pub(super) struct Domains;

impl ExportFormat for Domains {
    form!(
        "palo-alto-domain",
        "palo-alto-domain.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Domain],
        "Palo Alto external dynamic list of domains (let it expand to sub-domains)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::BARE, out, |entry| {
            entry.indicator.observable.value().to_owned()
        })
    }
}

/// `palo-alto-url.txt`
#[derive(Debug)]
pub(super) struct Urls;

impl ExportFormat for Urls {
    form!(
        "palo-alto-url",
        "palo-alto-url.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Url],
        "Palo Alto external dynamic list of URLs"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::BARE, out, |entry| {
            without_scheme(entry.indicator.observable.value()).to_owned()
        })
    }
}
