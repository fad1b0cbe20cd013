//! See `strangers::shapes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::shapes(bytes));
