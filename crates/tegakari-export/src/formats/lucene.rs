//! Lucene query strings over ECS fields, for Kibana and OpenSearch: a line is a query.
//!
//! A line holds at most 1,000 values, because a query takes 1,024 clauses. The form knows no comments.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

/// Values in one line.
const CHUNK: usize = 1000;

/// `block.lucene.txt`
#[derive(Debug)]
pub(super) struct Lucene;

impl ExportFormat for Lucene {
    form!(
        "lucene",
        "block.lucene.txt",
        "text/plain; charset=utf-8",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "Lucene queries over ECS fields (Kibana, OpenSearch), one a line"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        let fields = [
            ("destination.ip", values.address_texts()),
            ("destination.ip", values.network_texts()),
            ("dns.question.name", values.names.clone()),
            ("url.original", values.urls.clone()),
            ("file.hash.md5", values.md5.clone()),
            ("file.hash.sha1", values.sha1.clone()),
            ("file.hash.sha256", values.sha256.clone()),
        ];
        for (field, list) in fields {
            for chunk in list.chunks(CHUNK) {
                writeln!(out, "{field}:({})", quoted(chunk, "").replace(", ", " OR "))?;
            }
        }
        for chunk in values.trees.chunks(CHUNK) {
            let names: Vec<String> = chunk.iter().map(|name| format!("*.{name}")).collect();
            writeln!(out, "dns.question.name:({})", names.join(" OR "))?;
        }
        Ok(list.written())
    }
}
