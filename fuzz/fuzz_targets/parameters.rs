//! See `strangers::parameters`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::parameters(bytes));
