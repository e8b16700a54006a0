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
            "Users/*/AppData/Local/Microsoft/Windows/UsrClass.dat",
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
            of_tasks(root, &mut found);
        } else if name.eq_ignore_ascii_case("UsrClass.dat") {
            of_classes(root, "HKCU\\Software\\Classes", &mut found);
            for one in &mut found {
                one.user = owner(file);
            }
        } else {
            if let Some(classes) = root.below("Software\\Classes") {
                of_classes(classes, "HKCU\\Software\\Classes", &mut found);
            }
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
    let Some(runs) = value.and_then(|one| one.text()) else {
        return;
    };
    for runs in programs(name, &runs) {
        found.push(entry(&format!("{hive}\\{path}"), name, runs));
    }
}

/// Servers of COM objects that a user has for himself: they are loaded before those of the machine.
fn of_classes(root: Key<'_>, hive: &str, found: &mut Vec<StartEntry>) {
    for list in ["CLSID", "WOW6432Node\\CLSID"] {
        let classes = root.below(list).map(Key::keys).unwrap_or_default();
        for class in classes {
            for server in ["InprocServer32", "InprocHandler32", "LocalServer32"] {
                let key = class.below(server);
                let runs = key.and_then(|key| key.value("")?.text());
                if let Some(runs) = runs.filter(|runs| !runs.is_empty()) {
                    let path = format!("{hive}\\{list}\\{}\\{server}", class.name());
                    found.push(entry(&path, "(default)", runs));
                }
            }
        }
    }
}

/// Scheduled tasks as the scheduler itself keeps them: also those whose file was taken away.
fn of_tasks(root: Key<'_>, found: &mut Vec<StartEntry>) {
    let path = "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks";
    for task in root.below(path).map(Key::keys).unwrap_or_default() {
        let Some(actions) = task.value("Actions") else {
            continue;
        };
        let name = task.value("Path").and_then(|value| value.text());
        let place = format!("HKLM\\SOFTWARE\\{path}\\{}", task.name());
        for runs in actions_of(actions.bytes()) {
            let mut one = entry(&place, "Actions", runs);
            one.when.clone_from(&name);
            found.push(one);
        }
    }
}

/// The commands of a task: a version, whose it is, and then actions, each with a mark in front. Texts have their
/// length in bytes before them. An action of another kind ends what can be read.
fn actions_of(bytes: &[u8]) -> Vec<String> {
    const RUN: u16 = 0x6666;
    const COM: u16 = 0x7777;
    let mut found = Vec::new();
    let mut rest = bytes.get(2..).unwrap_or_default();
    if take_text(&mut rest).is_none() {
        return found;
    }
    while let Some(mark) = rest.first_chunk().copied().map(u16::from_le_bytes) {
        rest = rest.get(2..).unwrap_or_default();
        let is_read = match mark {
            RUN => {
                let texts: Option<Vec<String>> = (0..4).map(|_| take_text(&mut rest)).collect();
                let Some(texts) = texts else { break };
                let [_, command, arguments, ..] = texts.as_slice() else {
                    break;
                };
                found.push(format!("{command} {arguments}").trim().to_owned());
                // Since Windows 10 there are flags behind.
                if bytes.first() == Some(&3) {
                    rest = rest.get(2..).unwrap_or_default();
                }
                true
            }
            COM => {
                let id = take_text(&mut rest).and_then(|_| rest.get(..16));
                if let Some(id) = id {
                    found.push(format!("COM {}", guid(id)));
                }
                false
            }
            _ => false,
        };
        if !is_read {
            break;
        }
    }
    found.retain(|runs| !runs.is_empty());
    found
}

/// A text in UTF-16 behind its length in bytes.
fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
    let text = rest.get(4..)?.get(..length)?;
    *rest = rest.get(4 + length..)?;
    let units: Vec<u16> = text
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .collect();
    Some(String::from_utf16_lossy(&units))
}

