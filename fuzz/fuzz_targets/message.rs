//! See `strangers::message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::message(bytes));
