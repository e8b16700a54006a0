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

/// Stands in the text where something is missing, so that the hours around it do not count as seen.
pub(crate) const LOST: &[u8] = b"<Event Lost=\"true\"></Event>";

/// What of an event file could not be read, or not be trusted.
#[derive(Debug, Clone, Copy, Default)]
struct Lost {
    /// Records that are damaged or missing.
    records: u64,
    /// Bytes of chunks that are damaged or missing.
    bytes: u64,
    /// Chunks whose records are not what their checksum says.
    changed: u64,
}

/// What was lost so far, told when the file is read.
#[derive(Clone, Default)]
pub(crate) struct Losses(Rc<Cell<Lost>>);

impl Losses {
    /// The problems for what was lost, if anything was.
    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        let Lost {
            records,
            bytes,
            changed,
        } = self.0.get();
        let hint = "collect the file again, or export it with `wevtutil epl` on the machine; what could be read was searched";
        let mut problems = Vec::new();
        if records > 0 || bytes > 0 {
            let of_records = match records {
                1 => "1 record".to_owned(),
                n => format!("{n} records"),
            };
            let what = match (records, bytes) {
                (_, 0) => of_records,
                (0, bytes) => format!("{bytes} bytes"),
                (_, bytes) => format!("{of_records} and {bytes} more bytes"),
            };
            let what = format!("{what} of the event file (EVTX) damaged or missing");
            problems.push(
                Problem::new(place, what, hint)
                    .losing_records(records)
                    .losing_bytes(bytes),
            );
        }
        if changed > 0 {
            let what = match changed {
                1 => "1 chunk of the event file (EVTX) does not have the checksum that it should: its records may have been changed".to_owned(),
                n => format!("{n} chunks of the event file (EVTX) do not have the checksums that they should: their records may have been changed"),
            };
            problems.push(Problem::new(place, what, hint));
        }
        problems
    }

    fn add(&self, records: u64, bytes: u64, changed: u64) {
        let lost = self.0.get();
        self.0.set(Lost {
            records: lost.records.saturating_add(records),
            bytes: lost.bytes.saturating_add(bytes),
            changed: lost.changed + changed,
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
    /// Chunks that the header of the file names, and those that were there.
    named: u64,
    seen: u64,
    /// The number of the record before.
    last: Option<u64>,
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
            named: 0,
            seen: 0,
            last: None,
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

    /// Says in the text that something is missing here.
    fn mark(&mut self) {
        self.text.extend_from_slice(LOST);
        self.text.push(b'\n');
    }

    /// Turns the next chunk into text.
    fn next_chunk(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        if !self.begun {
            self.begun = true;
            // Where the chunks begin stands in the header; it has been the same in every version.
            let got = self.fill(FILE_HEADER)?;
            if got < FILE_HEADER {
                self.ended = true;
                self.losses.add(0, got as u64, 0);
                self.mark();
                return Ok(());
            }
            let named = self.chunk.get(42..44).and_then(|two| two.try_into().ok());
            self.named = named.map_or(0, |two| u64::from(u16::from_le_bytes(two)));
        }
        let got = self.fill(CHUNK)?;
        if got == 0 {
            self.ended = true;
            if let missing @ 1.. = self.named.saturating_sub(self.seen) {
                self.losses.add(0, missing * CHUNK as u64, 0);
                self.mark();
            }
            return Ok(());
        }
        self.seen += 1;
        if self.chunk.starts_with(CHUNK_MAGIC) {
            let (lost, changed) = render(&self.chunk, &mut self.last, &mut self.text);
            self.losses.add(lost, 0, u64::from(changed));
        } else if self.chunk.iter().any(|b| *b != 0) {
            // Files are made larger, with zeros, before chunks are written.
            self.losses.add(0, got as u64, 0);
            self.mark();
        }
        if got < CHUNK {
            self.losses.add(0, (CHUNK - got) as u64, 0);
            self.mark();
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

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

/// Most records of a chunk: none is shorter than its header and the copy of its size.
const MOST: u64 = (CHUNK / (RECORD_HEADER + 4)) as u64;

/// Writes the records of a chunk, with a mark where one is missing; `last` is the number of the record before. Gives how
/// many are lost, and whether the chunk has another checksum than it says.
fn render(chunk: &[u8], last: &mut Option<u64>, out: &mut Vec<u8>) -> (u64, bool) {
    let mark = |out: &mut Vec<u8>| {
        if !out.ends_with(b"\n") && !out.is_empty() {
            out.push(b'\n');
        }
        out.extend_from_slice(LOST);
        out.push(b'\n');
    };
    let free = number(chunk, 48)
        .map(|at| at as usize)
        .filter(|at| (CHUNK_HEADER..=CHUNK).contains(at));
    // The numbers of its first and last record.
    let named = long(chunk, 24)
        .zip(long(chunk, 32))
        .filter(|(first, last)| last.checked_sub(*first).is_some_and(|n| n < MOST));
    // A chunk may say that it has none. In one that is still being written it is of an earlier state, and so is the mark of
    // free space up to which it counts.
    let settled = number(chunk, 120).is_some_and(|flags| flags & 4 == 0);
    let changed = settled
        && free.is_none_or(|free| {
            let mut sum = flate2::Crc::new();
            sum.update(chunk.get(CHUNK_HEADER..free).unwrap_or_default());
            Some(sum.sum()) != number(chunk, 52)
        });
    let mut lost = 0;
    if let (Some((first, _)), Some(before)) = (named, *last)
        && let gap @ 1.. = first.saturating_sub(before.saturating_add(1))
    {
        // Numbers begin anew where an old chunk was written over, and never leave a gap.
        lost += gap;
        mark(out);
    }
    if changed {
        mark(out);
    }
    let free = free.unwrap_or(CHUNK);
    let mut reader = binxml::Reader::new(chunk);
    let mut read = 0;
    let mut failed = 0;
    let mut previous: Option<u64> = None;
    let mut at = CHUNK_HEADER;
    while at + RECORD_HEADER <= CHUNK {
        let size = number(chunk, at + 4).map_or(0, |size| size as usize);
        let whole = chunk[at..].starts_with(&RECORD_MAGIC)
            && size >= RECORD_HEADER + 4
            && at + size <= CHUNK;
        let id = long(chunk, at + 8).unwrap_or(0);
        // Behind the mark of free space lie records that were written over in part, unless they go on where it was set.
        let goes_on = match (previous, named) {
            (Some(previous), _) => id == previous.saturating_add(1),
            (None, Some((first, _))) => id == first,
            (None, None) => false,
        };
        if at >= free && !(whole && goes_on) {
            break;
        }
        if !whole {
            if chunk[at..free].iter().all(|b| *b == 0) {
                break;
            }
            failed += 1;
            mark(out);
            match memchr::memmem::find(&chunk[at + 1..free], &RECORD_MAGIC) {
                Some(next) => at += 1 + next,
                None => break,
            }
            continue;
        }
        let before = out.len();
        if reader
            .record(at + RECORD_HEADER, at + size - 4, out)
            .is_some()
        {
            out.push(b'\n');
            read += u64::from(named.is_none_or(|(first, last)| (first..=last).contains(&id)));
            if changed {
                mark(out);
            }
        } else {
            out.truncate(before);
            failed += 1;
            mark(out);
        }
        previous = Some(id);
        at += size;
    }
    let missing = named.map_or(failed, |(first, last)| {
        (last - first + 1)
            .saturating_sub(read)
            .max(u64::from(failed > 0))
    });
    if missing > 0 && failed == 0 {
        mark(out);
    }
    let end = named.map(|(_, last)| last);
    *last = end.max(previous).or(*last);
    (lost + missing, changed)
}

#[cfg(test)]
mod tests;
