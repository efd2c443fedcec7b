//! Floor 8: arguments and commands.
//!
//! Joins `input`, `experiment` and `report`, which do not know each other: a command loads scenarios with the first, runs
//! them with the second and shows them with the third. Must not know anything that one of them should know.
//!
//! A crate with policies of its own is a full command line in one line:
//!
//! ```no_run
//! use tonnage::{cli, policy::catalog::Catalog};
//! # fn main() -> std::process::ExitCode {
//! cli::main_with(&Catalog::standard() /* .with_pod_scaler::<Mine>("mine", "what it does") */)
//! # }
//! ```

mod arguments;
mod check;
mod compare;
mod completions;
mod console;
mod exit;
mod explain;
mod folder;
mod import;
mod interrupt;
mod load;
mod new;
mod objectives;
mod origin;
mod pack;
mod policies;
mod progress;
mod reference;
mod replications;
mod report;
mod requests;
mod run;
mod runner;
mod scenario_folder;
mod schema;
mod shapes;
mod tables;
mod written;

use crate::policy::catalog::Catalog;
use arguments::{Cli, Command};
use clap::Parser;
use console::Console;
use exit::{Exit, Failure};
use std::process::ExitCode;

/// What every command gets.
struct Context<'a> {
    catalog: &'a Catalog,
    console: Console,
}

/// Reads the arguments of this process, does what they say, and returns the exit code.
///
/// Codes: 0 done, 1 failed while running, 2 bad usage or input, 99 an objective was missed, 130 interrupted.
#[must_use]
pub fn main_with(catalog: &Catalog) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to the parser, not to us; a closed pipe has read what it wanted.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context {
        catalog,
        console: Console::new(cli.format, cli.quiet),
    };
    match dispatch(&cli.command, &context) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            context.console.fail(&failure);
            failure.exit().into()
        }
    }
}

fn dispatch(command: &Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => run::run(args, context),
        Command::Compare(args) => compare::compare(args, context),
        Command::Pack(args) => pack::pack(args, context),
        Command::Explain(args) => explain::explain(args, context),
        Command::Check(args) => check::check(args, context),
        Command::Import(args) => import::import(args, context),
        Command::Policies(args) => policies::policies(args, context),
        Command::Shapes => shapes::shapes(context),
        Command::Schema(args) => schema::schema(args, context),
        Command::New(args) => new::new(args, context),
        Command::Report(args) => report::report(args, context),
        Command::Completions(args) => completions::completions(args, context),
    }
}
