//! Zeek intelligence file (frameworks/intel): columns behind tabs, URLs without their scheme.
//!
//! A domain matches itself only, not what is below it.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{Lines, note_of_trees, plain_value, select, sorted, write_body};

/// `block.zeek.intel`
#[derive(Debug)]
pub(super) struct Zeek;

impl ExportFormat for Zeek {
    form!(
        "zeek",
        "block.zeek.intel",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Email, Md5, Sha1, Sha256],
        "Zeek intelligence file"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "Zeek intelligence",
            uses: &["redef Intel::read_files += { \"block.zeek.intel\" };"],
            before: &["#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc"],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body = sorted(chosen.iter().map(|entry| {
            let observable = &entry.indicator.observable;
            let value = observable.value();
            let (value, kind) = match observable.kind() {
                K::Cidr => (value, "SUBNET"),
                K::Domain => (value, "DOMAIN"),
                K::Url => (
                    value.split_once("://").map_or(value, |(_, rest)| rest),
                    "URL",
                ),
                K::Email => (value, "EMAIL"),
                K::Md5 | K::Sha1 | K::Sha256 => (value, "FILE_HASH"),
                _ => (value, "ADDR"),
            };
            format!("{value}\tIntel::{kind}\ttegakari\tblock list")
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        let mut written = leaving.written(chosen.len());
        note_of_trees(&chosen, &mut written);
        Ok(written)
    }
}
