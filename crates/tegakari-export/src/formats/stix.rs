//! STIX 2.1 bundle: indicators with patterns, and a report that holds them together.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K};
use tegakari_stix::write::{self, BundleSpec, Listed};

use super::ExportFormat;
use crate::context::{Context, Leaving, Written};
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let mut leaving = Leaving::default();
        let mut indicators = Vec::new();
        for entry in &plan.entries {
            let indicator = &entry.indicator;
            if !self.accepts(indicator.observable.kind()) {
                leaving.out(&indicator.observable, super::NO_PLACE);
            } else if indicator.valid_from.or(context.valid_from).is_none() {
                leaving.out(
                    &indicator.observable,
                    "STIX wants a time from which it is valid, and none is known",
                );
            } else {
                indicators.push(Listed {
                    indicator,
                    made: context.named_first(indicator),
                    until: entry.expires,
                    tlp: context.tlp_of(indicator),
                });
            }
        }
        let reports: Vec<&str> = context.reports.iter().map(|id| id.as_str()).collect();
        let bundle = write::bundle(&BundleSpec {
            producer: "Tegakari",
            title: "Block list",
            description: &format!(
                "Indicators to block, made by Tegakari {}",
                one_line(&context.generator_version)
            ),
            time: context.valid_from,
            tlp: context.tlp,
            reports: &reports,
            indicators: &indicators,
            observables: &[],
        });
        serde_json::to_writer_pretty(&mut *out, &bundle)?;
        out.write_all(b"\n")?;
        Ok(leaving.written(indicators.len()))
    }
}
