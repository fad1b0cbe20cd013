//! The project's own tools: `cargo xtask test|bench|tidy`.

fn main() {}
