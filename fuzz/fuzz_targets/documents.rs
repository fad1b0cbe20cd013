//! See `strangers::documents`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::documents(bytes));
