//! See `strangers::ignore`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::ignore(bytes));
