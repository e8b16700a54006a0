//! Takes packings off: the one capped reader through which all input passes.
//!
//! A packing is recognised by its first bytes, never by a name, and may be inside another. Formats
//! that are containers of records and cannot be searched as bytes (databases, captures, archives)
//! are recognised too, so that not reading them is said and never silent.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use tegakari_model::Problem;

use crate::archive::Archive;
use crate::{capture, evtx, flow, journal, lz4, parquet, sqlite};

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

    /// The count of stored bytes read so far, as it grows.
    pub(crate) fn counter(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.bytes)
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
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Lz4,
    /// A Windows event file, whose records are text only when they are taken out of it.
    Evtx,
    /// A packet capture: as a line of text for each packet.
    Capture,
    /// Packets of flow export: as a line of text for each flow.
    Flow,
    /// A database: as a line of text for each row.
    Sqlite,
    /// A file of systemd's journal: in its export format.
    Journal,
    /// A Parquet file: as a line of text for each row.
    Parquet,
}

impl Packing {
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(evtx::MAGIC) {
            return Some(Self::Evtx);
        }
        if capture::is_capture(head) {
            return Some(Self::Capture);
        }
        if head.starts_with(sqlite::MAGIC) {
            return Some(Self::Sqlite);
        }
        if head.starts_with(journal::MAGIC) {
            return Some(Self::Journal);
        }
        if head.starts_with(parquet::MAGIC) {
            return Some(Self::Parquet);
        }
        if flow::is_export(head) {
            return Some(Self::Flow);
        }
        if head.starts_with(&lz4::MAGIC) {
            return Some(Self::Lz4);
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

    pub(crate) fn compresses(self) -> bool {
        matches!(
            self,
            Self::Gzip | Self::Zstd | Self::Xz | Self::Bzip2 | Self::Lz4
        )
    }

    /// Opens a packing that [compresses](Self::compresses).
    pub(crate) fn uncompress<'a>(self, inner: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
        self.open(inner, &evtx::Losses::default(), &Notes::default(), None)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Lz4 => "lz4",
            Self::Evtx => "event file",
            Self::Capture => "capture",
            Self::Flow => "flow export",
            Self::Sqlite => "database",
            Self::Journal => "journal",
            Self::Parquet => "Parquet",
        }
    }

    /// `beside` is the log of what was written to a database but is not in its file yet.
    fn open<'a>(
        self,
        inner: impl BufRead + 'a,
        losses: &evtx::Losses,
        notes: &Notes,
        beside: Option<Box<dyn Read + 'a>>,
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
            Self::Lz4 => Box::new(lz4::Lz4::new(inner)),
            Self::Evtx => Box::new(evtx::Events::new(inner, losses.clone())),
            Self::Capture => Box::new(capture::Packets::new(inner, notes.clone())),
            Self::Flow => Box::new(flow::Exports::new(inner, notes.clone())),
            Self::Sqlite => Box::new(sqlite::rows(inner, beside, notes.clone())),
            Self::Journal => Box::new(journal::entries(inner, notes.clone())),
            Self::Parquet => Box::new(parquet::rows(inner, notes.clone())),
        })
    }
}

/// Containers whose records do not stand in their bytes as text.
const UNREADABLE: &[(&[u8], &str, &str)] = &[
    (
        b"PARE",
        "an encrypted Parquet file",
        "decrypt it first, or export it as CSV or JSON lines",
    ),
    (
        &sqlite::WAL_MAGIC[0],
        "the log of a database (WAL)",
        "give it beside its database, under the name that the database gave it",
    ),
    (
        &sqlite::WAL_MAGIC[1],
        "the log of a database (WAL)",
        "give it beside its database, under the name that the database gave it",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"%PDF-", "a PDF document", "give logs as text"),
    (b"regf", "a Windows registry hive", "export it as text"),
];

/// What a reader of a binary file has to say about it: what, a hint, records and bytes lost.
#[derive(Clone, Default)]
pub(crate) struct Notes(Rc<RefCell<Vec<Problem>>>);

impl Notes {
    /// Adds what was lost. The place is put in when the file is done.
    pub(crate) fn add(&self, what: impl Into<String>, hint: &str, records: u64, bytes: u64) {
        let problem = Problem::new("", what, hint)
            .losing_records(records)
            .losing_bytes(bytes);
        self.0.borrow_mut().push(problem);
    }

    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.0.borrow_mut().drain(..).collect();
        for problem in &mut problems {
            problem.place = place.to_owned();
        }
        problems
    }
}

/// Bytes looked at to find what a stream is; a tar header is the longest that is asked for.
const PEEK: usize = 1024;

/// Gives an error once, after what was read before it.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The first bytes of a stream, and the stream with them still in front.
pub(crate) fn head_of<'a>(
    mut reader: Box<dyn BufRead + 'a>,
) -> io::Result<(Vec<u8>, Box<dyn BufRead + 'a>)> {
    let mut head = Vec::with_capacity(PEEK);
    match reader.by_ref().take(PEEK as u64).read_to_end(&mut head) {
        Ok(_) => {
            let whole = Cursor::new(head.clone()).chain(reader);
            Ok((head, Box::new(whole)))
        }
        Err(error) if head.is_empty() => Err(error),
        Err(error) => {
            let whole = Cursor::new(head.clone()).chain(BufReader::new(Failed(Some(error))));
            Ok((head, Box::new(whole)))
        }
    }
}

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
    notes: Notes,
    place: String,
}

