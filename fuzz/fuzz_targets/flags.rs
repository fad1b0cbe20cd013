//! See `strangers::flags`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::flags(bytes));
