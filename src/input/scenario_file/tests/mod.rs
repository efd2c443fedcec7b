//! Scenario files from text to scenario, or to everything that is wrong with them.

mod embedded;
mod endless;
mod gpus;
mod hostile;
mod mistakes;
mod schema;
mod slips;
mod traces;

use super::{LoadOptions, Loaded, Refused, load_text};
use crate::input::Limits;
use crate::policy::catalog::Catalog;
use std::path::Path;

/// Reads `text` as the file `x.yaml` in the folder `base`, with overrides.
fn read(text: &str, base: &Path, overrides: &[&str]) -> Result<Loaded, Refused> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let catalog = Catalog::standard();
    let options = LoadOptions {
        catalog: &catalog,
        overrides: &overrides,
        traces: None,
        limits: Limits::default(),
    };
    load_text("x.yaml", text, base, &options)
}

/// A scenario that must be sound.
fn sound(text: &str) -> Loaded {
    read(text, Path::new(""), &[]).unwrap_or_else(|refused| panic!("{}", refused.render()))
}

/// Every message about `text`, a line each, with its place.
fn messages(text: &str) -> Vec<String> {
    let read = read(text, Path::new(""), &[]);
    let (diagnostics, sources) = match &read {
        Ok(loaded) => (&loaded.warnings, &loaded.sources),
        Err(refused) => (&refused.diagnostics, &refused.sources),
    };
    let lines = diagnostics.to_json_lines(sources);
    lines
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let mut said = format!("{}:{} {}", line["line"], line["column"], text("message"));
            if text("severity") == "warning" {
                said.push_str(" (warning)");
            }
            if !text("suggestion").is_empty() {
                said.push_str(&format!("; did you mean {}", text("suggestion")));
            }
            said
        })
        .collect()
}

/// A small sound scenario; `more` is added at its end.
fn small(more: &str) -> String {
    format!(
        "name: small
duration: 1h
workloads:
  - name: shop
    serving:
      containers: [{{name: app, slots: 2, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}}}]
      demand: 40ms
load:
  - {{to: shop, arrivals: {{poisson: {{rate: 10/s}}}}}}
{more}"
    )
}
