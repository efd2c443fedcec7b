//! Folders of finished runs that were damaged, and lists that are printed to be used again.
//!
//! Knows the binary and the files it leaves. Must not know the library behind it.

use crate::cli::{SOUND, tonnage};
use std::fs;
use std::path::Path;

/// Every file that a page is made of.
const FILES: [&str; 8] = [
    "outcome.json",
    "run.json",
    "summary.csv",
    "timeseries.csv",
    "cluster.csv",
    "decisions.csv",
    "pods.csv",
    "nodes.csv",
];

/// Two replications of a small run in `folder/run`.
fn finished(folder: &Path) {
    fs::write(folder.join("desk.yaml"), SOUND).unwrap();
    let run = tonnage(folder, &["run", "desk.yaml", "-n", "2", "--out", "run", "-q"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
}

/// Ways to damage a file; `None` where a way does no damage to it.
fn damaged(way: &str, name: &str, sound: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8(sound.to_vec()).unwrap();
    let without_last_line = || {
        text.trim_end()
            .rsplit_once('\n')
            .map(|(rest, _)| format!("{rest}\n").into_bytes())
    };
    match way {
        "empty" => Some(Vec::new()),
        "half" => Some(sound[..sound.len() / 2].to_vec()),
        "no last line" => without_last_line(),
        "no last byte" => name.ends_with(".csv").then(|| sound[..sound.len() - 1].to_vec()),
        "binary" => Some((0..4096_u32).map(|i| (i * 151 % 251) as u8).collect()),
        "binary inside" => {
            let mut bytes = sound.to_vec();
            let middle = bytes.len() / 2;
            bytes.splice(middle..middle, [0xff, 0xfe, 0x00]);
            Some(bytes)
        }
        "another version" => Some(match name {
            "outcome.json" => text
                .replace("\"version\": \"", "\"version\": \"9")
                .replace("\"digest\"", "\"fingerprint\"")
                .into_bytes(),
            "run.json" => text
                .replace("\"replications\": 2", "\"replications\": \"two\"")
                .into_bytes(),
            _ => text.replacen(',', ",renamed_", 1).into_bytes(),
        }),
        _ => unreachable!("no such way: {way}"),
    }
}

/// A page of half a run would look like the page of a whole one.
#[test]
fn a_damaged_run_is_refused_with_file_and_line_and_leaves_the_old_page() {
    let folder = tempfile::tempdir().unwrap();
    finished(folder.path());
    let run = folder.path().join("run");
    let again = tonnage(folder.path(), &["report", "run"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    let page = fs::read(run.join("report.html")).unwrap();
    for name in FILES {
        let sound = fs::read(run.join(name)).unwrap();
        for way in [
            "empty",
            "half",
            "no last line",
            "no last byte",
            "binary",
            "binary inside",
            "another version",
        ] {
            let Some(bytes) = damaged(way, name, &sound) else {
                continue;
            };
            assert_ne!(bytes, sound, "{name}, {way}: no damage was done");
            fs::write(run.join(name), &bytes).unwrap();
            let output = tonnage(folder.path(), &["report", "run"]);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{name}, {way}: {told}");
            let line = told
                .split(&format!("{name}:"))
                .nth(1)
                .and_then(|rest| rest.split(':').next());
            let line = line.and_then(|line| line.parse::<u64>().ok());
            assert!(
                line.is_some_and(|line| line >= 1),
                "{name}, {way}: no place in {told:?}"
            );
            assert!(
                !told.contains("panicked") && output.stdout.is_empty(),
                "{name}, {way}: {told}"
            );
            assert!(
                fs::read(run.join("report.html")).unwrap() == page,
                "{name}, {way}: the page was touched"
            );
        }
        fs::write(run.join(name), &sound).unwrap();
    }
    let outcome = fs::read(run.join("outcome.json")).unwrap();
    fs::write(
        run.join("outcome.json"),
        damaged("another version", "outcome.json", &outcome).unwrap(),
    )
    .unwrap();
    let told = tonnage(folder.path(), &["report", "run"]).stderr;
    assert!(
        String::from_utf8_lossy(&told).contains("written by version 9"),
        "{told:?}"
    );
}

/// A byte may flip without a trace, but never end in a panic.
#[test]
fn a_flipped_byte_anywhere_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    finished(folder.path());
    let run = folder.path().join("run");
    for (index, name) in FILES.into_iter().enumerate() {
        let sound = fs::read(run.join(name)).unwrap();
        for turn in 0..6 {
            let mut bytes = sound.clone();
            let at = (index * 7919 + turn * 104_729) % bytes.len();
            bytes[at] ^= [0x01, 0x10, 0x80][turn % 3];
            fs::write(run.join(name), &bytes).unwrap();
            let output = tonnage(folder.path(), &["report", "run", "-q"]);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{name}, byte {at}: {output:?}"
            );
            assert!(!told.contains("panicked"), "{name}, byte {at}: {told}");
        }
        fs::write(run.join(name), &sound).unwrap();
    }
}

#[test]
fn a_file_that_was_deleted_is_named() {
    let folder = tempfile::tempdir().unwrap();
    finished(folder.path());
    fs::remove_file(folder.path().join("run/pods.csv")).unwrap();
    let output = tonnage(folder.path(), &["report", "run"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("pods.csv is missing"), "{told}");
}

/// The help says so: the list is printed to be changed and used.
#[test]
fn printed_shapes_are_a_price_file() {
    let folder = tempfile::tempdir().unwrap();
    let printed = tonnage(folder.path(), &["shapes", "--format", "csv"]);
    let prices = String::from_utf8(printed.stdout).unwrap();
    let dearer = prices.replace(",0.384,", ",38.4,");
    assert_ne!(prices, dearer, "m5.2xlarge costs $0.384 an hour");
    fs::write(folder.path().join("my-prices.csv"), dearer).unwrap();
    let pools =
        "cluster: {prices: my-prices.csv, pools: [{name: p, shape: m5.2xlarge, nodes: 1}]}\nworkloads:";
    let scenario = SOUND.replace("workloads:\n", &format!("{pools}\n"));
    fs::write(folder.path().join("desk.yaml"), scenario).unwrap();
    let run = ["run", "desk.yaml", "--no-files", "--format", "json"];
    let output = tonnage(folder.path(), &run);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cost = json["outcome"]["cluster"]["cost_usd"].as_f64().unwrap();
    assert!((cost - 38.4 / 60.0).abs() < 1e-9, "a minute costs ${cost}");
}
