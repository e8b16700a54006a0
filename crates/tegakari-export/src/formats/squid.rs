//! Squid (squid.conf, "acl"): one file each for names, addresses and URLs, read by `acl … "file"`.
//!
//! `.name` is the name and everything below it. A listed name below a listed tree draws a warning a
//! line, so it is left to the tree. `-n` keeps Squid from asking for the names of addresses.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{Frame, List};
use crate::networks;
use crate::select::{plain_and_seen, regex_escaped};

/// `squid-domains.txt`
#[derive(Debug)]
pub(super) struct Domains;

impl ExportFormat for Domains {
    form!(
        "squid-domains",
        "squid-domains.txt",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Squid: file of names for acl dstdomain (with sub-domains)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Squid names",
            uses: &[
                "acl tegakari_domains dstdomain -n \"/etc/squid/squid-domains.txt\"",
                "http_access deny tegakari_domains",
            ],
            ..Frame::PLAIN
        };
        list.names(&frame, out, |name, scope| match scope {
            Scope::Tree => format!(".{name}"),
            Scope::Exact => name.to_owned(),
        })
    }
}

/// `squid-addresses.txt`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "squid-addresses",
        "squid-addresses.txt",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Squid: file of addresses and networks for acl dst"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Squid addresses",
            uses: &[
                "acl tegakari_addresses dst \"/etc/squid/squid-addresses.txt\"",
                "http_access deny tegakari_addresses",
            ],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, networks::show)
    }
}

/// `squid-urls.txt`
#[derive(Debug)]
pub(super) struct Urls;

impl ExportFormat for Urls {
    form!(
        "squid-urls",
        "squid-urls.txt",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Url],
        "Squid: file of plain-text URLs for acl url_regex"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Squid URLs",
            uses: &[
                "acl tegakari_urls url_regex \"/etc/squid/squid-urls.txt\"",
                "http_access deny tegakari_urls",
            ],
            ..Frame::PLAIN
        };
        list.lines(&frame, out, |entry| {
            format!("^{}$", regex_escaped(entry.indicator.observable.value()))
        })
    }
    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        plain_and_seen(entry)
    }
}
