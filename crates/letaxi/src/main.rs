//! Parses the command, calls [`letaxi::cli`], and turns a failure into one clear line.

use std::process::ExitCode;

fn main() -> ExitCode {
    letaxi::cli::main()
}
