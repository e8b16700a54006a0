//! What became of a followed file: grown, begun anew, or another one in its place. Decided from its number, size and first bytes.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// First bytes by which a file is known again.
pub const PRINT_BYTES: usize = 1024;

/// By what a file is known again: the system's number for it, and its first bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePrint {
    /// Device and inode; 0 where the system has none.
    pub device: u64,
    /// See `device`.
    pub inode: u64,
    /// How many first bytes the digest is of, [`PRINT_BYTES`] at most.
    pub length: u32,
    /// Digest of them.
    pub digest: String,
}

impl FilePrint {
    /// Of a file whose first bytes are `head`.
    pub fn new(device: u64, inode: u64, head: &[u8]) -> Self {
        let head = &head[..head.len().min(PRINT_BYTES)];
        Self {
            device,
            inode,
            length: u32::try_from(head.len()).unwrap_or(u32::MAX),
            digest: digest(head),
        }
    }

    /// Whether a file with these first bytes begins as this one did.
    pub fn begins(&self, head: &[u8]) -> bool {
        head.get(..self.length as usize)
            .is_some_and(|head| digest(head) == self.digest)
    }

    /// Whether so many bytes are known that another file hardly begins with them by chance.
    pub fn is_telling(&self) -> bool {
        self.length >= 16
    }
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// What a path holds now.
#[derive(Debug, Clone, Copy)]
pub struct Now<'h> {
    /// Device and inode.
    pub number: (u64, u64),
    /// Bytes.
    pub size: u64,
    /// First bytes, as many as the print is of, if there are.
    pub head: &'h [u8],
}

/// What to do with a followed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is the same file: read on from where reading stopped.
    Same,
    /// It was emptied and begun anew (`copytruncate`): the rest of the old text may stand in a copy beside it.
    Begun,
    /// Another file is in its place: read the old one to its end, if it is still open, then this one from its start.
    Replaced,
}

/// Decides. `read` are the bytes read of the file that `print` is of.
pub fn turn(print: &FilePrint, read: u64, now: &Now<'_>) -> Turn {
    let same_number = (print.device, print.inode) == now.number;
    let same_text = print.begins(now.head);
    match (same_number, now.size >= read && same_text) {
        (true, true) => Turn::Same,
        (true, false) => Turn::Begun,
        // A file system that gives numbers anew at every mount.
        (false, true) if print.length as usize >= PRINT_BYTES => Turn::Same,
        (false, _) => Turn::Replaced,
    }
}

/// Whether `name` is a rotated or packed copy of the file `of` in the same folder: `a.log.1`, `a.log-20260102.gz`,
/// `a-20260102.log`, `a.log.2.xz`.
pub fn is_rotation_of(name: &str, of: &str) -> bool {
    if name == of {
        return false;
    }
    let plain = without_packing(name);
    if plain == of {
        return true;
    }
    let numbered = |rest: &str| {
        let rest = rest.strip_prefix(['.', '-', '_']).unwrap_or("");
        rest == "old"
            || !rest.is_empty()
                && rest.starts_with(|c: char| c.is_ascii_digit())
                && rest
                    .chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | 'T' | ':' | 'Z'))
    };
    if plain.strip_prefix(of).is_some_and(numbered) {
        return true;
    }
    let Some((stem, ending)) = of.rsplit_once('.') else {
        return false;
    };
    plain
        .strip_suffix(ending)
        .and_then(|rest| rest.strip_suffix('.'))
        .and_then(|rest| rest.strip_prefix(stem))
        .is_some_and(numbered)
}

/// Endings of packed files, which are not followed: they do not grow.
pub const PACKED: [&str; 9] = ["gz", "xz", "bz2", "zst", "lz4", "zip", "tgz", "Z", "7z"];

/// Whether a name is that of a packed file.
pub fn is_packed(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| PACKED.iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

fn without_packing(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((plain, _)) if is_packed(name) => plain,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{FilePrint, Now, Turn, is_rotation_of, turn};

    #[test]
    fn what_became_of_a_file() {
        let print = FilePrint::new(1, 7, b"first line\n");
        let of = |number, size, head: &[u8]| {
            turn(
                &print,
                100,
                &Now {
                    number: (1, number),
                    size,
                    head,
                },
            )
        };
        assert_eq!(of(7, 100, b"first line\n"), Turn::Same);
        assert_eq!(of(7, 500, b"first line\nsecond"), Turn::Same);
        assert_eq!(of(7, 20, b"first line\n"), Turn::Begun);
        // Emptied, and grown beyond the old size before anybody looked.
        assert_eq!(of(7, 500, b"other line\n"), Turn::Begun);
        assert_eq!(of(7, 0, b""), Turn::Begun);
        assert_eq!(of(8, 500, b"other line\n"), Turn::Replaced);
        assert_eq!(of(8, 500, b"first line\n"), Turn::Replaced);
    }

    #[test]
    fn rotated_names_are_known() {
        for (name, of) in [
            ("a.log.1", "a.log"),
            ("a.log.12.gz", "a.log"),
            ("a.log-20260102", "a.log"),
            ("a.log-20260102-1700.xz", "a.log"),
            ("a-20260102.log", "a.log"),
            ("a-20260102.log.gz", "a.log"),
            ("a.log.gz", "a.log"),
            ("syslog.1", "syslog"),
            ("a.log.old", "a.log"),
        ] {
            assert!(is_rotation_of(name, of), "{name}");
        }
        for (name, of) in [
            ("a.log", "a.log"),
            ("b.log", "a.log"),
            ("a.log.d", "a.log"),
            ("auth.log", "a.log"),
            ("a-web.log", "a.log"),
            ("a.logs", "a.log"),
        ] {
            assert!(!is_rotation_of(name, of), "{name}");
        }
    }
}
