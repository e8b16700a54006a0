//! STIX 2.1 bundle: indicators with patterns, and a report that holds them together.

use std::io::{self, Write};

use tegakari_stix::write::{self, BundleSpec, Listed};

use tegakari_model::{BlockEntry, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;
use crate::text::one_line;

/// `block.stix.json`
#[derive(Debug)]
pub(super) struct Stix21;

impl ExportFormat for Stix21 {
    fn id(&self) -> &'static str {
        "stix"
    }

    fn about(&self) -> &'static str {
        "STIX 2.1 bundle of indicators with TLP 2.0 marking and stable ids"
    }

    fn file_name(&self) -> &'static str {
        "block.stix.json"
    }

    fn media_type(&self) -> &'static str {
        "application/stix+json;version=2.1"
    }

    fn accepts(&self, kind: K) -> bool {
        write::has_pattern(kind)
    }

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let indicators: Vec<Listed<'_>> = list
            .entries
            .iter()
            .map(|entry| Listed {
                indicator: &entry.indicator,
                made: list.context.named_first(&entry.indicator),
                until: entry.expires,
                tlp: list.context.tlp_of(&entry.indicator),
            })
            .collect();
        let reports: Vec<&str> = list.context.reports.iter().map(|id| id.as_str()).collect();
        let bundle = write::bundle(&BundleSpec {
            producer: "Tegakari",
            title: "Block list",
            description: &format!(
                "Indicators to block, made by Tegakari {}",
                one_line(&list.context.generator_version)
            ),
            time: list.context.valid_from,
            tlp: list.context.tlp,
            reports: &reports,
            indicators: &indicators,
            observables: &[],
        });
        list.json(out, &bundle)
    }

    fn fits(&self, entry: &BlockEntry, context: &Context) -> Result<(), &'static str> {
        if entry.indicator.valid_from.or(context.valid_from).is_none() {
            return Err("STIX wants a time from which it is valid, and none is known");
        }
        Ok(())
    }
}
