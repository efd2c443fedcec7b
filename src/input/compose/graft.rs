//! Services into the scenario's tree.
//!
//! Knows: which service is which workload, and that the scenario itself wins. Must not know: how a service reads.

use super::service::workload;
use super::{OF_WORKLOAD, Service};
use crate::input::manifests::Ignored;
use crate::input::manifests::graft::below;
use crate::input::manifests::make::{add, truth};
use crate::input::manifests::merge::merged;
use crate::input::{Diagnostic, Diagnostics, Node, Tree, unknown_name};
use crate::model::units::quoted;
use std::collections::{BTreeMap, BTreeSet};

/// Grafts `services` into the scenario `tree`.
pub(super) fn graft(
    tree: &mut Tree,
    services: &[Service],
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) {
    let targets: BTreeSet<String> = tree
        .at("load")
        .items()
        .filter_map(|load| Some(load.at("to").text()?.to_owned()))
        .collect();
    let place = tree.at(super::KEY).place();
    let Some(all) = below(tree, "workloads", place, Node::Seq(Vec::new())) else {
        return;
    };
    let Node::Seq(items) = &mut all.node else { return };
    let names = names(items, services, ignored, diagnostics);
    let mut said = Vec::new();
    for item in items.iter_mut() {
        let Some(meant) = item.at(OF_WORKLOAD).text() else {
            continue;
        };
        let Some(service) = services.iter().find(|service| service.name == meant) else {
            let known = services.iter().map(|service| service.name.as_str());
            said.push(unknown_name(
                item.at(OF_WORKLOAD).place(),
                "service",
                meant,
                known,
            ));
            continue;
        };
        let works = item.at("job").exists();
        let name = item.name().unwrap_or_default();
        let base = workload(service, &name, works, &names, ignored, diagnostics);
        let (own_place, empty) = (item.place, Node::Null);
        let own = std::mem::replace(item, Tree { node: empty, place });
        *item = merged(base, own, &mut said);
        item.place = own_place;
    }
    let taken: BTreeSet<String> = items
        .iter()
        .filter_map(|item| Some(item.at(OF_WORKLOAD).text()?.to_owned()))
        .collect();
    let own: BTreeMap<String, crate::input::Place> = items
        .iter()
        .filter_map(|item| Some((item.name()?, item.at("name").place())))
        .collect();
    for service in services {
        let Some(name) = names.get(service.name.as_str()) else {
            continue;
        };
        if taken.contains(&service.name) {
            continue;
        }
        if let Some(place) = own.get(name) {
            let what = format!(
                "the scenario has a workload {} that is not the service",
                quoted(name)
            );
            let help =
                format!("if it is the same, write `service: {name}` there; if not, give it another name");
            said.push(
                Diagnostic::error(service.place, what)
                    .related(*place, "it is here")
                    .help(help),
            );
            continue;
        }
        let mut item = workload(service, name, false, &names, ignored, diagnostics);
        if !targets.contains(name) {
            add(&mut item, "background", truth(service.place, true));
        }
        items.push(item);
    }
    said.into_iter().for_each(|one| diagnostics.push(one));
}

/// The workload's name of every service that is started: those of profiles are not, unless a workload names them.
fn names<'s>(
    items: &[Tree],
    services: &'s [Service],
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<&'s str, String> {
    let mut named: BTreeMap<&str, (String, crate::input::Place)> = BTreeMap::new();
    for item in items {
        let Some(meant) = item.at(OF_WORKLOAD).text() else {
            continue;
        };
        let (name, place) = (item.name().unwrap_or_default(), item.at(OF_WORKLOAD).place());
        if let Some((_, first)) = named.get(meant) {
            let error = Diagnostic::error(
                place,
                format!("a second workload is the service {}", quoted(meant)),
            );
            diagnostics.push(error.related(*first, "the first is here"));
        } else {
            named.insert(meant, (name, place));
        }
    }
    let mut names = BTreeMap::new();
    for service in services {
        let profiles: Vec<&str> = service
            .tree
            .at("profiles")
            .items()
            .filter_map(crate::input::Cursor::text)
            .collect();
        let name = match named.get(service.name.as_str()) {
            Some((name, _)) => name.clone(),
            None if profiles.is_empty() => service.name.clone(),
            None => {
                let what = format!(
                    "services: {} is of the profile {} and is not started",
                    service.name,
                    profiles.join(", ")
                );
                ignored.because((0, "services"), what);
                continue;
            }
        };
        names.insert(service.name.as_str(), name);
    }
    names
}
