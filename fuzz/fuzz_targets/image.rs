//! See `strangers::image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::image(bytes));
