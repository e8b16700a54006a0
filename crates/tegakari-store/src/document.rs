//! Typed documents as canonical JSON, and their digests.
//!
//! The JSON of a model type has its fields in the order of the type and no spaces, so equal documents
//! have equal bytes.

use std::io;

use rusqlite::{Connection, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::{Outcome, Trouble};

/// The canonical JSON of a document.
pub(crate) fn to_json<T: Serialize>(document: &T) -> Outcome<String> {
    serde_json::to_string(document).map_err(|error| Trouble::NotStorable(error.to_string()))
}

/// A document from its JSON. `what` names it in the error.
pub(crate) fn from_json<T: DeserializeOwned>(json: &str, what: &str) -> Outcome<T> {
    serde_json::from_str(json).map_err(|error| Trouble::Unreadable(format!("{what}: {error}")))
}

/// The SHA-256 of a document's canonical JSON.
pub(crate) fn digest<T: Serialize>(document: &T) -> Outcome<Vec<u8>> {
    let mut digest = Digester::new();
    digest.add(document)?;
    digest.finish()
}

/// The SHA-256 of the canonical JSON of several parts, without building the JSON in memory.
pub(crate) struct Digester(io::BufWriter<Hasher>);

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Digester {
    pub(crate) fn new() -> Self {
        // Buffered, because the serialiser writes a few bytes at a time.
        Self(io::BufWriter::new(Hasher(Sha256::new())))
    }

    /// Adds a part. JSON texts one after another cannot be taken for others when a line end, which
    /// canonical JSON never holds, stands between them.
    pub(crate) fn add<T: Serialize>(&mut self, part: &T) -> Outcome<()> {
        let refuse = |error: &dyn std::fmt::Display| Trouble::NotStorable(error.to_string());
        serde_json::to_writer(&mut self.0, part).map_err(|error| refuse(&error))?;
        io::Write::write_all(&mut self.0, b"\n").map_err(|error| refuse(&error))
    }

    pub(crate) fn finish(self) -> Outcome<Vec<u8>> {
        let hasher = self
            .0
            .into_inner()
            .map_err(|error| Trouble::NotStorable(error.to_string()))?;
        Ok(hasher.0.finalize().to_vec())
    }
}

/// The name that a plain enum value has in JSON.
pub(crate) fn word<T: Serialize>(value: &T) -> Outcome<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(Trouble::NotStorable(format!("{other} is not a word"))),
        Err(error) => Err(Trouble::NotStorable(error.to_string())),
    }
}

/// All documents in the first column of a query, in its order.
pub(crate) fn load_all<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    what: &str,
) -> Outcome<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(from_json(
            row.get_ref(0)?.as_str().map_err(mistyped)?,
            what,
        )?);
    }
    Ok(out)
}

/// A column that holds another type than our schema says.
pub(crate) fn mistyped(error: rusqlite::types::FromSqlError) -> Trouble {
    Trouble::Unreadable(format!("a column of a wrong type: {error}"))
}
