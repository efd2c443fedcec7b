//! Ctrl-C: a run stops soon, and what it leaves is whole.

use super::{SOUND, desk, expect, files, out};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Output, Stdio};

/// What a long run says, and the files it leaves, when it gets Ctrl-C `times` times in its middle; nothing if no signal
/// can be sent here.
fn interrupted(times: usize) -> Option<(Output, BTreeMap<String, Vec<u8>>)> {
    let long = SOUND.replace("duration: 60s", "duration: 90d");
    let folder = desk(&long);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tonnage"))
        .current_dir(folder.path())
        .args(["run", "desk.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_millis(700));
    let id = child.id().to_string();
    // One shell: between two programs the run would come to its end.
    let script = vec![format!("kill -INT {id}"); times].join("; sleep 0.001; ");
    let kill = std::process::Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status();
    if times == 1 && !kill.is_ok_and(|status| status.success()) {
        // Nothing here can send a signal; the run is stopped the hard way.
        child.kill().expect("it can be stopped");
        child.wait().expect("it ends");
        return None;
    }
    let output = child.wait_with_output().expect("it ends");
    Some((output, files(&folder.path().join("out"))))
}

/// Ctrl-C in the middle of a long run: it stops soon, says so, and what it leaves is whole.
#[test]
fn an_interrupted_run_keeps_what_is_finished() {
    let Some((output, found)) = interrupted(1) else {
        return;
    };
    expect(&output, 130);
    assert!(out(&output).contains("it was interrupted"), "{}", out(&output));
    let outcome: Value = serde_json::from_slice(&found["desk/outcome.json"]).expect("it is whole");
    assert_eq!(outcome["stopped"], "cancelled");
    assert!(found.contains_key("desk/report.html") && found.keys().all(|name| !name.ends_with(".partial")));
}

/// Ctrl-C again before it has stopped: it ends at once, and still leaves whole files or none.
#[test]
fn a_second_interruption_leaves_no_half_files() {
    if let Some((output, found)) = interrupted(2) {
        expect(&output, 130);
        assert!(
            found.keys().all(|name| !name.ends_with(".partial")),
            "{:?}",
            found.keys()
        );
    }
}
