//! See `strangers::zones`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::zones(bytes));
