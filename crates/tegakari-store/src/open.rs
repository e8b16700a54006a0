//! Opening the file: never touch what is not ours, never wait for ever.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Outcome, StoreError, Trouble};
use crate::schema;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

const OPENING: &str = "opening it";

pub(crate) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let run = || {
        refuse_foreign(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        settle(&connection)?;
        if schema::check(&connection)? {
            // Before write-ahead logging is turned on, so that the header on disk says whose file it is.
            schema::migrate(&mut connection)?;
        }
        write_ahead(&connection)?;
        Ok::<_, Trouble>(connection)
    };
    run().map_err(|trouble| trouble.at(path, OPENING))
}

pub(crate) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let run = || {
        refuse_foreign(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        settle(&connection)?;
        match schema::check(&connection) {
            // Write-ahead logging wants a file beside the database. Where that cannot be made, and
            // none is there with newer content, the database can be read as it stands.
            Err(Trouble::Sql(error))
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
                ) && !beside(path, "-wal").exists() =>
            {
                let connection = immutable(path)?;
                settle(&connection)?;
                let older = schema::check(&connection)?;
                Ok((connection, older))
            }
            Ok(older) => Ok((connection, older)),
            Err(trouble) => Err(trouble),
        }
    };
    if !path.exists() {
        return Err(StoreError::Missing {
            path: path.to_owned(),
        });
    }
    let finish = |(connection, older): (Connection, bool)| {
        if older {
            let (_, found) = schema::versions(&connection)?;
            return Err(Trouble::Older { found });
        }
        Ok(connection)
    };
    run()
        .and_then(finish)
        .map_err(|trouble| trouble.at(path, OPENING))
}

pub(crate) fn in_memory() -> Result<Connection, StoreError> {
    let run = || {
        let mut connection = Connection::open_in_memory()?;
        settle(&connection)?;
        schema::migrate(&mut connection)?;
        Ok::<_, Trouble>(connection)
    };
    run().map_err(|trouble| trouble.at(Path::new(":memory:"), OPENING))
}

/// Settings that hold for one connection.
fn settle(connection: &Connection) -> Outcome<()> {
    connection.busy_timeout(PATIENCE)?;
    // A database file may come from anywhere: its schema must not be able to do anything.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Readers do not stop a writer nor the other way round. Stays as it is where the file system cannot.
fn write_ahead(connection: &Connection) -> Outcome<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    match connection.query_row("PRAGMA journal_mode = wal", [], |row| {
        row.get::<_, String>(0)
    }) {
        Ok(_) => Ok(()),
        // Somebody else has it open at this moment; they or the next one will turn it on.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Looks at a file that exists without locking or changing anything, so that another program's
/// database stays byte for byte as it is: merely opening one can fold its write-ahead log into it.
fn refuse_foreign(path: &Path) -> Outcome<()> {
    let Ok(about) = std::fs::metadata(path) else {
        return Ok(());
    };
    if about.is_dir() {
        return Err(Trouble::CannotOpen("it is a folder"));
    }
    if about.len() == 0 {
        return Ok(());
    }
    let connection = immutable(path)?;
    let (application, version) = match schema::versions(&connection) {
        Ok(versions) => versions,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(error.into());
        }
        // Another process may be writing to it at this moment; opening it properly will tell.
        Err(_) => return Ok(()),
    };
    if application == schema::APPLICATION_ID {
        if version > schema::KNOWN {
            return Err(Trouble::Newer { found: version });
        }
        return Ok(());
    }
    // Ours bear our mark before they have a write-ahead log, so one that seems empty and has a log
    // keeps its content there, and is somebody else's.
    let logged = std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if logged {
        return Err(Trouble::Foreign);
    }
    match schema::check(&connection) {
        Err(Trouble::Foreign) => Err(Trouble::Foreign),
        _ => Ok(()),
    }
}

/// A connection that takes no locks and ignores the write-ahead log.
fn immutable(path: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(
        format!("{}?immutable=1", file_uri(path)),
        flags,
    )?)
}

/// The path as SQLite's `file:` URI: everything that could mean something else is percent-encoded.
fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    if path.has_root() || path.is_absolute() {
        // An empty authority, so that a path that starts with two slashes stays a path.
        uri.push_str("//");
    }
    if cfg!(windows) && path.is_absolute() {
        uri.push('/');
    }
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b':' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
