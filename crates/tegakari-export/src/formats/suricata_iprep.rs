//! Suricata IP reputation (Suricata 7, "IP Reputation Format"): addresses and networks with a score.
//!
//! A score above 127 is a line in the log and no error, so the number is fixed here.

use std::io::{self, Write};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "Suricata IP reputation",
            uses: &[
                "reputation-categories-file: suricata-categories.txt, reputation-files: [suricata-reputation.list]",
                "drop ip any any -> any any (msg:\"Tegakari block list: reputation\"; iprep:any,Tegakari,>,0; sid:1999990; rev:1;)",
            ],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, |net| {
            format!("{},{CATEGORY},{SCORE}", networks::show(net))
        })
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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        writeln!(out, "{CATEGORY},Tegakari,Addresses on the block list")?;
        Ok(list.written())
    }
}
