//! What stops a command.

use std::io;
use std::path::{Path, PathBuf};

/// A command cannot go on. The text says what, where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A file that the command needs could not be read.
    #[error("cannot read {}: {why}; {hint}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// A file is larger than this kind of input may be.
    #[error("{} has {}more than the {limit} bytes that a report may have; split it or give the part that matters", path.display(), size(*bytes))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, where it is known.
        bytes: Option<u64>,
        /// The limit.
        limit: u64,
    },
    /// None of the paths led to anything that could be read.
    #[error(
        "nothing to search: none of the given paths could be read ({first}); check the paths and their permissions"
    )]
    NothingToSearch {
        /// The first reason.
        first: String,
    },
    /// There is nothing to look for.
    #[error("{0}")]
    NothingToLookFor(String),
    /// Something asked for is not known.
    #[error("{0}")]
    NotKnown(String),
    /// Something asked for is not there; said in both languages.
    #[error("{0}")]
    Missing(tegakari_render::NotKnown),
    /// A command was refused, or found nothing; said in both languages.
    #[error("{0}")]
    Said(#[from] tegakari_render::told::Saying),
    /// A user's own template is wrong; the text names file and line.
    #[error("{0}")]
    Template(String),
    /// A result could not be written.
    #[error("cannot write {}: {why}; {hint}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// A knowledge file or the files to compile one from cannot be used.
    #[error("cannot use {} as knowledge: {why}", path.display())]
    Knowledge {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] tegakari_store::StoreError),
}

/// Whether links lead in a circle (ELOOP; the standard library has no stable name for it).
fn is_loop(error: &io::Error) -> bool {
    let code = if cfg!(any(target_os = "linux", target_os = "android")) {
        40
    } else {
        62
    };
    cfg!(unix) && error.raw_os_error() == Some(code)
}

fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(String::new, |bytes| format!("{bytes} bytes, "))
}

impl PipelineError {
    /// An input that could not be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            why: error.to_string(),
            hint: match error.kind() {
                io::ErrorKind::NotFound => "check the spelling of the path",
                io::ErrorKind::PermissionDenied => "run as a user who may read it",
                io::ErrorKind::IsADirectory => "give a file, not a folder",
                _ if is_loop(error) => {
                    "the link leads back to itself; give the file that it was meant to lead to"
                }
                _ => "check the disk and try again",
            },
        }
    }

    /// An output that could not be written.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            why: error.to_string(),
            hint: match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "choose another folder"
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space or choose another disk; what was there before is unchanged"
                }
                _ => "choose another place",
            },
        }
    }
}
