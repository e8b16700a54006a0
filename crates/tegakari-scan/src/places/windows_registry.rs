//! The registry of Windows: what starts at boot, at log-on, with other programs, and services (hives SOFTWARE, SYSTEM,
//! NTUSER.DAT).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{on_windows, owner};
use crate::hive::{Hive, Key};

pub(super) struct WindowsRegistry;

/// Keys below SOFTWARE of the machine and of each user of which every value is run.
const RUN: [&str; 8] = [
    "Microsoft\\Windows\\CurrentVersion\\Run",
    "Microsoft\\Windows\\CurrentVersion\\RunOnce",
    "Microsoft\\Windows\\CurrentVersion\\RunOnceEx",
    "Microsoft\\Windows\\CurrentVersion\\RunServices",
    "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
    "WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Run",
    "WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
    "WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
];

/// Single values below SOFTWARE that are run or loaded.
const SINGLE: [(&str, &str); 11] = [
    ("Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "Shell"),
    (
        "Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
        "Userinit",
    ),
    ("Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "Taskman"),
    (
        "Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
        "VmApplet",
    ),
    (
        "Microsoft\\Windows NT\\CurrentVersion\\Windows",
        "AppInit_DLLs",
    ),
    (
        "WOW6432Node\\Microsoft\\Windows NT\\CurrentVersion\\Windows",
        "AppInit_DLLs",
    ),
    ("Microsoft\\Windows NT\\CurrentVersion\\Windows", "Load"),
    ("Microsoft\\Windows NT\\CurrentVersion\\Windows", "Run"),
    ("Microsoft\\Command Processor", "AutoRun"),
    (
        "Microsoft\\Windows NT\\CurrentVersion\\Terminal Server\\Install\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        "",
    ),
    ("Microsoft\\Netsh", ""),
];

/// Keys below SOFTWARE of which each key below has a value that is run.
const EACH: [(&str, &str); 4] = [
    (
        "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
        "Debugger",
    ),
    (
        "Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit",
        "MonitorProcess",
    ),
    ("Microsoft\\Active Setup\\Installed Components", "StubPath"),
    (
        "WOW6432Node\\Microsoft\\Active Setup\\Installed Components",
        "StubPath",
    ),
];

/// Values below the control set that name what is loaded early.
const EARLY: [(&str, &str); 6] = [
    ("Control\\Lsa", "Authentication Packages"),
    ("Control\\Lsa", "Security Packages"),
    ("Control\\Lsa", "Notification Packages"),
    ("Control\\Session Manager", "BootExecute"),
    ("Control\\Session Manager", "SetupExecute"),
    ("Control\\SecurityProviders", "SecurityProviders"),
];

impl Place for WindowsRegistry {
    fn id(&self) -> &'static str {
        "windows_registry"
    }

    fn about(&self) -> &'static str {
        "Run keys, services and other keys of the registry of Windows from which programs are started"
    }

    fn technique(&self) -> &'static str {
        "T1547.001"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "Windows/System32/config/SOFTWARE",
            "Windows/System32/config/SYSTEM",
            "Users/*/NTUSER.DAT",
            "Documents and Settings/*/NTUSER.DAT",
        ]
    }

    fn minds_case(&self) -> bool {
        false
    }

    fn is_text(&self) -> bool {
        false
    }

    fn is_whole(&self, bytes: &[u8]) -> bool {
        Hive::open(bytes).is_some_and(|hive| hive.is_all_there() && hive.root().is_some())
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let Some(root) = Hive::open(bytes).and_then(Hive::root) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let name = file.rsplit('/').next().unwrap_or_default();
        if name.eq_ignore_ascii_case("SYSTEM") {
            of_system(root, &mut found);
        } else if name.eq_ignore_ascii_case("SOFTWARE") {
            of_software(root, "HKLM\\SOFTWARE", &mut found);
        } else {
            if let Some(software) = root.below("Software") {
                of_software(software, "HKCU\\Software", &mut found);
            }
            single(
                root,
                "HKCU",
                "Environment",
                "UserInitMprLogonScript",
                &mut found,
            );
            for one in &mut found {
                one.user = owner(file);
            }
        }
        found
    }
}

fn entry(key: &str, value: &str, runs: String) -> StartEntry {
    StartEntry {
        kind: WindowsRegistry.id().to_owned(),
        stated: format!("{key}\\{value}"),
        target: on_windows(&runs),
        runs: runs.chars().take(2000).collect(),
        user: None,
        when: None,
        sha256: None,
    }
}

/// Every value of a key that holds text.
fn all(root: Key<'_>, hive: &str, path: &str, found: &mut Vec<StartEntry>) {
    let Some(key) = root.below(path) else { return };
    for value in key.values() {
        if let Some(runs) = value.text().filter(|text| !text.is_empty()) {
            found.push(entry(&format!("{hive}\\{path}"), &value.name, runs));
        }
    }
}

/// One value of a key; without a name, all of them.
fn single(root: Key<'_>, hive: &str, path: &str, name: &str, found: &mut Vec<StartEntry>) {
    if name.is_empty() {
        return all(root, hive, path, found);
    }
    let value = root.below(path).and_then(|key| key.value(name));
    if let Some(runs) = value
        .and_then(|one| one.text())
        .filter(|text| !text.is_empty())
    {
        found.push(entry(&format!("{hive}\\{path}"), name, runs));
    }
}

