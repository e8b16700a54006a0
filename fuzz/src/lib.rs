//! What every target does: read bytes as one format, whatever they look like.

use tegakari_read::formats;

/// Reads bytes as the format with this id. Panics when there is no such format, so that no target
/// fuzzes nothing.
pub fn read_as(id: &str, bytes: &[u8]) {
    let format = formats::ALL.iter().find(|f| f.id() == id);
    let format = format.unwrap_or_else(|| panic!("no format {id}"));
    let _ = formats::read_as(*format, "fuzz", bytes);
}
