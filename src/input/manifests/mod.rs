//! Kubernetes manifests: objects as `kubectl get -o yaml` prints them, to parts of a scenario.
//!
//! Knows: which objects there are, what a scenario makes of each, and what is ignored of them. Must not know: how a
//! scenario is lowered, or any rule of it: what is made here is checked with the rest of the scenario.
//!
//! The way: files become objects, each checked against the fields of its kind ([`documents`], [`fields`]); objects with
//! pods become workloads, autoscalers policies, nodes pools; all of it is grafted into the scenario's tree, where every
//! value keeps the place it had in its manifest ([`graft`]). Variants and `--set` then work on it as on what the scenario
//! says itself.

mod alike;
mod autoscalers;
mod budgets;
mod deployments;
mod documents;
pub(super) mod fields;
mod gpu_annotations;
pub(super) mod graft;
mod ignored;
mod jobs;
mod kinds;
mod knative;
mod listed;
pub(super) mod make;
pub(super) mod merge;
mod namespaces;
mod node_pools;
mod nodes;
mod object;
mod pods;
mod priorities;
mod probes;
mod selectors;
mod sets;
mod storage;
#[cfg(test)]
mod tests;

use super::{Diagnostic, Diagnostics, Limits, SourceId, Sources, Tree, read_before};
use crate::model::units::quoted;
use crate::sim::standing::ListedPod;
use documents::Reader;
pub(super) use ignored::{Ignored, collect};
use std::path::Path;

/// The key of a scenario under which its manifests are listed.
pub(super) const KEY: &str = "manifests";
/// The key of a workload that names the object it comes from.
pub(super) const OF_WORKLOAD: &str = "manifest";

/// The most files.
const FILES_MAX: usize = 1000;
/// Manifests may be so many times as large as a scenario: `kubectl` prints much that is ignored.
const LARGER: usize = 4;

/// What is known of manifests beside what the scenario says of them then.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// What is to be said in the report about what they hold and nobody models.
    pub(super) sentences: Vec<String>,
    /// The pods among them, one by one.
    pub(super) pods: Vec<ListedPod>,
}

/// Grafts the manifests that the scenario `tree` lists, which are looked for below `base`, into it.
pub(super) fn expand(
    tree: &mut Tree,
    base: &Path,
    limits: Limits,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Expanded {
    let mut expanded = Expanded::default();
    let files = load(tree, base, limits, sources, diagnostics);
    let asked = tree
        .at("workloads")
        .items()
        .any(|workload| workload.at(OF_WORKLOAD).exists());
    if files.is_empty() && !asked {
        return expanded;
    }
    let mut reader = Reader::new(sources, larger(limits), diagnostics);
    for (index, (_, id)) in files.iter().enumerate() {
        if let Some(id) = id {
            reader.read(index, *id);
        }
    }
    let (objects, mut ignored) = (reader.objects, reader.ignored);
    expanded.pods = graft::graft(tree, &objects, &mut ignored, diagnostics);
    for (index, (name, id)) in files.iter().enumerate() {
        let Some(id) = id else { continue };
        ignored
            .note(index, *id)
            .into_iter()
            .for_each(|note| diagnostics.push(note));
        expanded.sentences.extend(ignored.sentences(index, name));
    }
    expanded
}

/// Reads the files, in the scenario's order; what the list should look like is the scenario schema's business.
fn load(
    tree: &Tree,
    base: &Path,
    limits: Limits,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Option<SourceId>)> {
    let mut left = larger(limits);
    let mut files: Vec<(String, Option<SourceId>)> = Vec::new();
    for item in tree.at(KEY).items().take(FILES_MAX) {
        let Some(name) = item.text() else { continue };
        let path = base.join(name);
        if files.iter().any(|(known, _)| known == name) {
            let error = Diagnostic::error(item.place(), format!("{} is listed twice", quoted(name)));
            diagnostics.push(error);
            continue;
        }
        if !path.is_file() {
            let what = if path.is_dir() {
                "is a folder"
            } else {
                "is not there"
            };
            let error = Diagnostic::error(item.place(), format!("the manifest {} {what}", quoted(name)));
            let looked = quoted(&path.display().to_string());
            diagnostics.push(error.help(format!("expected a file of objects at {looked}")));
            files.push((name.to_owned(), None));
            continue;
        }
        let id = sources.load(&path, left, diagnostics);
        left.bytes = left
            .bytes
            .saturating_sub(id.map_or(0, |id| sources.text(id).len()));
        files.push((name.to_owned(), id));
    }
    files
}

fn larger(limits: Limits) -> Limits {
    Limits {
        bytes: limits.bytes.saturating_mul(LARGER),
        nodes: limits.nodes.saturating_mul(LARGER),
        ..limits
    }
}

/// Reports what a variant or a flag changes in vain: manifests are read before.
pub(super) fn unchanged(before: &Tree, after: &Tree, diagnostics: &mut Diagnostics) {
    read_before::unchanged([before, after], KEY, OF_WORKLOAD, diagnostics, |place| {
        Diagnostic::error(place, "manifests are read before values are replaced")
            .help("change the file itself, or what the manifests say: `policies.pod_scaling.<name>`")
    });
}
