//! Archives: files that hold files. Each member is searched like a file of its own, with the name
//! `archive!member`, while the archive streams by; nothing is written anywhere and nothing is held whole.

mod tar;
mod zip;

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use crate::inside::Closed;
use crate::unpack::{Limits, Stored};

/// A kind of archive, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archive {
    Zip,
    Tar,
}

/// What of an archive could not be read: the member (none for the archive itself), what, and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) member: Option<String>,
    pub(crate) why: Closed,
    pub(crate) what: String,
    pub(crate) hint: &'static str,
    /// Packed bytes passed over, where that is known.
    pub(crate) bytes: u64,
}

impl Unread {
    fn new(member: Option<&str>, why: Closed, what: impl Into<String>, hint: &'static str) -> Self {
        Self {
            member: member.map(str::to_owned),
            why,
            what: what.into(),
            hint,
            bytes: 0,
        }
    }

    fn passing_over(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}

const DAMAGED_HINT: &str =
    "copy or collect the archive again; the members before this place were searched";

impl Archive {
    /// The kind of archive that begins with `head`, of which a kilobyte is enough.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04")
            || head.starts_with(b"PK\x05\x06")
            || head.starts_with(b"PK\x07\x08PK\x03\x04")
        {
            Some(Self::Zip)
        } else if tar::is_header(head) {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// Gives every member's name and bytes to `each`, in the order in which they are stored, as long as it
    /// answers true. `each` need not read to the end.
    pub(crate) fn members(
        self,
        reader: impl BufRead,
        guard: &Guard<'_>,
        each: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
    ) -> Vec<Unread> {
        let mut reader = Ahead::new(reader);
        let mut unread = Vec::new();
        let done = match self {
            Self::Zip => zip::members(&mut reader, guard, each, &mut unread),
            Self::Tar => tar::members(&mut reader, each, &mut unread),
        };
        if let Err(error) = done {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the archive ends too early".to_owned(),
                _ => format!("the archive is damaged: {error}"),
            };
            let why = match error.kind() {
                io::ErrorKind::FileTooLarge => Closed::Limit,
                _ => Closed::Damaged,
            };
            unread.push(Unread::new(None, why, what, DAMAGED_HINT));
        }
        unread
    }
}

/// Stops members that grow beyond any measure of what is stored.
pub(crate) struct Guard<'g> {
    limits: &'g Limits,
    stored: Rc<Cell<u64>>,
    given: Cell<u64>,
}

impl<'g> Guard<'g> {
    /// `stored` counts the bytes of the whole input.
    pub(crate) fn new(limits: &'g Limits, stored: &Stored<'_>) -> Self {
        Self {
            limits,
            stored: stored.counter(),
            given: Cell::new(0),
        }
    }

    fn took(&self, bytes: usize) -> io::Result<()> {
        let given = self.given.get() + bytes as u64;
        self.given.set(given);
        let packed = self.stored.get().max(1);
        let too_much = given > self.limits.unpacked_bytes
            || given > self.limits.free_bytes && given / packed > self.limits.ratio;
        if too_much {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "it grows like a zip bomb",
            ));
        }
        Ok(())
    }
}

/// A reader whose bytes count for the guard.
pub(crate) struct Guarded<'g, R> {
    pub(crate) inner: R,
    pub(crate) guard: &'g Guard<'g>,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.guard.took(got)?;
        Ok(got)
    }
}

/// A reader that can look at the next four bytes.
struct Ahead<R> {
    inner: R,
    held: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Ahead<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            held: Vec::new(),
            at: 0,
        }
    }

    /// The next four bytes, or fewer at the end, without taking them.
    fn peek(&mut self) -> io::Result<&[u8]> {
        if self.held.len() - self.at < 4 {
            self.held.drain(..self.at);
            self.at = 0;
            let missing = 4 - self.held.len() as u64;
            self.inner
                .by_ref()
                .take(missing)
                .read_to_end(&mut self.held)?;
        }
        Ok(&self.held[self.at..(self.at + 4).min(self.held.len())])
    }

    fn exact<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Takes `length` bytes; an archive's own fields are never long.
    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.by_ref().take(length), &mut io::sink())?;
        if skipped < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Ahead<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let rest = &self.held[self.at..];
        if rest.is_empty() {
            return self.inner.read(buf);
        }
        let got = rest.len().min(buf.len());
        buf[..got].copy_from_slice(&rest[..got]);
        self.at += got;
        Ok(got)
    }
}

impl<R: BufRead> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.held.len() {
            return Ok(&self.held[self.at..]);
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if self.at < self.held.len() {
            self.at += amount;
        } else {
            self.inner.consume(amount);
        }
    }
}
