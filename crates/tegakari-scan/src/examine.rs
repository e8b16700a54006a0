//! One file, read once: its digests, what is inside it, and what stands in it.

use std::io::{self, Read};

use tegakari_model::{
    FileFacts, MetBy, ObservableKind as K, Problem, Relation, ScanMatch, Timestamp, UnreadReason,
};

use crate::contents::Contents;
use crate::digests::Digests;
use crate::names::{self, Named};
use crate::rules::{Asker, Held};
use crate::{KnownFiles, Outcome, Sought};

/// What takes one packing off a file.
pub trait Opener: Sync {
    /// Gives each file inside `reader` to `each`: members of an archive with their names, what a compressed file holds
    /// without one. `each` need not read to the end; it answers false to stop. A plain file gives nothing. `depth`
    /// packings are around it.
    fn open(
        &self,
        reader: &mut dyn Read,
        depth: usize,
        each: &mut dyn FnMut(Option<&str>, &mut dyn Read) -> bool,
    ) -> Vec<Closed>;

    /// Whether an error of such a reader says that a limit was reached.
    fn is_limit(&self, error: &io::Error) -> bool;
}

/// A part of an archive that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The member; none for the archive from some place on.
    pub member: Option<String>,
    /// Why.
    pub why: UnreadReason,
    /// What is wrong with it.
    pub what: String,
    /// Its packed bytes, as far as known.
    pub bytes: u64,
}

/// How files are examined.
pub struct Scan<'s> {
    /// What is looked for.
    pub sought: &'s Sought,
    /// What takes archives apart.
    pub opener: &'s dyn Opener,
    /// Whether the bytes of files are searched for text, too.
    pub contents: bool,
    /// Files that are known.
    pub known: &'s KnownFiles,
    /// Whether to stop.
    pub stop: &'s (dyn Fn() -> bool + Sync),
    /// Told how many more bytes were read.
    pub told: &'s (dyn Fn(u64) + Sync),
}

/// A scan on one thread, with what belongs to that thread alone.
#[derive(Clone, Copy)]
pub struct ScanThread<'t> {
    /// How files are examined.
    pub scan: &'t Scan<'t>,
    /// Rules to ask of the bytes of files.
    pub asker: Option<Asker<'t>>,
}

/// A file by its name and times.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// How it is told of.
    pub place: &'a str,
    /// Its name.
    pub named: Named<'a>,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// Its size when it was opened.
    pub bytes: u64,
}

/// A stream of which everything that is read goes through the digests.
struct Taken<'r, 's> {
    inner: &'r mut dyn Read,
    scan: &'r Scan<'s>,
    digests: Digests,
    contents: Option<Contents>,
    held: Option<Held>,
    bytes: u64,
    is_outer: bool,
    stopped: bool,
    failure: Option<io::Error>,
}

impl Read for Taken<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Ok(0);
        }
        if (self.scan.stop)() {
            self.stopped = true;
            return Ok(0);
        }
        let got = match self.inner.read(buf) {
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let same = io::Error::new(error.kind(), error.to_string());
                self.failure = Some(error);
                return Err(same);
            }
        };
        let bytes = buf.get(..got).unwrap_or_default();
        self.digests.take(bytes);
        if let Some(contents) = &mut self.contents {
            contents.take(bytes, self.scan.sought);
        }
        if let Some(held) = &mut self.held {
            held.take(bytes);
        }
        self.bytes += got as u64;
        if self.is_outer {
            (self.scan.told)(got as u64);
        }
        Ok(got)
    }
}

/// Bytes that are read at a time.
const PIECE: u64 = 256 << 10;

/// Reads a file to its end and notes what was met, and what could not be read. `has_changed` is asked once, at the end,
/// with the number of bytes read.
pub fn examine(
    reader: &mut dyn Read,
    about: &About<'_>,
    thread: ScanThread<'_>,
    outcome: &mut Outcome,
    has_changed: &mut dyn FnMut(u64) -> bool,
) {
    look_at_name(about, thread.scan, outcome);
    examine_at(reader, about, 0, thread, outcome, has_changed);
}

