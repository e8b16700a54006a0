//! Places from which programs are started by themselves, on Linux and on mounted Windows images.
//!
//! To add one: write `my_place.rs` here, add it to the two lists below. The command line, docs and tests read the slice.
//! A place says where its files lie below the root and what each starts; whoever opens files also searches every line
//! of them for indicators, so that a place need not understand all that it finds.

mod apt_hooks;
mod at_jobs;
mod autostart;
mod cron;
mod dbus_services;
mod git_hooks;
mod inetd;
mod init_scripts;
mod kernel_modules;
pub(crate) mod lines;
mod logrotate;
mod motd;
mod network_hooks;
mod pam;
mod preload;
mod python_startup;
mod shell_profiles;
mod ssh_keys;
mod sudoers;
mod systemd;
mod udev;
mod windows_registry;
mod windows_startup;
mod windows_tasks;
mod windows_wmi;

pub use lines::decoded as text_of;
use tegakari_model::StartEntry;

/// A kind of place.
pub trait Place: Sync {
    /// Its id, as it stands with every entry.
    fn id(&self) -> &'static str;
    /// What it is, in one sentence.
    fn about(&self) -> &'static str;
    /// The technique of ATT&CK for it.
    fn technique(&self) -> &'static str;
    /// Where its files lie below the root: `*` stands for any characters within a name, a last part `**` for all below.
    fn files(&self) -> &'static [&'static str];
    /// Whether the case of letters in those names counts; not on Windows.
    fn minds_case(&self) -> bool {
        true
    }
    /// Whether every line of its files is searched; else only what is started.
    fn is_text(&self) -> bool {
        true
    }
    /// Whether a file can be read as what it is to be, and all of it is there.
    fn is_whole(&self, _bytes: &[u8]) -> bool {
        true
    }
    /// What a file starts. `file` is its path below the root, with `/` in front.
    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry>;
}

/// Every kind of place, by id.
pub const ALL: &[&dyn Place] = &[
    &apt_hooks::AptHooks,
    &at_jobs::AtJobs,
    &autostart::Autostart,
    &cron::Cron,
    &dbus_services::DbusServices,
    &git_hooks::GitHooks,
    &inetd::Inetd,
    &init_scripts::InitScripts,
    &kernel_modules::KernelModules,
    &logrotate::Logrotate,
    &motd::Motd,
    &network_hooks::NetworkHooks,
    &pam::Pam,
    &preload::Preload,
    &python_startup::PythonStartup,
    &shell_profiles::ShellProfiles,
    &ssh_keys::SshKeys,
    &sudoers::Sudoers,
    &systemd::Systemd,
    &udev::Udev,
    &windows_registry::WindowsRegistry,
    &windows_startup::WindowsStartup,
    &windows_tasks::WindowsTasks,
    &windows_wmi::WindowsWmi,
];

/// Whether a name is one of a pattern with `*`.
pub fn fits(pattern: &str, name: &str, minds_case: bool) -> bool {
    let (pattern, name) = if minds_case {
        (pattern.to_owned(), name.to_owned())
    } else {
        (pattern.to_lowercase(), name.to_lowercase())
    };
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{ALL, fits};

    #[test]
    fn ids_are_sorted_and_every_place_has_files_and_a_technique() {
        let ids: Vec<&str> = ALL.iter().map(|place| place.id()).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
        for place in ALL {
            assert!(!place.files().is_empty(), "{}", place.id());
            assert!(place.technique().starts_with('T'), "{}", place.id());
            for file in place.files() {
                assert!(!file.starts_with('/') && !file.ends_with('/'), "{file}");
            }
        }
    }

    #[test]
    fn no_place_fails_on_anything() {
        let hostile: [&[u8]; 6] = [
            b"",
            b"\xff\xfe\x00\xd8",
            b"= \" ' \\\n*****\n[\n]\nRUN+=\"",
            "ExecStart=\nExec=日本\n<Exec><Command>".as_bytes(),
            b"\xef\xbb\xbf* * * * *",
            &[b'a'; 5000],
        ];
        for place in ALL {
            for bytes in hostile {
                for file in ["", "/", "/x", "/etc/crontab", "/home/a/.profile"] {
                    place.entries(file, bytes);
                }
            }
        }
    }

    #[test]
    fn patterns_fit_whole_names() {
        assert!(fits("*.service", "a.service", true) && !fits("*.service", "a.service.d", true));
        assert!(fits("cron.d", "cron.d", true) && !fits("cron.d", "Cron.d", true));
        assert!(fits("Tasks", "tasks", false));
        assert!(fits("a*b*c", "axxbyyc", true) && !fits("a*b*c", "axxc", true));
        assert!(fits("*", ".x", true));
    }
}
