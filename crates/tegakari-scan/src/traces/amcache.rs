//! Amcache: programs and drivers that Windows took stock of, with their SHA-1 (hive Amcache.hve).
//!
//! An entry shows that the file was there. Of files larger than 31,457,280 bytes the SHA-1 is that of so many bytes.

use tegakari_model::{ProgramTrace, TraceShows};

use super::{MOST_NOTES, TraceSource, Traces, filetime, on_drive, whole_hive};
use crate::hive::Key;

pub(super) struct Amcache;

impl TraceSource for Amcache {
    fn id(&self) -> &'static str {
        "amcache"
    }

    fn about(&self) -> &'static str {
        "Amcache: programs and drivers that Windows took stock of, with their SHA-1"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Windows/appcompat/Programs/Amcache.hve"]
    }

    fn traces(&self, _: &str, bytes: &[u8]) -> Option<Traces> {
        let root = whole_hive(bytes)?.root()?;
        // Some tools write the hive without its upper key.
        let root = root.below("Root").unwrap_or(root);
        let mut programs = Vec::new();
        let keys = |path: &str| root.below(path).map(Key::keys).unwrap_or_default();
        for key in keys("InventoryApplicationFile") {
            let path = text(key, "LowerCaseLongPath");
            programs.extend(trace("InventoryApplicationFile", key, path, "FileId"));
        }
        for key in keys("InventoryDriverBinary") {
            // The key itself is named by the path, with the other separator.
            let path = key.name().replace('/', "\\");
            programs.extend(trace("InventoryDriverBinary", key, Some(path), "DriverId"));
        }
        for volume in keys("File") {
            for key in volume.keys() {
                programs.extend(trace("File", key, text(key, "15"), "101"));
            }
        }
        programs.truncate(MOST_NOTES);
        Some(Traces {
            programs,
            loaded: Vec::new(),
        })
    }
}

fn text(key: Key<'_>, name: &str) -> Option<String> {
    let text = key.value(name).and_then(|value| value.text());
    text.filter(|text| !text.is_empty())
}

fn trace(list: &str, key: Key<'_>, path: Option<String>, id: &str) -> Option<ProgramTrace> {
    let path = path?;
    // Four zeros, and the SHA-1.
    let sha1 = text(key, id).and_then(|id| {
        let digits = id.strip_prefix("0000")?.to_ascii_lowercase();
        let is_sha1 = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_sha1.then_some(digits)
    });
    Some(ProgramTrace {
        kind: Amcache.id().to_owned(),
        shows: TraceShows::Present,
        stated: format!("Amcache.hve\\{list}\\{}", key.name()),
        path: on_drive(&path),
        last: key.written().and_then(filetime),
        first: None,
        runs: None,
        sha1,
        user: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Amcache, TraceSource};
    use crate::hive::tests::{Written, hive, wide};

    #[test]
    fn programs_and_drivers_are_read_with_their_hash() {
        let id = format!("0000{}", "ab".repeat(20));
        let program = Written(
            "evil.exe|1",
            vec![
                ("LowerCaseLongPath", 1, wide("c:\\a\\evil.exe")),
                ("FileId", 1, wide(&id)),
            ],
            vec![],
        );
        let driver = Written("c:/windows/x.sys", vec![("DriverId", 1, wide(&id))], vec![]);
        let old = Written(
            "1",
            vec![("15", 1, wide("C:\\old.exe")), ("101", 1, wide("0000zz"))],
            vec![],
        );
        let lists = vec![
            Written("InventoryApplicationFile", vec![], vec![program]),
            Written("InventoryDriverBinary", vec![], vec![driver]),
            Written("File", vec![], vec![Written("vol", vec![], vec![old])]),
        ];
        let root = Written("ROOT", vec![], vec![Written("Root", vec![], lists)]);
        let got = Amcache.traces("/Amcache.hve", &hive(&root)).unwrap();
        let told: Vec<_> = got
            .programs
            .iter()
            .map(|one| (one.path.as_str(), one.sha1.as_deref().map(str::len)))
            .collect();
        assert_eq!(
            told,
            [
                ("c:\\a\\evil.exe", Some(40)),
                ("c:\\windows\\x.sys", Some(40)),
                ("C:\\old.exe", None)
            ]
        );
    }
}
