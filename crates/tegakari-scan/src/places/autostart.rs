//! Programs that desktops start with a session (XDG Autostart Specification).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner, value, whole};

pub(super) struct Autostart;

impl Place for Autostart {
    fn id(&self) -> &'static str {
        "autostart"
    }

    fn about(&self) -> &'static str {
        "programs that desktops start with a session"
    }

    fn technique(&self) -> &'static str {
        "T1547.013"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/xdg/autostart/*.desktop",
            "usr/share/autostart/*.desktop",
            "home/*/.config/autostart/*.desktop",
            "root/.config/autostart/*.desktop",
            "home/*/.config/plasma-workspace/env/*",
            "home/*/.xinitrc",
            "home/*/.xsession",
            "home/*/.xprofile",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        if !file.ends_with(".desktop") {
            let mut script = whole(self.id(), file);
            script.user = owner(file);
            return vec![script];
        }
        lines(bytes)
            .into_iter()
            .filter_map(|(number, line)| {
                let mut found = entry(self.id(), file, number, value(&line, "Exec")?);
                found.user = owner(file);
                Some(found)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Autostart, Place};

    #[test]
    fn the_command_of_an_entry_is_read() {
        let text = b"[Desktop Entry]\nName=Update\nExec=/tmp/.x/run %U\n";
        let got = Autostart.entries("/home/eve/.config/autostart/a.desktop", text);
        assert_eq!(got[0].runs, "/tmp/.x/run %U");
        assert_eq!(got[0].user.as_deref(), Some("eve"));
    }
}
