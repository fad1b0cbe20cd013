//! See `strangers::signature`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::signature(bytes));
