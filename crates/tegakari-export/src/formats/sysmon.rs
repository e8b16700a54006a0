//! Sysmon configuration: connections, DNS queries and processes of listed values are logged.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::Values;
use crate::context::Written;
use crate::list::List;

/// `block.sysmon.xml`
#[derive(Debug)]
pub(super) struct Sysmon;

impl ExportFormat for Sysmon {
    form!(
        "sysmon",
        "block.sysmon.xml",
        "application/xml",
        Form,
        Reissue,
        [Ipv4, Ipv6, Domain, Md5, Sha1, Sha256],
        "Sysmon configuration that logs listed addresses, names and hashes"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        writeln!(out, "<Sysmon schemaversion=\"4.50\">")?;
        writeln!(out, "  <HashAlgorithms>md5,sha1,sha256</HashAlgorithms>")?;
        writeln!(out, "  <EventFiltering>")?;
        let mut group = |event: &str, tests: &[(&str, &str, String)]| -> io::Result<()> {
            if tests.is_empty() {
                return Ok(());
            }
            writeln!(
                out,
                "    <RuleGroup name=\"tegakari\" groupRelation=\"or\">"
            )?;
            writeln!(out, "      <{event} onmatch=\"include\">")?;
            for (field, condition, value) in tests {
                writeln!(
                    out,
                    "        <{field} condition=\"{condition}\">{value}</{field}>"
                )?;
            }
            writeln!(out, "      </{event}>")?;
            writeln!(out, "    </RuleGroup>")
        };
        let addresses: Vec<_> = values
            .addresses
            .iter()
            .map(|a| ("DestinationIp", "is", a.clone()))
            .collect();
        group("NetworkConnect", &addresses)?;
        let names = values
            .names
            .iter()
            .map(|n| ("QueryName", "is", (*n).to_owned()));
        let trees = values
            .trees
            .iter()
            .map(|n| ("QueryName", "end with", format!(".{n}")));
        group("DnsQuery", &names.chain(trees).collect::<Vec<_>>())?;
        let mut hashes = Vec::new();
        for (kind, list) in [
            ("MD5", &values.md5),
            ("SHA1", &values.sha1),
            ("SHA256", &values.sha256),
        ] {
            // Sysmon writes hashes in upper case and compares without regard to it.
            hashes.extend(list.iter().map(|h| {
                (
                    "Hashes",
                    "contains",
                    format!("{kind}={}", h.to_ascii_uppercase()),
                )
            }));
        }
        group("ProcessCreate", &hashes)?;
        writeln!(out, "  </EventFiltering>")?;
        writeln!(out, "</Sysmon>")?;
        Ok(list.written())
    }
}
