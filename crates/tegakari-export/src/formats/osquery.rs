//! osquery pack: scheduled queries for connections to listed addresses and for running files with listed hashes.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

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

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
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
        let in_quotes = |values: &[&str]| quoted(values, "").replace('"', "'");
        if !values.addresses.is_empty() {
            add(
                "tegakari_connections",
                format!(
                    "SELECT pid, remote_address, remote_port FROM process_open_sockets WHERE remote_address IN ({});",
                    in_quotes(&values.address_texts())
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
                        in_quotes(hashes)
                    ),
                );
            }
        }
        list.json(out, &serde_json::json!({ "queries": queries }))
    }
}
