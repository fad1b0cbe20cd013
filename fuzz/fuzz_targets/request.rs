//! See `strangers::request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::request(bytes));
