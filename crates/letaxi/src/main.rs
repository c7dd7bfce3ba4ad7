//! Runs the command of the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    letaxi::cli::main()
}
