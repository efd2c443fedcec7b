//! Compose files: services as `docker compose` reads them, to parts of a scenario.
//!
//! Knows: which keys there are, what a scenario makes of each, and what is ignored. Must not know: how a scenario is
//! lowered, or any rule of it: what is made here is checked with the rest of the scenario.
//!
//! The way: a file is read with those it includes and extends (`files`), variables are filled in (`variables`), each service is checked against the keys of the
//! Compose Specification (`fields`) and becomes a workload (`service`), and all are grafted into the scenario's tree,
//! where every value keeps the place it had in the file (`graft`).

mod fields;
mod files;
mod graft;
mod ports;
mod resources;
mod service;
mod skeleton;
#[cfg(test)]
mod tests;
mod variables;

pub use skeleton::{Skeleton, skeleton};

use super::manifests::Ignored;
use super::{Diagnostic, Diagnostics, Limits, Node, Sources, Tree, read_before};
use crate::model::units::quoted;
use files::Reader;
use std::path::Path;

/// The key of a scenario under which its Compose file stands.
pub(super) const KEY: &str = "compose";
/// The key of a workload that names the service it is.
pub(super) const OF_WORKLOAD: &str = "service";

/// What is known of the file beside what the scenario says of it then.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// What is to be said in the report about what it holds and nobody models.
    pub(super) sentences: Vec<String>,
}

/// Grafts the Compose file that the scenario `tree` names, which is looked for below `base`, into it.
pub(super) fn expand(
    tree: &mut Tree,
    base: &Path,
    limits: Limits,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Expanded {
    let asked = tree
        .at("workloads")
        .items()
        .find(|workload| workload.at(OF_WORKLOAD).exists());
    let Some(name) = tree.at(KEY).text().map(str::to_owned) else {
        if let Some(workload) = asked.filter(|_| !tree.at(KEY).exists()) {
            let error = Diagnostic::error(
                workload.at(OF_WORKLOAD).key_place(),
                "a service of no Compose file",
            );
            diagnostics.push(error.help("name the file: `compose: compose.yaml`"));
        }
        return Expanded::default();
    };
    let path = base.join(&name);
    if !path.is_file() {
        let what = format!("the Compose file {} is not there", quoted(&name));
        let error = Diagnostic::error(tree.at(KEY).place(), what);
        let looked = quoted(&path.display().to_string());
        diagnostics.push(error.help(format!("expected it at {looked}")));
        return Expanded::default();
    }
    let mut ignored = Ignored::default();
    let id = sources.next_id();
    let services = read(&path, limits, sources, &mut ignored, diagnostics);
    graft::graft(tree, &services, &mut ignored, diagnostics);
    ignored
        .note(0, id)
        .into_iter()
        .for_each(|note| diagnostics.push(note));
    Expanded {
        sentences: ignored.sentences(0, &name),
    }
}

/// A service of a file.
#[derive(Debug)]
pub(super) struct Service {
    /// Its name.
    pub(super) name: String,
    /// What is said of it, each value where it stands, without extensions.
    pub(super) tree: Tree,
    /// Where its name stands.
    pub(super) place: super::Place,
}

/// The services of the file at `path`, each checked, with those of the files it includes.
pub(super) fn read(
    path: &Path,
    limits: Limits,
    sources: &mut Sources,
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> Vec<Service> {
    Reader::new(limits, sources, ignored, diagnostics).services(path)
}

/// How deep extensions are looked for; what is below is ignored anyway.
const DEEP: usize = 12;

/// Takes away keys that begin with `x-`, which are anybody's own, and what is `null`, which says nothing.
fn without_extensions(tree: &mut Tree, depth: usize) {
    if depth > DEEP {
        return;
    }
    match &mut tree.node {
        Node::Map(entries) => {
            entries.retain(|entry| !entry.key.starts_with("x-"));
            let said = |entry: &super::Entry| depth <= 1 || entry.value.node != Node::Null;
            entries.retain(said);
            entries
                .iter_mut()
                .for_each(|entry| without_extensions(&mut entry.value, depth + 1));
        }
        Node::Seq(items) => items
            .iter_mut()
            .for_each(|item| without_extensions(item, depth + 1)),
        _ => {}
    }
}

/// Reports what a variant or a flag changes in vain: the file is read before.
pub(super) fn unchanged(before: &Tree, after: &Tree, diagnostics: &mut Diagnostics) {
    read_before::unchanged([before, after], KEY, OF_WORKLOAD, diagnostics, |place| {
        Diagnostic::error(place, "a Compose file is read before values are replaced")
            .help("change the file itself, or what it says: `workloads.<name>.serving.replicas`")
    });
}
