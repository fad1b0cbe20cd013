//! See `strangers::cache`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::cache(bytes));
