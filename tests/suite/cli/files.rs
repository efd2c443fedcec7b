//! The files a command writes: whole, none stale, none of somebody else's overwritten.

use super::{SOUND, desk, err, expect, files, out, tonnage};
use std::fs;

/// Whoever mistypes must not lose the results of the last run, nor find half of new ones.
#[test]
fn bad_input_writes_nothing() {
    let folder = desk(SOUND);
    fs::write(folder.path().join("bad.yaml"), "name: bad\nworkload: []\n").expect("it can be written");
    fs::create_dir(folder.path().join("mine")).expect("it can be made");
    fs::write(folder.path().join("mine/letter.txt"), "dear diary").expect("it can be written");
    let before = files(folder.path());
    for args in [
        vec!["run", "bad.yaml"],
        vec!["compare", "bad.yaml"],
        vec!["run", "desk.yaml", "--set", "duration=-1s"],
        // A file where a folder is asked for, a folder below a file, and a folder of something else.
        vec!["run", "desk.yaml", "--out", "desk.yaml"],
        vec!["run", "desk.yaml", "--out", "desk.yaml/below"],
        vec!["compare", "desk.yaml", "--out", "desk.yaml/below"],
        vec!["run", "desk.yaml", "--out", "mine"],
        vec!["new", "desk.yaml"],
    ] {
        let output = tonnage(folder.path(), &args);
        expect(&output, 2);
        assert_eq!(files(folder.path()), before, "{args:?} wrote something");
    }
    expect(&tonnage(folder.path(), &["run", "desk.yaml", "--no-files"]), 0);
    assert_eq!(files(folder.path()), before, "--no-files wrote something");
    assert!(!folder.path().join("out").exists(), "an empty folder was left");
}

/// The files a page's footer and the documentation promise, and none of an earlier run that said something else.
#[test]
fn a_run_leaves_whole_files_and_no_stale_ones() {
    let folder = desk(SOUND);
    expect(&tonnage(folder.path(), &["run", "desk.yaml", "-n", "3"]), 0);
    let several = files(&folder.path().join("out/desk"));
    expect(&tonnage(folder.path(), &["run", "desk.yaml"]), 0);
    let single = files(&folder.path().join("out/desk"));
    for name in [
        "calls.csv",
        "cluster.csv",
        "decisions.csv",
        "faults.csv",
        "gpus.csv",
        "jobs.csv",
        "nodes.csv",
        "outcome.json",
        "pods.csv",
        "report.html",
        "run.json",
        "summary.csv",
        "timeseries.csv",
    ] {
        assert!(
            single.contains_key(name),
            "{name} is missing: {:?}",
            single.keys()
        );
    }
    assert!(several.contains_key("replications.csv") && !single.contains_key("replications.csv"));
    assert!(single.keys().all(|name| !name.ends_with(".partial")));
    // The first of several is the same run as the only one.
    assert_eq!(several["outcome.json"], single["outcome.json"]);
}

/// What `report` rebuilds is what `run` wrote, command, intervals and objectives included.
#[test]
fn a_page_is_rebuilt_from_the_files() {
    let folder = desk(SOUND);
    expect(&tonnage(folder.path(), &["run", "desk.yaml", "-n", "3"]), 0);
    let page = folder.path().join("out/desk/report.html");
    let before = fs::read_to_string(&page).expect("it was written");
    fs::remove_file(&page).expect("it can be removed");
    expect(&tonnage(folder.path(), &["report", "out/desk"]), 0);
    let after = fs::read_to_string(&page).expect("it was rebuilt");
    for part in ["tonnage run desk.yaml --replications 3", "3 run"] {
        assert!(before.contains(part) && after.contains(part), "{part}");
    }
    assert_eq!(before.len(), after.len());
}

/// The way in: a new user's first three commands.
#[test]
fn new_then_check_then_run_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("my-shop.yaml");
    expect(&tonnage(folder.path(), &["new", "my-shop"]), 0);
    let text = fs::read_to_string(&file).expect("it was written");
    assert!(text.starts_with('#') && text.contains("my-shop"), "{text}");
    expect(&tonnage(folder.path(), &["check", "my-shop.yaml"]), 0);
    let run = tonnage(folder.path(), &["run", "my-shop.yaml"]);
    assert!([Some(0), Some(99)].contains(&run.status.code()), "{}", err(&run));
    assert!(
        folder.path().join("out/my-shop/report.html").is_file(),
        "{}",
        out(&run)
    );
    expect(&tonnage(folder.path(), &["new", "my-shop"]), 2);
    assert_eq!(
        fs::read_to_string(&file).expect("it is there"),
        text,
        "overwritten"
    );
    let quick = tonnage(folder.path(), &["run"]);
    assert!(
        [Some(0), Some(99)].contains(&quick.status.code()),
        "{}",
        err(&quick)
    );
    assert!(out(&quick).contains("tonnage new"), "{}", out(&quick));
}

/// `.ci/run` skips a scenario whose trace is absent, and fails for one whose trace is broken or not the right file.
#[cfg(unix)]
#[test]
fn a_broken_trace_is_no_absent_one() {
    let skipped = |load: &str| {
        let text = SOUND.replace("poisson: {rate: 150/s}", load);
        let folder = desk(&text);
        fs::write(folder.path().join("good.txt"), "3 4 5\n").expect("it can be written");
        fs::write(folder.path().join("broken.txt"), "3 four 5\n").expect("it can be written");
        let run = tonnage(folder.path(), &["run", "desk.yaml", "--quiet", "--no-files"]);
        expect(&run, 2);
        fs::write(folder.path().join("log"), &run.stderr).expect("it can be written");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/run");
        let judge =
            format!("eval \"$(sed -n '/^only_absent_traces/,/^}}/p' '{script}')\"; only_absent_traces log");
        let judged = std::process::Command::new("bash")
            .current_dir(folder.path())
            .args(["-c", &judge])
            .status()
            .expect("bash starts");
        judged.success()
    };
    assert!(skipped("number_list: {file: absent.txt}"));
    assert!(!skipped("number_list: {file: broken.txt}"));
    assert!(!skipped(&format!(
        "number_list: {{file: good.txt, sha256: {}}}",
        "0".repeat(64)
    )));
    assert!(
        !skipped("number_list: {file: absent.txt, form: 1s}"),
        "there is more that is wrong"
    );
}
