//! ES|QL over ECS fields (Elastic 8.14 and later).

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

/// `block.esql`
#[derive(Debug)]
pub(super) struct Esql;

impl ExportFormat for Esql {
    form!(
        "esql",
        "block.esql",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "ES|QL query over ECS fields (Elastic)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        list.header(out, "//", "ES|QL query")?;
        let mut tests = Vec::new();
        for (field, list) in [
            ("TO_STRING(destination.ip)", values.address_texts()),
            ("dns.question.name", values.names.clone()),
            ("url.original", values.urls.clone()),
            ("file.hash.md5", values.md5.clone()),
            ("file.hash.sha1", values.sha1.clone()),
            ("file.hash.sha256", values.sha256.clone()),
        ] {
            if !list.is_empty() {
                tests.push(format!("{field} IN ({})", quoted(&list, "")));
            }
        }
        for name in &values.trees {
            tests.push(format!("ENDS_WITH(dns.question.name, \".{name}\")"));
        }
        if !values.networks.is_empty() {
            let list = quoted(&values.network_texts(), "");
            tests.push(format!("CIDR_MATCH(destination.ip, {list})"));
        }
        if tests.is_empty() {
            tests.push("false".to_owned());
        }
        writeln!(out, "FROM logs-*\n| WHERE {}", tests.join(" OR\n  "))?;
        Ok(list.written())
    }
}
