//! Squid (squid.conf, "acl"): one file each for names, addresses and URLs, read by `acl … "file"`.
//!
//! `.name` is the name and everything below it. A listed name below a listed tree draws a warning a
//! line, so it is left to the tree. `-n` keeps Squid from asking for the names of addresses.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{
    Lines, networks_of, plain_and_seen, plain_value, regex_escaped, select, sorted,
    without_covered_names, write_body, write_lines,
};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Squid names",
            uses: &[
                "acl tegakari_domains dstdomain -n \"/etc/squid/squid-domains.txt\"",
                "http_access deny tegakari_domains",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let kept = without_covered_names(&chosen);
        let body = sorted(kept.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!(".{name}"),
                Scope::Exact => name.to_owned(),
            }
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Squid addresses",
            uses: &[
                "acl tegakari_addresses dst \"/etc/squid/squid-addresses.txt\"",
                "http_access deny tegakari_addresses",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(networks::show)
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Squid URLs",
            uses: &[
                "acl tegakari_urls url_regex \"/etc/squid/squid-urls.txt\"",
                "http_access deny tegakari_urls",
            ],
            ..Lines::PLAIN
        };
        write_lines(self, &lines, plan, context, out, plain_and_seen, |entry| {
            format!("^{}$", regex_escaped(entry.indicator.observable.value()))
        })
    }
}