/// Sixteen bytes as Windows writes them: three numbers, then bytes.
fn guid(bytes: &[u8]) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut out = String::from("{");
    for (number, at) in order.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&number) {
            out.push('-');
        }
        out.push_str(&format!("{:02X}", bytes.get(at).copied().unwrap_or(0)));
    }
    out.push('}');
    out
}

/// The programs that a value names: some hold a list, split at commas, that of libraries at blanks as well.
fn programs(name: &str, runs: &str) -> Vec<String> {
    let is_list = ["Userinit", "Shell", "Load", "Run", "AppInit_DLLs"]
        .iter()
        .any(|list| name.eq_ignore_ascii_case(list));
    if !is_list {
        return vec![runs.to_owned()];
    }
    let blanks = name.eq_ignore_ascii_case("AppInit_DLLs");
    let mut quoted = false;
    let parts = runs.split(|c: char| {
        quoted ^= c == '"';
        !quoted && (c == ',' || blanks && c == ' ')
    });
    parts
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
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
    fn tasks_of_the_scheduler_and_objects_of_users_are_read() {
        let text = |text: &str| -> Vec<u8> {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let length = u32::try_from(wide.len()).unwrap();
            [length.to_le_bytes().to_vec(), wide].concat()
        };
        let mut actions = [vec![3, 0], text("Author")].concat();
        for command in ["C:\\a\\x.exe", "C:\\a\\y.exe"] {
            actions.extend([0x66, 0x66]);
            actions.extend([text(""), text(command), text("-q"), text(""), vec![0, 0]].concat());
        }
        actions.extend([0x77, 0x77]);
        actions.extend(text(""));
        actions.extend(0..16);
        let task = Written(
            "{1}",
            vec![
                ("Path", 1, wide("\\Updater")),
                ("Actions", 3, actions.clone()),
            ],
            vec![],
        );
        let path = [
            "Microsoft",
            "Windows NT",
            "CurrentVersion",
            "Schedule",
            "TaskCache",
        ];
        let bytes = hive(&chain(&path, Written("Tasks", vec![], vec![task])));
        let got = WindowsRegistry.entries("/Windows/System32/config/SOFTWARE", &bytes);
        let runs: Vec<_> = got.iter().map(|one| one.runs.as_str()).collect();
        assert_eq!(
            runs,
            [
                "C:\\a\\x.exe -q",
                "C:\\a\\y.exe -q",
                "COM {03020100-0504-0706-0809-0A0B0C0D0E0F}"
            ]
        );
        assert_eq!(got[0].target.as_deref(), Some("/a/x.exe"));
        assert_eq!(got[0].when.as_deref(), Some("\\Updater"));
        for cut in 0..actions.len() {
            super::actions_of(&actions[..cut]);
        }
        let server = Written(
            "InprocServer32",
            vec![("", 1, wide("C:\\a\\x.dll"))],
            vec![],
        );
        let class = Written("{2}", vec![], vec![server]);
        let bytes = hive(&chain(&[], Written("CLSID", vec![], vec![class])));
        let file = "/Users/eve/AppData/Local/Microsoft/Windows/UsrClass.dat";
        let got = WindowsRegistry.entries(file, &bytes);
        assert_eq!(got[0].target.as_deref(), Some("/a/x.dll"));
        assert_eq!(got[0].user.as_deref(), Some("eve"));
    }

    #[test]
    fn each_program_of_a_list_is_told() {
        let of = |name: &str, runs: &str| {
            let found = super::programs(name, runs).into_iter();
            let targets = found.map(|one| super::on_windows(&one).unwrap_or(one));
            targets.collect::<Vec<_>>()
        };
        assert_eq!(
            of(
                "userinit",
                "C:\\Windows\\system32\\userinit.exe,C:\\a\\x.exe,"
            ),
            ["/Windows/system32/userinit.exe", "/a/x.exe"]
        );
        assert_eq!(
            of("AppInit_DLLs", "C:\\a.dll \"C:\\b c.dll\",d.dll"),
            ["/a.dll", "/b c.dll", "d.dll"]
        );
        assert_eq!(of("Taskman", "C:\\a,b.exe"), ["/a,b.exe"]);
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
