//! Scripts of System V init, rc.local, inittab and upstart.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, whole};

pub(super) struct InitScripts;

impl Place for InitScripts {
    fn id(&self) -> &'static str {
        "init_scripts"
    }

    fn about(&self) -> &'static str {
        "scripts that init runs, rc.local, inittab"
    }

    fn technique(&self) -> &'static str {
        "T1037.004"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/init.d/*",
            "etc/rc.local",
            "etc/rc.d/rc.local",
            "etc/rc.d/init.d/*",
            "etc/inittab",
            "etc/init/*.conf",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let is_script = file.contains("/init.d/");
        if is_script {
            return vec![whole(self.id(), file)];
        }
        let plain = |line: &str| line.starts_with("exit ") || line.starts_with("id:");
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| !plain(line))
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
