//! Microsoft Defender for Endpoint: indicators as CSV for its import. Each has its end, and goes when it passes.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

/// `block.defender.csv`
#[derive(Debug)]
pub(super) struct DefenderCsv;

impl ExportFormat for DefenderCsv {
    form!(
        "defender-csv",
        "block.defender.csv",
        "text/csv; charset=utf-8",
        Form,
        Date,
        [Ipv4, Ipv6, Domain, Url, Sha1, Sha256],
        "Microsoft Defender indicators (CSV import), with an end each"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(&mut *out);
        csv.write_record([
            "indicatorType",
            "indicatorValue",
            "expirationTime",
            "action",
            "severity",
            "title",
            "description",
            "category",
            "generateAlert",
        ])
        .map_err(io::Error::other)?;
        for entry in &list.entries {
            let observable = &entry.indicator.observable;
            let (kind, action) = match observable.kind() {
                K::Sha1 => ("FileSha1", "BlockAndRemediate"),
                K::Sha256 => ("FileSha256", "BlockAndRemediate"),
                K::Domain => ("DomainName", "Block"),
                K::Url => ("Url", "Block"),
                _ => ("IpAddress", "Block"),
            };
            // Whole seconds, with the fraction that the form wants.
            let end = entry.expires.map_or_else(String::new, |time| {
                let text = time.to_string();
                let whole = text.get(..19).unwrap_or_default();
                format!("{whole}.0Z")
            });
            csv.write_record([
                kind,
                observable.value(),
                &end,
                action,
                "High",
                "Tegakari block list",
                "named in a threat report",
                "SuspiciousActivity",
                "true",
            ])
            .map_err(io::Error::other)?;
        }
        csv.flush()?;
        drop(csv);
        Ok(list.written())
    }
}
