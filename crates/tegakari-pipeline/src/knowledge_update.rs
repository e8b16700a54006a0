//! The publishers' newest files → knowledge in use, publisher by publisher: what cannot be had or read keeps its place.
//!
//! In the folder of downloads lie `files` (what knowledge was last made of), `new` (complete, not yet used), `parts` (begun)
//! and `state.json` (by what each server knows the version we have). Files move from `new` to `files` only after the
//! knowledge made of them is in its place.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tegakari_knowledge::sources::{self, SourceFile};
use tegakari_knowledge::{Knowledge, compile_over};

use crate::fetch::{self, FetchLimits, Fetched, Tags};
use crate::publishers::{self, Item, Members, Publisher};
use crate::{PipelineError, write_atomically};

/// No file unpacks to more bytes.
const MAX_FILE: u64 = 1 << 30;
/// No archive is read further.
const MAX_ARCHIVE: u64 = 4 << 30;

/// What to fetch, and where to.
#[derive(Debug)]
pub struct UpdateRequest<'a> {
    /// The folder of downloads.
    pub folder: &'a Path,
    /// An address below which the files lie as in a folder for `--from`, in the place of the publishers'.
    pub mirror: Option<&'a str>,
    /// Publishers to ask; empty means all.
    pub only: &'a [String],
    /// How far each transfer may go.
    pub limits: FetchLimits,
}

/// What came of an update.
#[derive(Serialize)]
pub struct Update {
    /// Every file asked for.
    pub files: Vec<FetchedFile>,
    /// Sources whose facts are not those of the newest file, and why.
    pub kept: Vec<KeptSource>,
    /// The compiled knowledge; `None` when everything is as it was.
    #[serde(skip)]
    pub compiled: Option<(Vec<u8>, Knowledge)>,
    #[serde(skip)]
    staged: Staged,
}

/// A file that was asked for.
#[derive(Debug, Clone, Serialize)]
pub struct FetchedFile {
    /// The publisher (`attack`).
    pub publisher: &'static str,
    /// Its path below the folder of files.
    pub path: &'static str,
    /// Where it was asked for.
    pub url: String,
    /// What came of it.
    pub state: FileState,
    /// SHA-256 of the file that is here, in lower case; empty when there is none.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether the digest is the one that the publisher states for this version; `None` when none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_published: Option<bool>,
    /// Why there is nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is new.
    New,
    /// The server has none newer.
    Unchanged,
    /// It could not be had or read; what was there before is kept.
    Failed,
}

/// A source that keeps older facts.
#[derive(Debug, Clone, Serialize)]
pub struct KeptSource {
    /// Its id.
    pub id: &'static str,
    /// Why.
    pub why: String,
}

