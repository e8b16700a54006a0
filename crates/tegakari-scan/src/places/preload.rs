//! Libraries that are put before all others into every program (ld.so(8)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, target};

pub(super) struct Preload;

impl Place for Preload {
    fn id(&self) -> &'static str {
        "preload"
    }

    fn about(&self) -> &'static str {
        "libraries that the loader puts into every program"
    }

    fn technique(&self) -> &'static str {
        "T1574.006"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/ld.so.preload",
            "etc/ld.so.conf",
            "etc/ld.so.conf.d/*",
            "etc/environment",
            "etc/environment.d/*",
            "home/*/.config/environment.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let all = file.starts_with("/etc/ld.so");
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                all || line.contains("LD_PRELOAD") || line.contains("LD_LIBRARY_PATH")
            })
            .map(|(number, line)| {
                let mut found = entry(self.id(), file, number, &line);
                if let Some((_, value)) = line.split_once('=') {
                    found.target = target(value);
                }
                found
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Preload};

    #[test]
    fn libraries_are_read() {
        let got = Preload.entries("/etc/ld.so.preload", b"/lib/.x/libhide.so\n");
        assert_eq!(got[0].target.as_deref(), Some("/lib/.x/libhide.so"));
        let got = Preload.entries("/etc/environment", b"PATH=/bin\nLD_PRELOAD=/tmp/x.so\n");
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].target.as_deref(), Some("/tmp/x.so"));
    }
}
