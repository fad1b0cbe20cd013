//! See `strangers::archive`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::archive(bytes));
