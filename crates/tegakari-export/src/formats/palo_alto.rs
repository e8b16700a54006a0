//! Palo Alto Networks external dynamic lists: one entry a line, a list each for addresses, domains and URLs.
//!
//! Domains are written bare: names below them are blocked where the list is set to expand to sub-domains.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body, write_lines};

/// Full lines of comment are not known to be taken, so there is no header.
const BARE: Lines<'static> = Lines {
    mark: None,
    ..Lines::PLAIN
};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(networks::show)
            .collect();
        write_body(&BARE, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_lines(self, &BARE, plan, context, out, plain_value, |entry| {
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_lines(self, &BARE, plan, context, out, plain_value, |entry| {
            without_scheme(entry.indicator.observable.value()).to_owned()
        })
    }
}

/// A URL as such lists want it: without its scheme.
fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
