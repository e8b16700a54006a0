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
