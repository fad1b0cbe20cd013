//! The project's own tools: `cargo xtask test|bench|fuzz|tidy`.
#![forbid(unsafe_code)]

mod bench;
mod debian;
mod fuzz;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo xtask test [FILTER] | bench [--rounds N] [--only NAME] | fuzz [NAME] [--seconds N] | tidy";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["tidy"] => tidy::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
