//! The folders that commands write into: what is theirs, what is not, and what is only in some builds.
//!
//! Knows the binary and what it promises. Must not know the library behind it.

use crate::cli::{SOUND, desk, expect, files, tonnage};
use std::fs;
use tempfile::TempDir;

/// With the feature the file is there, whole; without it the user is told how to get it and nothing is written.
#[test]
fn requests_are_written_as_parquet_or_refused_with_the_way_to_get_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("desk.yaml"), SOUND).unwrap();
    let output = tonnage(folder.path(), &["run", "desk.yaml", "--requests", "--out", "r"]);
    let file = folder.path().join("r/requests.parquet");
    if cfg!(feature = "parquet") {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let bytes = fs::read(file).unwrap();
        assert_eq!(
            (&bytes[..4], &bytes[bytes.len() - 4..]),
            (&b"PAR1"[..], &b"PAR1"[..])
        );
    } else {
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("--features parquet"), "{told}");
        assert!(!folder.path().join("r").exists());
    }
}

/// A file that happens to be called `pods.csv` is its owner's; a run is not a comparison's to clear away.
#[test]
fn what_is_not_a_run_of_ours_is_left_alone_even_if_its_name_is() {
    let folder = desk(SOUND);
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    for name in ["pods.csv", "outcome.json", "summary.csv"] {
        fs::write(mine.join(name), "precious").unwrap();
    }
    let before = files(&mine);
    expect(&tonnage(folder.path(), &["run", "desk.yaml", "-o", "mine"]), 2);
    let compare = ["compare", "desk.yaml", "-n", "2", "-o", "mine"];
    expect(&tonnage(folder.path(), &compare), 2);
    assert_eq!(files(&mine), before);
    let forced = ["compare", "desk.yaml", "-n", "2", "-o", "mine", "--force"];
    expect(&tonnage(folder.path(), &forced), 0);
    assert_eq!(
        files(&mine)["pods.csv"],
        before["pods.csv"],
        "--force removes nothing"
    );

    expect(&tonnage(folder.path(), &["run", "desk.yaml", "-o", "ours"]), 0);
    let ours = files(&folder.path().join("ours"));
    let compare = ["compare", "desk.yaml", "-n", "2", "-o", "ours"];
    expect(&tonnage(folder.path(), &compare), 2);
    assert_eq!(files(&folder.path().join("ours")), ours);
}
