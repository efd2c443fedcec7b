//! `import`: what other tools write becomes a scenario that runs.

use super::{err, expect, out, tonnage};
use std::fs;

const COMPOSE: &str = "\
services:
  db:
    image: postgres:16
    environment: {A: b}
    healthcheck: {test: [CMD, pg_isready]}
  migrate:
    image: migrate
    depends_on: {db: {condition: service_healthy}}
  web:
    image: web
    ports: [80]
    depends_on: {migrate: {condition: service_completed_successfully}}
    deploy: {replicas: 2, resources: {limits: {cpus: '1', memory: 256m}}}
";

/// What is written must be sound, or people would start with a mistake that is not theirs.
#[test]
fn an_imported_compose_file_runs_and_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("it can be written");
    let import = ["import", "compose", "compose.yaml", "--out", "team.yaml"];
    let imported = tonnage(folder.path(), &import);
    expect(&imported, 0);
    assert!(err(&imported).contains("environment"), "{}", err(&imported));
    expect(&tonnage(folder.path(), &["check", "team.yaml"]), 0);
    let run = tonnage(
        folder.path(),
        &["run", "team.yaml", "--no-files", "--set", "duration=5m"],
    );
    expect(&run, 0);
    assert!(out(&run).contains("web"), "{}", out(&run));
    let again = tonnage(folder.path(), &import);
    expect(&again, 2);
    assert!(
        err(&again).contains("team.yaml is there already"),
        "{}",
        err(&again)
    );
    let printed = tonnage(folder.path(), &["import", "compose", "compose.yaml"]);
    expect(&printed, 0);
    let written = fs::read_to_string(folder.path().join("team.yaml")).expect("it is there");
    assert_eq!(out(&printed).trim_end(), written.trim_end());
}

#[test]
fn what_is_wrong_with_a_compose_file_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = COMPOSE.replace("ports:", "port:");
    fs::write(folder.path().join("compose.yaml"), wrong).expect("it can be written");
    let imported = tonnage(folder.path(), &["import", "compose", "compose.yaml"]);
    expect(&imported, 2);
    let said = err(&imported);
    assert!(
        said.contains("compose.yaml:11") && said.contains("`ports`"),
        "{said}"
    );
    let missing = tonnage(folder.path(), &["import", "compose", "compos.yaml"]);
    expect(&missing, 2);
}
