//! cron: tables of the system, of packages and of users, and folders of scripts (crontab(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, target, whole};

pub(super) struct Cron;

impl Place for Cron {
    fn id(&self) -> &'static str {
        "cron"
    }

    fn about(&self) -> &'static str {
        "cron's tables, and the folders whose scripts it runs"
    }

    fn technique(&self) -> &'static str {
        "T1053.003"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/crontab",
            "etc/anacrontab",
            "etc/cron.d/*",
            "etc/cron.hourly/*",
            "etc/cron.daily/*",
            "etc/cron.weekly/*",
            "etc/cron.monthly/*",
            "var/spool/cron/*",
            "var/spool/cron/crontabs/*",
            "var/spool/cron/tabs/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let folder = file.rsplit('/').nth(1).unwrap_or_default();
        if let Some(every) = folder.strip_prefix("cron.").filter(|every| *every != "d") {
            let mut script = whole(self.id(), file);
            script.user = Some("root".to_owned());
            script.when = Some(every.to_owned());
            return vec![script];
        }
        let of_user = file.starts_with("/var/spool/");
        let is_anacron = file.ends_with("/anacrontab");
        lines(bytes)
            .into_iter()
            .filter_map(|(number, line)| {
                let fields = if is_anacron {
                    3
                } else if line.starts_with('@') {
                    1
                } else {
                    5
                };
                let (when, mut rest) = split_words(&line, fields)?;
                // `NAME = value` sets a variable.
                if when.contains('=') || !when.starts_with(|c: char| "*@0123456789".contains(c)) {
                    return None;
                }
                let user = if of_user {
                    file.rsplit('/').next()
                } else if is_anacron {
                    Some("root")
                } else {
                    let (user, command) = split_words(rest, 1)?;
                    rest = command;
                    Some(user)
                };
                let mut found = entry(self.id(), file, number, rest);
                found.user = user.map(str::to_owned);
                found.when = Some(when.to_owned());
                found.target = target(rest);
                Some(found)
            })
            .collect()
    }
}

/// The first `count` words, and the rest.
fn split_words(line: &str, count: usize) -> Option<(&str, &str)> {
    let mut rest = line;
    let mut end = 0;
    for _ in 0..count {
        let begins = rest.trim_start();
        let skipped = rest.len() - begins.len();
        let length = begins.find(char::is_whitespace)?;
        end += skipped + length;
        rest = line.get(end..)?;
    }
    Some((line.get(..end)?.trim(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Cron, Place};

    #[test]
    fn tables_and_scripts_are_read() {
        let table = b"SHELL=/bin/sh\n# no\n*/5 * * * *  root  /tmp/.x/run -q\n@reboot nobody /opt/a b\nbad\n";
        let got = Cron.entries("/etc/cron.d/x", table);
        let told: Vec<_> = got
            .iter()
            .map(|one| (one.user.as_deref(), one.when.as_deref(), one.runs.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (Some("root"), Some("*/5 * * * *"), "/tmp/.x/run -q"),
                (Some("nobody"), Some("@reboot"), "/opt/a b"),
            ]
        );
        assert_eq!(got[0].stated, "/etc/cron.d/x:3");
        let own = Cron.entries("/var/spool/cron/crontabs/eve", b"1 2 3 4 5 curl x|sh");
        assert_eq!(
            (own[0].user.as_deref(), own[0].runs.as_str()),
            (Some("eve"), "curl x|sh")
        );
        let daily = Cron.entries("/etc/cron.daily/x", b"");
        assert_eq!(daily[0].target.as_deref(), Some("/etc/cron.daily/x"));
    }
}
