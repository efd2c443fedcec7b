//! The command line as its users meet it: exit codes, streams, files.
//!
//! Knows the binary and what it promises. Must not know the library behind it.

mod explain;
mod files;
mod importing;
#[cfg(unix)]
mod interrupting;
mod repeating;
mod streams;
mod usage;

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

const COMMANDS: &[&str] = &[
    "run",
    "compare",
    "pack",
    "explain",
    "check",
    "import",
    "policies",
    "shapes",
    "schema",
    "new",
    "report",
    "completions",
];

/// A minute of a busy queue; its objective is met.
pub(crate) const SOUND: &str = "\
# Does one replica keep up?
name: desk
duration: 60s
workloads:
  - name: desk
    serving:
      replicas: 2
      containers:
        - {name: app, image: desk:1, resources: {requests: {cpu: 500m, memory: 1Gi}}, slots: 4}
      demand: {exponential: {mean: 40ms}}
load:
  - to: desk
    arrivals: {poisson: {rate: 150/s}}
objectives:
  - latency: {workload: desk, p99: 10s}
variants:
  wide: {workloads.desk.serving.replicas: 3}
  same: {workloads.desk.serving.timeout: 10m}
";

/// The same with an objective that nothing meets.
fn missed() -> String {
    SOUND.replace("p99: 10s", "p99: 1us")
}

/// Runs `tonnage` in `folder`.
pub(crate) fn tonnage(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("tonnage").expect("the binary is built with the tests");
    command
        .current_dir(folder)
        .env_remove("TONNAGE_TRACES")
        .env_remove("CLICOLOR_FORCE")
        .args(args)
        .output()
        .expect("the binary starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails, with everything that was said, unless the exit code is the expected one.
pub(crate) fn expect(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", out(output), err(output));
}

/// A folder with `desk.yaml`.
pub(crate) fn desk(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("desk.yaml"), text).expect("it can be written");
    folder
}

/// Every file below `folder` with its content.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("the folder stays readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, fs::read(&path).expect("it can be read"));
            }
        }
    }
    found
}
