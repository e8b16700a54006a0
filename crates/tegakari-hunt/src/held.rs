//! Files that have to be in memory as a whole before anything of them can be read, given on as text piece by piece.

use std::io::{self, Read};

use crate::unpack::Notes;

/// The largest file that is held.
pub(crate) const MOST_HELD: u64 = 1 << 30;
/// Text made before it is given on.
pub(crate) const PIECE: usize = 64 << 10;

/// What a file says, from its beginning on.
pub(crate) trait Told {
    /// Appends some text; false when there is no more.
    fn more(&mut self, notes: &Notes, out: &mut Vec<u8>) -> bool;
}

type Opening<'a, T> = Box<dyn FnOnce(&Notes) -> io::Result<T> + 'a>;

/// Reads a file as text.
pub(crate) struct Held<'a, T> {
    notes: Notes,
    opening: Option<Opening<'a, T>>,
    told: Option<T>,
    text: Vec<u8>,
    given: usize,
}

impl<'a, T: Told> Held<'a, T> {
    /// `opening` reads the file and is called when the first text is asked for.
    pub(crate) fn new(notes: Notes, opening: impl FnOnce(&Notes) -> io::Result<T> + 'a) -> Self {
        Self {
            notes,
            opening: Some(Box::new(opening)),
            told: None,
            text: Vec::new(),
            given: 0,
        }
    }
}

/// All bytes of a file that is not too large.
pub(crate) fn all(inner: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    inner.take(MOST_HELD + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_HELD {
        return Err(io::Error::other(
            "it is larger than 1 GiB, which is more than is held in memory",
        ));
    }
    Ok(bytes)
}

impl<T: Told> Read for Held<'_, T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
            if let Some(opening) = self.opening.take() {
                self.told = Some(opening(&self.notes)?);
            }
            let more = self
                .told
                .as_mut()
                .is_some_and(|told| told.more(&self.notes, &mut self.text));
            if !more {
                return Ok(0);
            }
        }
        let rest = &self.text[self.given..];
        let got = rest.len().min(buf.len());
        buf[..got].copy_from_slice(&rest[..got]);
        self.given += got;
        Ok(got)
    }
}
