//! UserAssist: programs that a user started from the desktop, how often and when last (hive NTUSER.DAT).

use tegakari_model::{ProgramTrace, TraceShows};

use super::{MOST_NOTES, TraceSource, Traces, filetime, u32_at, u64_at, whole_hive};
use crate::places::lines::owner;

pub(super) struct UserAssist;

const PATH: &str = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist";

/// Known folders by which paths begin (KNOWNFOLDERID), with what they stand for on most machines.
const FOLDERS: [(&str, &str); 7] = [
    ("{F38BF404-1D43-42F2-9305-67DE0B28FC23}", "C:\\Windows"),
    (
        "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}",
        "C:\\Windows\\System32",
    ),
    (
        "{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}",
        "C:\\Windows\\SysWOW64",
    ),
    (
        "{6D809377-6AF0-444B-8957-A3773F02200E}",
        "C:\\Program Files",
    ),
    (
        "{905E63B6-C1BF-494E-B29C-65B732D3D21A}",
        "C:\\Program Files",
    ),
    (
        "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}",
        "C:\\Program Files (x86)",
    ),
    ("{62AB5D82-FDC1-4DC3-A9DD-070D1D495D97}", "C:\\ProgramData"),
];

impl TraceSource for UserAssist {
    fn id(&self) -> &'static str {
        "user_assist"
    }

    fn about(&self) -> &'static str {
        "UserAssist: programs that a user started from the desktop, how often and when last"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Users/*/NTUSER.DAT", "Documents and Settings/*/NTUSER.DAT"]
    }

    fn traces(&self, file: &str, bytes: &[u8]) -> Option<Traces> {
        let root = whole_hive(bytes)?.root()?;
        let mut programs = Vec::new();
        let lists = root.below(PATH).map(|key| key.keys()).unwrap_or_default();
        for list in lists {
            let Some(count) = list.below("Count") else {
                continue;
            };
            for value in count.values() {
                let path = rotated(&value.name);
                // Beside programs there are totals and gestures.
                if !path.contains('\\') {
                    continue;
                }
                let data = value.bytes();
                let (runs, time) = match data.len() {
                    // Windows XP begins to count at five.
                    16 => (
                        u32_at(data, 4).map(|runs| runs.saturating_sub(5)),
                        u64_at(data, 8),
                    ),
                    _ => (u32_at(data, 4), u64_at(data, 60)),
                };
                programs.push(ProgramTrace {
                    kind: self.id().to_owned(),
                    // What was only looked at has no time and no run.
                    shows: if runs.unwrap_or(0) > 0 || time.unwrap_or(0) > 0 {
                        TraceShows::Executed
                    } else {
                        TraceShows::Present
                    },
                    stated: format!("HKCU\\{PATH}\\{}\\Count\\{}", list.name(), value.name),
                    path: in_folder(&path),
                    last: time.and_then(filetime),
                    first: None,
                    runs: runs.map(u64::from),
                    sha1: None,
                    user: owner(file),
                });
            }
        }
        programs.truncate(MOST_NOTES);
        Some(Traces {
            programs,
            loaded: Vec::new(),
        })
    }
}

/// Names have each letter moved by thirteen places.
fn rotated(text: &str) -> String {
    let moved = |c: char, first: u8| {
        let place = u8::try_from(c).unwrap_or(first) - first;
        char::from(first + (place + 13) % 26)
    };
    text.chars()
        .map(|c| match c {
            'a'..='z' => moved(c, b'a'),
            'A'..='Z' => moved(c, b'A'),
            other => other,
        })
        .collect()
}

fn in_folder(path: &str) -> String {
    let path = path.trim_start_matches("UEME_RUNPATH:");
    for (folder, stands_for) in FOLDERS {
        let rest = path.get(folder.len()..);
        let is_this = path
            .get(..folder.len())
            .is_some_and(|front| front.eq_ignore_ascii_case(folder));
        if let Some(rest) = rest.filter(|_| is_this) {
            return format!("{stands_for}{rest}");
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{TraceSource, UserAssist};
    use crate::hive::tests::{Written, hive};

    #[test]
    fn programs_of_a_user_are_read() {
        let mut data = vec![0; 72];
        data[4..8].copy_from_slice(&3_u32.to_le_bytes());
        data[60..68].copy_from_slice(&133_444_736_000_000_000_u64.to_le_bytes());
        let count = Written(
            "Count",
            vec![
                // {1AC14E77-…}\cmd.exe and UEME_CTLSESSION
                (
                    "{1NP14R77-02R7-4R5Q-O744-2RO1NR5198O7}\\pzq.rkr",
                    3,
                    data.clone(),
                ),
                ("HRZR_PGYFRFFVBA", 3, data),
            ],
            vec![],
        );
        let path = super::PATH.split('\\').rev();
        let list = Written("{CEBFF5CD}", vec![], vec![count]);
        let below = path.fold(list, |below, name| Written(name, vec![], vec![below]));
        let root = Written("ROOT", vec![], vec![below]);
        let got = UserAssist.traces("/Users/eve/NTUSER.DAT", &hive(&root));
        let got = got.unwrap().programs;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].path, "C:\\Windows\\System32\\cmd.exe");
        assert_eq!(
            (got[0].runs, got[0].user.as_deref()),
            (Some(3), Some("eve"))
        );
        assert_eq!(got[0].last.unwrap().as_second(), 1_700_000_000);
    }
}
