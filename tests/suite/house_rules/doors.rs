//! Which calls change the live cluster, and which files may make them.
//!
//! Knows: the cluster's mutating methods and the doors of the world that lead to them. Must not know: what they do.
//! What a decision asks for goes through `sim/apply/`; the rest is physics: boots, pulls, starts, ends.

use super::scan::{Token, without_tests};
use super::{SourceFile, is_rust, scan};

/// What decisions become: the only place where they change the cluster.
const APPLY: &str = "src/sim/apply/";
const FLEET: &str = "src/sim/fleet.rs";
const CLOUD: &str = "src/sim/cloud.rs";
const IMAGE_GC: &str = "src/sim/handlers/image_gc.rs";
const LOSS: &str = "src/sim/handlers/loss.rs";
const MEMORY: &str = "src/sim/handlers/memory.rs";
const NODE: &str = "src/sim/handlers/node.rs";
const OBJECTS: &str = "src/sim/objects.rs";
const POD: &str = "src/sim/handlers/pod.rs";
const PROBE: &str = "src/sim/handlers/probe.rs";
const PULL: &str = "src/sim/handlers/pull.rs";
const REGISTRY: &str = "src/sim/handlers/registry.rs";
const RESTART: &str = "src/sim/handlers/restart.rs";
const START: &str = "src/sim/handlers/start.rs";
const SET_UP: &str = "src/sim/set_up.rs";
const UP: &str = "src/sim/handlers/up.rs";
const VOLUMES: &str = "src/sim/handlers/volumes.rs";

/// The file with the cluster's methods, which the list below must know all.
const CLUSTER: &str = "src/model/cluster/state.rs";

/// A method that changes the cluster.
struct Door {
    name: &'static str,
    /// Files, or folders with a closing slash, that may call it.
    callers: &'static [&'static str],
}

const fn door(name: &'static str, callers: &'static [&'static str]) -> Door {
    Door { name, callers }
}

/// The cluster's own mutating methods, called as `cluster.name(…)`.
const CLUSTER_DOORS: &[Door] = &[
    door("add_node", &[FLEET]),
    door("add_pod", &[POD]),
    door("bind", &[POD]),
    door("budgets_mut", &[OBJECTS]),
    door("close", &[FLEET]),
    door("cordon", &[APPLY]),
    door("image_arrived", &[IMAGE_GC]),
    door("image_deleted", &[IMAGE_GC]),
    door("lose_contact", &[LOSS]),
    door(
        "node_mut",
        &[IMAGE_GC, LOSS, NODE, PULL, REGISTRY, VOLUMES, SET_UP],
    ),
    door("nominate", &[APPLY]),
    door("objects_mut", &["src/sim/simulation.rs"]),
    door("open", &[FLEET]),
    door(
        "pod_mut",
        &[
            LOSS, MEMORY, NODE, POD, PROBE, PULL, RESTART, START, VOLUMES, SET_UP,
        ],
    ),
    door("remove_node", &[FLEET]),
    door("reopen", &[FLEET, LOSS]),
    door("remove_pod", &[POD]),
    door("resize", &[APPLY]),
    door("terminate", &[POD]),
    door("volumes_mut", &[APPLY, VOLUMES]),
];

/// The world's methods that carry something out, called as `self.name(…)`.
const WORLD_DOORS: &[Door] = &[
    // What only a decision brings about, and the platform that is there at time zero.
    door("bind_pod", &[APPLY, SET_UP]),
    door("bind_running_pod", &[APPLY]),
    door("begin_drain", &[APPLY]),
    door("close_node", &[APPLY]),
    door("evict_pod", &[APPLY]),
    door("reopen_node", &[APPLY]),
    door("create_pod", &[APPLY]),
    door("launch_node", &[APPLY, SET_UP]),
    door("reconcile", &[APPLY, SET_UP]),
    door("terminate_pod", &[APPLY]),
    // What follows of itself, too.
    door("open_node", &[FLEET, NODE]),
    door("remove_node", &[APPLY, CLOUD, LOSS, POD]),
    door("bring_volumes", &[POD]),
    door("give_up_volumes", &[POD]),
    door("pull_images", &[LOSS, POD, PULL, VOLUMES]),
    door("start_pod", &[LOSS, NODE, PULL, RESTART, UP]),
    door("stop_replica", &[LOSS, MEMORY, POD, "src/sim/jobs.rs"]),
];

fn may(door: &Door, file: &str) -> bool {
    door.callers
        .iter()
        .any(|caller| file == *caller || caller.ends_with('/') && file.starts_with(caller))
}

/// Calls of doors in `file` that the lists do not allow it, as lines and rules.
fn trespasses(file: &str, tokens: &[Token]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let text = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text.as_str());
        let (receiver, name) = (text(0), text(2));
        let doors = match receiver {
            "cluster" => CLUSTER_DOORS,
            "self" | "world" => WORLD_DOORS,
            _ => &[],
        };
        let line = tokens[at].line;
        if text(1) == "."
            && text(3) == "("
            && let Some(door) = doors.iter().find(|door| door.name == name)
            && !may(door, file)
        {
            found.push((
                line,
                format!(
                    "`{receiver}.{name}(…)` changes the cluster: {} may",
                    door.callers.join(", ")
                ),
            ));
        }
        // `&mut self.cluster` and `&mut world.cluster` would hand every door out at once; `…cluster.budgets_mut()` does not.
        if receiver == "cluster" && text(1) != "." && mutably_borrowed(&tokens[..at]) {
            found.push((line, "the cluster is handed out for change".to_owned()));
        }
    }
    found
}

