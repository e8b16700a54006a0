//! What every target does: read bytes as one format, whatever they look like.

use std::io::{Cursor, Write};

use tegakari_read::formats;

/// A workbook with one sheet, and where that is.
pub const WORKBOOK: &[u8] =
    b"<workbook><sheets><sheet name='S' sheetId='1' r:id='r1'/></sheets></workbook>";
/// See [`WORKBOOK`].
pub const WORKBOOK_RELATIONS: &[u8] = b"<Relationships><Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/></Relationships>";

/// Reads bytes as the format with this id. Panics when there is no such format, so that no target
/// fuzzes nothing.
pub fn read_as(id: &str, bytes: &[u8]) {
    caught_panics_pass();
    let format = formats::ALL.iter().find(|f| f.id() == id);
    let format = format.unwrap_or_else(|| panic!("no format {id}"));
    let _ = formats::read_as(*format, "fuzz", bytes);
}

/// A package of members, stored as they are.
pub fn package(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        // Writing to memory does not fail.
        let _ = zip.start_file(*name, stored);
        let _ = zip.write_all(bytes);
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Parsers that panic on damaged files are called where a panic is caught; the fuzzer's own hook would end the
/// run before it is. A panic that nobody catches still does.
pub fn caught_panics_pass() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|info| eprintln!("{info}"))));
}
