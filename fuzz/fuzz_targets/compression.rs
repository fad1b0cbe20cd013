//! See `strangers::compression`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::compression(bytes));
