//! KQL queries for Microsoft Defender and Sentinel (advanced hunting).
//!
//! A tree is an expression over the whole host name, so that a name that only ends alike does not match. Long lists
//! are cut into several legs of a union.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;
use crate::select::regex_escaped;

/// Values in one leg of the union.
const CHUNK: usize = 500;

/// Where a kind of value is looked for: table and column.
struct Columns {
    address: (&'static str, &'static str),
    host: &'static [(&'static str, &'static str)],
    url: (&'static str, &'static str),
    file: &'static str,
}

/// `block.defender.kql`
#[derive(Debug)]
pub(super) struct Defender;

impl ExportFormat for Defender {
    form!(
        "defender-kql",
        "block.defender.kql",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "KQL query for Microsoft Defender advanced hunting"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let columns = Columns {
            address: ("DeviceNetworkEvents", "RemoteIP"),
            host: &[("DeviceNetworkEvents", "RemoteUrl")],
            url: ("DeviceNetworkEvents", "RemoteUrl"),
            file: "DeviceFileEvents",
        };
        write_query(&columns, list, out)
    }
}

/// `block.sentinel.kql`
#[derive(Debug)]
pub(super) struct Sentinel;

impl ExportFormat for Sentinel {
    form!(
        "sentinel-kql",
        "block.sentinel.kql",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "KQL query for Microsoft Sentinel (CommonSecurityLog, DnsEvents, DeviceFileEvents)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let columns = Columns {
            address: ("CommonSecurityLog", "DestinationIP"),
            host: &[
                ("DnsEvents", "Name"),
                ("CommonSecurityLog", "DestinationHostName"),
            ],
            url: ("CommonSecurityLog", "RequestURL"),
            file: "DeviceFileEvents",
        };
        write_query(&columns, list, out)
    }
}

fn write_query(columns: &Columns, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
    let values = Values::of(&list.entries);
    list.header(out, "//", "KQL query")?;
    let mut legs = Vec::new();
    let (table, column) = columns.address;
    for chunk in values.address_texts().chunks(CHUNK) {
        legs.push(format!(
            "{table} | where {column} in ({})",
            quoted(chunk, "")
        ));
    }
    for chunk in values.network_texts().chunks(CHUNK) {
        let list = quoted(chunk, "");
        legs.push(format!(
            "{table} | where ipv4_is_in_any_range({column}, dynamic([{list}])) or ipv6_is_in_any_range({column}, dynamic([{list}]))"
        ));
    }
    for (table, column) in columns.host {
        let host = format!(
            "extend BlockedHost = tolower(iff({column} has \"://\", tostring(parse_url({column}).Host), {column}))"
        );
        for chunk in values.names.chunks(CHUNK) {
            legs.push(format!(
                "{table} | {host} | where BlockedHost in ({})",
                quoted(chunk, "")
            ));
        }
        for chunk in values.trees.chunks(CHUNK) {
            let names: Vec<String> = chunk.iter().map(|name| regex_escaped(name)).collect();
            let names = names.join("|");
            legs.push(format!(
                "{table} | {host} | where BlockedHost matches regex @\"^.*\\.({names})$\""
            ));
        }
    }
    let (table, column) = columns.url;
    for chunk in values.urls.chunks(CHUNK) {
        legs.push(format!(
            "{table} | where {column} in ({})",
            quoted(chunk, "")
        ));
    }
    for (column, list) in [
        ("MD5", &values.md5),
        ("SHA1", &values.sha1),
        ("SHA256", &values.sha256),
    ] {
        for chunk in list.chunks(CHUNK) {
            legs.push(format!(
                "{} | where {column} in ({})",
                columns.file,
                quoted(chunk, "")
            ));
        }
    }
    if legs.is_empty() {
        writeln!(out, "print Entries = 0")?;
    } else {
        writeln!(out, "union")?;
        for (i, leg) in legs.iter().enumerate() {
            let comma = if i + 1 < legs.len() { "," } else { "" };
            writeln!(out, "({leg}){comma}")?;
        }
    }
    Ok(list.written())
}
