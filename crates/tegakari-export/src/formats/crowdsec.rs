//! CrowdSec decisions as JSON, for `cscli decisions import`.
//!
//! Durations are Go's: seconds are written, because days (`7d`) are refused.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;
use crate::networks;

/// A week, where no end is known: a decision without a duration is refused.
const SECONDS: i64 = 7 * 86_400;

#[derive(serde::Serialize)]
struct Decision<'a> {
    duration: String,
    scope: &'a str,
    value: String,
    reason: &'a str,
    r#type: &'a str,
    origin: &'a str,
}

/// `block.crowdsec.json`
#[derive(Debug)]
pub(super) struct CrowdSec;

impl ExportFormat for CrowdSec {
    form!(
        "crowdsec",
        "block.crowdsec.json",
        "application/json",
        Runs,
        Lifetime,
        [Ipv4, Ipv6, Cidr],
        "CrowdSec decisions (cscli decisions import), with a duration each"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        out.write_all(b"[")?;
        let mut first = true;
        for entry in &list.entries {
            let observable = &entry.indicator.observable;
            let Some(net) = networks::parse(observable.value()) else {
                continue;
            };
            out.write_all(if first { b"\n" } else { b",\n" })?;
            first = false;
            let range = observable.kind() == K::Cidr;
            let decision = Decision {
                duration: format!("{}s", list.context.lifetime(entry).unwrap_or(SECONDS)),
                scope: if range { "range" } else { "ip" },
                value: if range {
                    net.to_string()
                } else {
                    networks::show(net)
                },
                reason: "tegakari block list",
                r#type: "ban",
                origin: "tegakari",
            };
            serde_json::to_writer(&mut *out, &decision)?;
        }
        out.write_all(b"\n]\n")?;
        Ok(list.written())
    }
}
