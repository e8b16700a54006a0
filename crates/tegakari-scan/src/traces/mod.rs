//! What Windows notes of programs that were run or lay on its disk: names, paths, times and hashes of files that may be
//! gone since.
//!
//! To add a source: write `my_source.rs` here and add it to the two lists below. A source says where its files lie below
//! the root and what each notes; whoever opens files compares that with what is looked for. What a note proves is said
//! with each: that a program was run, or only that its file was there.

mod amcache;
mod background;
mod prefetch;
mod shimcache;
mod user_assist;

use tegakari_model::{ProgramTrace, Timestamp};

use crate::hive::{Hive, Key};

/// A kind of note.
pub trait TraceSource: Sync {
    /// Its id, as it stands with every note.
    fn id(&self) -> &'static str;
    /// What it is, in one sentence.
    fn about(&self) -> &'static str;
    /// Where its files lie below the root, whatever the case of letters: `*` stands for any characters within a name.
    fn files(&self) -> &'static [&'static str];
    /// What a file notes; `None` when it cannot be read as what it is to be, or not all of it is there.
    fn traces(&self, file: &str, bytes: &[u8]) -> Option<Traces>;
}

/// The notes of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Programs, each with what is noted of it.
    pub programs: Vec<ProgramTrace>,
    /// Paths of files that a program loaded or opened.
    pub loaded: Vec<String>,
}

/// Every source, by id.
pub const ALL: &[&dyn TraceSource] = &[
    &amcache::Amcache,
    &background::Background,
    &prefetch::Prefetch,
    &shimcache::ShimCache,
    &user_assist::UserAssist,
];

/// Notes that are taken of a file; each source's own limit lies far below.
const MOST_NOTES: usize = 100_000;

/// 100 nanoseconds since 1601; no time for 0 and for what lies outside the years 1980 to 2100.
fn filetime(ticks: u64) -> Option<Timestamp> {
    const FROM_1601: i64 = 11_644_473_600;
    let microseconds = i64::try_from(ticks / 10).ok()?;
    let since_1970 = microseconds.checked_sub(FROM_1601 * 1_000_000)?;
    let plausible = 315_532_800_000_000..4_102_444_800_000_000;
    plausible
        .contains(&since_1970)
        .then(|| Timestamp::from_microsecond(since_1970).ok())
        .flatten()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A number that is a place or size in the bytes.
fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}

/// Text in UTF-16 up to its end.
fn wide(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .take_while(|unit| *unit != 0)
        .collect();
    String::from_utf16_lossy(&units)
}

/// A path as Windows' own parts write it, with a drive where one can be told: volumes have none, and the first is taken
/// for that of the system.
fn on_drive(path: &str) -> String {
    let path = path.trim_start_matches("\\??\\");
    let lower = path.to_ascii_lowercase();
    let device = ["\\device\\harddiskvolume", "\\volume{"];
    if device.iter().any(|front| lower.starts_with(front)) {
        let from = if lower.starts_with("\\device\\") {
            8
        } else {
            1
        };
        let rest = path.get(from..).and_then(|rest| rest.split_once('\\'));
        if let Some((_, rest)) = rest {
            return format!("C:\\{rest}");
        }
    }
    // The volume that Windows was started from.
    if lower.starts_with("sysvol\\") {
        return format!("C:{}", path.get(6..).unwrap_or_default());
    }
    if lower.starts_with("\\systemroot\\") {
        return format!("C:\\Windows{}", path.get(11..).unwrap_or_default());
    }
    if lower.starts_with("system32\\") {
        return format!("C:\\Windows\\{path}");
    }
    path.to_owned()
}

/// The control sets of a hive SYSTEM, the current one first.
fn control_sets(hive: Hive<'_>) -> Vec<Key<'_>> {
    let Some(root) = hive.root() else {
        return Vec::new();
    };
    let current = root
        .below("Select")
        .and_then(|key| key.value("Current"))
        .and_then(|one| one.text()?.parse::<u32>().ok())
        .unwrap_or(1);
    let name = format!("ControlSet{current:03}");
    let mut sets: Vec<Key<'_>> = root
        .keys()
        .into_iter()
        .filter(|key| key.name().to_ascii_lowercase().starts_with("controlset"))
        .collect();
    sets.sort_by_key(|key| !key.name().eq_ignore_ascii_case(&name));
    sets
}

/// A hive that is all there.
fn whole_hive(bytes: &[u8]) -> Option<Hive<'_>> {
    Hive::open(bytes).filter(|hive| hive.is_all_there() && hive.root().is_some())
}

#[cfg(test)]
mod tests {
    use super::{ALL, filetime, on_drive};

    #[test]
    fn ids_are_sorted_and_nothing_fails_on_anything() {
        let ids: Vec<&str> = ALL.iter().map(|one| one.id()).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
        let hostile: [&[u8]; 6] = [
            b"",
            b"MAM\x04\xff\xff\xff\x7f",
            b"MAM\x04\x10\0\0\0aaaaaaaaaaaaaaaa",
            b"regf",
            b"\x1e\0\0\0SCCA\xff\xff\xff\xff",
            &[0xff; 4096],
        ];
        for source in ALL {
            assert!(source.files().iter().all(|file| !file.starts_with('/')));
            for bytes in hostile {
                assert!(source.traces("/x", bytes).is_none(), "{}", source.id());
            }
        }
    }

    #[test]
    fn times_and_paths_are_those_of_people() {
        // 2023-11-14T22:13:20Z
        let time = filetime(133_444_736_000_000_000).unwrap();
        assert_eq!(time.as_second(), 1_700_000_000);
        assert_eq!(filetime(0), None);
        assert_eq!(filetime(u64::MAX), None);
        for (path, want) in [
            ("\\Device\\HarddiskVolume3\\a\\x.exe", "C:\\a\\x.exe"),
            ("\\VOLUME{01d0-ab}\\A\\X.EXE", "C:\\A\\X.EXE"),
            ("\\??\\D:\\x.exe", "D:\\x.exe"),
            ("\\SystemRoot\\x.sys", "C:\\Windows\\x.sys"),
            ("SYSVOL\\x.exe", "C:\\x.exe"),
            ("D:\\x.exe", "D:\\x.exe"),
        ] {
            assert_eq!(on_drive(path), want);
        }
    }
}
