//! EQL (Elastic's Event Query Language) over ECS fields.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

/// `block.eql`
#[derive(Debug)]
pub(super) struct Eql;

impl ExportFormat for Eql {
    form!(
        "eql",
        "block.eql",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "EQL query over ECS fields (Elastic)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        list.header(out, "//", "EQL query")?;
        let mut tests = Vec::new();
        for (field, list, before) in [
            ("destination.ip", values.address_texts(), ""),
            ("dns.question.name", values.names.clone(), ""),
            ("dns.question.name", values.trees.clone(), "*."),
            ("file.hash.md5", values.md5.clone(), ""),
            ("file.hash.sha1", values.sha1.clone(), ""),
            ("file.hash.sha256", values.sha256.clone(), ""),
        ] {
            if !list.is_empty() {
                tests.push(format!("{field} : ({})", quoted(&list, before)));
            }
        }
        // `:` would take `*` and `?` of a URL for wildcards.
        if !values.urls.is_empty() {
            tests.push(format!("url.original in ({})", quoted(&values.urls, "")));
        }
        if !values.networks.is_empty() {
            let list = quoted(&values.network_texts(), "");
            tests.push(format!("cidrMatch(destination.ip, {list})"));
        }
        if tests.is_empty() {
            tests.push("false".to_owned());
        }
        writeln!(out, "any where {}", tests.join(" or\n  "))?;
        Ok(list.written())
    }
}
