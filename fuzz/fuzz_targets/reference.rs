//! See `strangers::reference`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::reference(bytes));
