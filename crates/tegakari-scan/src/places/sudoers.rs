//! Who may act as whom (sudoers(5)): every rule.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines};

pub(super) struct Sudoers;

impl Place for Sudoers {
    fn id(&self) -> &'static str {
        "sudoers"
    }

    fn about(&self) -> &'static str {
        "who may act as whom with sudo"
    }

    fn technique(&self) -> &'static str {
        "T1548.003"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/sudoers",
            "etc/sudoers.d/*",
            "etc/doas.conf",
            "etc/polkit-1/rules.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| !line.starts_with("Defaults") && !line.starts_with("//"))
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
