//! Scenarios written as text, for tests that say more in a file's words than in code.
//!
//! Knows: how a text becomes a scenario. Must not know: what any test looks at.

use std::path::Path;
use tonnage::input::Limits;
use tonnage::input::scenario_file::{LoadOptions, Loaded, load_text};
use tonnage::policy::catalog::Catalog;
use tonnage::sim::Scenario;

/// The scenario that `text` says.
pub(crate) fn scenario(text: &str) -> Scenario {
    load(text, Path::new("."), &[])
}

/// The same, with its files in `folder`.
pub(crate) fn scenario_in(folder: &Path, text: &str) -> Scenario {
    load(text, folder, &[])
}

/// The scenario that `text` says, with these `path=value` on top of it.
pub(crate) fn scenario_with(text: &str, overrides: &[String]) -> Scenario {
    load(text, Path::new("."), overrides)
}

fn load(text: &str, folder: &Path, overrides: &[String]) -> Scenario {
    match read(text, folder, overrides) {
        Ok(scenario) => scenario,
        Err(said) => panic!("{text}\n{said}"),
    }
}

/// What is said about `text`, which must be refused.
pub(crate) fn refusal(text: &str) -> String {
    match read(text, Path::new("."), &[]) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(said) => said,
    }
}

/// The same, with its files in `folder`.
pub(crate) fn refusal_in(folder: &Path, text: &str) -> String {
    match read(text, folder, &[]) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(said) => said,
    }
}

/// What is said about `text`, which must be accepted.
pub(crate) fn told(text: &str) -> String {
    match load_whole(text, Path::new("."), &[]) {
        Ok(loaded) => loaded.warnings.render(&loaded.sources),
        Err(said) => panic!("{text}\n{said}"),
    }
}

fn read(text: &str, folder: &Path, overrides: &[String]) -> Result<Scenario, String> {
    load_whole(text, folder, overrides).map(|loaded| loaded.scenario)
}

fn load_whole(text: &str, folder: &Path, overrides: &[String]) -> Result<Loaded, String> {
    let catalog = Catalog::standard();
    let options = LoadOptions {
        catalog: &catalog,
        overrides,
        traces: None,
        limits: Limits::default(),
    };
    load_text("test.yaml", text, folder, &options)
        .map_err(|refused| refused.diagnostics.render(&refused.sources))
}
