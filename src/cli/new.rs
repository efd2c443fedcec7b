//! `new`: a commented scenario to start from.

use super::arguments::{Format, NewArgs};
use super::load::QUICK_START;
use super::{Context, Exit, Failure};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

pub(super) fn new(args: &NewArgs, context: &Context) -> Result<Exit, Failure> {
    let is_file = args
        .name
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    let path = if is_file {
        args.name.clone()
    } else {
        let mut name = args.name.clone().into_os_string();
        name.push(".yaml");
        PathBuf::from(name)
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let text = named(QUICK_START, name.trim_matches('-'));
    // Created only if it is not there: no look first, so nothing can come between.
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!("{} is there already", path.display()))
            .help(Some("choose another name; nothing is overwritten")),
        _ => Failure::usage(format!("cannot write {}: {error}", path.display())),
    })?;
    let console = &context.console;
    if console.silent() {
        return Ok(Exit::Done);
    }
    let file = path.display().to_string();
    match console.format() {
        Format::Table => console.print(&format!(
            "Wrote {file}\nNext:  tonnage run {file}\nEdit:  every field with its default is in `tonnage schema`; policies are in `tonnage policies`"
        ))?,
        Format::Json => console.print_json(&json!({"file": file}))?,
        Format::Csv => console.print(&super::tables::csv(&["file"], [vec![file]].into_iter()))?,
    }
    Ok(Exit::Done)
}

/// The text with the scenario's name replaced: the first line that starts with `name:`.
fn named(text: &str, name: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let mut done = false;
    text.split_inclusive('\n')
        .map(|line| {
            if !done && line.starts_with("name:") {
                done = true;
                // A name of digits, or `null`, would not be read back as text.
                return format!("name: \"{name}\"\n");
            }
            line.to_owned()
        })
        .collect()
}
