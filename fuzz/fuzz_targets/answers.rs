//! See `strangers::answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::answers(bytes));
