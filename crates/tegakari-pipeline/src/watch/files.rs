//! Follows files: looks at each ten times a second, reads what was added, and notices when another file is in its place.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tegakari_model::Problem;
use tegakari_watch::rotation::{FilePrint, Now, PRINT_BYTES, Turn, turn};
use tegakari_watch::{FilePosition, Positions};

use super::feed::{Feed, Feeder, Mark, Opened, PIECE, Shared, Start};
use super::places::Places;
use super::rotated;

/// How long it rests when nothing was added.
const REST: Duration = Duration::from_millis(100);
/// How often folders and patterns are looked through for new files.
const LOOK: Duration = Duration::from_millis(700);
/// How long a file that was renamed away is still read: its writer may not have noticed.
const AFTER_RENAME: Duration = Duration::from_secs(5);
/// How long a file is held open that is at no path any more: its room on the disk is not free before.
const GONE: Duration = Duration::from_secs(60);
/// First bytes that are given to tell the format.
const HEAD: u64 = 64 << 10;
/// Pieces that are read of one file before the next one has its turn.
const IN_A_TURN: usize = 8;

/// Settings of the follower.
pub(super) struct Following {
    pub(super) places: Places,
    /// Read what is there already, where no position is kept.
    pub(super) from_start: bool,
    /// Stop at the end of what is there.
    pub(super) once: bool,
}

/// A file that is open.
struct Followed {
    path: PathBuf,
    name: String,
    stream: u64,
    file: File,
    print: FilePrint,
    generation: u64,
    /// Bytes handed over.
    read: u64,
    size: u64,
    /// Since when nothing was added to it, once it was renamed away.
    away: Option<Instant>,
    /// Since when nothing is at its path and nothing was added to it.
    gone: Option<Instant>,
    /// Files that stood at the path after it and were rotated away as well.
    after: u64,
}

pub(super) struct Follower {
    following: Following,
    feeder: Feeder,
    shared: Arc<Shared>,
    /// Positions of the run before, taken as files are met.
    kept: BTreeMap<String, Vec<FilePosition>>,
    by_path: BTreeMap<PathBuf, Followed>,
    away: Vec<Followed>,
    /// By path: how many files stood there, where the last was read to its end and no other has come.
    generations: BTreeMap<String, u64>,
    /// What was told of a path, so that it is not told ten times a second.
    told: BTreeMap<String, String>,
    first: bool,
    buffer: Vec<u8>,
}

