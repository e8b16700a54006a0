//! Splunk search (SPL) over the fields of the Common Information Model. The form knows no comments.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

/// `block.spl`
#[derive(Debug)]
pub(super) struct Splunk;

impl ExportFormat for Splunk {
    form!(
        "splunk",
        "block.spl",
        "text/plain; charset=utf-8",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "Splunk search over the fields of the Common Information Model"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        let mut tests = Vec::new();
        for (field, list, before) in [
            ("dest_ip", values.address_texts(), ""),
            ("dest_ip", values.network_texts(), ""),
            ("query", values.names.clone(), ""),
            ("query", values.trees.clone(), "*."),
            ("url", values.urls.clone(), ""),
            ("file_hash", values.md5.clone(), ""),
            ("file_hash", values.sha1.clone(), ""),
            ("file_hash", values.sha256.clone(), ""),
        ] {
            if !list.is_empty() {
                tests.push(format!("{field} IN ({})", quoted(&list, before)));
            }
        }
        if tests.is_empty() {
            tests.push("NOT *".to_owned());
        }
        writeln!(out, "search {}", tests.join(" OR "))?;
        Ok(list.written())
    }
}
