//! Suricata IP reputation (Suricata 7, "IP Reputation Format"): addresses and networks with a score.
//!
//! A score above 127 is a line in the log and no error, so the number is fixed here.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, networks_of, plain_value, select, write_body};

/// Number of the category in both files.
const CATEGORY: u8 = 1;
/// The highest score there is.
const SCORE: u8 = 127;

/// `suricata-reputation.list`
#[derive(Debug)]
pub(super) struct Reputation;

impl ExportFormat for Reputation {
    form!(
        "suricata-iprep",
        "suricata-reputation.list",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Suricata IP reputation list, with suricata-categories"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Suricata IP reputation",
            uses: &[
                "reputation-categories-file: suricata-categories.txt, reputation-files: [suricata-reputation.list]",
                "drop ip any any -> any any (msg:\"Tegakari block list: reputation\"; iprep:any,Tegakari,>,0; sid:1999990; rev:1;)",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(|net| format!("{},{CATEGORY},{SCORE}", networks::show(net)))
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}

/// `suricata-categories.txt`
#[derive(Debug)]
pub(super) struct Categories;

impl ExportFormat for Categories {
    form!(
        "suricata-categories",
        "suricata-categories.txt",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "Suricata IP reputation categories, for suricata-iprep"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        writeln!(out, "{CATEGORY},Tegakari,Addresses on the block list")?;
        Ok(leaving.written(chosen.len()))
    }
}
