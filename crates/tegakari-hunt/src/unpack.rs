//! Takes packings off: the one capped reader through which all input passes.
//!
//! A packing is recognised by its first bytes, never by a name, and may be inside another. Formats
//! that are containers of records and cannot be searched as bytes (databases, captures, archives)
//! are recognised too, so that not reading them is said and never silent.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use tegakari_model::Problem;

use crate::evtx;

/// Limits against hostile input. Everything read from outside passes through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Packings inside each other that are taken off.
    pub depth: usize,
    /// Unpacked bytes that are always allowed, whatever the ratio.
    pub free_bytes: u64,
    /// Unpacked bytes per packed byte allowed beyond `free_bytes`.
    pub ratio: u64,
    /// Unpacked bytes of one input allowed at all.
    pub unpacked_bytes: u64,
    /// Machines learned from logs that are kept.
    pub assets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 4,
            free_bytes: 1 << 30,
            ratio: 250,
            unpacked_bytes: 1 << 40,
            assets: 100_000,
        }
    }
}

/// Memory a xz stream may ask for. Its highest preset (9) needs 65 MiB.
const XZ_MEMORY: u64 = 512 << 20;

/// A stored stream that several readers look at: the unpacker reads it, the hunt counts it.
#[derive(Clone)]
pub(crate) struct Stored<'a> {
    reader: Rc<RefCell<Box<dyn Read + 'a>>>,
    bytes: Rc<Cell<u64>>,
}

impl<'a> Stored<'a> {
    pub(crate) fn new(reader: Box<dyn Read + 'a>) -> Self {
        Self {
            reader: Rc::new(RefCell::new(reader)),
            bytes: Rc::new(Cell::new(0)),
        }
    }

    /// Stored bytes read so far.
    pub(crate) fn taken(&self) -> u64 {
        self.bytes.get()
    }
}

impl Read for Stored<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.borrow_mut().read(buf)?;
        self.bytes.set(self.bytes.get() + got as u64);
        Ok(got)
    }
}

/// A packing, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    /// A Windows event file, whose records are text only when they are taken out of it.
    Evtx,
}

impl Packing {
    fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(evtx::MAGIC) {
            return Some(Self::Evtx);
        }
        match head {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0x00, ..] => Some(Self::Xz),
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x31,
                0x41,
                0x59,
                0x26,
                0x53,
                0x59,
                ..,
            ] => Some(Self::Bzip2),
            // An empty bzip2 stream.
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x17,
                0x72,
                0x45,
                0x38,
                0x50,
                0x90,
                ..,
            ] => Some(Self::Bzip2),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Evtx => "event file",
        }
    }

    fn open<'a>(
        self,
        inner: impl BufRead + 'a,
        losses: &evtx::Losses,
    ) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(inner)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(inner)?),
            Self::Xz => {
                let stream = liblzma::stream::Stream::new_stream_decoder(
                    XZ_MEMORY,
                    liblzma::stream::CONCATENATED,
                )
                .map_err(io::Error::other)?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(inner, stream))
            }
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(inner)),
            Self::Evtx => Box::new(evtx::Events::new(inner, losses.clone())),
        })
    }
}

/// Containers whose records do not stand in their bytes as text.
const UNREADABLE: &[(&[u8], &str, &str)] = &[
    (
        b"SQLite format 3\0",
        "an SQLite database",
        "export its tables as CSV",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"PK\x05\x06", "a zip archive", "unpack it first"),
    (b"PAR1", "a Parquet file", "export it as CSV or JSON lines"),
    (
        b"\xd4\xc3\xb2\xa1",
        "a packet capture (pcap)",
        "run Zeek on it and give its logs",
    ),
    (
        b"\xa1\xb2\xc3\xd4",
        "a packet capture (pcap)",
        "run Zeek on it and give its logs",
    ),
    (
        b"\x4d\x3c\xb2\xa1",
        "a packet capture (pcap)",
        "run Zeek on it and give its logs",
    ),
    (
        b"\xa1\xb2\x3c\x4d",
        "a packet capture (pcap)",
        "run Zeek on it and give its logs",
    ),
    (
        b"\x0a\x0d\x0d\x0a",
        "a packet capture (pcapng)",
        "run Zeek on it and give its logs",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\x04\x22\x4d\x18", "an lz4 stream", "unpack it first"),
    (b"%PDF-", "a PDF document", "give logs as text"),
    (b"regf", "a Windows registry hive", "export it as text"),
    (
        b"LPKSHHRH",
        "a systemd journal file",
        "export it with `journalctl --file FILE -o json`",
    ),
];

/// An input with its packings taken off.
pub(crate) struct Unpacked<'a> {
    reader: Box<dyn BufRead + 'a>,
    stored: Stored<'a>,
    /// Packings taken off, outermost first.
    layers: Vec<&'static str>,
    limits: Limits,
    given: u64,
    done: bool,
    problem: Option<Problem>,
    /// What event files lost.
    losses: evtx::Losses,
    place: String,
}

