//! `check`: are these scenarios sound?

use super::arguments::{CheckArgs, Format};
use super::scenario_folder::scenarios_below;
use super::tables::csv;
use super::{Context, Exit, Failure, load};
use crate::input::{Diagnostics, Sources};
use crate::report::format::plural;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What is to be said about one file.
struct Checked {
    file: String,
    ok: bool,
    variants: usize,
    rendered: String,
    lines: Vec<Value>,
}

pub(super) fn check(args: &CheckArgs, context: &Context) -> Result<Exit, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for file in &args.files {
        match file.is_dir() {
            true => files.extend(scenarios_below(file)?),
            false => files.push(file.clone()),
        }
    }
    let checked: Vec<Checked> = files.iter().map(|file| look(file, args, context)).collect();
    tell(&checked, context)?;
    Ok(if checked.iter().all(|file| file.ok) {
        Exit::Done
    } else {
        Exit::Usage
    })
}

fn look(file: &Path, args: &CheckArgs, context: &Context) -> Checked {
    let loaded = load::read(Some(file), &args.overrides, args.traces.as_ref(), context.catalog);
    let said = |ok, variants, diagnostics: &Diagnostics, sources: &Sources| Checked {
        file: file.display().to_string(),
        ok,
        variants,
        rendered: match diagnostics.is_empty() {
            true => String::new(),
            false => diagnostics.render(sources),
        },
        lines: diagnostics
            .to_json_lines(sources)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    };
    match loaded {
        Ok(loaded) => said(true, loaded.variants.len(), &loaded.warnings, &loaded.sources),
        Err(refused) => said(false, 0, &refused.diagnostics, &refused.sources),
    }
}

fn tell(checked: &[Checked], context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    match console.format() {
        Format::Json => {
            let files: Vec<_> = checked
                .iter()
                .map(|it| json!({"file": it.file, "ok": it.ok, "variants": it.variants, "diagnostics": it.lines}))
                .collect();
            console.print_json(&Value::from(files))
        }
        Format::Csv => {
            let header = ["file", "severity", "line", "column", "path", "message"];
            let rows = checked.iter().flat_map(|it| &it.lines).map(|line| {
                let cell = |name: &str| match &line[name] {
                    Value::String(text) => text.clone(),
                    Value::Null => String::new(),
                    other => other.to_string(),
                };
                header.iter().map(|name| cell(name)).collect()
            });
            console.print(&csv(&header, rows))
        }
        Format::Table => {
            for it in checked {
                // What is wrong is said in any case; what is fine only if somebody listens.
                if !it.ok {
                    console.fail(&Failure::Input(it.rendered.clone()));
                } else if !it.rendered.is_empty() {
                    console.note(&it.rendered);
                }
                if it.ok && !console.silent() {
                    let variants = match it.variants {
                        0 => String::new(),
                        n => format!(", with {}", plural(n as u64, "variant", "variants")),
                    };
                    console.print(&format!("{}: ok{variants}", it.file))?;
                }
            }
            Ok(())
        }
    }
}
