//! See `strangers::daemon`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::daemon(bytes));
