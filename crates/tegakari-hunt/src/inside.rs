//! What is inside a packed file, as files: for those who look at files and not at records.
//!
//! The same readers and limits as for logs, one packing at a time. Nothing is decoded: event files, captures and
//! databases are files here.

use std::io::{self, BufReader, Read};

use crate::Limits;
use crate::archive::{Archive, Guard, Guarded};
use crate::unpack::{Packing, Stored, head_of};

/// Why a part of a packed file could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closed {
    /// It needs a password.
    Encrypted,
    /// It is damaged, or ends early.
    Damaged,
    /// A kind of packing that is not known here.
    Unknown,
    /// More packings inside each other, or more unpacked bytes, than the limits allow.
    Limit,
}

/// A part of a packed file that was not given to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedPart {
    /// The member; none for the file itself, from some place on.
    pub member: Option<String>,
    /// Why.
    pub why: Closed,
    /// What is wrong, in lower case without a full stop.
    pub what: String,
    /// Packed bytes of a member that was passed over, as far as known.
    pub bytes: u64,
}

/// Kinds of archives that are known by their first bytes and not opened.
const UNOPENED: [(&[u8], &str); 5] = [
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet"),
    (b"xar!\0\x1c", "a XAR archive"),
    (b"!<arch>\n", "an ar archive or Debian package"),
];

/// Whether an error of a reader given by [`look_inside`] says that a limit was reached.
pub fn is_limit(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

/// Gives what is inside `reader` to `each`, one packing taken off: every member of an archive with its name, or what a
/// compressed file holds, without a name. A file that is no archive and not compressed gives nothing, and only its
/// beginning is read. `depth` tells how many packings are around it. `each` need not read to the end, and stops the
/// archive by answering false.
pub fn look_inside(
    reader: &mut dyn Read,
    depth: usize,
    limits: &Limits,
    each: &mut dyn FnMut(Option<&str>, &mut dyn Read) -> bool,
) -> Vec<ClosedPart> {
    let whole = |why, what: String| ClosedPart {
        member: None,
        why,
        what,
        bytes: 0,
    };
    let stored = Stored::new(Box::new(reader));
    let (head, reader) = match head_of(Box::new(BufReader::with_capacity(1 << 16, stored.clone())))
    {
        Ok(found) => found,
        // Whoever reads the file itself hears of it.
        Err(_) => return Vec::new(),
    };
    if let Some((_, what)) = UNOPENED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return vec![whole(
            Closed::Unknown,
            format!("{what} was not read member by member"),
        )];
    }
    let archive = Archive::of(&head);
    let packing = Packing::of(&head).filter(|one| one.compresses());
    if archive.is_none() && packing.is_none() {
        return Vec::new();
    }
    if depth >= limits.depth {
        return vec![whole(
            Closed::Limit,
            format!("packed more than {} times", limits.depth),
        )];
    }
    let guard = Guard::new(limits, &stored);
    if let Some(archive) = archive {
        let unread = archive.members(reader, &guard, &mut |name, bytes| each(Some(name), bytes));
        return unread
            .into_iter()
            .map(|one| ClosedPart {
                member: one.member,
                why: one.why,
                what: one.what,
                bytes: one.bytes,
            })
            .collect();
    }
    let Some(packing) = packing else {
        return Vec::new();
    };
    match packing.uncompress(reader) {
        Ok(inner) => {
            let mut inner = Guarded {
                inner,
                guard: &guard,
            };
            each(None, &mut inner);
            Vec::new()
        }
        Err(error) => vec![whole(
            Closed::Damaged,
            format!("the {} stream is damaged: {error}", packing.name()),
        )],
    }
}

#[cfg(test)]
mod tests {

    use super::{Closed, is_limit, look_inside};
    use crate::Limits;
    use crate::unpack::tests::gzip;

    #[test]
    fn a_compressed_file_gives_what_it_holds_and_a_plain_one_nothing() {
        let mut got = Vec::new();
        let limits = Limits::default();
        let closed = look_inside(&mut &gzip(b"inner")[..], 0, &limits, &mut |name, bytes| {
            let mut text = String::new();
            bytes.read_to_string(&mut text).unwrap();
            got.push((name.map(str::to_owned), text));
            true
        });
        assert_eq!(got, [(None, "inner".to_owned())]);
        assert!(closed.is_empty());
        let none = look_inside(&mut &b"plain"[..], 0, &limits, &mut |_, _| unreachable!());
        assert!(none.is_empty());
    }

