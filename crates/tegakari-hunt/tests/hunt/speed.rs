use std::time::Instant;

use tegakari_hunt::Plan;
use tegakari_model::TimeRange;

use crate::hunt;

/// Run with `cargo test --release -p tegakari-hunt -- --ignored --nocapture speed`. Prints seconds a
/// gigabyte with an empty plan (coverage alone), which is what reading records costs.
#[test]
#[ignore = "a measurement, not a test"]
fn seconds_a_gigabyte_of_coverage_by_format() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/org-logs/data"
    );
    let plan = Plan::new(Vec::new(), TimeRange::default()).0;
    for name in [
        "ZEEK-BO-CORE/conn.json",
        "ZEEK-BO-CORE/dns.json",
        "DC-BO-01.northstar-branch.local/windows_event_security.xml",
        "DC-BO-01.northstar-branch.local/ecar.json",
        "FW-BO-EDGE/cisco_asa.log",
        "PROXY-BO-01.northstar-branch.local/proxy_access.log",
        "WEB-BO-01.northstar-branch.local/syslog.log",
    ] {
        let Ok(bytes) = std::fs::read(format!("{folder}/{name}")) else {
            eprintln!("skipped: {name} is not here");
            continue;
        };
        let text = bytes.repeat((64 << 20) / bytes.len() + 1);
        let start = Instant::now();
        let outcome = hunt(name, &text, &plan);
        let seconds = start.elapsed().as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a measurement")]
        let per_gigabyte = seconds * 1e9 / text.len() as f64;
        eprintln!(
            "{per_gigabyte:6.2} s/GB {:9} records  {name}",
            outcome.records()
        );
    }
}
