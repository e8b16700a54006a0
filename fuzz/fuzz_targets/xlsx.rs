#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Packed here, so that the fuzzer need not learn ZIP.
    let file = tegakari_fuzz::package(&[
        ("[Content_Types].xml", b"<x/>"),
        ("xl/workbook.xml", tegakari_fuzz::WORKBOOK),
        (
            "xl/_rels/workbook.xml.rels",
            tegakari_fuzz::WORKBOOK_RELATIONS,
        ),
        ("xl/worksheets/sheet1.xml", bytes),
        ("xl/sharedStrings.xml", bytes),
        ("xl/styles.xml", bytes),
    ]);
    tegakari_fuzz::read_as("xlsx", &file);
});
