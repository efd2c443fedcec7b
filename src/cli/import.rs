//! `import`: what other tools write, as a scenario to start from.

use super::arguments::{Format, ImportArgs, ImportWhat};
use super::{Context, Exit, Failure};
use crate::input::compose;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

pub(super) fn import(args: &ImportArgs, context: &Context) -> Result<Exit, Failure> {
    let ImportWhat::Compose(args) = &args.what;
    let reference = reference(&args.file, args.out.as_deref());
    let made = compose::skeleton(&args.file, &reference).map_err(Failure::Input)?;
    let console = &context.console;
    if !made.notes.is_empty() {
        console.note(&made.notes.render(&made.sources));
    }
    let Some(path) = &args.out else {
        return match console.format() {
            Format::Table => console.print(made.text.trim_end()).map(|()| Exit::Done),
            Format::Json => console
                .print_json(&json!({"scenario": made.text}))
                .map(|()| Exit::Done),
            Format::Csv => Err(Failure::usage(
                "a scenario has no columns: --format csv is not for this command",
            )),
        };
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(made.text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!("{} is there already", path.display()))
            .help(Some("choose another name; nothing is overwritten")),
        _ => Failure::usage(format!("cannot write {}: {error}", path.display())),
    })?;
    if !console.silent() {
        let file = path.display();
        console.print(&format!("Wrote {file}\nNext:  tonnage run {file}"))?;
    }
    Ok(Exit::Done)
}

/// What a scenario at `out` calls `file`: by its name alone beside it, else by where it is.
fn reference(file: &Path, out: Option<&Path>) -> String {
    let folder = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
    let beside = out.is_some_and(|out| folder(out) == folder(file));
    let path = match file.file_name() {
        Some(name) if beside => Path::new(name).to_owned(),
        _ if out.is_none() => file.to_owned(),
        _ => file.canonicalize().unwrap_or_else(|_| file.to_owned()),
    };
    path.display().to_string()
}
