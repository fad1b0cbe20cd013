//! See `strangers::seccomp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strangers::seccomp(bytes));
