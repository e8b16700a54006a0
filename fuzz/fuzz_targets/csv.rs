#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tegakari_fuzz::read_as("csv", bytes));
