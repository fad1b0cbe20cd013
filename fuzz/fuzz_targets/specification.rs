//! See `strangers::specification`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::specification(bytes));
