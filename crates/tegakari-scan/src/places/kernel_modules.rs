//! Kernel modules that are loaded at start, and commands run instead (modules-load.d(5), modprobe.d(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines};

pub(super) struct KernelModules;

impl Place for KernelModules {
    fn id(&self) -> &'static str {
        "kernel_modules"
    }

    fn about(&self) -> &'static str {
        "kernel modules loaded at start, and commands that modprobe runs"
    }

    fn technique(&self) -> &'static str {
        "T1547.006"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/modules",
            "etc/modules-load.d/*",
            "usr/lib/modules-load.d/*",
            "run/modules-load.d/*",
            "etc/modprobe.d/*",
            "usr/lib/modprobe.d/*",
            "etc/initramfs-tools/modules",
            "etc/dracut.conf.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let is_modprobe = file.contains("/modprobe.d/");
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| !is_modprobe || line.starts_with("install "))
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
