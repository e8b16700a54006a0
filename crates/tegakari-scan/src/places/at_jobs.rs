//! Jobs of at(1): scripts that run once.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines};

pub(super) struct AtJobs;

impl Place for AtJobs {
    fn id(&self) -> &'static str {
        "at_jobs"
    }

    fn about(&self) -> &'static str {
        "jobs of at, which run once"
    }

    fn technique(&self) -> &'static str {
        "T1053.002"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "var/spool/at/*",
            "var/spool/atjobs/*",
            "var/spool/cron/atjobs/*",
            "var/spool/at/spool/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        // The script sets the environment first; what somebody typed stands behind.
        let lines = lines(bytes);
        let sets = |line: &str| {
            line.contains("; export ") || line.starts_with("umask") || line.starts_with("cd ")
        };
        lines
            .iter()
            .filter(|(_, line)| !sets(line))
            .map(|(number, line)| entry(self.id(), file, *number, line))
            .collect()
    }
}