/// What an input is once its packings are off.
pub(crate) enum Opened<'a> {
    /// Text or something that can be searched as such.
    Text(Unpacked<'a>),
    /// A container that this version cannot read.
    Unreadable(Problem),
}

/// Takes the packings off an input.
pub(crate) fn open<'a>(place: &str, stored: &Stored<'a>, limits: &Limits) -> Opened<'a> {
    let mut reader: Box<dyn BufRead + 'a> =
        Box::new(BufReader::with_capacity(1 << 16, stored.clone()));
    let mut layers = Vec::new();
    let losses = evtx::Losses::default();
    let unreadable = |what: String, hint: &str| {
        let mut rest = stored.clone();
        let _ = io::copy(&mut rest, &mut io::sink());
        Opened::Unreadable(Problem::new(place, what, hint).losing_bytes(stored.taken()))
    };
    loop {
        let head = match reader.fill_buf() {
            Ok(head) => head,
            Err(error) => return unreadable(read_failure(&layers, &error), FAILURE_HINT),
        };
        if let Some((_, what, hint)) = UNREADABLE
            .iter()
            .find(|(magic, ..)| head.starts_with(magic))
        {
            return unreadable(format!("{what} was not read"), hint);
        }
        let Some(packing) = Packing::of(head) else {
            break;
        };
        if layers.len() >= limits.depth {
            return unreadable(
                format!("packed more than {} times", limits.depth),
                "unpack it and look what it is: this is not how logs are stored",
            );
        }
        layers.push(packing.name());
        reader = match packing.open(reader, &losses) {
            Ok(inner) => Box::new(BufReader::with_capacity(1 << 16, inner)),
            Err(error) => return unreadable(read_failure(&layers, &error), FAILURE_HINT),
        };
    }
    Opened::Text(Unpacked {
        reader,
        stored: stored.clone(),
        layers,
        limits: limits.clone(),
        given: 0,
        done: false,
        problem: None,
        losses,
        place: place.to_owned(),
    })
}

const FAILURE_HINT: &str = "copy or collect the file again; what could be read was searched";

