//! Cisco Firepower Security Intelligence lists: addresses, domains and URLs, comments behind `#`.
//!
//! A listed domain covers everything below it, so names that are meant alone are left out.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{Frame, List};
use crate::networks;
use crate::select::{ONLY_TREES, plain_and_not_all, plain_value, without_scheme};

/// `firepower-ip.txt`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "firepower-ip",
        "firepower-ip.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Cisco Firepower Security Intelligence list of addresses"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.networks(&Frame::headed("Firepower addresses"), out, networks::show)
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        plain_and_not_all(entry)
    }
}

/// `firepower-domain.txt`
#[derive(Debug)]
pub(super) struct Domains;

impl ExportFormat for Domains {
    form!(
        "firepower-domain",
        "firepower-domain.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Domain],
        "Cisco Firepower Security Intelligence list of domains (with sub-domains)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed("Firepower domains"), out, |entry| {
            entry.indicator.observable.value().to_owned()
        })
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        match entry.scope {
            Scope::Tree => plain_value(entry),
            Scope::Exact => Err(ONLY_TREES),
        }
    }
}

/// `firepower-url.txt`
#[derive(Debug)]
pub(super) struct Urls;

impl ExportFormat for Urls {
    form!(
        "firepower-url",
        "firepower-url.txt",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Url],
        "Cisco Firepower Security Intelligence list of URLs"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed("Firepower URLs"), out, |entry| {
            without_scheme(entry.indicator.observable.value()).to_owned()
        })
    }
}
