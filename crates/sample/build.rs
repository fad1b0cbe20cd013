//! Compiles the programs: standard library only, linked statically, so that they need nothing of an image.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let target = std::env::var("TARGET").unwrap_or_default();
    for name in ["hello", "web", "hand"] {
        let source = format!("programs/{name}.rs");
        println!("cargo::rerun-if-changed={source}");
        let status = Command::new(&rustc)
            .args(["--edition=2024", "--crate-type=bin", "-Copt-level=s", "-Cpanic=abort", "-Cstrip=symbols", "-Clto"])
            .args(["-Ctarget-feature=+crt-static", "--target", &target])
            .arg("-o")
            .arg(out.join(name))
            .arg(&source)
            .status();
        assert!(status.is_ok_and(|status| status.success()), "compiling {source} with {}", rustc.display());
    }
}
