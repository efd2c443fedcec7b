//! The `tonnage` command: parse, run, exit code.
use std::process::ExitCode;

fn main() -> ExitCode {
    tonnage::cli::main_with(&tonnage::policy::catalog::Catalog::standard())
}
