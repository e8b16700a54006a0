//! Values that often show a technique or a tool in a log: programs of the system that carry it out, places in the
//! registry. Whoever administers machines uses them too, so that one seen is a lead to examine and no answer.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use tegakari_model::{Observable, ObservableKind, TechniqueId};

use ObservableKind::{FileName, RegistryKey};

/// Techniques with programs and registry keys that carry them out on Windows, as ATT&CK's own procedures name them.
const LEADS: &[(&str, ObservableKind, &[&str])] = &[
    ("T1003.001", FileName, &["procdump.exe", "lsass.dmp"]),
    ("T1003.003", FileName, &["ntdsutil.exe", "ntds.dit"]),
    ("T1007", FileName, &["sc.exe"]),
    ("T1012", FileName, &["reg.exe"]),
    (
        "T1016",
        FileName,
        &["ipconfig.exe", "netsh.exe", "route.exe"],
    ),
    ("T1016.001", FileName, &["ping.exe", "tracert.exe"]),
    ("T1018", FileName, &["nltest.exe", "net.exe"]),
    ("T1021.006", FileName, &["winrs.exe", "wsmprovhost.exe"]),
    ("T1027.004", FileName, &["csc.exe"]),
    ("T1033", FileName, &["whoami.exe", "quser.exe"]),
    ("T1036.003", FileName, &["certutil.exe"]),
    ("T1047", FileName, &["wmic.exe", "wmiprvse.exe"]),
    ("T1049", FileName, &["netstat.exe"]),
    ("T1053.002", FileName, &["at.exe"]),
    ("T1053.005", FileName, &["schtasks.exe"]),
    ("T1057", FileName, &["tasklist.exe"]),
    ("T1059.001", FileName, &["powershell.exe"]),
    ("T1059.003", FileName, &["cmd.exe"]),
    ("T1059.005", FileName, &["wscript.exe", "cscript.exe"]),
    ("T1069.002", FileName, &["net.exe", "adfind.exe"]),
    ("T1070.001", FileName, &["wevtutil.exe"]),
    ("T1082", FileName, &["systeminfo.exe"]),
    (
        "T1087.002",
        FileName,
        &["net.exe", "dsquery.exe", "adfind.exe"],
    ),
    ("T1090", FileName, &["netsh.exe", "plink.exe"]),
    (
        "T1105",
        FileName,
        &["certutil.exe", "bitsadmin.exe", "curl.exe"],
    ),
    ("T1112", FileName, &["reg.exe"]),
    ("T1127.001", FileName, &["msbuild.exe"]),
    ("T1135", FileName, &["net.exe"]),
    ("T1136.001", FileName, &["net.exe"]),
    ("T1140", FileName, &["certutil.exe"]),
    ("T1197", FileName, &["bitsadmin.exe"]),
    ("T1218.003", FileName, &["cmstp.exe"]),
    ("T1218.004", FileName, &["installutil.exe"]),
    ("T1218.005", FileName, &["mshta.exe"]),
    ("T1218.007", FileName, &["msiexec.exe"]),
    ("T1218.010", FileName, &["regsvr32.exe"]),
    ("T1218.011", FileName, &["rundll32.exe"]),
    ("T1219", FileName, &["anydesk.exe", "teamviewer.exe"]),
    ("T1482", FileName, &["nltest.exe", "dsquery.exe"]),
    ("T1489", FileName, &["net.exe", "taskkill.exe"]),
    (
        "T1490",
        FileName,
        &["vssadmin.exe", "bcdedit.exe", "wbadmin.exe"],
    ),
    ("T1518.001", FileName, &["wmic.exe", "tasklist.exe"]),
    ("T1543.003", FileName, &["sc.exe"]),
    (
        "T1547.001",
        RegistryKey,
        &[
            r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run",
            r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run",
        ],
    ),
    (
        "T1560.001",
        FileName,
        &["rar.exe", "winrar.exe", "7z.exe", "makecab.exe"],
    ),
    ("T1562.004", FileName, &["netsh.exe"]),
    ("T1567.002", FileName, &["rclone.exe"]),
    ("T1569.002", FileName, &["psexec.exe", "psexesvc.exe"]),
];

/// Values that often show a technique.
pub(crate) fn of_technique(id: &TechniqueId) -> Vec<Observable> {
    LEADS
        .iter()
        .filter(|(known, _, _)| *known == id.as_str())
        .flat_map(|(_, kind, values)| values.iter().map(|value| Observable::new(*kind, value)))
        .flatten()
        .collect()
}

/// Every technique with its values, in order of id.
pub(crate) fn by_technique() -> impl Iterator<Item = (TechniqueId, Vec<Observable>)> {
    LEADS
        .iter()
        .filter_map(|(id, _, _)| TechniqueId::parse(id))
        .map(|id| {
            let values = of_technique(&id);
            (id, values)
        })
}

/// Every value that is a lead to some technique.
pub(crate) fn all() -> &'static BTreeSet<Observable> {
    static ALL: OnceLock<BTreeSet<Observable>> = OnceLock::new();
    ALL.get_or_init(|| by_technique().flat_map(|(_, values)| values).collect())
}

/// The file under which a tool that anybody can get usually comes: its name, where that is one word.
pub(crate) fn of_tool(name: &str) -> Vec<Observable> {
    let plain = name.len() >= 3 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain {
        return Vec::new();
    }
    let file = format!("{}.exe", name.to_ascii_lowercase());
    Observable::new(FileName, &file).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lead_is_a_valid_value_of_a_valid_technique() {
        for (id, kind, values) in LEADS {
            assert!(TechniqueId::parse(id).is_some(), "{id}");
            for value in *values {
                assert!(Observable::new(*kind, value).is_ok(), "{id} {value}");
            }
        }
        assert!(LEADS.is_sorted_by(|a, b| a.0 < b.0), "one row a technique");
    }

    #[test]
    fn a_tool_is_looked_for_by_its_name_only_where_that_is_one_word() {
        for (name, want) in [
            ("PsExec", Some("psexec.exe")),
            ("Cobalt Strike", None),
            ("at", None),
            ("$(rm)", None),
        ] {
            let found = of_tool(name);
            assert_eq!(found.first().map(Observable::value), want, "{name}");
        }
    }
}
