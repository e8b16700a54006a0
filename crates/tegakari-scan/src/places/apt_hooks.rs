//! Hooks of package managers: commands around every installation (apt.conf(5)), and plugins.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, whole};

pub(super) struct AptHooks;

impl Place for AptHooks {
    fn id(&self) -> &'static str {
        "apt_hooks"
    }

    fn about(&self) -> &'static str {
        "commands that apt, dpkg, yum and dnf run around installations"
    }

    fn technique(&self) -> &'static str {
        "T1546.016"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/apt/apt.conf",
            "etc/apt/apt.conf.d/*",
            "etc/dpkg/dpkg.cfg",
            "etc/dpkg/dpkg.cfg.d/*",
            "etc/yum/pluginconf.d/*",
            "etc/dnf/plugins/*",
            "usr/lib/yum-plugins/*",
            "etc/kernel/postinst.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let is_plugin = file.contains("plugins/") || file.contains("/postinst.d/");
        if is_plugin {
            return vec![whole(self.id(), file)];
        }
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                let line = line.to_ascii_lowercase();
                let hooks = ["invoke", "post-install", "pre-install", "-hook"];
                line.contains("enabled") || hooks.iter().any(|hook| line.contains(hook))
            })
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AptHooks, Place};

    #[test]
    fn hooks_are_read() {
        let text = b"// no\nAPT::Periodic \"1\";\nAPT::Update::Pre-Invoke {\"/tmp/.x/run &\";};\n";
        let got = AptHooks.entries("/etc/apt/apt.conf.d/99x", text);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].target.as_deref(), Some("/tmp/.x/run"));
    }
}
