//! Files that are read before values are replaced: what a variant or a flag says of them comes too late.
//!
//! Knows: the keys that name such files and what a workload takes from them. Must not know: what is in the files.

use super::{Diagnostic, Diagnostics, Place, Tree};

/// Reports, by `error`, where `file` at the top or `of_workload` of a workload is another than before.
pub(super) fn unchanged(
    [before, after]: [&Tree; 2],
    file: &str,
    of_workload: &str,
    diagnostics: &mut Diagnostics,
    error: impl Fn(Place) -> Diagnostic,
) {
    let mut late = Vec::new();
    if before.at(file).tree().map(Tree::to_json) != after.at(file).tree().map(Tree::to_json) {
        late.push(after.at(file).key_place());
    }
    for workload in after.at("workloads").items() {
        let name = workload.at("name").text().unwrap_or_default();
        let was = before.at("workloads").named(name).at(of_workload).text();
        if workload.at(of_workload).text() != was {
            late.push(workload.at(of_workload).key_place());
        }
    }
    late.into_iter().for_each(|place| diagnostics.push(error(place)));
}
