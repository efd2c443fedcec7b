//! The `tonnage` command: parse, run, exit code.
fn main() {}
