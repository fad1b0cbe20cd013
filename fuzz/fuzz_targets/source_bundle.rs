//! See `strangers::source_bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::source_bundle(bytes));