impl Follower {
    pub(super) fn new(
        following: Following,
        positions: &Positions,
        feeder: Feeder,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            following,
            feeder,
            shared,
            kept: positions.files.clone(),
            by_path: BTreeMap::new(),
            away: Vec::new(),
            generations: BTreeMap::new(),
            told: BTreeMap::new(),
            first: true,
            buffer: vec![0; PIECE],
        }
    }

    /// Follows until it is stopped.
    pub(super) fn run(mut self) {
        let mut looked: Option<Instant> = None;
        while !self.shared.stopping() {
            if looked.is_none_or(|then| then.elapsed() >= LOOK) {
                self.look();
                if looked.is_none() && !self.feeder.send(Feed::Looked) {
                    return;
                }
                looked = Some(Instant::now());
            }
            let more = self.turn_all();
            self.first = false;
            match more {
                None => return,
                Some(true) => {}
                Some(false) if self.following.once => {
                    self.feeder.send(Feed::CaughtUp);
                    return;
                }
                Some(false) => thread::sleep(REST),
            }
        }
    }

    fn tell(&mut self, name: &str, what: String, hint: &str) {
        if self.told.get(name) == Some(&what) {
            return;
        }
        self.shared.tell(Problem::new(name, what.clone(), hint));
        self.told.insert(name.to_owned(), what);
    }

    /// Opens what is new.
    fn look(&mut self) {
        let (places, problems) = self.following.places.list();
        for problem in problems {
            self.tell(&problem.place, problem.what, &problem.hint);
        }
        for (path, named) in places {
            if self.by_path.contains_key(&path) {
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            match open(&path) {
                Ok((file, metadata)) => {
                    let number = number(&metadata);
                    let known = |one: &Followed| (one.print.device, one.print.inode) == number;
                    // A file that was renamed: it is read under the name it had.
                    let moved = self.away.iter().any(known)
                        || self
                            .by_path
                            .values()
                            .any(|one| known(one) && !is_at(&one.path, number));
                    if moved && number != (0, 0) && !named {
                        continue;
                    }
                    self.told.remove(&name);
                    if let Err(error) = self.begin(path, &name, file, &metadata) {
                        self.tell(&name, format!("cannot be read: {error}"), HINT);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if self.first && !self.rotated_away(&path, &name) {
                        self.tell(
                            &name,
                            "it is not there yet; it is followed as soon as it is".to_owned(),
                            "nothing is wrong if it is to come; check the spelling otherwise",
                        );
                    }
                }
                Err(error) => self.tell(&name, format!("cannot be read: {error}"), HINT),
            }
        }
    }

    /// Begins to follow the file at a path: where it was left, at its end, or at its start.
    fn begin(
        &mut self,
        path: PathBuf,
        name: &str,
        mut file: File,
        metadata: &Metadata,
    ) -> io::Result<()> {
        let (device, inode) = number(metadata);
        let head = head_of(&mut file, PRINT_BYTES as u64)?;
        let print = FilePrint::new(device, inode, &head);
        let size = metadata.len();
        let mut kept = match self.kept.remove(name) {
            Some(kept) => kept,
            None => self.moved((device, inode), &head),
        };
        let mut followed = Followed {
            path: path.clone(),
            name: name.to_owned(),
            stream: self.shared.next_stream(),
            file,
            print,
            generation: 0,
            read: 0,
            size,
            away: None,
            gone: None,
            after: 0,
        };
        let start = match kept.last() {
            Some(last) => {
                let now = Now {
                    number: (device, inode),
                    size,
                    head: &head,
                };
                let same = turn(&last.print, last.bytes, &now) == Turn::Same;
                let last = last.clone();
                if same {
                    kept.pop();
                }
                let generation = self.catch_up(&path, name, &kept, same, last.generation);
                followed.generation = if same { last.generation } else { generation };
                if same {
                    followed.read = last.bytes;
                    let head = head_of(&mut followed.file, HEAD.min(last.bytes))?;
                    Start::Resume {
                        mark: last.mark,
                        head,
                    }
                } else {
                    Start::New
                }
            }
            None if self.generations.contains_key(name) => {
                followed.generation = self.generations.remove(name).unwrap_or(0);
                Start::New
            }
            None if self.first && !self.following.from_start => {
                followed.read = last_line(&mut followed.file, size)?;
                let head = head_of(&mut followed.file, HEAD.min(followed.read))?;
                if followed.read == 0 {
                    Start::New
                } else {
                    Start::Join {
                        at: followed.read,
                        head,
                    }
                }
            }
            None => Start::New,
        };
        self.feeder.send(opened(&followed, start));
        self.by_path.insert(path, followed);
        Ok(())
    }

    /// Reads to its end a file that was rotated away, and no other has come. False when there is none that is known.
    fn rotated_away(&mut self, path: &Path, name: &str) -> bool {
        let found = |kept: &Vec<FilePosition>| {
            kept.last()
                .is_some_and(|last| rotated::find(path, &last.print, last.bytes).is_some())
        };
        if !self.kept.get(name).is_some_and(found) {
            return false;
        }
        let kept = self.kept.remove(name).unwrap_or_default();
        let last = kept.last().map_or(0, |last| last.generation);
        let generation = self.catch_up(path, name, &kept, false, last);
        self.generations.insert(name.to_owned(), generation);
        true
    }

    /// The position of a file that had another name when the watch stopped.
    fn moved(&mut self, number: (u64, u64), head: &[u8]) -> Vec<FilePosition> {
        let is_it = |(name, kept): &(&String, &Vec<FilePosition>)| {
            kept.last().is_some_and(|last| {
                (last.print.device, last.print.inode) == number
                    && last.print.is_telling()
                    && last.print.begins(head)
            }) && !Path::new(name).exists()
        };
        let Some(name) = self.kept.iter().find(is_it).map(|(name, _)| name.clone()) else {
            return Vec::new();
        };
        let mut kept = self.kept.remove(&name).unwrap_or_default();
        let Some(last) = kept.pop() else {
            return Vec::new();
        };
        // Older ones stay where they are: their name is that of the path.
        self.kept.insert(name.clone(), kept);
        self.feeder.send(Feed::Forget {
            name,
            generation: last.generation,
        });
        vec![last]
    }

    /// Reads what is left of files that stood at the path when the watch stopped, and all that came and went in between.
    /// Gives the generation of the file that is there now.
    fn catch_up(
        &mut self,
        path: &Path,
        name: &str,
        kept: &[FilePosition],
        same: bool,
        last: u64,
    ) -> u64 {
        let mut generation = last + 1;
        let mut after = None;
        for position in kept {
            let Some(found) = rotated::find(path, &position.print, position.bytes) else {
                self.tell(
                    name,
                    "the rest of the file that stood here was not found, and was not read"
                        .to_owned(),
                    "keep the last rotated file unpacked or as .gz (logrotate: delaycompress)",
                );
                self.feeder.send(Feed::Forget {
                    name: name.to_owned(),
                    generation: position.generation,
                });
                continue;
            };
            let start = Start::Resume {
                mark: position.mark.clone(),
                head: found.head,
            };
            self.whole(
                name,
                found.rest,
                start,
                position.print.clone(),
                position.generation,
            );
            after = found.modified.max(after);
        }
        if same {
            return last;
        }
        for later in rotated::later(path, after, &[]) {
            let print = FilePrint::new(0, 0, &later.head);
            self.whole(name, later.rest, Start::New, print, generation);
            generation += 1;
        }
        generation
    }

    /// Reads a file that will not grow, to its end.
    fn whole(
        &mut self,
        name: &str,
        mut rest: Box<dyn Read>,
        start: Start,
        print: FilePrint,
        generation: u64,
    ) {
        let stream = self.shared.next_stream();
        let sent = self.feeder.send(Feed::Open(Box::new(Opened {
            stream,
            name: name.to_owned(),
            input: name.to_owned(),
            generation,
            start,
            file: Some(print),
        })));
        if !sent {
            return;
        }
        loop {
            match rest.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(got) => {
                    let feed = Feed::Bytes {
                        stream,
                        bytes: self.buffer[..got].to_vec(),
                        mark: Mark::None,
                    };
                    if self.shared.stopping() || !self.feeder.send(feed) {
                        // Not closed: its position is kept, and the next run goes on.
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.tell(
                        name,
                        format!("the rest of the file that stood here cannot be read: {error}"),
                        HINT,
                    );
                    break;
                }
            }
        }
        self.feeder.send(Feed::Close { stream });
    }

    /// One turn of all files; `Some(true)` when more waits, `None` when nobody takes any more.
    fn turn_all(&mut self) -> Option<bool> {
        let mut more = false;
        let paths: Vec<PathBuf> = self.by_path.keys().cloned().collect();
        for path in paths {
            let Some(mut followed) = self.by_path.remove(&path) else {
                continue;
            };
            let (kept, again) = self.turn_one(&mut followed)?;
            more |= again;
            if followed.gone.is_some_and(|since| since.elapsed() > GONE) {
                if !self.feeder.send(Feed::Close {
                    stream: followed.stream,
                }) {
                    return None;
                }
            } else if kept {
                self.by_path.insert(path, followed);
            } else {
                // Another file is there, or will be; this one is read on for a while.
                followed.away = Some(Instant::now());
                self.away.push(followed);
                self.between(&path);
                if let Ok((file, metadata)) = open(&path) {
                    more |= self.replace(&path, file, &metadata);
                }
            }
        }
        let mut away = std::mem::take(&mut self.away);
        let wait = if self.following.once {
            Duration::ZERO
        } else {
            AFTER_RENAME
        };
        let mut left = Vec::new();
        for mut followed in away.drain(..) {
            let before = followed.read;
            let again = self.read_on(&mut followed)?;
            more |= again;
            if followed.read > before {
                followed.away = Some(Instant::now());
            }
            if again || followed.away.is_none_or(|since| since.elapsed() < wait) {
                left.push(followed);
            } else if !self.feeder.send(Feed::Close {
                stream: followed.stream,
            }) {
                return None;
            }
        }
        self.away = left;
        Some(more)
    }

    /// Reads files that came to the path and were rotated away between two looks.
    fn between(&mut self, path: &Path) {
        let Some(old) = self.away.last() else {
            return;
        };
        let after = old.file.metadata().and_then(|m| m.modified()).ok();
        let number = |one: &Followed| (one.print.device, one.print.inode);
        let known: Vec<(u64, u64)> = self.away.iter().map(number).collect();
        for missed in rotated::later(path, after, &known) {
            let Some(old) = self.away.last_mut() else {
                return;
            };
            // The one that is followed next comes behind it.
            old.after += 1;
            let (name, generation) = (old.name.clone(), old.generation + old.after);
            let print = FilePrint::new(0, 0, &missed.head);
            self.whole(&name, missed.rest, Start::New, print, generation);
        }
    }

    /// Follows the file that took the place of another.
    fn replace(&mut self, path: &Path, mut file: File, metadata: &Metadata) -> bool {
        let Some(old) = self.away.last() else {
            return false;
        };
        let (name, generation) = (old.name.clone(), old.generation + old.after + 1);
        let head = head_of(&mut file, PRINT_BYTES as u64).unwrap_or_default();
        let (device, inode) = number(metadata);
        let followed = Followed {
            path: path.to_owned(),
            name,
            stream: self.shared.next_stream(),
            file,
            print: FilePrint::new(device, inode, &head),
            generation,
            read: 0,
            size: metadata.len(),
            away: None,
            gone: None,
            after: 0,
        };
        self.feeder.send(opened(&followed, Start::New));
        self.by_path.insert(path.to_owned(), followed);
        true
    }

    /// Looks at a file; gives whether it is still the one at its path, and whether more of it waits.
    fn turn_one(&mut self, followed: &mut Followed) -> Option<(bool, bool)> {
        let there = match std::fs::metadata(&followed.path) {
            Ok(metadata) if metadata.is_file() => metadata,
            // Gone: what its writer still adds is read, until another one is there.
            _ => {
                let before = followed.read;
                let more = self.read_on(followed)?;
                if followed.read > before || followed.gone.is_none() {
                    followed.gone = Some(Instant::now());
                }
                return Some((true, more));
            }
        };
        followed.gone = None;
        let number_now = number(&there);
        let is_same = number_now == (followed.print.device, followed.print.inode);
        if is_same && there.len() == followed.size && followed.read >= followed.size {
            return Some((true, false));
        }
        let head = if is_same {
            head_of(&mut followed.file, u64::from(followed.print.length))
        } else {
            open(&followed.path)
                .and_then(|(mut f, _)| head_of(&mut f, u64::from(followed.print.length)))
        };
        let head = match head {
            Ok(head) => head,
            Err(error) => {
                let name = followed.name.clone();
                self.tell(&name, format!("cannot be read: {error}"), HINT);
                return Some((true, false));
            }
        };
        let now = Now {
            number: number_now,
            size: there.len(),
            head: &head,
        };
        match turn(&followed.print, followed.read, &now) {
            Turn::Same if is_same => Some((true, self.read_on(followed)?)),
            Turn::Same => {
                // A copy of it took its place (an editor does that).
                if let Ok((mut file, metadata)) = open(&followed.path) {
                    let (device, inode) = number(&metadata);
                    let head = head_of(&mut file, PRINT_BYTES as u64).unwrap_or_default();
                    followed.print = FilePrint::new(device, inode, &head);
                    followed.file = file;
                }
                Some((true, self.read_on(followed)?))
            }
            Turn::Replaced => {
                self.read_on(followed)?;
                Some((false, true))
            }
            Turn::Begun => {
                self.begun(followed)?;
                Some((true, true))
            }
        }
    }

    /// The file was emptied. What had not been read of it may stand in a copy.
    fn begun(&mut self, followed: &mut Followed) -> Option<()> {
        let name = followed.name.clone();
        if let Some(mut copy) = rotated::find(&followed.path, &followed.print, followed.read) {
            let mut rest = Vec::new();
            while let Ok(got) = copy.rest.read(&mut self.buffer) {
                rest.clear();
                rest.extend_from_slice(&self.buffer[..got]);
                let feed = Feed::Bytes {
                    stream: followed.stream,
                    bytes: rest.clone(),
                    mark: Mark::None,
                };
                if got == 0 {
                    break;
                }
                if !self.feeder.send(feed) {
                    return None;
                }
            }
        } else if followed.read < followed.size {
            let lost = followed.size - followed.read;
            self.tell(
                &name,
                format!("it was emptied before its last {lost} bytes were read, and no copy of them is there"),
                "rename files instead of emptying them (logrotate: without copytruncate)",
            );
        }
        if !self.feeder.send(Feed::Close {
            stream: followed.stream,
        }) {
            return None;
        }
        let head = head_of(&mut followed.file, PRINT_BYTES as u64).unwrap_or_default();
        followed.print = FilePrint::new(followed.print.device, followed.print.inode, &head);
        followed.stream = self.shared.next_stream();
        followed.generation += 1;
        followed.read = 0;
        followed.size = 0;
        self.feeder.send(opened(followed, Start::New)).then_some(())
    }

    /// Hands over what was added; whether more waits, `None` when nobody takes it.
    fn read_on(&mut self, followed: &mut Followed) -> Option<bool> {
        let mut more = true;
        for _ in 0..IN_A_TURN {
            let place = followed.file.seek(SeekFrom::Start(followed.read));
            let got = match place.and_then(|_| followed.file.read(&mut self.buffer)) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let name = followed.name.clone();
                    self.tell(&name, format!("cannot be read: {error}"), HINT);
                    0
                }
            };
            if got == 0 {
                more = false;
                break;
            }
            let mark = self.longer_print(followed);
            followed.read += got as u64;
            let feed = Feed::Bytes {
                stream: followed.stream,
                bytes: self.buffer[..got].to_vec(),
                mark,
            };
            if self.shared.stopping() || !self.feeder.send(feed) {
                return None;
            }
        }
        followed.size = followed
            .file
            .metadata()
            .map_or(followed.read, |m| m.len())
            .max(followed.read);
        let lag = followed.size - followed.read;
        self.shared.metrics().input(&followed.name).lag_bytes = lag;
        Some(more && lag > 0)
    }

    /// By more of its first bytes a file is known better.
    fn longer_print(&mut self, followed: &mut Followed) -> Mark {
        if followed.print.length as usize >= PRINT_BYTES {
            return Mark::None;
        }
        match head_of(&mut followed.file, PRINT_BYTES as u64) {
            Ok(head) if head.len() > followed.print.length as usize => {
                followed.print = FilePrint::new(followed.print.device, followed.print.inode, &head);
                Mark::Print(followed.print.clone())
            }
            _ => Mark::None,
        }
    }
}

const HINT: &str = "check its permissions and the disk; it is tried again";

fn opened(followed: &Followed, start: Start) -> Feed {
    Feed::Open(Box::new(Opened {
        stream: followed.stream,
        name: followed.name.clone(),
        input: followed.name.clone(),
        generation: followed.generation,
        start,
        file: Some(followed.print.clone()),
    }))
}

/// Opens a regular file; a pipe that took its place must not hold us.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// The first bytes.
pub(super) fn head_of(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(most).read_to_end(&mut head)?;
    Ok(head)
}

/// Where the line that is being written begins.
fn last_line(file: &mut File, size: u64) -> io::Result<u64> {
    let from = size.saturating_sub(HEAD);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(size - from).read_to_end(&mut tail)?;
    Ok(match tail.iter().rposition(|b| *b == b'\n') {
        Some(at) => from + at as u64 + 1,
        None if from == 0 => 0,
        None => size,
    })
}

fn is_at(path: &Path, wanted: (u64, u64)) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| number(&metadata) == wanted)
}

/// Device and inode.
#[cfg(unix)]
pub(super) fn number(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
