//! ShimCache (AppCompatCache): files that Windows looked at to see whether they need help to run.
//!
//! The value of a hive SYSTEM, of Windows 7 to 11 (libyal, "Application Compatibility Cache key"). An entry shows that the
//! file was there; Windows 7 notes as well whether it was run. Its time is that of the file's last change.

use tegakari_model::{ProgramTrace, TraceShows};

use super::{
    MOST_NOTES, TraceSource, Traces, control_sets, on_drive, size_at, u16_at, u32_at, u64_at,
    whole_hive, wide,
};

pub(super) struct ShimCache;

impl TraceSource for ShimCache {
    fn id(&self) -> &'static str {
        "shimcache"
    }

    fn about(&self) -> &'static str {
        "ShimCache: files that were looked at before they could be run, with the time of their last change"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Windows/System32/config/SYSTEM"]
    }

    fn traces(&self, _: &str, bytes: &[u8]) -> Option<Traces> {
        let hive = whole_hive(bytes)?;
        let mut programs = Vec::new();
        for set in control_sets(hive) {
            let path = "Control\\Session Manager\\AppCompatCache";
            let Some(value) = set.below(path).and_then(|key| key.value("AppCompatCache")) else {
                continue;
            };
            let stated = format!("HKLM\\SYSTEM\\{}\\{path}", set.name());
            let entries = (1..).zip(entries(value.bytes()));
            programs.extend(entries.map(|(number, entry): (u32, Entry)| ProgramTrace {
                kind: self.id().to_owned(),
                shows: entry.shows,
                stated: format!("{stated}[{number}]"),
                path: on_drive(&entry.path),
                last: None,
                first: None,
                runs: None,
                sha1: None,
                user: None,
            }));
        }
        Some(Traces {
            programs,
            loaded: Vec::new(),
        })
    }
}

struct Entry {
    path: String,
    shows: TraceShows,
}

/// The entries of a cache, whatever its version; none where that is not known.
fn entries(bytes: &[u8]) -> Vec<Entry> {
    match u32_at(bytes, 0) {
        Some(0xbadc_0fee) => of_windows_7(bytes),
        Some(128) => of_windows_8(bytes, 128),
        // Windows 10 and 11 begin with the length of the head.
        Some(head @ (0x30 | 0x34)) => of_windows_10(bytes, head as usize),
        _ => Vec::new(),
    }
}

/// Flag of an entry of Windows 7 that was run.
const EXECUTED: u32 = 2;

fn of_windows_7(bytes: &[u8]) -> Vec<Entry> {
    let count = size_at(bytes, 4).unwrap_or(0).min(MOST_NOTES);
    // Entries of 64 bits have a gap of zeros before the place of the path.
    let is_64 = u32_at(bytes, 128 + 4) == Some(0);
    let step = if is_64 { 48 } else { 32 };
    (0..count)
        .map_while(|number| bytes.get(128 + number * step..128 + (number + 1) * step))
        .filter_map(|entry| {
            let length = usize::from(u16_at(entry, 0)?);
            let (from, flags) = if is_64 {
                (usize::try_from(u64_at(entry, 8)?).ok()?, u32_at(entry, 24)?)
            } else {
                (size_at(entry, 4)?, u32_at(entry, 16)?)
            };
            let path = wide(bytes.get(from..from.checked_add(length)?)?);
            Some(Entry {
                path,
                shows: if flags & EXECUTED != 0 {
                    TraceShows::Executed
                } else {
                    TraceShows::Present
                },
            })
        })
        .collect()
}

fn of_windows_8(bytes: &[u8], head: usize) -> Vec<Entry> {
    marked(bytes, head, &[b"00ts", b"10ts"])
}

fn of_windows_10(bytes: &[u8], head: usize) -> Vec<Entry> {
    marked(bytes, head, &[b"10ts"])
}