#[derive(Debug, Default)]
struct Staged {
    folder: PathBuf,
    state: State,
    /// Paths to move from `new` to `files`, with their state.
    moves: Vec<(String, Known)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    #[serde(default)]
    files: BTreeMap<String, Known>,
    /// Version of the knowledge that was made of them.
    #[serde(default)]
    made: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Known {
    url: String,
    #[serde(flatten)]
    tags: Tags,
    sha256: String,
    bytes: u64,
}

/// Every address that is fetched: publisher, path below a folder for `--from`, address. With a mirror, those of the mirror.
///
/// # Errors
/// When the mirror's address may not be fetched.
pub fn knowledge_addresses(
    mirror: Option<&str>,
) -> Result<Vec<(&'static str, &'static str, String)>, PipelineError> {
    let mut all = Vec::new();
    for publisher in publishers::ALL {
        for item in publisher.items {
            all.push((publisher.id, item.path, address(item, mirror)?));
        }
    }
    Ok(all)
}

fn address(item: &Item, mirror: Option<&str>) -> Result<String, PipelineError> {
    let Some(mirror) = mirror else {
        return Ok(item.url.to_owned());
    };
    let url = format!("{}/{}", mirror.trim_end_matches('/'), item.path);
    match fetch::refusal(&url) {
        None => Ok(url),
        Some(why) => Err(PipelineError::NotKnown(format!(
            "{mirror:?} cannot be a mirror: {why}; give an https:// address below which the files lie as in `--list-urls`"
        ))),
    }
}

/// Fetches what is new and makes knowledge of it, over the one `in_use`. Nothing is put in its place yet: that is for
/// [`Update::finish`], after the compiled file was installed.
///
/// # Errors
/// When curl is missing, a publisher is not known, no file at all could be had, or the folder cannot be written.
pub fn update_knowledge(
    request: &UpdateRequest<'_>,
    in_use: &Knowledge,
    told: &dyn Fn(&FetchedFile),
) -> Result<Update, PipelineError> {
    let chosen = chosen(request.only)?;
    for item in chosen.iter().flat_map(|p| p.items) {
        address(item, request.mirror)?;
    }
    if !fetch::curl_is_there() {
        return Err(PipelineError::NotKnown(
            "curl is not on this machine, and this program has no network code of its own; install curl, or fetch the files of `tegakari knowledge update --list-urls` by hand and give their folder with `--from DIR`".to_owned(),
        ));
    }
    let state_path = request.folder.join("state.json");
    // A state that cannot be read means that everything is fetched again.
    let state: State = fs::read(&state_path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let mut update = Update {
        files: Vec::new(),
        kept: Vec::new(),
        compiled: None,
        staged: Staged {
            folder: request.folder.to_owned(),
            state,
            moves: Vec::new(),
        },
    };
    for publisher in &chosen {
        for item in publisher.items {
            let file = fetch_one(publisher, item, request, &mut update.staged)?;
            told(&file);
            update.files.push(file);
        }
    }
    if update.files.iter().all(|f| f.state == FileState::Failed) {
        return Err(PipelineError::NotKnown(
            "none of the files could be fetched, and nothing was changed; without a connection, fetch the files of `tegakari knowledge update --list-urls` elsewhere and give their folder with `--from DIR`".to_owned(),
        ));
    }
    update.compile(&chosen, in_use)?;
    Ok(update)
}

fn chosen(only: &[String]) -> Result<Vec<&'static Publisher>, PipelineError> {
    for one in only {
        if publishers::ALL.iter().all(|p| p.id != one) {
            let ids: Vec<&str> = publishers::ALL.iter().map(|p| p.id).collect();
            return Err(PipelineError::NotKnown(format!(
                "{one:?} is no publisher; choose among {}",
                ids.join(", ")
            )));
        }
    }
    let all = publishers::ALL.iter();
    Ok(all
        .filter(|p| only.is_empty() || only.iter().any(|one| one == p.id))
        .collect())
}

fn fetch_one(
    publisher: &Publisher,
    item: &Item,
    request: &UpdateRequest<'_>,
    staged: &mut Staged,
) -> Result<FetchedFile, PipelineError> {
    let url = address(item, request.mirror)?;
    let kept = request.folder.join("files").join(item.path);
    let new = request.folder.join("new").join(item.path);
    let part = request
        .folder
        .join("parts")
        .join(item.path.replace('/', "-"));
    let known = staged.state.files.get(item.path).cloned();
    let known = known.filter(|k| k.url == url && kept.is_file());
    let mut file = FetchedFile {
        publisher: publisher.id,
        path: item.path,
        url: url.clone(),
        state: FileState::Failed,
        sha256: known
            .as_ref()
            .map_or_else(String::new, |k| k.sha256.clone()),
        bytes: known.as_ref().map_or(0, |k| k.bytes),
        as_published: None,
        problem: None,
    };
    let tags = known.as_ref().map(|k| &k.tags);
    match fetch::fetch(&url, tags, &part, &new, request.limits) {
        Ok(Fetched::Unchanged) if known.is_some() => file.state = FileState::Unchanged,
        Ok(Fetched::Unchanged) => {
            file.problem = Some("the server sends nothing for a file that is not here".to_owned());
        }
        Ok(Fetched::New(tags)) => {
            let (sha256, bytes) =
                digest(&new).map_err(|error| PipelineError::reading(&new, &error))?;
            (file.sha256, file.bytes) = (sha256.clone(), bytes);
            file.state = FileState::New;
            let known = Known {
                url,
                tags,
                sha256,
                bytes,
            };
            staged.moves.push((item.path.to_owned(), known));
        }
        Err(why) => file.problem = Some(why),
    }
    Ok(file)
}

fn digest(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    let digest = hash.finalize();
    Ok((digest.iter().map(|b| format!("{b:02x}")).collect(), bytes))
}

impl Update {
    /// Makes knowledge of what is here: new files before older ones.
    fn compile(
        &mut self,
        chosen: &[&'static Publisher],
        in_use: &Knowledge,
    ) -> Result<(), PipelineError> {
        let base = in_use.version().split('+').next().unwrap_or_default();
        if self.staged.moves.is_empty() && self.staged.state.made == base {
            return Ok(());
        }
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        // From which file here each comes, for what is said of it.
        let mut origin: BTreeMap<String, &'static str> = BTreeMap::new();
        for item in chosen.iter().flat_map(|p| p.items) {
            let is_new = self.staged.moves.iter().any(|(path, _)| path == item.path);
            let folder = if is_new { "new" } else { "files" };
            let path = self.staged.folder.join(folder).join(item.path);
            if !path.is_file() {
                continue;
            }
            let read = match item.members {
                None => whole(&path).map(|bytes| vec![(item.path.to_owned(), bytes)]),
                Some(members) => unpack(&path, members),
            };
            match read {
                Ok(read) => {
                    for (name, bytes) in read {
                        origin.insert(name.clone(), item.path);
                        files.insert(name, bytes);
                    }
                }
                Err(why) => self.give_up(item.path, format!("{why}; it will be fetched again")),
            }
        }
        let files: Vec<SourceFile<'_>> = files
            .iter()
            .map(|(path, bytes)| SourceFile { path, bytes })
            .collect();
        let refused = |why: String| PipelineError::Knowledge {
            path: self.staged.folder.clone(),
            why,
        };
        let (bytes, states) =
            compile_over(in_use, &files).map_err(|error| refused(error.to_string()))?;
        let knowledge = Knowledge::decode(&bytes).map_err(|error| refused(error.to_string()))?;
        for state in states.into_iter().filter(|s| !s.renewed) {
            let Some(problem) = state.problem else {
                continue;
            };
            if let Some(item) = origin.get(&problem.path) {
                self.give_up(item, format!("{}; {}", problem.what, problem.hint));
            }
            self.kept.push(KeptSource {
                id: state.id,
                why: problem.to_string(),
            });
        }
        for file in &mut self.files {
            let domain = file
                .path
                .strip_prefix("attack/")
                .and_then(|p| p.split("-attack").next());
            let id = domain.map(|d| format!("attack-{d}"));
            let source = knowledge
                .sources()
                .iter()
                .find(|s| Some(&s.id) == id.as_ref());
            if let Some(source) = source
                && file.state != FileState::Failed
            {
                file.as_published =
                    publishers::is_released(file.path, &source.version, &file.sha256);
            }
        }
        self.compiled = Some((bytes, knowledge));
        Ok(())
    }

    /// What was fetched is not used.
    fn give_up(&mut self, path: &str, why: String) {
        self.staged.moves.retain(|(moved, _)| moved != path);
        let _ = fs::remove_file(self.staged.folder.join("new").join(path));
        for file in self.files.iter_mut().filter(|f| f.path == path) {
            file.state = FileState::Failed;
            file.problem = Some(why.clone());
        }
    }

    /// Puts the files that were used in their place, now that the knowledge made of them is in its own.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn finish(mut self, version: &str) -> Result<(), PipelineError> {
        for (path, known) in std::mem::take(&mut self.staged.moves) {
            let from = self.staged.folder.join("new").join(&path);
            let to = self.staged.folder.join("files").join(&path);
            let moved = match to.parent() {
                Some(folder) => fs::create_dir_all(folder).and_then(|()| fs::rename(&from, &to)),
                None => Ok(()),
            };
            moved.map_err(|error| PipelineError::writing(&to, &error))?;
            self.staged.state.files.insert(path, known);
        }
        self.staged.state.made = version.to_owned();
        let state = self.staged.folder.join("state.json");
        let bytes = serde_json::to_vec_pretty(&self.staged.state).unwrap_or_default();
        write_atomically(&state, |out| out.write_all(&bytes))
    }
}

fn whole(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes));
    match read {
        Ok(read) if (read as u64) < MAX_FILE => Ok(bytes),
        Ok(_) => Err(format!("it has more than {} MB", MAX_FILE >> 20)),
        Err(error) => Err(error.to_string()),
    }
}

