//! Many runs: the same bytes on any number of threads, the seed, comparisons.

use super::{SOUND, desk, expect, files, out, tonnage};
use serde_json::Value;

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
    assert!(
        single.contains("whether a difference is chance cannot be said"),
        "{single}"
    );
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
