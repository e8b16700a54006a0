//! Windows event files (EVTX) as the XML that Windows itself shows them as: one `<Event>` a line.
//!
//! A file is a header of 4 KiB and chunks of 64 KiB, each of which can be read alone: names and templates are shared
//! only inside a chunk. So a damaged record costs that record, a damaged chunk costs that chunk, and memory is a chunk and
//! what it says. Described in \[MS-EVEN6\] (binary XML) and by the libevtx project (the file around it).

mod binxml;
mod values;

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use tegakari_model::Problem;

/// What an event file begins with.
pub(crate) const MAGIC: &[u8] = b"ElfFile\0";

const FILE_HEADER: usize = 4096;
const CHUNK: usize = 64 << 10;
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const CHUNK_HEADER: usize = 512;
const RECORD_MAGIC: [u8; 4] = [0x2a, 0x2a, 0, 0];
/// Magic, size, number and time.
const RECORD_HEADER: usize = 24;

/// What of an event file could not be read.
#[derive(Debug, Clone, Copy, Default)]
struct Lost {
    /// Records that are damaged.
    records: u64,
    /// Bytes of chunks that are damaged.
    bytes: u64,
}

/// What was lost so far, told when the file is read.
#[derive(Clone, Default)]
pub(crate) struct Losses(Rc<Cell<Lost>>);

impl Losses {
    /// The problem for what was lost, if anything was.
    pub(crate) fn problem(&self, place: &str) -> Option<Problem> {
        let lost = self.0.get();
        if lost.records == 0 && lost.bytes == 0 {
            return None;
        }
        let what = match (lost.records, lost.bytes) {
            (records, 0) => format!("{records} records of the event file (EVTX) are damaged"),
            (0, bytes) => format!("{bytes} bytes of the event file (EVTX) are damaged"),
            (records, bytes) => {
                format!(
                    "{records} records and {bytes} more bytes of the event file (EVTX) are damaged"
                )
            }
        };
        let hint = "collect the file again, or export it with `wevtutil epl` on the machine; what could be read was searched";
        Some(
            Problem::new(place, what, hint)
                .losing_records(lost.records)
                .losing_bytes(lost.bytes),
        )
    }

    fn add(&self, records: u64, bytes: u64) {
        let lost = self.0.get();
        self.0.set(Lost {
            records: lost.records + records,
            bytes: lost.bytes + bytes,
        });
    }
}

/// Reads an event file as lines of XML.
pub(crate) struct Events<R> {
    inner: R,
    losses: Losses,
    chunk: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    begun: bool,
    ended: bool,
}

impl<R: Read> Events<R> {
    pub(crate) fn new(inner: R, losses: Losses) -> Self {
        Self {
            inner,
            losses,
            chunk: Vec::new(),
            text: Vec::new(),
            given: 0,
            begun: false,
            ended: false,
        }
    }

    /// Reads the next `length` bytes, or what is left of them.
    fn fill(&mut self, length: usize) -> io::Result<usize> {
        self.chunk.clear();
        self.chunk.resize(length, 0);
        let mut got = 0;
        while got < length {
            match self.inner.read(&mut self.chunk[got..]) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(got)
    }

    /// Turns the next chunk into text.
    fn next_chunk(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            // Where the chunks begin stands in the header; it has been the same in every version.
            let got = self.fill(FILE_HEADER)?;
            if got < FILE_HEADER {
                self.ended = true;
                self.losses.add(0, got as u64);
                return Ok(());
            }
        }
        let got = self.fill(CHUNK)?;
        if got == 0 {
            self.ended = true;
            return Ok(());
        }
        self.text.clear();
        self.given = 0;
        if !self.chunk.starts_with(CHUNK_MAGIC) {
            // Files are made larger before chunks are written.
            if self.chunk.iter().any(|b| *b != 0) {
                self.losses.add(0, got as u64);
            }
            return Ok(());
        }
        let lost = render(&self.chunk, &mut self.text);
        self.losses.add(lost, 0);
        if got < CHUNK {
            self.ended = true;
            self.losses.add(0, (CHUNK - got) as u64);
        }
        Ok(())
    }
}

impl<R: Read> Read for Events<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let rest = &self.text[self.given..];
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// Writes the records of a chunk; gives how many could not be read.
fn render(chunk: &[u8], out: &mut Vec<u8>) -> u64 {
    let mut lost = 0;
    let mut reader = binxml::Reader::new(chunk);
    // Behind the free space mark lie older records that were overwritten in part.
    let free = number(chunk, 48)
        .map(|at| at as usize)
        .filter(|at| (CHUNK_HEADER..=CHUNK).contains(at))
        .unwrap_or(CHUNK);
    let mut at = CHUNK_HEADER;
    while at + RECORD_HEADER <= free {
        let size = number(chunk, at + 4).map_or(0, |size| size as usize);
        let whole = chunk[at..].starts_with(&RECORD_MAGIC)
            && size >= RECORD_HEADER + 4
            && at + size <= CHUNK;
        if !whole {
            if chunk[at..free].iter().all(|b| *b == 0) {
                break;
            }
            lost += 1;
            let next = memchr::memmem::find(&chunk[at + 1..free], &RECORD_MAGIC);
            match next {
                Some(next) => at += 1 + next,
                None => break,
            }
            continue;
        }
        let before = out.len();
        if reader
            .record(at + RECORD_HEADER, at + size - 4, out)
            .is_none()
        {
            out.truncate(before);
            lost += 1;
        } else {
            out.push(b'\n');
        }
        at += size;
    }
    lost
}

#[cfg(test)]
mod tests;
