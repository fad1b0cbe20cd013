//! See `strangers::changes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::changes(bytes));