impl Scan<'_> {
    /// Looks at a name alone: of a folder, a link, or a file that cannot be read.
    pub fn look_at_name(&self, about: &About<'_>, outcome: &mut Outcome) {
        look_at_name(about, self, outcome);
    }

    /// Searches a text for everything that may stand in one, and for the names and hashes in it; gives the number of
    /// indicators met.
    pub fn look_at_text(
        &self,
        text: &str,
        place: &str,
        by: MetBy,
        file: Option<&FileFacts>,
        outcome: &mut Outcome,
    ) -> usize {
        let mut hits = Vec::new();
        self.sought.scan(text.as_bytes(), &mut hits);
        hits.sort_unstable_by_key(|hit| (hit.entry, hit.start));
        hits.dedup_by_key(|hit| hit.entry);
        for hit in &hits {
            outcome.meet(
                hit.entry,
                ScanMatch {
                    place: place.to_owned(),
                    by,
                    offset: None,
                    relation: hit.relation,
                    excerpt: text.chars().take(200).collect(),
                    file: file.cloned(),
                },
            );
        }
        hits.len()
    }
}

fn look_at_name(about: &About<'_>, scan: &Scan<'_>, outcome: &mut Outcome) {
    outcome.name_seen();
    names::search(scan.sought, about.named, &mut |indicator, relation| {
        outcome.meet(
            indicator,
            ScanMatch {
                place: about.place.to_owned(),
                by: MetBy::Name,
                offset: None,
                relation,
                excerpt: String::new(),
                file: None,
            },
        );
    });
}

