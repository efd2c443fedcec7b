//! `pack --state` by itself: how many nodes would each policy need for the pods that there are, from empty nodes?

use super::{Context, Exit, Failure};
use crate::cli::arguments::Format;
use crate::cli::load::unknown;
use crate::cli::tables::{columns, csv};
use crate::engine::{StreamKey, Time};
use crate::input::list_names;
use crate::model::cluster::ClusterView;
use crate::model::packing::bounds::cheapest;
use crate::model::packing::{BinKind, Instance, Item, lower_bound};
use crate::model::resources::Resources;
use crate::policy::catalog::Entry;
use crate::policy::placement::{Incoming, Placement, Placer};
use crate::sim::standing::Standing;
use serde_json::json;
use std::collections::BTreeMap;

/// What a policy needs.
struct Needed {
    policy: &'static str,
    nodes: usize,
    waiting: usize,
}

const HEADER: [&str; 4] = ["policy", "nodes", "pods_waiting", "lower_bound"];

pub(super) fn tell(
    standing: &Standing,
    policies: &[String],
    seed: u64,
    context: &Context,
) -> Result<Exit, Failure> {
    let entries = chosen(policies, context)?;
    let empty = standing.emptied();
    let mut needed = Vec::new();
    for entry in entries {
        let placer = (entry.build)(json!({})).map_err(|why| {
            Failure::usage(format!(
                "{} does not do without parameters: {}",
                entry.name,
                why.join("; ")
            ))
        })?;
        needed.push(packed(standing, empty.clone(), entry.name, placer, seed));
    }
    let bound = fewest(standing, &empty);
    let console = &context.console;
    let rows = needed.iter().map(|one| {
        vec![
            one.policy.to_owned(),
            one.nodes.to_string(),
            one.waiting.to_string(),
            bound.to_string(),
        ]
    });
    match console.format() {
        Format::Csv => console.print(&csv(&HEADER, rows))?,
        Format::Json => {
            let list = needed.iter().map(|one| {
                json!({"policy": one.policy, "nodes": one.nodes, "pods_waiting": one.waiting, "lower_bound": bound})
            });
            console.print_json(&json!(list.collect::<Vec<_>>()))?;
        }
        Format::Table => {
            let (pods, now) = (standing.pods().count(), standing.nodes_in_use());
            let rows = needed.iter().map(|one| {
                let gap = match (one.waiting, bound) {
                    (0, 1..) => format!("{:+.1} %", (one.nodes as f64 / bound as f64 - 1.0) * 100.0),
                    _ => String::new(),
                };
                vec![
                    one.policy.to_owned(),
                    one.nodes.to_string(),
                    one.waiting.to_string(),
                    gap,
                ]
            });
            let table = columns(
                &["policy", "nodes", "pods waiting", "over the bound"],
                rows,
                console.sheet().width,
            );
            console.print(&format!(
                "{pods} pods on {now} of {} nodes now; no packing of all of them needs fewer than {bound}.\n\n{table}",
                standing.len()
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn chosen<'c>(names: &[String], context: &'c Context) -> Result<Vec<&'c Entry<Box<dyn Placer>>>, Failure> {
    let all = &context.catalog.placement;
    if names.is_empty() || names == ["all"] {
        return Ok(all.iter().collect());
    }
    let find = |name: &String| all.iter().find(|entry| entry.name == name);
    let strange: Vec<&str> = names
        .iter()
        .filter(|name| find(name).is_none())
        .map(String::as_str)
        .collect();
    match strange[..] {
        [] => Ok(names.iter().filter_map(find).collect()),
        [name] => Err(unknown("placement policy", name, || {
            all.iter().map(|entry| entry.name)
        })),
        _ => {
            let failure = Failure::usage(format!("no placement policy is named `{}`", strange.join("`, `")));
            Err(failure.help(Some(format!(
                "there are: {}",
                list_names(all.iter().map(|entry| entry.name))
            ))))
        }
    }
}

fn packed(
    standing: &Standing,
    mut nodes: Standing,
    policy: &'static str,
    mut placer: Box<dyn Placer>,
    seed: u64,
) -> Needed {
    let mut stream = StreamKey::new(seed, 0).stream("placement");
    let mut waiting = 0;
    for (class, _) in standing.pods() {
        match placer.place(&nodes, &Incoming::any_of(class, Time::ZERO), &mut stream) {
            Placement::Bind { place, .. } => nodes.add(place, class),
            Placement::Wait(_) => waiting += 1,
        }
    }
    Needed {
        policy,
        nodes: nodes.nodes_in_use(),
        waiting,
    }
}

/// No packing of all pods needs fewer nodes, by what they reserve; their other wishes are not looked at.
fn fewest(standing: &Standing, empty: &Standing) -> u64 {
    let extended = standing.extended();
    let sizes = |of: &Resources| -> Vec<u64> {
        let own = [of.cpu_milli, of.memory_bytes, of.pods, of.ephemeral_bytes];
        own.into_iter()
            .chain(extended.iter().map(|name| of.extended(name)))
            .collect()
    };
    let nodes = (0..empty.len()).filter_map(|place| empty.node(place));
    let mut kinds: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    nodes.for_each(|node| *kinds.entry(sizes(&node.free)).or_default() += 1);
    let dimensions = ["cpu", "memory", "pods", "ephemeral-storage"]
        .into_iter()
        .map(str::to_owned);
    let instance = Instance {
        name: "state".to_owned(),
        dimensions: dimensions.chain(extended.iter().cloned()).collect(),
        kinds: kinds
            .into_iter()
            .map(|(capacity, count)| BinKind {
                name: String::new(),
                capacity,
                price: None,
                most: Some(count),
            })
            .collect(),
        items: standing
            .pods()
            .map(|(class, name)| Item {
                name: name.to_owned(),
                class: String::new(),
                sizes: sizes(class.requests()),
                below_zero: Vec::new(),
            })
            .collect(),
        optimum: None,
    };
    let program = cheapest(&instance).map_or(0, |least| least.bins);
    program.max(lower_bound(&instance).bins)
}