fn of_software(root: Key<'_>, hive: &str, found: &mut Vec<StartEntry>) {
    for path in RUN {
        all(root, hive, path, found);
        // RunOnceEx keeps its commands one key deeper.
        for key in root.below(path).map(Key::keys).unwrap_or_default() {
            let below = format!("{path}\\{}", key.name());
            all(root, hive, &below, found);
        }
    }
    for (path, name) in SINGLE {
        single(root, hive, path, name, found);
    }
    for (path, name) in EACH {
        for key in root.below(path).map(Key::keys).unwrap_or_default() {
            let runs = key.value(name).and_then(|one| one.text());
            if let Some(runs) = runs.filter(|text| !text.is_empty()) {
                let place = format!("{hive}\\{path}\\{}", key.name());
                found.push(entry(&place, name, runs));
            }
        }
    }
}

fn of_system(root: Key<'_>, found: &mut Vec<StartEntry>) {
    let current = root
        .below("Select")
        .and_then(|key| key.value("Current"))
        .and_then(|one| one.text()?.parse::<u32>().ok())
        .unwrap_or(1);
    let Some(set) = root.below(&format!("ControlSet{current:03}")) else {
        return;
    };
    let hive = "HKLM\\SYSTEM\\CurrentControlSet";
    for key in set.below("Services").map(Key::keys).unwrap_or_default() {
        let place = format!("{hive}\\Services\\{}", key.name());
        let text = |key: Key<'_>, name: &str| key.value(name).and_then(|one| one.text());
        let user = text(key, "ObjectName");
        let when = text(key, "Start").map(|start| match start.as_str() {
            "0" => "boot".to_owned(),
            "1" => "system".to_owned(),
            "2" => "automatic".to_owned(),
            "3" => "on demand".to_owned(),
            "4" => "disabled".to_owned(),
            other => other.to_owned(),
        });
        let library = key
            .below("Parameters")
            .and_then(|one| text(one, "ServiceDll"));
        let library = library.or_else(|| text(key, "ServiceDll"));
        for (name, runs) in [
            ("ImagePath", text(key, "ImagePath")),
            ("ServiceDll", library),
        ] {
            if let Some(runs) = runs.filter(|text| !text.is_empty()) {
                let mut service = entry(&place, name, runs);
                service.user.clone_from(&user);
                service.when.clone_from(&when);
                found.push(service);
            }
        }
    }
    for key in set
        .below("Control\\Print\\Monitors")
        .map(Key::keys)
        .unwrap_or_default()
    {
        let path = format!("Control\\Print\\Monitors\\{}", key.name());
        single(set, hive, &path, "Driver", found);
    }
    for (path, name) in EARLY {
        single(set, hive, path, name, found);
    }
    all(set, hive, "Control\\Session Manager\\AppCertDlls", found);
}

#[cfg(test)]
mod tests {
    use super::{Place, WindowsRegistry};
    use crate::hive::tests::{Written, hive, wide};

    /// A chain of keys that ends in one.
    fn chain(path: &[&'static str], last: Written) -> Written {
        let inner = path
            .iter()
            .rev()
            .fold(last, |below, name| Written(name, vec![], vec![below]));
        Written("ROOT", vec![], vec![inner])
    }

    #[test]
    fn run_keys_of_the_machine_and_of_users_are_read() {
        let run = || {
            Written(
                "Run",
                vec![("Updater", 2, wide("\"%ProgramData%\\x y.exe\" /q"))],
                vec![],
            )
        };
        let path = ["Microsoft", "Windows", "CurrentVersion"];
        let bytes = hive(&chain(&path, run()));
        let got = WindowsRegistry.entries("/Windows/System32/config/SOFTWARE", &bytes);
        assert_eq!(got.len(), 1);
        assert_eq!(
            got[0].stated,
            "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater"
        );
        assert_eq!(got[0].target.as_deref(), Some("/ProgramData/x y.exe"));
        let path = ["Software", "Microsoft", "Windows", "CurrentVersion"];
        let bytes = hive(&chain(&path, run()));
        let got = WindowsRegistry.entries("/Users/eve/NTUSER.DAT", &bytes);
        assert_eq!(got[0].user.as_deref(), Some("eve"));
        assert!(got[0].stated.starts_with("HKCU\\Software\\Microsoft"));
    }

    #[test]
    fn services_of_the_current_control_set_are_read() {
        let service = Written(
            "EvilSvc",
            vec![
                (
                    "ImagePath",
                    2,
                    wide("%SystemRoot%\\System32\\svchost.exe -k netsvcs"),
                ),
                ("Start", 4, 2_u32.to_le_bytes().to_vec()),
                ("ObjectName", 1, wide("LocalSystem")),
            ],
            vec![Written(
                "Parameters",
                vec![("ServiceDll", 2, wide("C:\\evil.dll"))],
                vec![],
            )],
        );
        let lsa = Written(
            "Lsa",
            vec![("Security Packages", 7, wide("evilssp"))],
            vec![],
        );
        let root = Written(
            "ROOT",
            vec![],
            vec![
                Written(
                    "Select",
                    vec![("Current", 4, 2_u32.to_le_bytes().to_vec())],
                    vec![],
                ),
                Written("ControlSet001", vec![], vec![]),
                Written(
                    "ControlSet002",
                    vec![],
                    vec![
                        Written("Services", vec![], vec![service]),
                        Written("Control", vec![], vec![lsa]),
                    ],
                ),
            ],
        );
        let got = WindowsRegistry.entries("/Windows/System32/config/SYSTEM", &hive(&root));
        let told: Vec<_> = got.iter().map(|one| one.target.as_deref()).collect();
        assert_eq!(
            told,
            [
                Some("/Windows/System32/svchost.exe"),
                Some("/evil.dll"),
                None
            ]
        );
        assert_eq!(got[0].when.as_deref(), Some("automatic"));
        assert_eq!(got[0].user.as_deref(), Some("LocalSystem"));
        assert_eq!(got[2].runs, "evilssp");
    }
}
