//! Cisco Firepower Security Intelligence lists: addresses, domains and URLs, comments behind `#`.
//!
//! A listed domain covers everything below it, so names that are meant alone are left out.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body, write_lines};

fn lines(what: &str) -> Lines<'_> {
    Lines {
        what,
        ..Lines::PLAIN
    }
}

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, |entry: &BlockEntry| {
            plain_value(entry)?;
            match networks::parse(entry.indicator.observable.value()) {
                Some(net) if net.prefix_len() == 0 => {
                    Err("the target takes no network of all addresses")
                }
                _ => Ok(()),
            }
        });
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(networks::show)
            .collect();
        let lines = lines("Firepower addresses");
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = lines("Firepower domains");
        let fits = |entry: &BlockEntry| match entry.scope {
            Scope::Tree => plain_value(entry),
            Scope::Exact => Err("the target would block what is below the name as well"),
        };
        write_lines(self, &lines, plan, context, out, fits, |entry| {
            entry.indicator.observable.value().to_owned()
        })
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = lines("Firepower URLs");
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
            without_scheme(entry.indicator.observable.value()).to_owned()
        })
    }
}

/// A URL as such lists want it: without its scheme.
fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
