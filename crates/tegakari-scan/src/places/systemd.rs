//! systemd: services, timers, sockets and paths, of the system and of users, with their additions (systemd.unit(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner, whole};

pub(super) struct Systemd;

/// Settings whose value is a command (systemd.service(5), systemd.socket(5), systemd.mount(5)).
const COMMANDS: [&str; 8] = [
    "ExecStart",
    "ExecStartPre",
    "ExecStartPost",
    "ExecCondition",
    "ExecReload",
    "ExecStop",
    "ExecStopPre",
    "ExecStopPost",
];

/// Settings that say when.
const TIMES: [&str; 7] = [
    "OnCalendar",
    "OnBootSec",
    "OnStartupSec",
    "OnUnitActiveSec",
    "OnActiveSec",
    "PathExists",
    "PathChanged",
];

impl Place for Systemd {
    fn id(&self) -> &'static str {
        "systemd"
    }

    fn about(&self) -> &'static str {
        "systemd's services, timers, paths and generators, of the system and of users"
    }

    fn technique(&self) -> &'static str {
        "T1543.002"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/systemd/system/*",
            "etc/systemd/system/*.d/*",
            "etc/systemd/user/*",
            "etc/systemd/user/*.d/*",
            "run/systemd/system/*",
            "run/systemd/transient/*",
            "usr/local/lib/systemd/system/*",
            "usr/lib/systemd/system/*",
            "usr/lib/systemd/user/*",
            "lib/systemd/system/*",
            "lib/systemd/user/*",
            "usr/lib/systemd/system-generators/*",
            "lib/systemd/system-generators/*",
            "etc/systemd/system-generators/*",
            "home/*/.config/systemd/user/*",
            "home/*/.local/share/systemd/user/*",
            "root/.config/systemd/user/*",
            "root/.local/share/systemd/user/*",
            "usr/lib/systemd/system-sleep/*",
            "usr/lib/systemd/system-shutdown/*",
            "lib/systemd/system-sleep/*",
            "lib/systemd/system-shutdown/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let are_run = ["/system-generators/", "/system-sleep/", "/system-shutdown/"];
        if are_run.iter().any(|folder| file.contains(folder)) {
            return vec![whole(self.id(), file)];
        }
        let lines = lines(bytes);
        let setting = |names: &[&str]| {
            lines.iter().find_map(|(_, line)| {
                let (name, value) = line.split_once('=')?;
                names
                    .contains(&name.trim())
                    .then(|| value.trim().to_owned())
            })
        };
        let user = setting(&["User"]).or_else(|| owner(file));
        if let Some(when) = setting(&TIMES) {
            let name = file.rsplit('/').next().unwrap_or_default();
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let unit = setting(&["Unit"]).unwrap_or_else(|| format!("{stem}.service"));
            let mut timer = entry(self.id(), file, 1, &unit);
            timer.stated = file.to_owned();
            timer.when = Some(when);
            timer.user = user;
            return vec![timer];
        }
        lines
            .iter()
            .filter_map(|(number, line)| {
                let (name, value) = line.split_once('=')?;
                let is_command = COMMANDS.contains(&name.trim()) && !value.trim().is_empty();
                let mut found =
                    is_command.then(|| entry(self.id(), file, *number, value.trim()))?;
                found.user = user.clone();
                found.when = Some(name.trim().to_owned());
                Some(found)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Systemd};

    #[test]
    fn services_and_timers_are_read() {
        let unit = b"[Service]\nUser=www\nExecStart=\nExecStart=-/tmp/.x/run --q\n# ExecStop=/no\n";
        let got = Systemd.entries("/etc/systemd/system/a.service", unit);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].target.as_deref(), Some("/tmp/.x/run"));
        assert_eq!(got[0].user.as_deref(), Some("www"));
        let timer = Systemd.entries(
            "/home/eve/.config/systemd/user/x.timer",
            b"[Timer]\nOnCalendar=*:0/5\n",
        );
        assert_eq!(
            (timer[0].runs.as_str(), timer[0].when.as_deref()),
            ("x.service", Some("*:0/5"))
        );
        assert_eq!(timer[0].user.as_deref(), Some("eve"));
    }
}
