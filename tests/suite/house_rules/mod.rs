//! The house rules: what the layout of the source promises, checked on the source.
//!
//! Knows: every file of the repository. Must not know: what the code does. Each test lists all violations as
//! `file:line: rule`, so that one run shows everything there is to mend.

mod doors;
mod floors;
mod scan;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// More than this is more than one idea.
const LINES_MAX: usize = 500;
/// Names that say where something was put and not what it is.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];
/// Folders of other things than source.
const SKIPPED: &[&str] = &["target", "node_modules"];

/// A file of the repository.
struct SourceFile {
    /// Its path from the repository's root, with forward slashes.
    name: String,
    text: String,
}

impl SourceFile {
    /// The module its code is, from the crate's root; `None` outside `src/`.
    fn module(&self) -> Option<Vec<String>> {
        let inner = self.name.strip_prefix("src/")?.strip_suffix(".rs")?;
        let mut module: Vec<_> = inner.split('/').map(str::to_owned).collect();
        if module
            .last()
            .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
        {
            module.pop();
        }
        Some(module)
    }

    fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file below `folder` (from the root) by name; hidden folders and build output are left out.
fn files(folder: &str) -> Vec<SourceFile> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("the folder stays readable").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with('.') || SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push(SourceFile {
                    name: relative(&path),
                    text,
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn relative(path: &Path) -> String {
    let parts = path.strip_prefix(root()).expect("below the root").iter();
    parts
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn is_rust(file: &SourceFile) -> bool {
    file.name.ends_with(".rs")
}

/// Fails with the list, if there is one.
fn report(violations: &[(String, usize, String)]) {
    let mut page = String::new();
    for (file, line, rule) in violations {
        let _ = writeln!(page, "{file}:{line}: {rule}");
    }
    assert!(
        violations.is_empty(),
        "{} violations of the house rules:\n{page}",
        violations.len()
    );
}

/// Imports run downward, lower floors touch nothing outside the simulated world, and the engine names no domain.
#[test]
fn imports_keep_to_the_floors() {
    let sources: Vec<_> = files("src").into_iter().filter(is_rust).collect();
    let parted: Vec<_> = sources
        .iter()
        .map(|file| scan::without_tests(&scan::tokens(&file.text), &file.text))
        .collect();
    let test_files: Vec<_> = sources
        .iter()
        .zip(&parted)
        .flat_map(|(file, (_, names))| test_paths(file, names))
        .collect();
    let mut violations = Vec::new();
    for (file, (tokens, _)) in sources.iter().zip(&parted) {
        let module = file.module().expect("it is below src/");
        if module.is_empty() || test_files.contains(&file.name) {
            continue;
        }
        let mut violate = |line, rule| violations.push((file.name.clone(), line, rule));
        for path in scan::paths(tokens, &module) {
            if let Some(rule) = floors::forbidden(&module, &path.segments) {
                violate(path.line, rule);
            }
        }
        let Some(floor) = floors::floor(&module[0]) else {
            violate(
                1,
                format!(
                    "the folder or file `{}` has no floor; give it one in the house rules",
                    module[0]
                ),
            );
            continue;
        };
        for (line, name) in scan::macros(tokens).filter(|(_, name)| floors::forbidden_macro(floor, name)) {
            violate(line, format!("`{name}!`: this floor writes to no terminal"));
        }
        for token in tokens.iter().filter(|_| module[0] == "engine") {
            if let Some(word) = floors::domain_word(&token.text) {
                violate(
                    token.line,
                    format!(
                        "`{}`: the engine names nothing of the domain (`{word}`)",
                        token.text
                    ),
                );
            }
        }
    }
    report(&violations);
}

/// The files that a file declares as test-only modules.
fn test_paths(file: &SourceFile, names: &[String]) -> Vec<String> {
    let own = file.name.trim_end_matches(".rs");
    let base = own
        .strip_suffix("/mod")
        .or(own.strip_suffix("/lib"))
        .unwrap_or(own);
    let paths = names.iter().flat_map(|name| match name.strip_suffix(".rs") {
        Some(_) => vec![format!("{}/{name}", file.folder())],
        None => vec![format!("{base}/{name}.rs"), format!("{base}/{name}/mod.rs")],
    });
    paths.collect()
}

/// Only `sim/apply/` changes the cluster because of a decision; the rest is physics, in the files that are listed.
#[test]
fn only_apply_and_physics_change_the_cluster() {
    report(&doors::violations(&files("src")));
}

/// Every file says what it is, is named after it, is short enough to be one idea, and is finished.
#[test]
fn files_are_introduced_named_short_and_finished() {
    let sources = ["src", "tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| files(folder));
    let violations: Vec<_> = sources
        .filter(is_rust)
        .flat_map(|file| {
            let found = unlike_a_file_of_this_house(&file);
            found
                .into_iter()
                .map(move |(line, rule)| (file.name.clone(), line, rule))
        })
        .collect();
    report(&violations);
}

/// What is wrong with a file whatever it holds, as lines and rules.
fn unlike_a_file_of_this_house(file: &SourceFile) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    if !file.text.starts_with("//!") {
        found.push((
            1,
            "a file opens with `//!`: what it knows and what it must not know".to_owned(),
        ));
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        found.push((
            lines,
            format!("{lines} lines; a file is one idea and has at most {LINES_MAX}"),
        ));
    }
    let mut parts = file.name.trim_end_matches(".rs").split('/');
    if let Some(name) = parts.find(|part| EMPTY_NAMES.contains(part)) {
        found.push((
            1,
            format!("`{name}` says where something was put; name a file after what it is"),
        ));
    }
    let tokens = scan::tokens(&file.text);
    let unfinished = scan::macros(&tokens).filter(|(_, name)| UNFINISHED.contains(name));
    found.extend(unfinished.map(|(line, name)| (line, format!("`{name}!` is for unfinished code"))));
    found
}

#[test]
fn a_long_a_nameless_and_an_unfinished_file_are_seen() {
    let judged = |name: &str, text: String| {
        let name = name.to_owned();
        unlike_a_file_of_this_house(&SourceFile { name, text }).len()
    };
    let introduced = |lines: usize| format!("//! What it is.\n{}", "\n".repeat(lines - 1));
    assert_eq!(judged("src/sim/world.rs", introduced(LINES_MAX)), 0);
    assert_eq!(judged("src/sim/world.rs", introduced(LINES_MAX + 1)), 1);
    for name in [
        "src/sim/helpers.rs",
        "tests/suite/common/mod.rs",
        "benches/utils.rs",
    ] {
        assert_eq!(judged(name, introduced(1)), 1, "{name}");
    }
    assert_eq!(judged("src/lib.rs", "fn f() { todo!() }".to_owned()), 2);
}

/// Nothing shipped points at a folder beside the repository or at somebody's machine.
#[test]
fn no_path_leads_out_of_the_repository() {
    // A checkout directly below the root, as `/src` in a container, is no telling name.
    let checkout = Some(env!("CARGO_MANIFEST_DIR")).filter(|path| path.matches('/').count() > 1);
    let outside: Vec<_> = ["../shared", "/home/", "/root/", "/Users/"]
        .into_iter()
        .chain(checkout)
        .collect();
    let mut violations = Vec::new();
    let is_test = |name: &str| name.starts_with("tests/") || name.contains("/tests/");
    for file in files("").iter().filter(|file| !is_test(&file.name)) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(path) = outside.iter().find(|path| line.contains(**path)) {
                violations.push((
                    file.name.clone(),
                    index + 1,
                    format!("`{path}`: only tests/ and .ci may look outside"),
                ));
            }
        }
    }
    report(&violations);
}

/// Every scenario file is named by a test, so that none goes stale.
#[test]
fn every_scenario_is_exercised_by_a_test() {
    let tests: Vec<_> = files("tests/suite").into_iter().filter(is_rust).collect();
    let scenarios = files("scenarios")
        .into_iter()
        .filter(|file| file.name.ends_with(".yaml"));
    let violations: Vec<_> = scenarios
        .filter(|file| {
            let stem = file.name.trim_end_matches(".yaml");
            unexercised(&[stem.rsplit_once('/').map_or(stem, |(_, stem)| stem)], &tests).is_some()
        })
        .map(|file| {
            (
                file.name,
                1,
                "no test under tests/suite names this scenario".to_owned(),
            )
        })
        .collect();
    report(&violations);
}

/// The first of `names` that no test names as a whole word.
fn unexercised<'a>(names: &[&'a str], tests: &[SourceFile]) -> Option<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let named = |name: &str| {
        tests
            .iter()
            .any(|file| file.text.split(|c| !is_word(c)).any(|word| word == name))
    };
    names.iter().copied().find(|name| !named(name))
}

#[test]
fn a_name_inside_a_longer_one_exercises_nothing() {
    let tests = [SourceFile {
        name: "tests/suite/scenarios.rs".to_owned(),
        text: "run(\"scenarios/black-friday.yaml\"); run(\"spike_twin\")".to_owned(),
    }];
    assert_eq!(unexercised(&["black-friday", "spike_twin"], &tests), None);
    assert_eq!(unexercised(&["black-friday", "friday"], &tests), Some("friday"));
    assert_eq!(unexercised(&["spike"], &tests), Some("spike"));
}
