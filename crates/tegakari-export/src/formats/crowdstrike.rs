//! CrowdStrike Falcon indicators as JSON for its API. After its end an entry does nothing, but stays in their list.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

/// `block.crowdstrike.json`
#[derive(Debug)]
pub(super) struct CrowdStrike;

impl ExportFormat for CrowdStrike {
    form!(
        "crowdstrike",
        "block.crowdstrike.json",
        "application/json",
        Form,
        Date,
        [Ipv4, Ipv6, Domain, Md5, Sha256],
        "CrowdStrike Falcon indicators (API), with an end each"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let indicators: Vec<_> = list
            .entries
            .iter()
            .map(|entry| {
                let observable = &entry.indicator.observable;
                // Only files can be prevented; traffic is detected.
                let (kind, action) = match observable.kind() {
                    K::Md5 => ("md5", "prevent"),
                    K::Sha256 => ("sha256", "prevent"),
                    K::Domain => ("domain", "detect"),
                    K::Ipv6 => ("ipv6", "detect"),
                    _ => ("ipv4", "detect"),
                };
                let mut one = serde_json::json!({
                    "type": kind,
                    "value": observable.value(),
                    "action": action,
                    "severity": "high",
                    "platforms": ["windows", "mac", "linux"],
                    "source": "tegakari block list",
                    "applied_globally": true,
                });
                if let (Some(end), Some(map)) = (entry.expires, one.as_object_mut()) {
                    map.insert("expiration".to_owned(), end.to_string().into());
                }
                one
            })
            .collect();
        list.json(out, &serde_json::json!({ "indicators": indicators }))
    }
}
