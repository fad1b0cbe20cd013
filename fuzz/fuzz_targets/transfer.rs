//! See `strangers::transfer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::transfer(bytes));
