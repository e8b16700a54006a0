//! What the caller hands over for one file.

use std::io::Read;

/// One file to search: its name as it will be cited, and its bytes as stored (packed or not).
///
/// The name is cited and, for logs whose records do not name their machine (shell history, proxy
/// logs), its folders are compared with the names of known machines. It never decides the format.
pub struct Input<'a> {
    /// The file as the user named it.
    pub name: String,
    /// The bytes as stored.
    pub reader: Box<dyn Read + 'a>,
    /// What was written to a database but is not in its file yet: the bytes of the file beside it whose name
    /// ends in `-wal`. Read only when the input is a database.
    pub beside: Option<Box<dyn Read + 'a>>,
}

impl<'a> Input<'a> {
    /// An input from a name and anything that can be read.
    pub fn new(name: impl Into<String>, reader: impl Read + 'a) -> Self {
        Self {
            name: name.into(),
            reader: Box::new(reader),
            beside: None,
        }
    }
}
