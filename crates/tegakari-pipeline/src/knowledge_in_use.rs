//! Which knowledge is used, and where a newer one comes from: the publishers' files in a folder → one compiled file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tegakari_knowledge::codec::CodecError;
use tegakari_knowledge::sources::{ALL, SourceFile};
use tegakari_knowledge::{Knowledge, Purpose, compile};
use tegakari_model::Problem;

use crate::{PipelineError, write_atomically};

/// No file of a source unpacks to more bytes.
const MAX_FILE: u64 = 1 << 30;
/// A compiled file is no larger; the embedded one has 2 MB.
const MAX_COMPILED: u64 = 256 << 20;

static IN_USE: OnceLock<(PathBuf, Knowledge)> = OnceLock::new();

/// The knowledge that everything here is judged by: the one set by [`use_knowledge`], else the embedded one.
pub fn knowledge() -> &'static Knowledge {
    IN_USE
        .get()
        .map_or_else(|| Knowledge::embedded(), |(_, used)| used)
}

/// Uses a compiled file instead of the embedded knowledge, for the rest of the run, with the user's own sources that lie
/// beside it. Without the file, the embedded knowledge with those. The first call counts. Own sources that cannot be
/// used are left out and told.
///
/// # Errors
/// When the file is there and cannot be read, is damaged, or was compiled for another version of the program.
pub fn use_knowledge(path: &Path) -> Result<Vec<Problem>, PipelineError> {
    let base = path.exists().then(|| compiled_bytes(path)).transpose()?;
    use_over(path, base)
}

/// Uses the embedded knowledge with the own sources beside a compiled file that cannot be used itself.
pub fn use_embedded(path: &Path) -> Vec<Problem> {
    use_over(path, None).unwrap_or_default()
}

/// What a run would use now: the compiled file at this place, or the embedded one, with the own sources beside it. For
/// comparing after something was put there or taken away.
///
/// # Errors
/// As [`use_knowledge`].
pub fn knowledge_in_place(path: &Path) -> Result<Knowledge, PipelineError> {
    let base = if path.exists() {
        compiled_bytes(path)?
    } else {
        Knowledge::embedded_bytes().to_vec()
    };
    let (own, _) = crate::own_knowledge::compiled(path, &base);
    let own: Vec<&[u8]> = own.iter().map(Vec::as_slice).collect();
    Knowledge::decode_with(&base, &own).map_err(|error| damaged(path, &error))
}

fn use_over(path: &Path, base: Option<Vec<u8>>) -> Result<Vec<Problem>, PipelineError> {
    let bytes = base
        .as_deref()
        .unwrap_or_else(|| Knowledge::embedded_bytes());
    let (own, problems) = crate::own_knowledge::compiled(path, bytes);
    let own: Vec<&[u8]> = own.iter().map(Vec::as_slice).collect();
    // Each of the own sources was checked by itself: what is wrong is the file.
    let read = match &base {
        Some(bytes) => Knowledge::decode_with(bytes, &own),
        None if own.is_empty() => return Ok(problems),
        None => Knowledge::embedded_with(&own),
    };
    let read = read.map_err(|error| damaged(path, &error))?;
    let _ = IN_USE.set((path.to_owned(), read));
    Ok(problems)
}

/// The compiled file of the knowledge in use, when it is of this version. The one inside the program is given as
/// well: the next version of the program holds another.
pub(crate) fn bytes(version: &str) -> Option<Vec<u8>> {
    match IN_USE.get() {
        Some((_, used)) if used.version() == version && used.own_sources().next().is_some() => {
            used.to_bytes().ok()
        }
        Some((path, used)) if used.version() == version => {
            let bytes = crate::load(path).ok()?;
            // It may have been replaced since it was read.
            let same = Knowledge::decode(&bytes).is_ok_and(|k| k.version() == version);
            same.then_some(bytes)
        }
        Some(_) => None,
        None => (Knowledge::embedded().version() == version)
            .then(|| Knowledge::embedded_bytes().to_vec()),
    }
}

/// Reads a compiled file and checks all of it.
///
/// # Errors
/// As [`use_knowledge`].
pub fn open_knowledge(path: &Path) -> Result<Knowledge, PipelineError> {
    Knowledge::decode(&compiled_bytes(path)?).map_err(|error| damaged(path, &error))
}

fn damaged(path: &Path, error: &CodecError) -> PipelineError {
    PipelineError::Knowledge {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

fn compiled_bytes(path: &Path) -> Result<Vec<u8>, PipelineError> {
    let failed = |error: io::Error| PipelineError::reading(path, &error);
    let mut bytes = Vec::new();
    let (file, _) = crate::load::open(path)?;
    let read = file
        .take(MAX_COMPILED + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if read as u64 > MAX_COMPILED {
        return Err(PipelineError::Knowledge {
            path: path.to_owned(),
            why: "it is too large for a compiled knowledge file".to_owned(),
        });
    }
    Ok(bytes)
}

/// Whether a file is a compiled knowledge file, by its first bytes.
///
/// # Errors
/// When it cannot be read.
pub fn is_compiled_knowledge(path: &Path) -> Result<bool, PipelineError> {
    let mut head = Vec::new();
    let (file, _) = crate::load::open(path)?;
    file.take(6)
        .read_to_end(&mut head)
        .map_err(|error| PipelineError::reading(path, &error))?;
    Ok(head == b"TGKNOW")
}

/// Compiles the publishers' files below a folder; gives the file's bytes and what they say.
///
/// # Errors
/// When a file cannot be read or is not what its source publishes, or none belongs to a source.
pub fn compile_knowledge(
    folder: &Path,
    purpose: Purpose,
) -> Result<(Vec<u8>, Knowledge), PipelineError> {
    let files = publishers_files(folder)?;
    let files: Vec<SourceFile<'_>> = files
        .iter()
        .map(|(path, bytes)| SourceFile { path, bytes })
        .collect();
    let refused = |why: String| PipelineError::Knowledge {
        path: folder.to_owned(),
        why,
    };
    let bytes = compile(&files, purpose).map_err(|error| refused(error.to_string()))?;
    let knowledge = Knowledge::decode(&bytes).map_err(|error| refused(error.to_string()))?;
    Ok((bytes, knowledge))
}

/// Puts a compiled file in its place; what was there stays until the new one is complete.
///
/// # Errors
/// When it cannot be written.
pub fn install_knowledge(path: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    write_atomically(path, |out| out.write_all(bytes))
}

/// Every file below `root` that a source takes, unpacked, by its path below `root`. Links to folders are not followed.
fn publishers_files(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, PipelineError> {
    let mut out = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: io::Error| PipelineError::reading(&folder, &error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(below) = path.strip_prefix(root) else {
                continue;
            };
            let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
            let name = parts.join("/");
            if ALL.iter().any(|source| source.takes(&name)) {
                let bytes = whole(&path, name.ends_with(".gz"))
                    .map_err(|error| PipelineError::reading(&path, &error))?;
                out.insert(name, bytes);
            }
        }
    }
    Ok(out)
}

fn whole(path: &PathBuf, packed: bool) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    let read = if packed {
        flate2::read::MultiGzDecoder::new(file)
            .take(MAX_FILE)
            .read_to_end(&mut bytes)?
    } else {
        file.take(MAX_FILE).read_to_end(&mut bytes)?
    };
    if read as u64 >= MAX_FILE {
        let why = format!("it has more than {} MB", MAX_FILE >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}
