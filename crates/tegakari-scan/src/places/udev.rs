//! Commands that udev runs when devices come (udev(7)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, target};

pub(super) struct Udev;

impl Place for Udev {
    fn id(&self) -> &'static str {
        "udev"
    }

    fn about(&self) -> &'static str {
        "commands that udev runs when devices come"
    }

    fn technique(&self) -> &'static str {
        "T1546.017"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/udev/rules.d/*",
            "run/udev/rules.d/*",
            "usr/lib/udev/rules.d/*",
            "usr/local/lib/udev/rules.d/*",
            "lib/udev/rules.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                let joined: String = line.chars().filter(|c| !c.is_whitespace()).collect();
                ["RUN+=", "RUN=", "RUN{", "PROGRAM=", "IMPORT{program}"]
                    .iter()
                    .any(|run| joined.contains(run))
            })
            .map(|(number, line)| {
                let mut found = entry(self.id(), file, number, &line);
                found.target = ["RUN", "PROGRAM", "IMPORT{program}"]
                    .iter()
                    .filter_map(|run| line.split_once(run))
                    .find_map(|(_, behind)| target(behind));
                found
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Udev};

    #[test]
    fn commands_are_read() {
        let text = b"SUBSYSTEM==\"usb\", RUN+=\"/tmp/.x/run\"\nKERNEL==\"sda\", MODE=\"0660\"\n";
        let got = Udev.entries("/etc/udev/rules.d/9.rules", text);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].target.as_deref(), Some("/tmp/.x/run"));
    }
}
