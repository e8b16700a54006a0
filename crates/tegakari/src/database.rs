//! Where the database is.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tegakari_pipeline::{Store, StoreError};

use crate::arguments::Globals;
use crate::output;

/// Opens the database, making it and its folder when they do not exist.
pub(crate) fn open(globals: &Globals) -> Result<Store> {
    let path = path(globals)?;
    check(&path)?;
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot make the folder {} for the database; choose another place with --db",
                folder.display()
            )
        })?;
    }
    Ok(Store::open(&path)?)
}

/// Refuses what cannot be a database before it is opened, which a pipe would not let happen until somebody writes.
fn check(path: &Path) -> Result<()> {
    let is_other = |m: std::fs::Metadata| !m.is_file() && !m.is_dir();
    ensure!(
        !path.metadata().is_ok_and(is_other),
        "{} is not a regular file (a device, socket or pipe) and cannot be the database; choose another place with --db",
        path.display()
    );
    Ok(())
}

/// Opens the database for looking only: it must be there, and may lie where nothing can be written.
pub(crate) fn open_to_look(globals: &Globals) -> Result<Store> {
    let path = path(globals)?;
    check(&path)?;
    if path.exists() {
        return match Store::open_read_only(&path) {
            // One of an older version is brought forward, as by any command that writes.
            Err(StoreError::OlderSchema { .. }) => Ok(Store::open(&path)?),
            other => Ok(other?),
        };
    }
    // Nothing has been kept yet; the knowledge can still answer.
    Ok(Store::in_place_of(&path)?)
}

/// Where the database is, whether it is there yet or not.
pub(crate) fn place(globals: &Globals) -> Result<PathBuf> {
    path(globals)
}

/// Where knowledge that was installed lies: `--knowledge`, else beside the database.
pub(crate) fn knowledge_path(globals: &Globals) -> Result<PathBuf> {
    match &globals.knowledge {
        Some(path) => Ok(path.clone()),
        None => Ok(path(globals)?.with_file_name("knowledge.bin")),
    }
}

/// Uses installed knowledge where there is some, with the user's own sources beside it. A file that is missing or cannot
/// be used is an error when it was asked for by name and is not about to be `replaced`, else a remark: the knowledge
/// inside the program is used then.
pub(crate) fn use_knowledge(globals: &Globals, replaced: bool) -> Result<()> {
    let asked_for = globals.knowledge.is_some() && !replaced;
    let Ok(path) = knowledge_path(globals) else {
        return Ok(());
    };
    if !path.exists() && !asked_for && !tegakari_pipeline::has_own_sources(&path) {
        return Ok(());
    }
    if !path.exists() && asked_for {
        // The message says that it is not there.
        tegakari_pipeline::open_knowledge(&path)?;
    }
    let problems = match tegakari_pipeline::use_knowledge(&path) {
        Ok(problems) => problems,
        Err(error) if asked_for => return Err(error.into()),
        Err(error) => {
            output::notice(
                globals,
                &format!(
                    "{error}; the knowledge inside the program is used (`tegakari knowledge update`, or `knowledge reset` to be rid of this)"
                ),
            );
            tegakari_pipeline::use_embedded(&path)
        }
    };
    output::problems(globals, &problems);
    Ok(())
}

/// `--db`, `TEGAKARI_DB`, or `tegakari/tegakari.db` in the user's data folder (XDG Base Directory
/// Specification on Unix, `%LOCALAPPDATA%` on Windows).
fn path(globals: &Globals) -> Result<PathBuf> {
    if let Some(path) = &globals.db {
        return Ok(path.clone());
    }
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let data = folder("XDG_DATA_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".local/share")));
    match data {
        Some(data) => Ok(data.join("tegakari").join("tegakari.db")),
        None => bail!(
            "no home folder is known, so there is no place for the database; give one with --db"
        ),
    }
}
