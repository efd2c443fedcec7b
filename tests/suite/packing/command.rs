//! `tonnage pack --instances` and `--items --bins` as their users meet them.

use crate::cli::{expect, files, tonnage};
use std::fs;
use tempfile::TempDir;

const FIRST: &str = "2\n10 10\n5\n6 1 1\n7 2 1\n2 2 1\n3 3 1\n2 1 1\n";
const SECOND: &str = "1\n10\n3\n5 1\n5 1\n5 1\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [
        ("a_5.vbp", FIRST),
        ("a_10.vbp", SECOND),
        ("order.json", r#"{"3": [2, 1, 0]}"#),
        ("optima.tsv", "instance_name\tLB\tOPT\na_5\t2\t2\na_10\t2\t-1\n"),
        (
            "items.csv",
            "name,class,count,cpu,memory\nweb,front,6,500m,1Gi\ndb,back,2,2,8Gi\n",
        ),
        ("bins.csv", "name,price,cpu,memory\nm,0.1,2,8Gi\nr,0.3,4,32Gi\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_row_an_instance_and_policy_goes_to_standard_output_and_notes_beside_it() {
    let folder = folder();
    let args = [
        "pack",
        "--instances",
        "a_5.vbp",
        "a_10.vbp",
        "--policies",
        "FF,next_fit",
        "--item-order",
        "order.json",
        "--format",
        "csv",
    ];
    let output = tonnage(folder.path(), &args);
    expect(&output, 0);
    let rows = "instance,policy,bins,lower_bound,optimum\na_5,FF,2,2,2\na_5,next_fit,3,2,2\na_10,FF,2,2,2\na_10,next_fit,2,2,2\n";
    assert_eq!(text(&output.stdout), rows);
    let said = text(&output.stderr);
    assert!(
        said.contains("1 of 2 instances keep the order of their file"),
        "{said}"
    );
}

/// The same instances from a folder, on any number of threads: the same bytes.
#[test]
fn a_folder_gives_its_instances_by_number_and_threads_change_nothing() {
    let folder = folder();
    let run = |threads: &str| {
        let args = [
            "pack",
            "--instances",
            ".",
            "--format",
            "csv",
            "--threads",
            threads,
        ];
        let output = tonnage(folder.path(), &args);
        expect(&output, 0);
        text(&output.stdout)
    };
    let one = run("1");
    assert_eq!(one, run("3"));
    let names: Vec<&str> = one
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!((names.first(), names.last()), (Some(&"a_5"), Some(&"a_10")));
    assert!(
        one.contains(",FFD-L2-ReciprocAvg,") && one.contains(",tetris,"),
        "{one}"
    );
}

/// What a user reads who names the wrong file: amounts as they wrote them, what was found, and each thing once.
#[test]
fn wrong_files_are_told_as_what_they_are() {
    let folder = folder();
    for (name, text) in [
        ("text.vbp", "hello world\n"),
        ("short.vbp", "1\n10\n2\n5 1\n"),
        ("wide.csv", "name,cpu,memory\nwide,8500m,1Gi\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    fs::create_dir(folder.path().join("dir")).expect("it can be made");
    for (args, part) in [
        (
            &["--instances", "text.vbp"][..],
            "text.vbp:1: found `hello world`, expected the number of dimensions alone",
        ),
        (
            &["--instances", "short.vbp"],
            "short.vbp:3: the number of items is 2, but 1 line of items follows",
        ),
        (
            &["--items", "wide.csv", "--bins", "bins.csv"],
            "wide.csv:2: item `wide` is larger than any bin: 8.5 of 4 in dimension cpu",
        ),
        (
            &["--items", "dir", "--bins", "bins.csv"],
            "dir: it is a folder, expected a file",
        ),
        (&["--state", "dir"], "`dir` is a folder, expected a file"),
    ] {
        let output = tonnage(folder.path(), &[&["pack"], args].concat());
        expect(&output, 2);
        let said = text(&output.stderr);
        assert!(said.contains(part), "{part} is not in {said}");
    }
    fs::write(folder.path().join("file"), "").expect("it can be written");
    let args = ["pack", "--instances", "a_5.vbp", "--out", "file/under"];
    let said = text(&tonnage(folder.path(), &args).stderr);
    assert_eq!(
        said.matches("os error").count(),
        1,
        "the system's words once: {said}"
    );
}

/// What `random` draws depends on the seed alone, and a report says which it was.
#[test]
fn a_seed_is_the_users_choice() {
    let folder = folder();
    let sizes = (0..200).map(|item| format!("{} {} 1\n", item * 7919 % 53 + 1, item * 104_729 % 47 + 1));
    let text_of = format!("2\n100 100\n200\n{}", sizes.collect::<String>());
    fs::write(folder.path().join("many.vbp"), text_of).expect("it can be written");
    let run = |more: &[&str]| {
        let args = [
            "pack",
            "--instances",
            "many.vbp",
            "--policies",
            "random",
            "--format",
            "csv",
        ];
        let output = tonnage(folder.path(), &[&args, more].concat());
        expect(&output, 0);
        text(&output.stdout)
    };
    let of_seeds: Vec<String> = ["1", "2", "3", "4", "5", "6"]
        .map(|seed| run(&["--seed", seed]))
        .into();
    assert_eq!(run(&[]), of_seeds[0], "1 where nobody says");
    assert_eq!(
        run(&["--seed", "4"]),
        of_seeds[3],
        "the same seed, the same bytes"
    );
    assert!(of_seeds.iter().any(|rows| *rows != of_seeds[0]), "{of_seeds:?}");
    run(&["--seed", "3", "--out", "out"]);
    let page = fs::read_to_string(folder.path().join("out/report.html")).expect("it is written");
    assert!(
        page.contains("--policies random --seed 3"),
        "the command that repeats it"
    );
    let help = text(&tonnage(folder.path(), &["pack", "--help"]).stdout);
    let words: Vec<&str> = help.split_whitespace().collect();
    assert!(
        words.join(" ").contains(
            "--seed <N> Seed of whatever is drawn; of several packings of a fleet, the first [default: 42 for fleets, \
             1 for packing problems]"
        ),
        "{help}"
    );
}

#[test]
fn everything_wrong_is_told_at_once_and_nothing_is_written() {
    let folder = folder();
    let before = files(folder.path());
    fs::write(folder.path().join("bad.vbp"), "2\n10 0\n2\n-1 1 1\n11 1 1\n").expect("it can be written");
    let args = [
        "pack",
        "--instances",
        "bad.vbp",
        "none.vbp",
        "--item-order",
        "bad.vbp",
        "--out",
        "out",
    ];
    let output = tonnage(folder.path(), &args);
    expect(&output, 2);
    let said = text(&output.stderr);
    for part in [
        "bad.vbp:2: the bin's capacity is 0 in dimension 2",
        "bad.vbp:4: the size of item 1 in dimension 1 is `-1`: it is negative",
        "bad.vbp:5: item `2` is larger than any bin: 11 of 10 in dimension 1",
        "none.vbp: there is no such file",
        "bad.vbp:1: invalid type",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    fs::remove_file(folder.path().join("bad.vbp")).expect("it is there");
    assert_eq!(files(folder.path()), before, "something was written");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn wrong_usage_is_told() {
    let folder = folder();
    let failing = |args: &[&str], expected: &str| {
        let output = tonnage(folder.path(), args);
        expect(&output, 2);
        let said = text(&output.stderr);
        assert!(said.contains(expected), "{args:?}: {said}");
    };
    failing(&["pack"], "there is nothing to pack");
    failing(
        &["pack", "--instances", "a_5.vbp", "--policies", "FFD-L1-Avgg"],
        "did you mean `FFD-L1-Avg`?",
    );
    failing(
        &["pack", "--instances", "a_5.vbp", "--policies", "BCS-DP1-Unit"],
        "published, and not offered here",
    );
    failing(&["pack", "--items", "items.csv"], "--bins");
    failing(
        &[
            "pack",
            "--instances",
            "a_5.vbp",
            "--items",
            "items.csv",
            "--bins",
            "bins.csv",
        ],
        "cannot be used with",
    );
}

#[test]
fn a_published_optimum_counts_and_one_that_cannot_be_is_doubted() {
    let folder = folder();
    let args = [
        "pack",
        "--instances",
        "a_5.vbp",
        "--policies",
        "next_fit",
        "--optima",
        "optima.tsv",
    ];
    let output = tonnage(folder.path(), &args);
    expect(&output, 0);
    let said = text(&output.stdout);
    assert!(
        said.contains("next_fit needs 3 bins: 1 more than the optimum, 2"),
        "{said}"
    );
    fs::write(folder.path().join("optima.tsv"), "instance_name,OPT\na_5,1\n").expect("it can be written");
    let output = tonnage(folder.path(), &args);
    let said = text(&output.stdout);
    assert!(
        said.contains("optima.tsv:2: 1 is no optimum of a_5: no packing takes fewer bins than 2"),
        "{said}"
    );
}

#[test]
fn files_are_whole_and_those_of_something_else_are_left_alone() {
    let folder = folder();
    let pack = |instances: &[&str], out: &str| {
        let args = [
            &[
                "pack",
                "--policies",
                "FF,FFD-L1-Unit",
                "--out",
                out,
                "--instances",
            ],
            instances,
        ]
        .concat();
        tonnage(folder.path(), &args)
    };
    expect(&pack(&["a_5.vbp", "a_10.vbp"], "out"), 0);
    let names = || files(&folder.path().join("out")).into_keys().collect::<Vec<_>>();
    assert_eq!(names(), ["packing.csv", "plots/gaps.svg", "report.html"]);
    // One instance has a picture of its own, and that of the set is stale.
    expect(&pack(&["a_5.vbp"], "out"), 0);
    assert_eq!(names(), ["packing.csv", "plots/packing.svg", "report.html"]);
    let page = fs::read_to_string(folder.path().join("out/report.html")).expect("a page");
    assert!(page.contains("<h1>FF and FFD-L1-Unit need 2 bins: nobody can do with fewer</h1>"));
    let refused = pack(&["a_5.vbp"], ".");
    expect(&refused, 2);
    assert!(text(&refused.stderr).contains("holds something else"));
}

#[test]
fn items_and_bins_with_prices_are_packed_by_cost() {
    let folder = folder();
    let args = [
        "pack",
        "--items",
        "items.csv",
        "--bins",
        "bins.csv",
        "--policies",
        "FF,first_fit_decreasing{measure: max}",
    ];
    let output = tonnage(folder.path(), &args);
    expect(&output, 0);
    insta::assert_snapshot!(text(&output.stdout));
    let json = tonnage(folder.path(), &[&args[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let first = &json["instances"][0];
    assert_eq!(first["items"], 8);
    assert_eq!(first["policies"]["FF"]["left_out"], 0);
    assert_eq!(json["kinds"], serde_json::json!(["m", "r"]));
}