/// Whether `&mut` stands before the path that ends here.
fn mutably_borrowed(before: &[Token]) -> bool {
    let is_path =
        |token: &&Token| token.text == "." || token.text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let path = before.iter().rev().take_while(is_path).count();
    let start = before.len() - path;
    path > 0 && before[start].text == "mut" && start > 0 && before[start - 1].text == "&"
}

/// The public methods of the cluster that change it.
fn mutating_methods(tokens: &[Token]) -> Vec<(usize, String)> {
    let texts = |at: usize| tokens[at..].iter().map(|token| token.text.as_str());
    let starts = |at: usize, expected: &[&str]| texts(at).take(expected.len()).eq(expected.iter().copied());
    (0..tokens.len())
        .filter(|&at| starts(at, &["pub", "fn"]) && starts(at + 3, &["(", "&", "mut", "self"]))
        .map(|at| (tokens[at].line, tokens[at + 2].text.clone()))
        .collect()
}

/// Every trespass in the source, and every mutating method that the list does not know.
pub(super) fn violations(sources: &[SourceFile]) -> Vec<(String, usize, String)> {
    let mut violations = Vec::new();
    for file in sources.iter().filter(|file| is_rust(file)) {
        let (tokens, _) = without_tests(&scan::tokens(&file.text), &file.text);
        let mut violate = |(line, rule)| violations.push((file.name.clone(), line, rule));
        if file.name == CLUSTER {
            mutating_methods(&tokens)
                .into_iter()
                .filter(|(_, name)| CLUSTER_DOORS.iter().all(|door| door.name != name))
                .map(|(line, name)| {
                    (
                        line,
                        format!("`{name}` changes the cluster; say in the house rules who may call it"),
                    )
                })
                .for_each(&mut violate);
        } else if file.name.starts_with("src/sim/") {
            trespasses(&file.name, &tokens).into_iter().for_each(&mut violate);
        }
    }
    violations
}

mod tests {
    use super::{mutating_methods, trespasses};
    use crate::house_rules::scan::tokens;

    /// Were a handler free to bind a pod by itself, a decision would be carried out unchecked and unwritten.
    #[test]
    fn only_the_listed_files_go_through_a_door() {
        let lines = |file: &str, source: &str| {
            let found = trespasses(file, &tokens(source));
            found.into_iter().map(|(line, _)| line).collect::<Vec<_>>()
        };
        let planted = "fn on_sample(&mut self) {\n    self.create_pod(0);\n    self.cluster\n        .nominate(id, None, class);\n\
                       let all = &mut self.cluster;\n    self.cluster.pod(id);\n    self.log.close();\n    let mut cluster = 1;\n}";
        assert_eq!(lines("src/sim/sampling.rs", planted), [2, 3, 5]);
        assert_eq!(lines("src/sim/apply/placement.rs", planted), [5]);
        let objects = "let budgets = self.cluster.budgets_mut();";
        assert!(lines("src/sim/objects.rs", objects).is_empty());
        assert_eq!(lines("src/sim/sampling.rs", objects), [1]);
    }

    /// A door that nobody listed stands open.
    #[test]
    fn a_mutating_method_is_found_where_it_is_declared() {
        let source = "pub fn nodes(&self) {}\npub fn evict(&mut self, id: PodId) {}\nfn own(&mut self) {}\n";
        assert_eq!(mutating_methods(&tokens(source)), [(2, "evict".to_owned())]);
    }
}
