//! What a command says of itself: its help, its exit codes, its names, its reference.

use super::{COMMANDS, SOUND, desk, err, expect, missed, out, tonnage};
use std::fs;
use tonnage::policy::catalog::Catalog;

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
        .chain(catalog.pod_sizing.iter().map(|entry| (entry.name, entry.summary)))
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

/// A slip on the command line or in a file's name is told in the user's words, with what was probably meant.
#[test]
fn slips_are_told_in_the_words_of_users() {
    let folder = desk(SOUND);
    fs::write(folder.path().join("empty.yaml"), "# nothing but a comment\n").unwrap();
    for (bad, said) in [
        (
            vec!["run", "--threads", "0"],
            "invalid value '0' for '--threads <N>': expected a whole number from 1",
        ),
        (
            vec!["run", "--seed", "abc"],
            "invalid value 'abc' for '--seed <N>': expected a whole number from 0 to",
        ),
        (
            vec!["run", "--seed", "-1"],
            "invalid value '-1' for '--seed <N>': expected a whole number from 0 to",
        ),
        (
            vec!["run", "--replications", "0"],
            "invalid value '0' for '--replications <N>': expected a whole number from 1 to 100000",
        ),
        (
            vec!["compare", "desk.yaml", "-n", "-1"],
            "invalid value '-1' for '--replications <N>': expected a whole number from 1 to 100000",
        ),
        (vec!["check", "desk"], "did you mean `desk.yaml`?"),
        (vec!["check", "dsek.yaml"], "did you mean `desk.yaml`?"),
        (
            vec!["check", "empty.yaml"],
            "`tonnage new NAME` writes one to start from",
        ),
        (
            vec!["check", "desk.yaml", "--set", "policies.placement=bestfit"],
            "unknown policy `bestfit`",
        ),
    ] {
        let output = tonnage(folder.path(), &bad);
        expect(&output, 2);
        assert!(err(&output).contains(said), "{bad:?}: {}", err(&output));
    }
}
