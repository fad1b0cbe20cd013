//! See `strangers::pattern`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::pattern(bytes));