    /// A stored member, as an archive has it.
    fn zip(name: &[u8], flags: u16, extra: &[u8], checksum: u32, bytes: &[u8]) -> Vec<u8> {
        let mut out = b"PK\x03\x04\x14\0".to_vec();
        out.extend(flags.to_le_bytes());
        out.extend([0; 6]);
        out.extend(checksum.to_le_bytes());
        for _ in 0..2 {
            out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        }
        out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        out.extend(u16::try_from(extra.len()).unwrap().to_le_bytes());
        out.extend([name, extra, bytes].concat());
        out
    }

    /// Names, and what is wrong with each.
    fn names(archive: &[u8]) -> Vec<(String, Option<String>)> {
        let mut got = Vec::new();
        let whole = [archive, b"PK\x05\x06"].concat();
        let closed = look_inside(
            &mut &whole[..],
            0,
            &Limits::default(),
            &mut |name, bytes| {
                let read = std::io::copy(bytes, &mut std::io::sink());
                let wrong = read.err().map(|error| error.to_string());
                got.push((name.unwrap().to_owned(), wrong));
                true
            },
        );
        assert!(closed.is_empty(), "{closed:?}");
        got
    }

    #[test]
    fn a_member_with_a_wrong_checksum_is_damaged_and_the_next_one_is_read() {
        // CRC-32 of "123456789", the check value of the algorithm.
        let right = zip(b"a", 0, b"", 0xcbf4_3926, b"123456789");
        let wrong = zip(b"b", 0, b"", 0xcbf4_3926, b"123456780");
        let untold = zip(b"c", 0, b"", 0, b"x");
        let got = names(&[right.clone(), wrong, untold, right].concat());
        let told: Vec<_> = got
            .iter()
            .map(|(name, wrong)| (name.as_str(), wrong.is_some()))
            .collect();
        assert_eq!(
            told,
            [("a", false), ("b", true), ("c", false), ("a", false)]
        );
        assert!(got[1].1.as_deref().unwrap().contains("CRC-32"));
    }

    #[test]
    fn a_streamed_member_is_compared_with_the_checksum_behind_it() {
        use std::io::Write as _;
        let deflated = |told: u32| {
            let level = flate2::Compression::fast();
            let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), level);
            packed.write_all(b"123456789").unwrap();
            let packed = packed.finish().unwrap();
            let mut out = zip(b"a", 8, b"", 0, b"");
            out[8] = 8;
            out.extend(&packed);
            out.extend(b"PK\x07\x08");
            out.extend(told.to_le_bytes());
            out.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
            out.extend(9_u32.to_le_bytes());
            out.extend(b"PK\x05\x06");
            out
        };
        for (told, damaged) in [(0xcbf4_3926, 0), (1, 1)] {
            let limits = Limits::default();
            let closed = look_inside(&mut &deflated(told)[..], 0, &limits, &mut |_, _| true);
            assert_eq!(closed.len(), damaged, "{closed:?}");
            assert!(closed.iter().all(|one| one.why == Closed::Damaged));
        }
    }

    #[test]
    fn names_are_read_in_the_encoding_they_are_in() {
        // The word for "report", in Shift_JIS and in UTF-8.
        let (narrow, wide) = (b"\x95\xf1\x8d\x90.exe", "\u{5831}\u{544a}.exe");
        let mut extra = vec![0x75, 0x70, 0, 0, 1];
        let mut sum = flate2::Crc::new();
        sum.update(b"?.exe");
        extra.extend(sum.sum().to_le_bytes());
        extra.extend(wide.as_bytes());
        extra[2] = u8::try_from(extra.len() - 4).unwrap();
        let all = [
            zip(narrow, 0, b"", 0, b"x"),
            zip(wide.as_bytes(), 0, b"", 0, b"x"),
            zip(wide.as_bytes(), 0x800, b"", 0, b"x"),
            zip(b"?.exe", 0, &extra, 0, b"x"),
        ];
        for (name, _) in names(&all.concat()) {
            assert_eq!(name, wide);
        }
    }

    #[test]
    fn what_is_too_deep_grows_too_much_or_is_not_opened_is_told() {
        let limits = Limits {
            free_bytes: 10_000,
            ratio: 10,
            ..Limits::default()
        };
        let bomb = gzip(&vec![0; 1_000_000]);
        let mut stopped = false;
        look_inside(&mut &bomb[..], 0, &limits, &mut |_, bytes| {
            stopped = is_limit(&std::io::copy(bytes, &mut std::io::sink()).unwrap_err());
            true
        });
        assert!(stopped);
        let deep = look_inside(&mut &bomb[..], 4, &limits, &mut |_, _| unreachable!());
        assert_eq!(deep[0].why, Closed::Limit);
        let rar = look_inside(
            &mut &b"Rar!\x1a\x07\x01"[..],
            0,
            &limits,
            &mut |_, _| unreachable!(),
        );
        assert_eq!(rar[0].why, Closed::Unknown);
    }
}
