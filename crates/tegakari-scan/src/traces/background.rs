//! BAM and DAM: programs that users ran, with the last time (services that moderate what runs in the background, hive
//! SYSTEM, from Windows 10 on).

use tegakari_model::{ProgramTrace, TraceShows};

use super::{
    MOST_NOTES, TraceSource, Traces, control_sets, filetime, on_drive, u64_at, whole_hive,
};
use crate::hive::Key;

pub(super) struct Background;

/// Keys below the services that have one key a user.
const LISTS: [&str; 4] = [
    "bam\\State\\UserSettings",
    "bam\\UserSettings",
    "dam\\State\\UserSettings",
    "dam\\UserSettings",
];

impl TraceSource for Background {
    fn id(&self) -> &'static str {
        "bam"
    }

    fn about(&self) -> &'static str {
        "BAM and DAM: programs that a user ran, with the last time"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Windows/System32/config/SYSTEM"]
    }

    fn traces(&self, _: &str, bytes: &[u8]) -> Option<Traces> {
        let hive = whole_hive(bytes)?;
        let mut programs = Vec::new();
        for set in control_sets(hive) {
            for list in LISTS {
                let path = format!("Services\\{list}");
                let users = set.below(&path).map(Key::keys).unwrap_or_default();
                for user in users {
                    let stated = format!("HKLM\\SYSTEM\\{}\\{path}\\{}", set.name(), user.name());
                    for value in user.values() {
                        // Beside paths there are settings, and names of apps of the store.
                        let is_path = value.name.starts_with('\\');
                        let time = u64_at(value.bytes(), 0).and_then(filetime);
                        if let Some(last) = time.filter(|_| is_path) {
                            programs.push(ProgramTrace {
                                kind: self.id().to_owned(),
                                shows: TraceShows::Executed,
                                stated: format!("{stated}\\{}", value.name),
                                path: on_drive(&value.name),
                                last: Some(last),
                                first: None,
                                runs: None,
                                sha1: None,
                                user: Some(user.name()),
                            });
                        }
                    }
                }
            }
        }
        programs.truncate(MOST_NOTES);
        Some(Traces {
            programs,
            loaded: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Background, TraceSource};
    use crate::hive::tests::{Written, hive};

    #[test]
    fn the_last_run_of_a_user_is_read() {
        let mut data = 133_444_736_000_000_000_u64.to_le_bytes().to_vec();
        data.extend([0; 16]);
        let user = Written(
            "S-1-5-21-1-2-3-1001",
            vec![
                ("\\Device\\HarddiskVolume3\\a\\evil.exe", 3, data),
                ("Version", 4, vec![1, 0, 0, 0]),
            ],
            vec![],
        );
        let key = |name, below| Written(name, vec![], vec![below]);
        let state = key("bam", key("State", key("UserSettings", user)));
        let root = key("ROOT", key("ControlSet001", key("Services", state)));
        let got = Background.traces("/SYSTEM", &hive(&root)).unwrap().programs;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].path, "C:\\a\\evil.exe");
        assert_eq!(got[0].user.as_deref(), Some("S-1-5-21-1-2-3-1001"));
        assert_eq!(got[0].last.unwrap().as_second(), 1_700_000_000);
    }
}
