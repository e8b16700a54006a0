//! What can go wrong with the one file, each with what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store could not do what it was asked to. Nothing was changed: every save is all or nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database was written by a newer Tegakari.
    #[error(
        "{} has schema {found}, this version of tegakari knows {known}; \
         upgrade tegakari or name another file with --db", path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version this program knows.
        known: u32,
    },
    /// The database is of an older Tegakari and was opened for reading only.
    #[error(
        "{} has schema {found} and must be brought to {known}; \
         run a command that saves (such as `tegakari read`) on it once, where it can be written", path.display()
    )]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The schema version that is needed.
        known: u32,
    },
    /// There is no such file, and it was to be read only.
    #[error(
        "there is no database at {}; `tegakari read REPORT` makes one, or name another file with --db", path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database; name another file with --db", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a SQLite database of another program. It was not touched.
    #[error("{} is a SQLite database, but not one of tegakari; name another file with --db", path.display())]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error(
        "{} is damaged ({detail}) while {doing}; \
         put it aside, restore a copy, or start a new one with --db", path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
        /// SQLite's words.
        detail: String,
    },
    /// Another process kept the file locked for longer than we wait.
    #[error(
        "{} is in use by another process while {doing}; \
         wait for it to finish and try again", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
    },
    /// No room left.
    #[error(
        "no space left for {} while {doing}; \
         free some, or name a file on another disk with --db", path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
    },
    /// The file or its folder cannot be written.
    #[error(
        "{} cannot be written while {doing}; \
         give yourself write access to it and its folder, or name another file with --db", path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
    },
    /// The file could not be opened.
    #[error(
        "{} cannot be opened ({detail}); \
         see that its folder exists and that you may read and write there", path.display()
    )]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// The operating system's or SQLite's words.
        detail: String,
    },
    /// A stored document is not what this version expects.
    #[error(
        "{} holds something this version cannot read while {doing} ({detail}); \
         read or hunt again to save it anew", path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A document that could not be loaded again is not saved.
    #[error("cannot keep this in {} while {doing}: {detail}; please report it as a bug", path.display())]
    NotStorable {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Anything else SQLite or the disk says.
    #[error("{}: {detail} while {doing}; see that the disk is well, and try again", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: String,
        /// SQLite's words.
        detail: String,
    },
}

/// What goes wrong inside, before it is known in which file and while doing what.
#[derive(Debug)]
pub(crate) enum Trouble {
    Sql(rusqlite::Error),
    Unreadable(String),
    NotStorable(String),
    Newer { found: u32 },
    Older { found: u32 },
    Foreign,
    CannotOpen(&'static str),
}

pub(crate) type Outcome<T> = Result<T, Trouble>;

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Trouble {
    /// Says where it happened, and while doing what.
    pub(crate) fn at(self, path: &Path, doing: &str) -> StoreError {
        let path = path.to_owned();
        let doing = doing.to_owned();
        let known = crate::schema::KNOWN;
        match self {
            Self::Newer { found } => StoreError::NewerSchema { path, found, known },
            Self::Older { found } => StoreError::OlderSchema { path, found, known },
            Self::Foreign => StoreError::ForeignDatabase { path },
            Self::CannotOpen(why) => StoreError::CannotOpen {
                path,
                detail: why.to_owned(),
            },
            Self::Unreadable(detail) => StoreError::Unreadable {
                path,
                doing,
                detail,
            },
            Self::NotStorable(detail) => StoreError::NotStorable {
                path,
                doing,
                detail,
            },
            Self::Sql(error) => {
                let detail = error.to_string();
                match error.sqlite_error_code() {
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                        StoreError::Locked { path, doing }
                    }
                    Some(ErrorCode::DiskFull) => StoreError::Full { path, doing },
                    Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                        StoreError::ReadOnly { path, doing }
                    }
                    Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path },
                    Some(ErrorCode::CannotOpen) => StoreError::CannotOpen { path, detail },
                    // Our SQL is fixed, so "no such table" and values of a wrong type mean that
                    // somebody or something changed the file.
                    Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) => StoreError::Corrupt {
                        path,
                        doing,
                        detail,
                    },
                    None => StoreError::Corrupt {
                        path,
                        doing,
                        detail,
                    },
                    Some(_) => StoreError::Failed {
                        path,
                        doing,
                        detail,
                    },
                }
            }
        }
    }
}