/// The members that a source takes, by their path below the folder of files.
fn unpack(path: &Path, members: Members) -> Result<Vec<(String, Vec<u8>)>, String> {
    let damaged = |error: std::io::Error| format!("not a whole archive ({error})");
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let unpacked = flate2::read::MultiGzDecoder::new(file).take(MAX_ARCHIVE);
    let mut archive = tar::Archive::new(unpacked);
    let mut out = Vec::new();
    let mut total = 0_u64;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path_bytes();
        let name = String::from_utf8_lossy(&name).into_owned();
        // Below the one folder that such archives have on top.
        let below = name.split_once('/').map_or("", |(_, below)| below);
        let Some(tail) = below.strip_prefix(members.from) else {
            continue;
        };
        let name = format!("{}{tail}", members.to);
        let wanted = entry.header().entry_type().is_file()
            && sources::ALL.iter().any(|source| source.takes(&name));
        if !wanted {
            continue;
        }
        let mut bytes = Vec::new();
        let most = MAX_FILE.saturating_sub(total);
        let read = entry.by_ref().take(most).read_to_end(&mut bytes);
        total += read.map_err(damaged)? as u64;
        if total >= MAX_FILE {
            return Err(format!("it unpacks to more than {} MB", MAX_FILE >> 20));
        }
        out.push((name, bytes));
    }
    if out.is_empty() {
        return Err("an archive without any of the files that are read".to_owned());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::PathBuf;

    use super::{Members, unpack};

    fn archive(folder: &tempfile::TempDir, members: &[(&str, &str)], keep: usize) -> PathBuf {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            // As an archive has it, also when the name leads out of the folder.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        let bytes = builder.into_inner().unwrap();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&bytes).unwrap();
        let packed = packer.finish().unwrap();
        let path = folder.path().join("a.tar.gz");
        std::fs::write(&path, &packed[..packed.len() * keep / 100]).unwrap();
        path
    }

    const LISTS: Members = Members {
        from: "lists/",
        to: "misp-warninglists/lists/",
    };

    #[test]
    fn of_an_archive_only_what_a_source_reads_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let members = [
            ("misp-warninglists-main/README.md", "x"),
            ("misp-warninglists-main/lists/akamai/list.json", "{}"),
            ("misp-warninglists-main/lists/../../../etc/list.json", "{}"),
            ("misp-warninglists-main/lists/akamai/other.json", "{}"),
            ("list.json", "{}"),
        ];
        let path = archive(&folder, &members, 100);
        let read = unpack(&path, LISTS).unwrap();
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["misp-warninglists/lists/akamai/list.json"]);
        let none = archive(&folder, &members[..1], 100);
        assert!(unpack(&none, LISTS).unwrap_err().contains("without any"));
        let half = archive(&folder, &members, 60);
        assert!(
            unpack(&half, LISTS)
                .unwrap_err()
                .contains("not a whole archive")
        );
        std::fs::write(&half, "<html>").unwrap();
        assert!(unpack(&half, LISTS).is_err());
    }
}
