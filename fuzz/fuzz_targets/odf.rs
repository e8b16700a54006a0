#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Packed here, so that the fuzzer need not learn ZIP.
    let file = tegakari_fuzz::package(&[
        ("META-INF/manifest.xml", b"<x/>"),
        ("content.xml", bytes),
        ("styles.xml", bytes),
        ("meta.xml", bytes),
    ]);
    tegakari_fuzz::read_as("odf", &file);
});
