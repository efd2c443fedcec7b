//! Scenarios from files, standard input or the built-in quick start.
//!
//! Knows where text comes from and how refusals are told. Must not know how text becomes a scenario.

use super::scenario_folder::the_scenario;
use super::{Context, Failure};
use crate::input::scenario_file::{self as loader, LoadOptions, Loaded, Refused};
use crate::input::{Limits, list_names, nearest};
use crate::policy::catalog::Catalog;
use crate::sim::Scenario;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use loader::{QUICK_START, schema};

const STANDARD_INPUT: &str = "-";

/// A scenario and its variants.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) baseline: Arc<Scenario>,
    /// What the scenario as it stands is called among its variants.
    pub(super) baseline_name: String,
    pub(super) variants: Vec<(String, Arc<Scenario>)>,
}

/// Loads a scenario for a command that runs it: warnings are told, errors end the command.
pub(super) fn scenario(
    file: Option<&Path>,
    overrides: &[String],
    traces: Option<&PathBuf>,
    context: &Context,
) -> Result<Chosen, Failure> {
    let file = file.map(the_scenario).transpose()?;
    let loaded = read(file.as_deref(), overrides, traces, context.catalog);
    let loaded = loaded.map_err(|refused| Failure::Input(refused.render()))?;
    if !loaded.warnings.is_empty() {
        context.console.note(&loaded.warnings.render(&loaded.sources));
    }
    let variants = loaded.variants.into_iter();
    Ok(Chosen {
        baseline: Arc::new(loaded.scenario),
        baseline_name: loaded.baseline,
        variants: variants
            .map(|(name, scenario)| (name, Arc::new(scenario)))
            .collect(),
    })
}

/// Loads a scenario; the caller tells what is wrong with it.
pub(super) fn read(
    file: Option<&Path>,
    overrides: &[String],
    traces: Option<&PathBuf>,
    catalog: &Catalog,
) -> Result<Loaded, Refused> {
    let limits = Limits::default();
    let options = LoadOptions {
        catalog,
        overrides,
        // An empty variable is no folder.
        traces: traces.filter(|folder| !folder.as_os_str().is_empty()).cloned(),
        limits,
    };
    match file {
        None => loader::load_text("quick-start.yaml", QUICK_START, Path::new("."), &options),
        Some(path) if path.as_os_str() == STANDARD_INPUT => {
            let mut bytes = Vec::new();
            let most = limits.bytes as u64 + 1;
            // What cannot be read is an incomplete scenario, and is told as that.
            let _ = std::io::stdin().lock().take(most).read_to_end(&mut bytes);
            let text = String::from_utf8_lossy(&bytes);
            loader::load_text("standard input", &text, Path::new("."), &options)
        }
        Some(path) => loader::load_file(path, &options),
    }
}

impl Chosen {
    /// One of the variants, or the scenario as it stands by its name.
    pub(super) fn variant(&self, name: &str) -> Result<Arc<Scenario>, Failure> {
        if name == self.baseline_name {
            return Ok(self.baseline.clone());
        }
        let found = self.variants.iter().find(|(known, _)| known == name);
        found.map(|(_, scenario)| scenario.clone()).ok_or_else(|| {
            let names = || self.variants.iter().map(|(known, _)| known.as_str());
            unknown("variant", name, names)
        })
    }
}

/// A name that is not in the list: what was probably meant, or else what there is.
pub(super) fn unknown<'a, I: Iterator<Item = &'a str>>(
    kind: &str,
    name: &str,
    names: impl Fn() -> I,
) -> Failure {
    let failure = Failure::usage(format!("no {kind} is named `{name}`"));
    match nearest(name, names()) {
        Some(meant) => failure.help(Some(format!("did you mean `{meant}`?"))),
        None if names().next().is_none() => failure.help(Some(format!("there is no {kind}"))),
        None => failure.help(Some(format!("there are: {}", list_names(names())))),
    }
}
