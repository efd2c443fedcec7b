//! `pack --state` by itself: how many nodes would each policy need for the pods that there are, from empty nodes?

use super::shown::Shown;
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs};
use crate::cli::folder::Kind;
use crate::cli::load::unknown;
use crate::cli::tables::columns;
use crate::input::list_names;
use crate::model::cluster::ClusterView;
use crate::policy::catalog::Entry;
use crate::policy::placement::Placer;
use crate::report::standing::{Need, Needs, needs_chart, needs_page};
use crate::sim::standing::{Standing, fewest_nodes, repack};
use serde_json::json;

pub(super) fn tell(
    standing: &Standing,
    args: &PackArgs,
    seed: u64,
    context: &Context,
) -> Result<Exit, Failure> {
    let placers = placers(&args.policies, context)?;
    let folder = args.folder(Kind::Needs)?;
    let mut needs = Needs {
        title: args.state.title(),
        policies: Vec::new(),
        bound: fewest_nodes(standing),
        nodes: standing.len() as u64,
        nodes_in_use: standing.nodes_in_use() as u64,
        pods: standing.pods().count() as u64,
        waiting_today: standing.waiting.len() as u64,
        today: standing.picture(),
        best: None,
        command: args.state.command(&args.policies),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    for (policy, placer) in placers {
        let packed = repack(standing, &*placer, seed);
        let need = Need {
            policy: policy.to_owned(),
            nodes: packed.nodes_in_use() as u64,
            waiting: packed.waiting.len() as u64,
        };
        if needs.best_need().is_none_or(|best| need.rank() < best.rank()) {
            needs.best = Some(packed.picture());
        }
        needs.policies.push(need);
    }
    if let Some(folder) = &folder {
        let files = Files {
            files: vec![
                ("nodes_needed.csv", needs.to_csv()),
                ("report.html", needs_page(&needs)),
            ],
            pictures: vec![
                ("nodes_needed.svg", needs_chart(&needs)),
                ("today.svg", needs.today_bars()),
                ("packed.svg", needs.best_bars()),
            ],
        };
        files.write(folder)?;
    }
    let shown = Shown {
        csv: &|| needs.to_csv(),
        json: &|| needs.to_json(),
        table: &|width| told(&needs, width),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(Exit::Done)
}

fn told(needs: &Needs, width: usize) -> String {
    let rows = needs.policies.iter().map(|need| {
        let gap = needs
            .gap(need)
            .map_or_else(String::new, |gap| format!("{:+.1} %", gap * 100.0));
        vec![
            need.policy.clone(),
            need.nodes.to_string(),
            need.waiting.to_string(),
            gap,
        ]
    });
    let table = columns(
        &["policy", "nodes", "pods waiting", "over the bound"],
        rows,
        width,
    );
    format!(
        "{} pods on {} of {} nodes now; no packing of all of them needs fewer than {}.\n\n{table}",
        needs.pods, needs.nodes_in_use, needs.nodes, needs.bound
    )
}

type Named<'c> = (&'c str, Box<dyn Placer>);

/// The policies that were asked for, each made with what it takes for granted; Kubernetes' scheduler with a plugin for
/// shares of GPUs, which changes nothing where there are none.
fn placers<'c>(names: &[String], context: &'c Context) -> Result<Vec<Named<'c>>, Failure> {
    let made = chosen(names, context)?.into_iter().map(|entry| {
        let parameters = match entry.name {
            "kube_scheduler" => json!({"gpuSharing": true}),
            _ => json!({}),
        };
        let placer = (entry.build)(parameters).map_err(|why| {
            Failure::usage(format!(
                "{} does not do without parameters: {}",
                entry.name,
                why.join("; ")
            ))
        })?;
        Ok((entry.name, placer))
    });
    made.collect()
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
