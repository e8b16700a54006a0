//! Keys that may log in, and commands that ssh runs (sshd(8), sshd_config(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner, whole};

pub(super) struct SshKeys;

impl Place for SshKeys {
    fn id(&self) -> &'static str {
        "ssh_keys"
    }

    fn about(&self) -> &'static str {
        "keys that may log in over ssh, and what sshd runs"
    }

    fn technique(&self) -> &'static str {
        "T1098.004"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "home/*/.ssh/authorized_keys",
            "home/*/.ssh/authorized_keys2",
            "root/.ssh/authorized_keys",
            "root/.ssh/authorized_keys2",
            "home/*/.ssh/rc",
            "home/*/.ssh/config",
            "root/.ssh/rc",
            "root/.ssh/config",
            "etc/ssh/sshrc",
            "etc/ssh/sshd_config",
            "etc/ssh/sshd_config.d/*",
            "var/lib/*/.ssh/authorized_keys",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let name = file.rsplit('/').next().unwrap_or_default();
        if name == "rc" || name == "sshrc" {
            return vec![whole(self.id(), file)];
        }
        let is_keys = name.starts_with("authorized_keys");
        let runs = [
            "forcecommand",
            "authorizedkeys",
            "proxycommand",
            "localcommand",
            "subsystem",
        ];
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                let line = line.to_ascii_lowercase();
                is_keys || runs.iter().any(|run| line.starts_with(run))
            })
            .map(|(number, line)| {
                let mut found = entry(self.id(), file, number, &line);
                if is_keys && !line.contains("command=") {
                    found.target = None;
                }
                found.user = owner(file);
                found
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, SshKeys};

    #[test]
    fn keys_are_told_with_whose_they_are() {
        let text = b"ssh-ed25519 AAAA/x eve@there\ncommand=\"/tmp/.x/run\" ssh-rsa AAAA\n";
        let got = SshKeys.entries("/root/.ssh/authorized_keys", text);
        assert_eq!(got[0].user.as_deref(), Some("root"));
        assert_eq!(got[0].target, None);
        assert_eq!(got[1].target.as_deref(), Some("/tmp/.x/run"));
    }
}
