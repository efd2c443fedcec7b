//! Which folder may import which: the floors of the house.
//!
//! Knows: the folders, their floors, and the words and doors closed to some. Must not know: how source is read.

/// The folders of `src/` and their floors; imports run only downward.
const FLOORS: &[(&str, u8)] = &[
    ("engine", 1),
    ("stats", 2),
    ("model", 3),
    ("policy", 4),
    ("workload", 5),
    ("platform", 5),
    ("sim", 6),
    ("experiment", 7),
    ("input", 7),
    ("report", 7),
    ("cli", 8),
];

/// The questions of `policy/`; each is a folder of its own.
const POLICY_FOLDERS: &[&str] = &["placement", "pod_scaling", "node_scaling", "routing", "admission"];

/// The highest floor that touches no file, environment, wall clock, terminal or thread.
const PURE_FLOOR_MAX: u8 = 6;

/// What a folder must not see although it stands on a lower floor, and why.
const HIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "report",
        &["model", "cluster"],
        "`report` sees outcomes and rows, never the cluster",
    ),
    (
        "report",
        &["sim", "simulation"],
        "`report` sees outcomes and rows, never a run in progress",
    ),
    (
        "report",
        &["sim", "Simulation"],
        "`report` sees outcomes and rows, never a run in progress",
    ),
    (
        "report",
        &["sim", "world"],
        "`report` sees outcomes and rows, never a run in progress",
    ),
    (
        "policy",
        &["model", "cluster", "Cluster"],
        "a policy gets read-only views, and asks its what-ifs of an overlay",
    ),
    (
        "policy",
        &["model", "cluster", "*"],
        "a policy names what it takes of the cluster, so that it cannot take the live one",
    ),
];

/// Words of the domain, which the engine must not name.
const DOMAIN_WORDS: &[&str] = &[
    "cluster",
    "container",
    "image",
    "kubernetes",
    "node",
    "pod",
    "policy",
    "pool",
    "replica",
    "request",
    "scaler",
    "tenant",
    "workload",
];

/// The floor of a folder of `src/`.
pub(super) fn floor(folder: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == folder)
        .map(|&(_, floor)| floor)
}

/// Why code in module `from` (below the crate's root) must not name `path`, if it must not. The crate's root itself,
/// `lib.rs` and `main.rs`, may name everything.
pub(super) fn forbidden(from: &[String], path: &[String]) -> Option<String> {
    let folder = from.first()?;
    let Some(own) = floor(folder) else {
        return Some(format!(
            "the folder `{folder}` has no floor; give it one in the house rules"
        ));
    };
    let text = path.join("::");
    if path
        .iter()
        .any(|segment| segment == "Instant" || segment == "SystemTime")
        || is_door(path)
    {
        return (own <= PURE_FLOOR_MAX).then(|| {
            format!("`{text}`: floors 1 to {PURE_FLOOR_MAX} touch no file, environment, wall clock, terminal or thread")
        });
    }
    if path[0] != "crate" {
        return None;
    }
    if let Some((_, _, rule)) = HIDDEN
        .iter()
        .find(|(who, what, _)| who == folder && begins_with(&path[1..], what))
    {
        return Some(format!("`{text}`: {rule}"));
    }
    let target = path.get(1)?;
    let Some(other) = floor(target) else {
        return Some(format!(
            "`{text}` is no path into a folder with a floor; name the folder a thing lives in"
        ));
    };
    if target == folder {
        return (folder == "policy")
            .then(|| forbidden_in_policy(from, path))
            .flatten();
    }
    let (this, that) = (
        format!("`{folder}` (floor {own})"),
        format!("`{target}` (floor {other})"),
    );
    match other.cmp(&own) {
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(format!(
            "{this} imports {that}: folders on one floor never import each other"
        )),
        std::cmp::Ordering::Greater => Some(format!("{this} imports {that}: imports run only downward")),
    }
}

fn begins_with(path: &[String], start: &[&str]) -> bool {
    path.len() >= start.len() && path.iter().zip(start).all(|(own, other)| own == other)
}

/// Whether the path leads out of the simulated world: by the standard library, by a crate made for that, or by the
/// clock or the entropy of this machine.
fn is_door(path: &[String]) -> bool {
    let doors = ["fs", "env", "io", "thread", "process", "net", "os", "path"];
    let crates = [
        "anstream",
        "clap",
        "ctrlc",
        "flate2",
        "indicatif",
        "plotters",
        "rayon",
    ];
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    match segments[..] {
        ["std", second, ..] => doors.contains(&second),
        ["jiff", .., "now"] | ["Timestamp" | "Zoned", "now"] => true,
        ["rand", "rng" | "random" | "random_range", ..] | ["rand", .., "SysRng" | "OsRng"] => true,
        [first, ..] => crates.contains(&first),
        [] => false,
    }
}

