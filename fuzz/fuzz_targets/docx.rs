#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Packed here, so that the fuzzer need not learn ZIP.
    let file = tegakari_fuzz::package(&[
        ("[Content_Types].xml", b"<x/>"),
        ("word/document.xml", bytes),
        ("word/styles.xml", bytes),
        ("word/_rels/document.xml.rels", bytes),
        ("docProps/core.xml", bytes),
    ]);
    tegakari_fuzz::read_as("docx", &file);
});
