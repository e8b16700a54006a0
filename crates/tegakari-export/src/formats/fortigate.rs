//! FortiGate and FortiMail external threat feeds: one entry a line, comments behind `#`.
//!
//! Hashes of one kind only, because a feed must not mix them.

use std::io::{self, Write};

use tegakari_model::Scope;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

/// `fortigate-ip.txt`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "fortigate-ip",
        "fortigate-ip.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "FortiGate threat feed of addresses"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.networks(&Frame::headed("FortiGate addresses"), out, networks::show)
    }
}

/// `fortigate-domain.txt`
#[derive(Debug)]
pub(super) struct Domains;

impl ExportFormat for Domains {
    form!(
        "fortigate-domain",
        "fortigate-domain.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Domain],
        "FortiGate threat feed of domains (with sub-domains)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed("FortiGate domains"), out, |entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!("{name}\n*.{name}"),
                Scope::Exact => name.to_owned(),
            }
        })
    }
}

/// `fortigate-url.txt`
#[derive(Debug)]
pub(super) struct Urls;

impl ExportFormat for Urls {
    form!(
        "fortigate-url",
        "fortigate-url.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Url],
        "FortiGate threat feed of URLs"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed("FortiGate URLs"), out, |entry| {
            entry.indicator.observable.value().to_owned()
        })
    }
}

/// `fortigate-hash.txt`
#[derive(Debug)]
pub(super) struct Hashes;

impl ExportFormat for Hashes {
    form!(
        "fortigate-hash",
        "fortigate-hash.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Sha256],
        "FortiGate threat feed of malware hashes (SHA-256)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed("FortiGate SHA-256"), out, |entry| {
            format!("{} tegakari", entry.indicator.observable.value())
        })
    }
}
