//! See `strangers::keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::keys(bytes));
