//! osquery pack: scheduled queries for connections to listed addresses and for running files with listed hashes.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::{Context, Written};
use crate::select::{plain_value, select};

/// `block.osquery.json`
#[derive(Debug)]
pub(super) struct Osquery;

impl ExportFormat for Osquery {
    form!(
        "osquery",
        "block.osquery.json",
        "application/json",
        Form,
        Reissue,
        [Ipv4, Ipv6, Md5, Sha1, Sha256],
        "osquery pack: connections to listed addresses, running files with listed hashes"
    );

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let values = Values::of(&chosen);
        let mut queries = serde_json::Map::new();
        let mut add = |name: &str, query: String| {
            queries.insert(
                name.to_owned(),
                serde_json::json!({
                    "query": query,
                    "interval": 3600,
                    "description": "Values of the Tegakari block list",
                }),
            );
        };
        let list = |values: &[&str]| quoted(values, "").replace('"', "'");
        if !values.addresses.is_empty() {
            add(
                "tegakari_connections",
                format!(
                    "SELECT pid, remote_address, remote_port FROM process_open_sockets WHERE remote_address IN ({});",
                    list(&values.address_texts())
                ),
            );
        }
        for (kind, hashes) in [
            ("md5", &values.md5),
            ("sha1", &values.sha1),
            ("sha256", &values.sha256),
        ] {
            if !hashes.is_empty() {
                add(
                    &format!("tegakari_files_{kind}"),
                    format!(
                        "SELECT p.pid, p.path, h.{kind} FROM processes p JOIN hash h ON h.path = p.path WHERE h.{kind} IN ({});",
                        list(hashes)
                    ),
                );
            }
        }
        serde_json::to_writer_pretty(&mut *out, &serde_json::json!({ "queries": queries }))?;
        writeln!(out)?;
        Ok(leaving.written(chosen.len()))
    }
}
