//! What goes to standard output and to the terminal, and what comes from standard input.

use super::{SOUND, desk, err, expect, missed, out, tonnage};
use assert_cmd::Command;
use serde_json::Value;
use std::process::Stdio;

/// Programs read standard output: it must hold the document and nothing else.
#[test]
fn json_and_csv_are_alone_on_standard_output() {
    let folder = desk(SOUND);
    expect(&tonnage(folder.path(), &["run", "desk.yaml"]), 0);
    for args in [
        vec!["run", "desk.yaml"],
        vec!["run", "desk.yaml", "-n", "2"],
        vec!["compare", "desk.yaml", "-n", "2"],
        vec!["check", "desk.yaml"],
        vec!["policies"],
        vec!["policies", "target_tracking"],
        vec!["schema"],
        vec!["report", "out/desk"],
    ] {
        let json = tonnage(folder.path(), &[args.clone(), vec!["--format", "json"]].concat());
        expect(&json, 0);
        serde_json::from_slice::<Value>(&json.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}"));
        if args == ["schema"] {
            continue;
        }
        let csv = tonnage(folder.path(), &[args.clone(), vec!["--format", "csv"]].concat());
        expect(&csv, 0);
        let rows = csv::Reader::from_reader(csv.stdout.as_slice())
            .into_records()
            .count();
        assert!(rows > 0 || args[0] == "check", "{args:?} has no rows");
    }
    let bad = tonnage(folder.path(), &["check", "missing.yaml", "--format", "json"]);
    expect(&bad, 2);
    let json: Value = serde_json::from_slice(&bad.stdout).expect("refusals are JSON, too");
    assert_eq!(json[0]["ok"], false);
    assert!(json[0]["diagnostics"][0]["message"].is_string(), "{json}");
}

#[test]
fn quiet_is_silent_and_its_exit_code_speaks() {
    let folder = desk(&missed());
    for (args, code) in [
        (vec!["run", "desk.yaml", "--quiet"], 99),
        (vec!["compare", "desk.yaml", "-n", "2", "-q"], 0),
        (vec!["check", "desk.yaml", "-q"], 0),
        (vec!["new", "other", "-q"], 0),
        (vec!["report", "out/desk", "-q"], 0),
    ] {
        let output = tonnage(folder.path(), &args);
        expect(&output, code);
        assert_eq!((out(&output), err(&output)), Default::default(), "{args:?}");
    }
}

/// `tonnage policies | head -1` must end well, and a run whose reader has gone must still write its files.
#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = desk(SOUND);
    for args in [
        vec!["policies"],
        vec!["schema"],
        vec!["--help"],
        vec!["run", "desk.yaml"],
        vec!["completions", "zsh"],
    ] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tonnage"))
            .current_dir(folder.path())
            .args(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        expect(&output, 0);
        assert!(!err(&output).contains("panicked"), "{args:?}: {}", err(&output));
    }
    assert!(folder.path().join("out/desk/report.html").is_file());
}

/// Codes in a log file, or a bar in one, are noise.
#[test]
fn colour_and_progress_are_for_terminals_that_want_them() {
    let folder = desk(SOUND);
    let run = |variable: &str, value: &str| {
        let mut command = Command::cargo_bin("tonnage").expect("the binary is built with the tests");
        command.current_dir(folder.path()).env(variable, value);
        command.env_remove(if variable == "NO_COLOR" {
            "CLICOLOR_FORCE"
        } else {
            "NO_COLOR"
        });
        command
            .args(["run", "desk.yaml"])
            .output()
            .expect("the binary starts")
    };
    let (none, forced) = (run("NO_COLOR", "1"), run("CLICOLOR_FORCE", "1"));
    assert!(!out(&none).contains('\u{1b}') && !err(&none).contains('\u{1b}'));
    assert!(
        out(&forced).contains('\u{1b}'),
        "colour cannot be asked for: {}",
        out(&forced)
    );
    assert_eq!(err(&none), "", "a bar, or something else, where nobody watches");
}

/// A scenario may come from another program.
#[test]
fn standard_input_is_a_file_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::cargo_bin("tonnage").expect("the binary is built with the tests");
    let output = command
        .current_dir(folder.path())
        .args(["run", "-", "--no-files", "--format", "csv"])
        .write_stdin(SOUND)
        .output()
        .expect("the binary starts");
    expect(&output, 0);
    assert!(
        out(&output).contains("workload,desk,latency_p99"),
        "{}",
        out(&output)
    );
}
