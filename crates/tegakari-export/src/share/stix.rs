//! The whole case as one STIX 2.1 bundle.

use std::io;

use tegakari_stix::write;

use super::{Files, ShareFormat, Shared, Sharing};

/// `--as stix`
#[derive(Debug)]
pub(super) struct StixCase;

impl ShareFormat for StixCase {
    fn id(&self) -> &'static str {
        "stix"
    }

    fn about(&self) -> &'static str {
        "STIX 2.1 bundle: reports, indicators, sightings (and what was not seen, or could not be), techniques, who it may be"
    }

    fn write(&self, sharing: &Sharing<'_>, files: &mut Files<'_>) -> io::Result<Shared> {
        let (bundle, left_out) = write::case_bundle(&sharing.case);
        let mut bytes = serde_json::to_vec_pretty(&bundle)?;
        bytes.push(b'\n');
        files("", &bytes)?;
        let objects = bundle.get("objects").and_then(|o| o.as_array());
        Ok(Shared {
            entries: objects.map_or(0, Vec::len),
            left_out,
        })
    }
}
