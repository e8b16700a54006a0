//! FortiGate and FortiMail external threat feeds: one entry a line, comments behind `#`.
//!
//! Hashes of one kind only, because a feed must not mix them.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

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
        write_body(
            &lines("FortiGate addresses"),
            &chosen,
            &body,
            plan,
            context,
            out,
        )?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = lines("FortiGate domains");
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = lines("FortiGate URLs");
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = lines("FortiGate SHA-256");
        write_lines(self, &lines, plan, context, out, plain_value, |entry| {
            format!("{} tegakari", entry.indicator.observable.value())
        })
    }
}
