//! See `strangers::digest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::digest(bytes));