fn forbidden_in_policy(from: &[String], path: &[String]) -> Option<String> {
    let target = path.get(2)?.as_str();
    let own = from.get(1).map_or("mod.rs", String::as_str);
    if own == "catalog" || own == target {
        return None;
    }
    if target == "catalog" {
        return Some(format!(
            "`policy::{own}` imports the catalog, which imports every policy: that is a circle"
        ));
    }
    let allowed = !POLICY_FOLDERS.contains(&target) || (own == "node_scaling" && target == "placement");
    (!allowed).then(|| {
        format!("`policy::{own}` imports `policy::{target}`: of the questions only `node_scaling` may import one, `placement`")
    })
}

/// Whether code of this floor may call the macro.
pub(super) fn forbidden_macro(floor: u8, name: &str) -> bool {
    floor <= PURE_FLOOR_MAX && ["print", "println", "eprint", "eprintln"].contains(&name)
}

/// The word of the domain that an identifier holds (`pod_count`, `NodeId`, `replicas`), if any.
pub(super) fn domain_word(identifier: &str) -> Option<&'static str> {
    let mut words = vec![String::new()];
    for c in identifier.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        if c != '_' {
            let last = words.len() - 1;
            words[last].extend(c.to_lowercase());
        }
    }
    let is = |word: &str| {
        words
            .iter()
            .any(|w| w == word || w.strip_suffix('s') == Some(word))
    };
    DOMAIN_WORDS.iter().copied().find(|word| is(word))
}

mod tests {
    use super::{domain_word, forbidden, forbidden_macro};

    fn is_forbidden(from: &str, path: &str) -> bool {
        let split = |text: &str| {
            text.split("::")
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        forbidden(&split(from), &split(path)).is_some()
    }

    /// Were an upward import let through, the floors would be a picture and not a rule.
    #[test]
    fn imports_run_downward_and_not_sideways() {
        for (from, path) in [
            ("model::image", "crate::engine::Time"),
            ("cli", "crate::report::page"),
            ("", "crate::cli::main"),
            ("model::image", "crate::model::price::Money"),
            (
                "policy::node_scaling::karpenter",
                "crate::policy::placement::Profile",
            ),
            ("policy::routing::p2c", "crate::policy::routing::Router"),
            ("policy::routing::p2c", "crate::policy::Reason"),
            ("policy::catalog", "crate::policy::admission::Fifo"),
            ("input::files", "std::fs::read"),
            ("sim::run", "serde::Serialize"),
            ("policy::pod_scaling", "jiff::Timestamp"),
            ("engine::random", "rand::Rng"),
            ("report::page", "crate::sim::rows::PodRow"),
            ("policy::placement", "crate::model::cluster::Overlay"),
        ] {
            assert!(!is_forbidden(from, path), "{from} may import {path}");
        }
        for (from, path) in [
            ("engine::queue", "crate::model::price::Money"),
            ("workload::serving", "crate::platform::kubernetes"),
            ("report", "crate::input::price_file"),
            ("policy::placement", "crate::policy::node_scaling::Karpenter"),
            ("policy::pod_scaling", "crate::policy::placement::Profile"),
            ("policy::routing", "crate::policy::catalog::ALL"),
            ("policy", "crate::policy::routing::Router"),
            ("model", "crate::Time"),
            ("novelty", "crate::engine::Time"),
            ("sim::run", "std::fs"),
            ("sim::run", "rayon::prelude::*"),
            ("stats", "std::time::Instant"),
            ("stats", "time::Instant::now"),
            ("model", "std::path::Path"),
            ("policy::pod_scaling", "jiff::Zoned::now"),
            ("policy::pod_scaling", "Timestamp::now"),
            ("workload", "rand::rng"),
            ("engine::random", "rand::rngs::SysRng"),
            ("report::page", "crate::model::cluster::Overlay"),
            ("report::page", "crate::model::cluster"),
            ("report::page", "crate::sim::simulation::Simulation"),
            ("report::page", "crate::sim::Simulation"),
            ("policy::placement", "crate::model::cluster::Cluster"),
            ("policy::placement", "crate::model::cluster::*"),
        ] {
            assert!(is_forbidden(from, path), "{from} may not import {path}");
        }
        assert!(forbidden_macro(6, "println") && !forbidden_macro(7, "println"));
    }

    #[test]
    fn a_domain_word_is_seen_in_any_spelling_but_not_inside_another_word() {
        for name in ["pod_count", "NodeId", "replicas", "POLICY"] {
            assert_eq!(domain_word(name).is_some(), name != "POLICY", "{name}");
        }
        for name in ["tripod", "nodal", "podium", "requested_at_least"] {
            assert_eq!(domain_word(name), None, "{name}");
        }
    }
}
