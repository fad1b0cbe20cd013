//! See `strangers::dockerfile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::dockerfile(bytes));
