//! How far everything was read, as it is kept between two runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rotation::FilePrint;

/// Heads the file of positions.
pub const POSITIONS_SCHEMA: &str = "tegakari/watch-positions/1";

/// How far a file was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilePosition {
    /// By what it is known again.
    pub print: FilePrint,
    /// How many files stood at this path before it.
    pub generation: u64,
    /// Bytes read, up to the end of a record.
    pub bytes: u64,
    /// What its reader has to know; the hunt's own.
    pub mark: Value,
}

/// How far a stream was read that names its own places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CursorPosition {
    /// The place, as the stream names it.
    pub cursor: String,
    /// What its reader has to know; the hunt's own.
    pub mark: Value,
}

/// All positions of a watch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    schema: String,
    /// By path: the file there, and before it those that stood there and were not read to their ends, in order.
    pub files: BTreeMap<String, Vec<FilePosition>>,
    /// By input: the journal's cursor.
    pub cursors: BTreeMap<String, CursorPosition>,
}

impl Positions {
    /// None yet.
    pub fn new() -> Self {
        Self {
            schema: POSITIONS_SCHEMA.to_owned(),
            ..Self::default()
        }
    }

    /// As they were kept.
    ///
    /// # Errors
    /// When the text is not what [`to_json`](Self::to_json) writes; says why.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if read.schema == POSITIONS_SCHEMA {
            Ok(read)
        } else {
            Err(format!("it is of another version ({:?})", read.schema))
        }
    }

    /// As they are kept: the same positions are the same bytes.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, String> {
        let mut text = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        text.push(b'\n');
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{CursorPosition, FilePosition, Positions};
    use crate::rotation::FilePrint;

    #[test]
    fn positions_come_back_as_they_were_kept() {
        let mut positions = Positions::new();
        let position = FilePosition {
            print: FilePrint::new(1, 2, b"abc"),
            generation: 3,
            bytes: 4,
            mark: serde_json::json!({"bytes": 4}),
        };
        positions
            .files
            .insert("/var/log/a".to_owned(), vec![position]);
        let cursor = CursorPosition {
            cursor: "s=1".to_owned(),
            mark: serde_json::Value::Null,
        };
        positions.cursors.insert("journal".to_owned(), cursor);
        let text = positions.to_json().unwrap();
        assert_eq!(Positions::from_json(&text).unwrap(), positions);
        assert!(Positions::from_json(&text[..text.len() / 2]).is_err());
        assert!(Positions::from_json(b"{\"schema\":\"x/9\",\"files\":{},\"cursors\":{}}").is_err());
    }
}
