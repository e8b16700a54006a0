//! The one form of MISP galaxy clusters, for the sources that read them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{SourceError, SourceFile};
use crate::order::sort;

/// An entry of a cluster.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) uuid: String,
    pub(crate) value: String,
    pub(crate) revoked: bool,
    pub(crate) meta: BTreeMap<String, Value>,
    pub(crate) related: Vec<Related>,
}

/// A relation of an entry.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Related {
    #[serde(rename = "dest-uuid")]
    pub(super) to: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) tags: Vec<String>,
}

/// A cluster file.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) version: String,
    pub(super) entries: Vec<Entry>,
    /// Entries that could not be understood.
    pub(super) odd: u64,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(default)]
    version: Value,
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
}

/// Reads a cluster file.
pub(super) fn read(file: &SourceFile<'_>) -> Result<Cluster, SourceError> {
    let raw: Raw<'_> = serde_json::from_slice(file.bytes).map_err(|e| {
        SourceError::new(
            file.path,
            format!("not a whole MISP galaxy cluster ({e})"),
            "get the file again from the MISP galaxy",
        )
    })?;
    let mut odd = 0;
    let mut entries = Vec::new();
    for value in &raw.values {
        match serde_json::from_str::<Entry>(value.get()) {
            Ok(entry) if !entry.value.trim().is_empty() => entries.push(entry),
            _ => odd += 1,
        }
    }
    Ok(Cluster {
        version: match raw.version {
            Value::Number(n) => n.to_string(),
            Value::String(s) => s,
            _ => String::new(),
        },
        entries,
        odd,
    })
}

/// The cluster of this file name among the files given; `None` when it is not there.
pub(super) fn named(files: &[SourceFile<'_>], name: &str) -> Result<Option<Cluster>, SourceError> {
    files
        .iter()
        .find(|f| f.path.rsplit('/').next() == Some(name))
        .map(read)
        .transpose()
}

impl Entry {
    /// Its other names, sorted, each once.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let name = self.value.trim();
        let mut aliases: Vec<String> = self
            .texts("synonyms")
            .into_iter()
            .filter(|n| !n.is_empty() && *n != name)
            .map(str::to_owned)
            .collect();
        sort(&mut aliases);
        aliases.dedup();
        aliases
    }

    /// The texts of a meta field, whether it holds one or a list.
    pub(crate) fn texts(&self, field: &str) -> Vec<&str> {
        match self.meta.get(field) {
            Some(Value::String(one)) => vec![one.trim()],
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(Value::as_str)
                .map(str::trim)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The first text of a meta field.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.texts(field).into_iter().find(|t| !t.is_empty())
    }
}
