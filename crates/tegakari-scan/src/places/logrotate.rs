//! Scripts that logrotate runs around the rotation of a log (logrotate(8)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines};

pub(super) struct Logrotate;

/// What a script begins with; it ends with `endscript`.
const SCRIPTS: [&str; 5] = [
    "prerotate",
    "postrotate",
    "firstaction",
    "lastaction",
    "preremove",
];

impl Place for Logrotate {
    fn id(&self) -> &'static str {
        "logrotate"
    }

    fn about(&self) -> &'static str {
        "scripts that logrotate runs around the rotation of logs"
    }

    fn technique(&self) -> &'static str {
        "T1053"
    }

    fn files(&self) -> &'static [&'static str] {
        &["etc/logrotate.conf", "etc/logrotate.d/*"]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let mut found = Vec::new();
        let mut script: Option<String> = None;
        for (number, line) in lines(bytes) {
            if line == "endscript" {
                script = None;
            } else if SCRIPTS.contains(&line.as_str()) {
                script = Some(line);
            } else if let Some(when) = &script {
                let mut one = entry(self.id(), file, number, &line);
                one.user = Some("root".to_owned());
                one.when = Some(when.clone());
                found.push(one);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Logrotate, Place};

    #[test]
    fn lines_of_scripts_are_told() {
        let text =
            b"/var/log/x {\n weekly\n postrotate\n  /opt/.x/run -q\n endscript\n rotate 4\n}\n";
        let got = Logrotate.entries("/etc/logrotate.d/x", text);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].stated, "/etc/logrotate.d/x:4");
        assert_eq!(got[0].target.as_deref(), Some("/opt/.x/run"));
        assert_eq!(got[0].when.as_deref(), Some("postrotate"));
    }
}
