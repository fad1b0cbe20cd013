//! See `strangers::layer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::layer(bytes));
