//! Manifests from text to scenario, or to everything that is wrong with them.

mod alike;
mod autoscalers;
mod deployments;
mod jobs;
mod mistakes;
mod node_pools;
mod nodes;
mod others;
mod sets;
mod workloads;

use crate::input::Limits;
use crate::input::scenario_file::{LoadOptions, Loaded, Refused, load_text};
use crate::policy::catalog::Catalog;
use crate::sim::scenario::Workload;
use std::path::{Path, PathBuf};

/// A folder of manifests that is removed with it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Where the manifests of these tests are.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/input/manifests/tests")
}

/// Reads the scenario `text` as `x.yaml` beside the files in `base`.
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
fn sound(text: &str, base: &Path, overrides: &[&str]) -> Loaded {
    read(text, base, overrides).unwrap_or_else(|refused| panic!("{}", refused.render()))
}

/// All messages, without the name of the folder.
fn said(read: &Result<Loaded, Refused>, base: &Path) -> String {
    let text = match read {
        Ok(loaded) => loaded.warnings.render(&loaded.sources),
        Err(refused) => refused.render(),
    };
    text.replace(&format!("{}/", base.display()), "")
}

fn workload<'l>(loaded: &'l Loaded, name: &str) -> &'l Workload {
    let all = &loaded.scenario.workloads;
    all.iter()
        .find(|workload| workload.name == name)
        .unwrap_or_else(|| panic!("no workload {name}"))
}

/// The whole shop: the manifests of a namespace, and what Kubernetes does not know of the workload that serves.
const SHOP: &str = "name: shop
duration: 1h
manifests: [kubectl.yaml]
workloads:
  - name: shop
    manifest: Deployment/shop
    serving:
      demand: 40ms
      containers:
        - {name: app, slots: 8, startup: 12s, usage: {cpu_per_slot: 100m}, resources: {requests: {cpu: 600m}}}
load:
  - {to: shop, arrivals: {poisson: {rate: 100/s}}}
";