fn examine_at(
    reader: &mut dyn Read,
    about: &About<'_>,
    depth: usize,
    thread: ScanThread<'_>,
    outcome: &mut Outcome,
    has_changed: &mut dyn FnMut(u64) -> bool,
) {
    let ScanThread { scan, asker } = thread;
    let sought = scan.sought;
    let mut taken = Taken {
        inner: reader,
        scan,
        digests: Digests::new(sought.has(|kind| kind == K::Sha512)),
        contents: scan.contents.then(Contents::new),
        held: asker.map(|asker| Held::new(&asker, about.bytes, depth == 0)),
        bytes: 0,
        is_outer: depth == 0,
        stopped: false,
        failure: None,
    };
    let closed = scan.opener.open(&mut taken, depth, &mut |name, bytes| {
        member(name, bytes, about, depth, thread, outcome);
        !(scan.stop)()
    });
    // What the opener had no need of belongs to the digests as well.
    let room = about.bytes.clamp(4096, PIECE);
    let mut piece = vec![0; usize::try_from(room).unwrap_or(4096)];
    loop {
        match taken.read(&mut piece) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let Taken {
        digests,
        contents,
        held,
        bytes,
        stopped,
        failure,
        ..
    } = taken;
    for one in closed {
        let place = match &one.member {
            Some(member) => format!("{}!{member}", about.place),
            None => about.place.to_owned(),
        };
        if one
            .member
            .as_deref()
            .is_some_and(|name| !name.ends_with('/'))
        {
            look_at_member_name(&place, one.member.as_deref(), about, scan, outcome);
        }
        outcome.unread_file(one.why, &place, one.bytes);
        if one.why == UnreadReason::Damaged && failure.is_none() {
            outcome.add_problem(Problem::new(
                place,
                one.what,
                "copy or collect the archive again; what stands before this place was read",
            ));
        }
    }
    let lost = about.bytes.saturating_sub(bytes);
    if stopped {
        outcome.mark_partial();
        outcome.unread_file(UnreadReason::Stopped, about.place, lost);
        return;
    }
    if let Some(error) = failure {
        let reason = match depth {
            0 => UnreadReason::ReadError,
            _ if scan.opener.is_limit(&error) => UnreadReason::ArchiveLimit,
            _ => UnreadReason::Damaged,
        };
        outcome.unread_file(reason, about.place, lost);
        outcome.add_problem(
            Problem::new(
                about.place,
                format!("reading stopped after {bytes} bytes: {error}"),
                "what was read was searched, and no hash of it is told; copy or collect it again",
            )
            .losing_bytes(lost),
        );
        meet_contents(contents, about, None, scan, outcome);
        return;
    }
    let changed = has_changed(bytes);
    let digested = digests.done();
    let known = scan
        .known
        .find(&digested.md5, &digested.sha1, &digested.sha256);
    let facts = FileFacts {
        bytes,
        modified: about.modified,
        known_good: known.map(str::to_owned),
        changed,
        md5: digested.md5,
        sha1: digested.sha1,
        sha256: digested.sha256,
    };
    if changed {
        outcome.unread_file(UnreadReason::Changed, about.place, lost);
    } else if depth == 0 {
        outcome.tally.files += 1;
        outcome.tally.bytes = outcome.tally.bytes.saturating_add(bytes);
    } else {
        outcome.tally.members += 1;
        outcome.tally.member_bytes = outcome.tally.member_bytes.saturating_add(bytes);
    }
    outcome.tally.known_good += u64::from(facts.known_good.is_some());
    meet_hashes(&facts, digested.sha512.as_deref(), about, scan, outcome);
    meet_contents(contents, about, Some(&facts), scan, outcome);
    if let Some((held, asker)) = held.zip(asker) {
        held.ask(&asker, about.place, &facts, outcome);
    }
}

/// A file inside the one that `about` tells of.
fn member(
    name: Option<&str>,
    bytes: &mut dyn Read,
    about: &About<'_>,
    depth: usize,
    thread: ScanThread<'_>,
    outcome: &mut Outcome,
) {
    if name.is_some_and(|name| name.ends_with('/')) {
        return; // a folder
    }
    // What is compressed alone has the name of the outer file without the last ending.
    let outer = about.place.rsplit(['/', '!']).next().unwrap_or_default();
    let stem = outer.rsplit_once('.').map_or(outer, |(stem, _)| stem);
    let name = name.unwrap_or(stem);
    let place = format!("{}!{name}", about.place);
    let inner = About {
        place: &place,
        named: Named {
            path: "",
            below: Some(name.trim_start_matches("./").trim_start_matches('/')),
            real: None,
        },
        modified: None,
        bytes: 0,
    };
    look_at_name(&inner, thread.scan, outcome);
    examine_at(bytes, &inner, depth + 1, thread, outcome, &mut |_| false);
}

fn look_at_member_name(
    place: &str,
    member: Option<&str>,
    about: &About<'_>,
    scan: &Scan<'_>,
    outcome: &mut Outcome,
) {
    let named = Named {
        path: "",
        below: member,
        real: None,
    };
    let inner = About {
        place,
        named,
        ..*about
    };
    look_at_name(&inner, scan, outcome);
}

fn meet_hashes(
    facts: &FileFacts,
    sha512: Option<&str>,
    about: &About<'_>,
    scan: &Scan<'_>,
    outcome: &mut Outcome,
) {
    if !scan.sought.has(K::is_file_hash) {
        return;
    }
    let mut text = format!("{}\n{}\n{}\n", facts.md5, facts.sha1, facts.sha256);
    if let Some(sha512) = sha512 {
        text.push_str(sha512);
        text.push('\n');
    }
    let mut hits = Vec::new();
    scan.sought.scan(text.as_bytes(), &mut hits);
    for hit in hits {
        let is_hash = scan
            .sought
            .indicator(hit.entry)
            .is_some_and(|one| one.observable.kind().is_file_hash());
        if is_hash {
            outcome.meet(
                hit.entry,
                ScanMatch {
                    place: about.place.to_owned(),
                    by: MetBy::Hash,
                    offset: None,
                    relation: Relation::Exact,
                    excerpt: String::new(),
                    file: Some(facts.clone()),
                },
            );
        }
    }
}

fn meet_contents(
    contents: Option<Contents>,
    about: &About<'_>,
    facts: Option<&FileFacts>,
    scan: &Scan<'_>,
    outcome: &mut Outcome,
) {
    let Some(contents) = contents else { return };
    for (indicator, met) in contents.done(scan.sought) {
        outcome.meet(
            indicator,
            ScanMatch {
                place: about.place.to_owned(),
                by: MetBy::Content,
                offset: Some(met.offset),
                relation: met.relation,
                excerpt: met.excerpt,
                file: facts.cloned(),
            },
        );
    }
}
