//! See `strangers::format`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::format(bytes));
