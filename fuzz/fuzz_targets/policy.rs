//! See `strangers::policy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::policy(bytes));