fn read_failure(layers: &[&'static str], error: &io::Error) -> String {
    match (layers.last(), error.kind()) {
        (Some(layer), io::ErrorKind::UnexpectedEof) => {
            format!("the {layer} stream ends too early")
        }
        (Some(layer), _) => format!("the {layer} stream is damaged: {error}"),
        (None, _) => format!("reading failed: {error}"),
    }
}

impl Unpacked<'_> {
    /// The problem that ended the stream early, and what was damaged in it.
    pub(crate) fn take_problems(&mut self) -> Vec<Problem> {
        let damaged = self.losses.problems(&self.place);
        self.problem.take().into_iter().chain(damaged).collect()
    }

    /// Whether the stream ended early: what is missing came after what was read.
    pub(crate) fn is_cut(&self) -> bool {
        self.problem.is_some()
    }

    fn fail(&mut self, what: String, hint: &str) {
        self.done = true;
        let before = self.stored.taken();
        let mut rest = self.stored.clone();
        let _ = io::copy(&mut rest, &mut io::sink());
        let lost = self.stored.taken() - before;
        self.problem = Some(Problem::new(&self.place, what, hint).losing_bytes(lost));
    }

    /// Fills `buf` with unpacked bytes; 0 at the end, also at an early one.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> usize {
        loop {
            if self.done || buf.is_empty() {
                return 0;
            }
            match self.reader.read(buf) {
                Ok(0) => {
                    self.done = true;
                    return 0;
                }
                Ok(got) => {
                    self.given += got as u64;
                    let packed = self.stored.taken().max(1);
                    let too_much = self.given > self.limits.unpacked_bytes
                        || (!self.layers.is_empty()
                            && self.given > self.limits.free_bytes
                            && self.given / packed > self.limits.ratio);
                    if too_much {
                        self.fail(
                            format!(
                                "unpacking was stopped after {} bytes from {packed}: it grows like a zip bomb",
                                self.given
                            ),
                            "unpack it yourself if you trust it, and give the unpacked file",
                        );
                    }
                    return got;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let what = read_failure(&self.layers, &error);
                    self.fail(what, FAILURE_HINT);
                    return 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Limits, Opened, Stored, open};
    use tegakari_model::Problem;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn read(bytes: &[u8], limits: &Limits) -> (Vec<u8>, Option<Problem>) {
        let stored = Stored::new(Box::new(bytes));
        match open("x", &stored, limits) {
            Opened::Unreadable(problem) => (Vec::new(), Some(problem)),
            Opened::Text(mut unpacked) => {
                let mut all = Vec::new();
                let mut buf = [0; 1000];
                loop {
                    match unpacked.read(&mut buf) {
                        0 => break,
                        n => all.extend_from_slice(&buf[..n]),
                    }
                }
                (all, unpacked.take_problems().into_iter().next())
            }
        }
    }

    #[test]
    fn every_packing_comes_off_also_inside_another() {
        let text = b"a line\nanother\n".repeat(500);
        let zst = zstd::encode_all(&text[..], 1).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&text).unwrap();
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(&text).unwrap();
        let two = [gzip(&text[..700]), gzip(&text[700..])].concat();
        for packed in [
            gzip(&text),
            zst.clone(),
            xz.finish().unwrap(),
            bz.finish().unwrap(),
            two,
            gzip(&gzip(&zst)),
            text.clone(),
        ] {
            let (got, problem) = read(&packed, &Limits::default());
            assert_eq!((got == text, problem), (true, None));
        }
    }

    #[test]
    fn a_cut_stream_gives_what_was_read_and_says_so() {
        let text: Vec<u8> = (0..200_000_u32)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
            .collect();
        let packed = gzip(&text);
        let (got, problem) = read(&packed[..packed.len() / 2], &Limits::default());
        assert!(!got.is_empty() && text.starts_with(&got));
        assert!(problem.unwrap().what.contains("ends too early"));
        let mut damaged = packed.clone();
        for byte in &mut damaged[packed.len() / 2..packed.len() / 2 + 64] {
            *byte ^= 0x55;
        }
        let (got, problem) = read(&damaged, &Limits::default());
        assert!(!got.is_empty());
        assert!(problem.unwrap().bytes_lost > 0);
    }

    #[test]
    fn a_bomb_is_stopped_and_named() {
        let limits = Limits {
            free_bytes: 100_000,
            ratio: 50,
            ..Limits::default()
        };
        let (got, problem) = read(&gzip(&vec![0; 10_000_000]), &limits);
        assert!(got.len() < 5_000_000, "{}", got.len());
        assert!(problem.unwrap().what.contains("zip bomb"));
        let mut deep = b"x".to_vec();
        for _ in 0..6 {
            deep = gzip(&deep);
        }
        assert!(read(&deep, &limits).1.unwrap().what.contains("more than 4"));
    }

    #[test]
    fn containers_that_cannot_be_read_are_named_with_their_size() {
        for (magic, what) in [
            (&b"SQLite format 3\0rest"[..], "SQLite"),
            (b"\xd4\xc3\xb2\xa1rest", "pcap"),
            (b"PK\x03\x04rest", "zip"),
            (b"PAR1rest", "Parquet"),
        ] {
            let (_, problem) = read(magic, &Limits::default());
            let problem = problem.unwrap();
            assert!(problem.what.contains(what), "{}", problem.what);
            assert_eq!(problem.bytes_lost, magic.len() as u64);
        }
    }
}
