//! The command line as its users meet it: exit codes, streams, files.
//!
//! Knows the binary and what it promises. Must not know the library behind it.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tonnage::policy::catalog::Catalog;

const COMMANDS: &[&str] = &[
    "run",
    "compare",
    "check",
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

/// Somebody who does not know a command must find out from the command itself.
#[test]
fn every_help_has_an_example_and_the_first_has_the_exit_codes() {
    let folder = desk(SOUND);
    for command in COMMANDS {
        let help = tonnage(folder.path(), &[command, "--help"]);
        expect(&help, 0);
        let text = out(&help);
        assert!(text.contains("Example"), "{command}: {text}");
        assert!(text.contains(&format!("tonnage {command}")), "{command}: {text}");
        for option in ["--format", "--quiet"] {
            assert!(text.contains(option), "{command} {option}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    }
    for help in [vec!["--help"], vec!["run", "--help"]] {
        let text = out(&tonnage(folder.path(), &help));
        for code in ["0 ", "1 ", "2 ", "99 ", "130 "] {
            assert!(
                text.lines().any(|line| line.trim_start().starts_with(code)),
                "{text}"
            );
        }
    }
}

/// Scripts branch on these: 0 done, 2 bad usage or input, 99 an objective was missed.
#[test]
fn exit_codes_say_what_came_of_it() {
    let sound = desk(SOUND);
    let missed = desk(&missed());
    expect(&tonnage(sound.path(), &["run", "desk.yaml"]), 0);
    expect(&tonnage(missed.path(), &["run", "desk.yaml"]), 99);
    expect(&tonnage(missed.path(), &["run", "desk.yaml", "-n", "3"]), 99);
    // To compare variants is not to judge them.
    expect(&tonnage(missed.path(), &["compare", "desk.yaml", "-n", "2"]), 0);
    for bad in [
        vec![],
        vec!["run", "--no-such-option"],
        vec!["run", "missing.yaml"],
        vec!["run", "desk.yaml", "--variant", "wyde"],
        vec!["run", "desk.yaml", "--set", "no.such.field=1"],
        vec!["run", "desk.yaml", "--replications", "0"],
        vec!["compare", "desk.yaml", "--variants", "nothing"],
        vec!["compare", "desk.yaml", "--variants", "wide,wide"],
        vec!["check", "missing.yaml"],
        vec!["policies", "no_such_policy"],
        vec!["report", "."],
        vec!["schema", "--format", "csv"],
    ] {
        let output = tonnage(sound.path(), &bad);
        expect(&output, 2);
        assert!(!err(&output).is_empty(), "{bad:?} is refused in silence");
        assert!(
            bad.is_empty() || out(&output).is_empty(),
            "{bad:?}: {}",
            out(&output)
        );
    }
}

#[test]
fn a_misspelt_name_is_answered_with_the_right_one() {
    let folder = desk(SOUND);
    let variant = err(&tonnage(
        folder.path(),
        &["run", "desk.yaml", "--variant", "wyde"],
    ));
    assert!(variant.contains("did you mean `wide`?"), "{variant}");
    let policy = err(&tonnage(folder.path(), &["policies", "target_trackin"]));
    assert!(policy.contains("did you mean `target_tracking`?"), "{policy}");
}

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
        "cluster.csv",
        "decisions.csv",
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

/// Parallelism must change nothing but the waiting.
#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let folder = desk(SOUND);
    for threads in ["1", "4"] {
        let out = format!("t{threads}");
        let run = ["run", "desk.yaml", "-n", "6", "--threads", threads, "--out", &out];
        expect(&tonnage(folder.path(), &run), 0);
        let out = format!("c{threads}");
        let compare = [
            "compare",
            "desk.yaml",
            "-n",
            "4",
            "--threads",
            threads,
            "--out",
            &out,
        ];
        expect(&tonnage(folder.path(), &compare), 0);
    }
    let of = |name: &str| files(&folder.path().join(name));
    assert!(of("t1").len() > 9 && of("c1").len() == 3);
    assert_eq!(of("t1"), of("t4"));
    assert_eq!(of("c1"), of("c4"));
}

/// A seed that changes nothing, or a run that cannot be repeated, would make every result an anecdote.
#[test]
fn the_seed_decides_the_run() {
    let folder = desk(SOUND);
    let digest = |seed: &str| {
        let args = [
            "run",
            "desk.yaml",
            "--no-files",
            "--seed",
            seed,
            "--format",
            "json",
        ];
        let json: Value = serde_json::from_str(&out(&tonnage(folder.path(), &args))).expect("it is JSON");
        json["outcome"]["digest"].to_string()
    };
    assert_eq!(digest("7"), digest("7"));
    assert_ne!(digest("7"), digest("8"));
}

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

/// Variants meet the same arrivals: one that changes nothing differs in nothing.
#[test]
fn compare_says_plainly_what_is_equal_and_what_is_better() {
    let folder = desk(SOUND);
    let args = [
        "compare",
        "desk.yaml",
        "-n",
        "8",
        "--format",
        "json",
        "--no-files",
    ];
    let output = tonnage(folder.path(), &args);
    expect(&output, 0);
    let json: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let rows = json["rows"].as_array().expect("it has rows");
    let of = |variant: &'static str| rows.iter().filter(move |row| row["variant"] == variant);
    assert!(of("same").count() > 3);
    assert!(of("same").all(|row| row["verdict"] == "equal"), "{json:#}");
    let latency = of("wide")
        .find(|row| row["metric"] == "desk mean latency")
        .expect("there is one");
    assert_eq!(latency["verdict"], "better", "{latency}");
    let single = out(&tonnage(
        folder.path(),
        &["compare", "desk.yaml", "-n", "1", "--no-files"],
    ));
    assert!(single.contains("too few replications to say"), "{single}");
    assert!(!single.contains("no significant difference"), "{single}");
}

/// Where nothing is random, one run of each says it all; where only a variant draws, it does not.
#[test]
fn compare_knows_a_scenario_without_randomness_from_a_single_run() {
    let still = SOUND
        .replace("{exponential: {mean: 40ms}}", "40ms")
        .replace("poisson: {rate: 150/s}", "constant: {rate: 250/s, phase: 0s}");
    let compared = |text: &str| {
        let folder = desk(text);
        let args = [
            "compare",
            "desk.yaml",
            "-n",
            "1",
            "--format",
            "json",
            "--no-files",
        ];
        let output = tonnage(folder.path(), &args);
        expect(&output, 0);
        serde_json::from_slice::<Value>(&output.stdout).expect("it is JSON")
    };
    let json = compared(&still);
    assert_eq!(json["deterministic"], true, "{json:#}");
    let rows = json["rows"].as_array().expect("it has rows");
    assert!(rows.iter().any(|row| row["verdict"] == "better"), "{json:#}");
    assert!(rows.iter().any(|row| row["verdict"] == "equal"), "{json:#}");
    let drawn = still.replace(
        "same: {workloads.desk.serving.timeout: 10m}",
        "drawn: {policies.routing.desk: random}",
    );
    assert_eq!(compared(&drawn)["deterministic"], false);
}

#[test]
fn policies_lists_and_explains_the_whole_catalog() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = out(&tonnage(folder.path(), &["policies"]));
    let catalog = Catalog::standard();
    let entries: Vec<(&str, &str)> = std::iter::empty()
        .chain(catalog.placement.iter().map(|entry| (entry.name, entry.summary)))
        .chain(catalog.routing.iter().map(|entry| (entry.name, entry.summary)))
        .chain(
            catalog
                .pod_scaling
                .iter()
                .map(|entry| (entry.name, entry.summary)),
        )
        .chain(
            catalog
                .node_scaling
                .iter()
                .map(|entry| (entry.name, entry.summary)),
        )
        .collect();
    for (name, summary) in entries {
        let listed = list
            .lines()
            .any(|line| line.trim_start().starts_with(name) && line.contains(summary));
        assert!(listed, "{name} is not in\n{list}");
        let output = tonnage(folder.path(), &["policies", name]);
        expect(&output, 0);
        assert!(out(&output).contains(summary), "{}", out(&output));
    }
    let details = out(&tonnage(folder.path(), &["policies", "target_tracking"]));
    for word in ["utilization", "scale_in_after", "15m"] {
        assert!(details.contains(word), "{details}");
    }
}

/// The reference of scenario files is made from the schema: whoever changes a field or a policy makes it again.
#[test]
fn the_reference_of_scenario_files_is_that_of_this_version() {
    let folder = desk(SOUND);
    let made = tonnage(folder.path(), &["schema", "--markdown"]);
    expect(&made, 0);
    let kept =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenario.md")).expect("it is there");
    let differs = kept
        .lines()
        .zip(out(&made).lines())
        .position(|(kept, made)| kept != made);
    assert!(
        kept == out(&made),
        "docs/scenario.md is of another version (from line {}): cargo run -q -- schema --markdown > docs/scenario.md",
        differs.unwrap_or(kept.lines().count()) + 1
    );
}

#[test]
fn completions_know_the_commands() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shell in ["bash", "zsh", "fish"] {
        let script = tonnage(folder.path(), &["completions", shell]);
        expect(&script, 0);
        let text = out(&script);
        for word in COMMANDS.iter().chain(&["replications"]) {
            assert!(text.contains(word), "{shell} does not complete {word}");
        }
    }
}

/// What a long run says, and the files it leaves, when it gets Ctrl-C `times` times in its middle; nothing if no signal
/// can be sent here.
#[cfg(unix)]
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
#[cfg(unix)]
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
#[cfg(unix)]
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
