//! What a scenario says on top of what its manifests say: the scenario wins.
//!
//! Knows: which maps are merged key by key, and which lists item by item. Must not know: objects.

use crate::input::{Diagnostic, Entry, Node, Place, Tree, unknown_name};

/// Maps below these keys are merged key by key; what else is given twice is the scenario's alone.
const DEEP: [&str; 22] = [
    "cron_job",
    "depends_on",
    "deploy",
    "healthcheck",
    "placement",
    "restart_policy",
    "update_config",
    "rollback_config",
    "job",
    "deployment",
    "stateful_set",
    "daemon_set",
    "serving",
    "labels",
    "resources",
    "requests",
    "limits",
    "usage",
    "node_selector",
    "shape",
    "overhead",
    "reserved",
];

/// Lists below this key are merged item by item, by name.
const NAMED: &str = "containers";

/// `base` with everything that `own` says; what `own` calls by a name that `base` does not have is reported.
pub(in crate::input) fn merged(base: Tree, own: Tree, said: &mut Vec<Diagnostic>) -> Tree {
    let place = own.place;
    let (mut entries, own) = match (base.node, own.node) {
        (Node::Map(base), Node::Map(own)) => (base, own),
        (base, Node::Null) => return Tree { node: base, place },
        (_, own) => return Tree { node: own, place },
    };
    for entry in own {
        let Some(at) = entries.iter().position(|known| known.key == entry.key) else {
            entries.push(entry);
            continue;
        };
        let known = entries.remove(at);
        let value = if DEEP.contains(&entry.key.as_str()) {
            merged(known.value, entry.value, said)
        } else if entry.key == NAMED {
            by_name(known.value, entry.value, said)
        } else {
            entry.value
        };
        entries.insert(at, Entry { value, ..entry });
    }
    Tree {
        node: Node::Map(entries),
        place,
    }
}

/// The list `base` with what `own` says of its items.
fn by_name(base: Tree, own: Tree, said: &mut Vec<Diagnostic>) -> Tree {
    let place = own.place;
    let (mut items, own) = match (base.node, own.node) {
        (Node::Seq(base), Node::Seq(own)) => (base, own),
        (base, Node::Null) => return Tree { node: base, place },
        (_, own) => return Tree { node: own, place },
    };
    for item in own {
        let Some(name) = item.name() else {
            items.push(item);
            continue;
        };
        let Some(at) = items
            .iter()
            .position(|known| known.name().as_deref() == Some(&name))
        else {
            let names: Vec<String> = items.iter().filter_map(Tree::name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            said.push(unknown_name(
                name_place(&item),
                "container of the manifest",
                &name,
                names,
            ));
            continue;
        };
        let known = items.remove(at);
        items.insert(at, merged(known, item, said));
    }
    Tree {
        node: Node::Seq(items),
        place,
    }
}

fn name_place(item: &Tree) -> Place {
    item.at("name").place()
}
