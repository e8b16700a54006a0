//! Scripts that run when a network comes or goes.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, whole};

pub(super) struct NetworkHooks;

impl Place for NetworkHooks {
    fn id(&self) -> &'static str {
        "network_hooks"
    }

    fn about(&self) -> &'static str {
        "scripts that run when a network comes or goes"
    }

    fn technique(&self) -> &'static str {
        "T1546"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/NetworkManager/dispatcher.d/*",
            "etc/NetworkManager/dispatcher.d/*.d/*",
            "usr/lib/NetworkManager/dispatcher.d/*",
            "etc/network/if-up.d/*",
            "etc/network/if-pre-up.d/*",
            "etc/network/if-down.d/*",
            "etc/network/if-post-down.d/*",
            "etc/network/interfaces",
            "etc/network/interfaces.d/*",
            "etc/dhcp/dhclient-enter-hooks.d/*",
            "etc/dhcp/dhclient-exit-hooks.d/*",
            "etc/ppp/ip-up.d/*",
            "etc/networkd-dispatcher/*.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        if !file.starts_with("/etc/network/interfaces") {
            return vec![whole(self.id(), file)];
        }
        let runs = [
            "up ",
            "pre-up ",
            "post-up ",
            "down ",
            "pre-down ",
            "post-down ",
        ];
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| runs.iter().any(|run| line.starts_with(run)))
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
