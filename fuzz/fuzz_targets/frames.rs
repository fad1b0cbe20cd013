//! See `strangers::frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::frames(bytes));
