//! Prefetch: what Windows loads ahead for a program that was run (libscca, "Windows Prefetch File (PF) format").
//!
//! Versions 17 to 31. From Windows 10 on the files are compressed (`MAM`, Xpress-Huffman, [MS-XCA] 2.2.4).

use tegakari_model::{ProgramTrace, TraceShows};

use super::{TraceSource, Traces, filetime, on_drive, size_at, u32_at, u64_at, wide};

pub(super) struct Prefetch;

/// Unpacked bytes of a file; real ones have some hundred kilobytes.
const MOST_BYTES: usize = 64 << 20;
/// Files that are taken of one program's list.
const MOST_LOADED: usize = 10_000;
/// Times of runs that are kept in a file.
const TIMES: usize = 8;

impl TraceSource for Prefetch {
    fn id(&self) -> &'static str {
        "prefetch"
    }

    fn about(&self) -> &'static str {
        "Prefetch: programs that were run, how often, their last runs, and what they loaded"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Windows/Prefetch/*.pf"]
    }

    fn traces(&self, file: &str, bytes: &[u8]) -> Option<Traces> {
        let unpacked;
        let bytes = if bytes.starts_with(b"MAM\x04") {
            let size = size_at(bytes, 4).filter(|size| *size <= MOST_BYTES)?;
            unpacked = xpress_huffman::decompress(bytes.get(8..)?, size).ok()?;
            &unpacked
        } else {
            bytes
        };
        if bytes.get(4..8)? != b"SCCA" {
            return None;
        }
        let version = u32_at(bytes, 0)?;
        // Where the file information has the first time and the number of runs.
        let (times, many, count) = match version {
            17 => (120, 1, 144),
            23 => (128, 1, 152),
            26 => (128, TIMES, 208),
            // Later builds have eight bytes less in front of the number.
            30 | 31 if u32_at(bytes, 84)? == 0x128 => (128, TIMES, 200),
            30 | 31 => (128, TIMES, 208),
            _ => return None,
        };
        let name = wide(bytes.get(16..76)?);
        let (from, length) = (size_at(bytes, 100)?, size_at(bytes, 104)?);
        let strings = bytes.get(from..from.checked_add(length)?)?;
        let mut loaded = list(strings);
        // Names longer than 29 characters are cut.
        let is_own = |path: &&String| {
            let last = path.rsplit('\\').next().unwrap_or_default();
            last.to_lowercase().starts_with(&name.to_lowercase())
        };
        let path = loaded.iter().find(is_own).cloned();
        loaded.retain(|one| Some(one) != path.as_ref());
        let runs: Vec<_> = (0..many)
            .filter_map(|number| filetime(u64_at(bytes, times + 8 * number)?))
            .collect();
        let program = ProgramTrace {
            kind: self.id().to_owned(),
            shows: TraceShows::Executed,
            stated: file.to_owned(),
            path: path.unwrap_or(name),
            last: runs.iter().max().copied(),
            first: runs.iter().min().copied(),
            runs: u32_at(bytes, count).map(u64::from),
            sha1: None,
            user: None,
        };
        Some(Traces {
            programs: vec![program],
            loaded,
        })
    }
}

/// Texts that end with a zero each.
fn list(bytes: &[u8]) -> Vec<String> {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .collect();
    units
        .split(|unit| *unit == 0)
        .filter(|text| !text.is_empty())
        .take(MOST_LOADED)
        .map(|text| on_drive(&String::from_utf16_lossy(text)))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Prefetch, TraceSource};

    pub(crate) fn written(version: u32) -> Vec<u8> {
        let put = |out: &mut Vec<u8>, at: usize, bytes: &[u8]| {
            out[at..at + bytes.len()].copy_from_slice(bytes);
        };
        let strings: Vec<u8> =
            "\\VOLUME{01d0-ab}\\WINDOWS\\NTDLL.DLL\0\\VOLUME{01d0-ab}\\USERS\\A\\EVIL.EXE\0"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect();
        let (times, count, metrics) = match version {
            17 => (120, 144, 152_u32),
            23 => (128, 152, 240),
            26 => (128, 208, 304),
            _ => (128, 200, 0x128),
        };
        let mut out = vec![0; 400];
        put(&mut out, 0, &version.to_le_bytes());
        put(&mut out, 4, b"SCCA");
        let name: Vec<u8> = "EVIL.EXE"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        put(&mut out, 16, &name);
        put(&mut out, 84, &metrics.to_le_bytes());
        put(&mut out, 100, &400_u32.to_le_bytes());
        put(
            &mut out,
            104,
            &u32::try_from(strings.len()).unwrap().to_le_bytes(),
        );
        put(&mut out, times, &133_444_736_000_000_000_u64.to_le_bytes());
        put(&mut out, count, &7_u32.to_le_bytes());
        out.extend(strings);
        out
    }

    /// Packed with every byte as a code of its own, of eight bits ([MS-XCA] 2.1.4).
    pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = b"MAM\x04".to_vec();
        out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        out.extend([0x88; 128]);
        out.extend([0; 128]);
        for pair in bytes.chunks(2) {
            out.extend([pair.get(1).copied().unwrap_or(0), pair[0]]);
        }
        out.extend([0; 4]);
        out
    }

    #[test]
    fn programs_runs_and_what_they_loaded_are_read_in_every_version() {
        for version in [17, 23, 26, 30, 31] {
            let plain = written(version);
            for bytes in [plain.clone(), packed(&plain)] {
                let got = Prefetch.traces("/x.pf", &bytes).unwrap();
                let program = &got.programs[0];
                assert_eq!(program.path, "C:\\USERS\\A\\EVIL.EXE");
                assert_eq!(program.runs, Some(7), "{version}");
                assert_eq!(program.last.unwrap().as_second(), 1_700_000_000);
                assert_eq!(got.loaded[0], "C:\\WINDOWS\\NTDLL.DLL");
            }
        }
        assert!(Prefetch.traces("/x.pf", &written(99)).is_none());
        assert!(Prefetch.traces("/x.pf", &written(30)[..410]).is_none());
    }
}