/// Entries that begin with a mark, four bytes nobody needs, and their length; the path stands in front.
fn marked(bytes: &[u8], head: usize, marks: &[&[u8; 4]]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut at = head;
    while found.len() < MOST_NOTES
        && bytes
            .get(at..)
            .is_some_and(|rest| marks.iter().any(|mark| rest.starts_with(*mark)))
    {
        let Some(length) = size_at(bytes, at + 8) else {
            break;
        };
        let Some(entry) = bytes.get(at + 12..).and_then(|rest| rest.get(..length)) else {
            break;
        };
        let path_length = usize::from(u16_at(entry, 0).unwrap_or(0));
        let path = wide(entry.get(2..2 + path_length).unwrap_or_default());
        // Apps of the store have a list of numbers with tabs between them.
        if !path.is_empty() && !path.contains('\t') {
            found.push(Entry {
                path,
                shows: TraceShows::Present,
            });
        }
        at += 12 + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{ShimCache, TraceSource};
    use crate::hive::tests::{Written, hive};
    use tegakari_model::TraceShows;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn marked(head: u32, paths: &[&str]) -> Vec<u8> {
        let mut out = vec![0; head as usize];
        out[..4].copy_from_slice(&head.to_le_bytes());
        for path in paths {
            let path = utf16(path);
            let mut entry = u16::try_from(path.len()).unwrap().to_le_bytes().to_vec();
            entry.extend(path);
            entry.extend(133_444_736_000_000_000_u64.to_le_bytes());
            entry.extend([0; 4]);
            out.extend(b"10ts\0\0\0\0");
            out.extend(u32::try_from(entry.len()).unwrap().to_le_bytes());
            out.extend(entry);
        }
        out
    }

    fn windows_7(is_64: bool) -> Vec<u8> {
        let mut out = vec![0; 128];
        out[..4].copy_from_slice(&0xbadc_0fee_u32.to_le_bytes());
        out[4..8].copy_from_slice(&2_u32.to_le_bytes());
        let step: u32 = if is_64 { 48 } else { 32 };
        let mut texts = Vec::new();
        for (path, flags) in [("\\??\\C:\\run.exe", 2_u32), ("\\??\\C:\\there.exe", 0)] {
            let text = utf16(path);
            let from = 128 + 2 * step + u32::try_from(texts.len()).unwrap();
            let length = u16::try_from(text.len()).unwrap().to_le_bytes();
            out.extend([length, length].concat());
            if is_64 {
                out.extend([0; 4]);
                out.extend(u64::from(from).to_le_bytes());
            } else {
                out.extend(from.to_le_bytes());
            }
            out.extend([0; 8]);
            out.extend(flags.to_le_bytes());
            let number = if texts.is_empty() { 1 } else { 2 };
            out.resize(128 + step as usize * number, 0);
            texts.extend(text);
        }
        out.extend(texts);
        out
    }

    fn of(cache: Vec<u8>) -> Vec<(String, TraceShows)> {
        let key = |name, below| Written(name, vec![], vec![below]);
        let last = Written("AppCompatCache", vec![("AppCompatCache", 3, cache)], vec![]);
        let root = key(
            "ROOT",
            key(
                "ControlSet001",
                key("Control", key("Session Manager", last)),
            ),
        );
        let got = ShimCache.traces("/SYSTEM", &hive(&root)).unwrap();
        let programs = got.programs.into_iter();
        programs.map(|one| (one.path, one.shows)).collect()
    }

    #[test]
    fn caches_of_every_version_are_read() {
        let (run, there) = (TraceShows::Executed, TraceShows::Present);
        for head in [0x30, 0x34, 128] {
            assert_eq!(
                of(marked(head, &["C:\\a.exe", "SYSVOL\\b.exe"])),
                [
                    ("C:\\a.exe".to_owned(), there),
                    ("C:\\b.exe".to_owned(), there)
                ]
            );
        }
        for is_64 in [false, true] {
            assert_eq!(
                of(windows_7(is_64)),
                [
                    ("C:\\run.exe".to_owned(), run),
                    ("C:\\there.exe".to_owned(), there)
                ]
            );
        }
        assert_eq!(of(vec![1, 2, 3]), []);
    }
}
