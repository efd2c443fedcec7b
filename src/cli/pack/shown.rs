//! What all forms of `pack` do alike: threads, the folder for files, and how results are printed.
//!
//! Knows arguments and the console. Must not know what was packed.

use super::PackArgs;
use super::written::Files;
use crate::cli::arguments::Format;
use crate::cli::folder::{Folder, Kind};
use crate::cli::{Context, Exit, Failure};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::thread;

impl PackArgs {
    /// The folder that was asked for, if one was.
    pub(super) fn folder(&self, kind: Kind) -> Result<Option<Folder>, Failure> {
        let path = self.out.clone();
        path.map(|path| Folder::take(path, kind, self.force)).transpose()
    }

    /// Packings at a time.
    pub(super) fn threads(&self) -> NonZeroUsize {
        let processors = || thread::available_parallelism().ok();
        self.threads.or_else(processors).unwrap_or(NonZeroUsize::MIN)
    }
}

/// A result in each form in which it can be printed; a table takes the width of the terminal.
pub(super) struct Shown<'a> {
    pub(super) csv: &'a dyn Fn() -> String,
    pub(super) json: &'a dyn Fn() -> Value,
    pub(super) table: &'a dyn Fn(usize) -> String,
}

impl Shown<'_> {
    /// The end of a packing: its files are written, where they were asked for, and it is printed.
    pub(super) fn finish(
        &self,
        folder: Option<&Folder>,
        files: impl FnOnce() -> Files,
        interrupted: bool,
        context: &Context,
    ) -> Result<Exit, Failure> {
        if let Some(folder) = folder {
            files().write(folder)?;
        }
        self.print(folder, context)?;
        Ok(exit(interrupted))
    }

    /// Prints the result as it was asked for, and where its files are: under a table, or beside what is printed for programs.
    pub(super) fn print(&self, folder: Option<&Folder>, context: &Context) -> Result<(), Failure> {
        let console = &context.console;
        if console.silent() {
            return Ok(());
        }
        let place = folder.map(Folder::path).map(|path| {
            let page = path.join("report.html");
            format!("Report: {}\nFiles:  {}", page.display(), path.display())
        });
        if console.format() != Format::Table {
            place.iter().for_each(|place| console.note(place));
        }
        match console.format() {
            Format::Csv => console.print(&(self.csv)()),
            Format::Json => console.print_json(&(self.json)()),
            Format::Table => {
                console.print(&(self.table)(console.sheet().width))?;
                place
                    .iter()
                    .try_for_each(|place| console.print(&format!("\n{place}")))
            }
        }
    }
}

/// How a command ends that was, or was not, interrupted.
pub(super) const fn exit(interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else {
        Exit::Done
    }
}
