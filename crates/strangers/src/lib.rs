//! Every parser that reads what strangers send, as a function of bytes that must not panic, hang or eat memory.
//!
//! `fuzz/` gives them to libFuzzer (`cargo xtask fuzz`); this crate's own test runs the seeds of `fuzz/corpus` and
//! mutations of them. Where a parser promises more than to end, the function asserts it.
#![forbid(unsafe_code)]

mod amazon;
#[allow(dead_code, reason = "the daemon's own module, of which only the parsers are used here")]
#[path = "../../dabba/src/daemon/file.rs"]
mod daemon_file;
mod files;
mod texts;

pub use amazon::{parameters, policy, shapes, signature, zones};
pub use files::{archive, compression, layer, log, source_bundle, transfer};
pub use texts::{
    accounts, answers, balanced, cache, changes, daemon, digest, dns, dockerfile, documents, flags, format, frames,
    ignore, image, keys, message, pattern, reference, request, seccomp, specification,
};

/// A parser's name and its function. The name is also that of its seeds' folder and of its fuzz target.
pub type Parser = (&'static str, fn(&[u8]));

/// All of them.
pub const PARSERS: &[Parser] = &[
    ("accounts", accounts),
    ("answers", answers),
    ("archive", archive),
    ("balanced", balanced),
    ("cache", cache),
    ("changes", changes),
    ("compression", compression),
    ("daemon", daemon),
    ("digest", digest),
    ("dns", dns),
    ("dockerfile", dockerfile),
    ("documents", documents),
    ("flags", flags),
    ("format", format),
    ("frames", frames),
    ("ignore", ignore),
    ("image", image),
    ("keys", keys),
    ("layer", layer),
    ("log", log),
    ("message", message),
    ("parameters", parameters),
    ("pattern", pattern),
    ("policy", policy),
    ("reference", reference),
    ("request", request),
    ("seccomp", seccomp),
    ("shapes", shapes),
    ("signature", signature),
    ("specification", specification),
    ("source_bundle", source_bundle),
    ("transfer", transfer),
    ("zones", zones),
];
