//! `completions`: a script for a shell.

use super::arguments::{Cli, CompletionsArgs};
use super::{Context, Exit, Failure};
use clap::CommandFactory;

pub(super) fn completions(args: &CompletionsArgs, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tonnage", &mut script);
    context.console.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
