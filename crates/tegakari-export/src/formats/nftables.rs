//! nftables: a table of its own with sets and the chains that drop what is in them (nft(8)).
//!
//! Loading the file replaces the table in one transaction, so a half-written list never protects half.
//! Networks that lie in others are taken out here, with the longest lifetime of the two, because
//! `auto-merge` would keep the shorter one.

use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::{BlockPlan, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks::{self, without_covered};
use crate::select::{plain_value, select};
use crate::text::header_of;

/// Name of the table.
pub const TABLE: &str = "tegakari";

/// `block.nft`
#[derive(Debug)]
pub(super) struct Nftables;

impl ExportFormat for Nftables {
    fn id(&self) -> &'static str {
        "nftables"
    }

    fn about(&self) -> &'static str {
        "nftables table with sets of addresses and chains that drop them; load with nft -f"
    }

    fn file_name(&self) -> &'static str {
        "block.nft"
    }

    fn media_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    fn accepts(&self, kind: K) -> bool {
        matches!(kind, K::Ipv4 | K::Ipv6 | K::Cidr)
    }

    fn tier(&self) -> super::Tier {
        super::Tier::Runs
    }

    fn expiry(&self) -> super::Expiry {
        super::Expiry::Lifetime
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let (mut v4, mut v6) = (Family::default(), Family::default());
        for entry in &chosen {
            let family = match networks::parse(entry.indicator.observable.value()) {
                Some(net @ IpNet::V4(_)) => Some((&mut v4, net)),
                Some(net @ IpNet::V6(_)) => Some((&mut v6, net)),
                None => None,
            };
            if let Some((family, net)) = family {
                family.nets.push(net);
                family.lifetimes.push(context.lifetime(entry));
            }
        }
        header_of(out, "#", "nftables", &chosen, plan, context)?;
        // Declared before it is deleted, so that the first load does not fail on a table that is not there.
        writeln!(out, "table inet {TABLE}")?;
        writeln!(out, "delete table inet {TABLE}")?;
        writeln!(out, "table inet {TABLE} {{")?;
        v4.write_set(out, "blocked_v4", "ipv4_addr")?;
        v6.write_set(out, "blocked_v6", "ipv6_addr")?;
        for (chain, ends) in [
            ("output", &["daddr"][..]),
            ("input", &["saddr"]),
            ("forward", &["daddr", "saddr"]),
        ] {
            writeln!(out, "\tchain {chain} {{")?;
            writeln!(
                out,
                "\t\ttype filter hook {chain} priority filter - 10; policy accept;"
            )?;
            for end in ends {
                writeln!(out, "\t\tip {end} @blocked_v4 counter drop")?;
                writeln!(out, "\t\tip6 {end} @blocked_v6 counter drop")?;
            }
            writeln!(out, "\t}}")?;
        }
        writeln!(out, "}}")?;
        Ok(leaving.written(chosen.len()))
    }
}

#[derive(Default)]
struct Family {
    nets: Vec<IpNet>,
    /// Seconds, by index of `nets`; `None` is for ever.
    lifetimes: Vec<Option<i64>>,
}

impl Family {
    fn write_set(&self, out: &mut dyn Write, name: &str, kind: &str) -> io::Result<()> {
        let merged = without_covered(&self.nets);
        let timed = self.lifetimes.iter().any(Option::is_some);
        writeln!(out, "\tset {name} {{")?;
        writeln!(out, "\t\ttype {kind}")?;
        let flags = if timed {
            "interval, timeout"
        } else {
            "interval"
        };
        writeln!(out, "\t\tflags {flags}")?;
        if !merged.is_empty() {
            writeln!(out, "\t\telements = {{")?;
            for (net, from) in &merged {
                write!(out, "\t\t\t{}", networks::show(*net))?;
                // `None`, for ever, is the longest.
                let lives = from
                    .iter()
                    .map(|i| self.lifetimes.get(*i).copied().flatten())
                    .reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)))
                    .flatten();
                if let Some(seconds) = lives {
                    write!(out, " timeout {seconds}s")?;
                }
                writeln!(out, ",")?;
            }
            writeln!(out, "\t\t}}")?;
        }
        writeln!(out, "\t}}")
    }
}
