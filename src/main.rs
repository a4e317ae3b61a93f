//! The `whystart` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    whystart::cli::main()
}