/// What an input is once its packings are off.
pub(crate) enum Opened<'a> {
    /// Text or something that can be searched as such.
    Text(Unpacked<'a>),
    /// Files in a file, inside so many packings.
    Archive(Archive, Box<dyn BufRead + 'a>, usize),
    /// A container that this version cannot read.
    Unreadable(Problem),
}

/// Takes the packings off an input, which already was inside `depth` others. `beside` is the file that belongs
/// to it, if any.
pub(crate) fn open<'a>(
    place: &str,
    stored: &Stored<'a>,
    mut beside: Option<Box<dyn Read + 'a>>,
    depth: usize,
    limits: &Limits,
) -> Opened<'a> {
    let mut reader: Box<dyn BufRead + 'a> =
        Box::new(BufReader::with_capacity(1 << 16, stored.clone()));
    let mut layers = Vec::new();
    let losses = evtx::Losses::default();
    let notes = Notes::default();
    let unreadable = |what: String, hint: &str| {
        let mut rest = stored.clone();
        let _ = io::copy(&mut rest, &mut io::sink());
        Opened::Unreadable(Problem::new(place, what, hint).losing_bytes(stored.taken()))
    };
    loop {
        let head;
        (head, reader) = match head_of(reader) {
            Ok(found) => found,
            Err(error) => return unreadable(read_failure(&layers, &error), FAILURE_HINT),
        };
        if let Some((_, what, hint)) = UNREADABLE
            .iter()
            .find(|(magic, ..)| head.starts_with(magic))
        {
            return unreadable(format!("{what} was not read"), hint);
        }
        let archive = Archive::of(&head);
        let packing = Packing::of(&head);
        if archive.is_none() && packing.is_none() {
            break;
        }
        if depth + layers.len() >= limits.depth {
            return unreadable(
                format!("packed more than {} times", limits.depth),
                "unpack it and look what it is: this is not how logs are stored",
            );
        }
        if let Some(archive) = archive {
            return Opened::Archive(archive, reader, depth + layers.len() + 1);
        }
        let Some(packing) = packing else { break };
        layers.push(packing.name());
        reader = match packing.open(reader, &losses, &notes, beside.take()) {
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
        notes,
        place: place.to_owned(),
    })
}

/// The events of a Windows event file as the XML that Windows shows, one a line, and what of it could not be read.
///
/// The whole text is held: this is for chores and tests; a hunt reads it as a stream.
pub fn events_as_text(reader: impl Read, place: &str) -> io::Result<(Vec<u8>, Vec<Problem>)> {
    let losses = evtx::Losses::default();
    let mut text = Vec::new();
    evtx::Events::new(BufReader::new(reader), losses.clone()).read_to_end(&mut text)?;
    Ok((text, losses.problems(place)))
}

/// The first bytes of an input, what compresses it taken off, and whether something did: by these a file is known
/// again that was renamed or compressed since. Containers of records are left as they are.
pub fn beginning(reader: impl Read, most: usize) -> io::Result<(Vec<u8>, bool)> {
    let (reader, packed) = uncompressed(reader)?;
    let mut bytes = Vec::with_capacity(most);
    reader.take(most as u64).read_to_end(&mut bytes)?;
    Ok((bytes, packed))
}

/// The last bytes of an input, what compresses it taken off, and how long it is.
pub fn ending(reader: impl Read, most: usize) -> io::Result<(Vec<u8>, u64)> {
    let (mut reader, _) = uncompressed(reader)?;
    let mut held = Vec::new();
    let mut gone = 0;
    while reader.by_ref().take(1 << 20).read_to_end(&mut held)? > 0 {
        let old = held.len().saturating_sub(most);
        held.drain(..old);
        gone += old as u64;
    }
    let length = gone + held.len() as u64;
    Ok((held, length))
}

fn uncompressed<'a>(reader: impl Read + 'a) -> io::Result<(Box<dyn BufRead + 'a>, bool)> {
    let mut reader: Box<dyn BufRead + 'a> = Box::new(BufReader::new(reader));
    let mut packed = false;
    let (losses, notes) = (evtx::Losses::default(), Notes::default());
    for _ in 0..Limits::default().depth {
        let head;
        (head, reader) = head_of(reader)?;
        let packing = Packing::of(&head).filter(|packing| packing.compresses());
        let Some(packing) = packing else { break };
        packed = true;
        reader = Box::new(BufReader::new(packing.open(reader, &losses, &notes, None)?));
    }
    Ok((reader, packed))
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
        let noted = self.notes.problems(&self.place);
        let cut = self.problem.take().into_iter();
        cut.chain(damaged).chain(noted).collect()
    }

    /// Whether there was a packing.
    pub(crate) fn is_packed(&self) -> bool {
        !self.layers.is_empty()
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
pub(crate) mod tests {
    use std::io::Write;

    use super::{Limits, Opened, Stored, open};
    use tegakari_model::Problem;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn read(bytes: &[u8], limits: &Limits) -> (Vec<u8>, Option<Problem>) {
        let stored = Stored::new(Box::new(bytes));
        match open("x", &stored, None, 0, limits) {
            Opened::Archive(..) => panic!("an archive"),
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
            (&b"PARErest"[..], "Parquet"),
            (b"7z\xbc\xaf\x27\x1crest", "7z"),
        ] {
            let (_, problem) = read(magic, &Limits::default());
            let problem = problem.unwrap();
            assert!(problem.what.contains(what), "{}", problem.what);
            assert_eq!(problem.bytes_lost, magic.len() as u64);
        }
    }
}
