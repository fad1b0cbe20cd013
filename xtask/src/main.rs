//! The project's own tools: `cargo xtask test|bench|bench-balancer|bench-environments|fuzz|tidy|codegen`.
#![forbid(unsafe_code)]

mod balancer;
mod bench;
mod codegen;
mod debian;
mod environments;
mod fuzz;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask test [FILTER] | bench [--rounds N] [--only NAME] | bench-balancer [--rounds N] | \
                     bench-environments [--rounds N] | fuzz [NAME] [--seconds N] | tidy | codegen [FOLDER]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["bench-balancer", rest @ ..] => balancer::run(rest),
        ["bench-environments", rest @ ..] => environments::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["codegen", rest @ ..] => codegen::run(rest),
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
