//! LZ4 frames, unpacked as they stream by (the frame and block formats of the LZ4 project's `doc` folder).
//!
//! Checksums are skipped: a damaged block shows in itself or in the records made of it.

use std::io::{self, Read};

/// What a frame begins with.
pub(crate) const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// How far back a block may refer.
const WINDOW: usize = 64 << 10;
/// The largest block the format allows.
const LARGEST: usize = 4 << 20;

/// Unpacks frames, one after another.
pub(crate) struct Lz4<R> {
    inner: R,
    /// What was unpacked: up to a window of what was given, then what is not given yet.
    out: Vec<u8>,
    given: usize,
    block: Vec<u8>,
    frame: Option<Frame>,
}

#[derive(Clone, Copy)]
struct Frame {
    block_checksums: bool,
    content_checksum: bool,
    linked: bool,
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<R: Read> Lz4<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            out: Vec::new(),
            given: 0,
            block: Vec::new(),
            frame: None,
        }
    }

    fn u32(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.inner.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let got = io::copy(&mut self.inner.by_ref().take(length), &mut io::sink())?;
        if got < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Reads the next frame's header; false at the end.
    fn header(&mut self) -> io::Result<bool> {
        loop {
            let mut magic = Vec::with_capacity(4);
            self.inner.by_ref().take(4).read_to_end(&mut magic)?;
            match magic[..] {
                [] => return Ok(false),
                [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                    let length = self.u32()?;
                    self.skip(u64::from(length))?;
                }
                _ if magic == MAGIC => break,
                _ if magic.len() < 4 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => return Err(wrong("no frame begins where one should")),
            }
        }
        let mut flags = [0; 2];
        self.inner.read_exact(&mut flags)?;
        let flag = flags[0];
        if flag >> 6 != 1 {
            return Err(wrong("a frame of an unknown version"));
        }
        let rest = if flag & 8 != 0 { 8 } else { 0 } + if flag & 1 != 0 { 4 } else { 0 } + 1;
        self.skip(rest)?;
        self.frame = Some(Frame {
            block_checksums: flag & 16 != 0,
            content_checksum: flag & 4 != 0,
            linked: flag & 32 == 0,
        });
        Ok(true)
    }

    /// Unpacks one more block; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        loop {
            let Some(frame) = self.frame else {
                if self.header()? {
                    continue;
                }
                return Ok(false);
            };
            let size = self.u32()?;
            if size == 0 {
                if frame.content_checksum {
                    self.skip(4)?;
                }
                self.frame = None;
                continue;
            }
            let length = (size & 0x7fff_ffff) as usize;
            if length > LARGEST + 64 {
                return Err(wrong("a block larger than any may be"));
            }
            self.block.resize(length, 0);
            self.inner.read_exact(&mut self.block)?;
            if frame.block_checksums {
                self.skip(4)?;
            }
            let keep = if frame.linked { WINDOW } else { 0 };
            let drop = self.out.len().saturating_sub(keep);
            self.out.drain(..drop);
            let before = self.out.len();
            if size >> 31 == 1 {
                self.out.extend_from_slice(&self.block);
            } else {
                unpack(&self.block, &mut self.out, before + LARGEST)?;
            }
            self.given = before;
            if self.out.len() > before {
                return Ok(true);
            }
        }
    }
}

impl<R: Read> Read for Lz4<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.given == self.out.len() && !self.more()? {
            return Ok(0);
        }
        let rest = &self.out[self.given..];
        let got = rest.len().min(buf.len());
        buf[..got].copy_from_slice(&rest[..got]);
        self.given += got;
        Ok(got)
    }
}

/// A length that goes on while bytes are 255.
fn length(block: &[u8], at: &mut usize, nibble: u8) -> io::Result<usize> {
    let mut value = usize::from(nibble);
    if nibble == 15 {
        loop {
            let byte = *block.get(*at).ok_or_else(|| wrong("a block is cut"))?;
            *at += 1;
            value += usize::from(byte);
            if byte != 255 {
                break;
            }
        }
    }
    Ok(value)
}

/// Unpacks one block behind what `out` holds, which it may refer to; `most` is how long `out` may become by copies.
pub(crate) fn unpack(block: &[u8], out: &mut Vec<u8>, most: usize) -> io::Result<()> {
    let mut at = 0;
    while at < block.len() {
        let token = block[at];
        at += 1;
        let literals = length(block, &mut at, token >> 4)?;
        let text = block
            .get(at..at + literals)
            .ok_or_else(|| wrong("a block is cut"))?;
        out.extend_from_slice(text);
        at += literals;
        if at == block.len() {
            break; // the last sequence has literals only
        }
        let offset = match block.get(at..at + 2) {
            Some(&[low, high]) => usize::from(low) | usize::from(high) << 8,
            _ => return Err(wrong("a block is cut")),
        };
        at += 2;
        let copy = length(block, &mut at, token & 15)? + 4;
        if offset == 0 || offset > out.len() || out.len() + copy > most {
            return Err(wrong("a block refers to what is not there"));
        }
        let from = out.len() - offset;
        for i in 0..copy {
            let byte = out[from + i];
            out.push(byte);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Lz4, MAGIC};
    use std::io::Read;

    fn frame(flag: u8, blocks: &[&[u8]]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([flag, 0x40, 0]);
        for block in blocks {
            out.extend(u32::try_from(block.len()).unwrap().to_le_bytes());
            out.extend_from_slice(block);
        }
        out.extend([0; 4]);
        out
    }

    #[test]
    fn literals_copies_and_linked_blocks_come_out() {
        // `abcd` and eight more from four back, then `!`; the next block goes back into the first.
        let first = b"\x44abcd\x04\x00\x10!";
        let second = b"\x02\x0d\x00\x10.";
        let mut out = String::new();
        let bytes = [frame(0x40, &[first, second]), frame(0x60, &[first])].concat();
        Lz4::new(&bytes[..]).read_to_string(&mut out).unwrap();
        assert_eq!(out, "abcdabcdabcd!abcdab.abcdabcdabcd!");
        for cut in 1..bytes.len() {
            let mut got = Vec::new();
            let _ = Lz4::new(&bytes[..cut]).read_to_end(&mut got);
            assert!(out.as_bytes().starts_with(&got), "{cut}");
        }
        let far = frame(0x60, &[b"\x14a\xff\x00\x10!"]);
        assert!(Lz4::new(&far[..]).read_to_end(&mut Vec::new()).is_err());
    }
}
