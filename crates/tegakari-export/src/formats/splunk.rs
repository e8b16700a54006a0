//! Splunk search (SPL) over the fields of the Common Information Model. The form knows no comments.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::{Context, Written};
use crate::select::{plain_value, select};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let values = Values::of(&chosen);
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
        Ok(leaving.written(chosen.len()))
    }
}
