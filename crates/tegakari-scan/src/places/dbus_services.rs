//! Programs that D-Bus starts when somebody asks for their name (D-Bus Specification, "Message Bus Starting Services").

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner, value};

pub(super) struct DbusServices;

impl Place for DbusServices {
    fn id(&self) -> &'static str {
        "dbus_services"
    }

    fn about(&self) -> &'static str {
        "programs that D-Bus starts when somebody asks for their name"
    }

    fn technique(&self) -> &'static str {
        "T1546"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "usr/share/dbus-1/system-services/*.service",
            "usr/share/dbus-1/services/*.service",
            "usr/local/share/dbus-1/system-services/*.service",
            "usr/local/share/dbus-1/services/*.service",
            "etc/dbus-1/system-services/*.service",
            "etc/dbus-1/services/*.service",
            "run/dbus-1/services/*.service",
            "home/*/.local/share/dbus-1/services/*.service",
            "root/.local/share/dbus-1/services/*.service",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let lines = lines(bytes);
        let setting = |name: &str| lines.iter().find_map(|(_, line)| value(line, name));
        let user = setting("User").map(str::to_owned).or_else(|| owner(file));
        let when = setting("Name").map(str::to_owned);
        lines
            .iter()
            .filter_map(|(number, line)| {
                // systemd starts the service itself where the command is only there to fail.
                let runs = value(line, "Exec").filter(|runs| *runs != "/bin/false")?;
                let mut found = entry(self.id(), file, *number, runs);
                found.user.clone_from(&user);
                found.when.clone_from(&when);
                Some(found)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{DbusServices, Place};

    #[test]
    fn the_command_of_a_service_is_read() {
        let text = b"[D-BUS Service]\nName=org.x\nExec=/opt/.x/run --d\nUser=root\n";
        let got = DbusServices.entries("/usr/share/dbus-1/system-services/x.service", text);
        assert_eq!(got[0].target.as_deref(), Some("/opt/.x/run"));
        assert_eq!(got[0].user.as_deref(), Some("root"));
        assert_eq!(got[0].when.as_deref(), Some("org.x"));
    }
}
