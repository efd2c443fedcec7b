//! `pack --state --free-nodes`: the fewest moves that free nodes, told in their order.

use super::shown::Shown;
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs};
use crate::cli::folder::Kind;
use crate::cli::tables::columns;
use crate::engine::Time;
use crate::model::cluster::ClusterView;
use crate::policy::node_scaling::consolidation::{Plan, Stays, Wanted, plan};
use crate::report::{format, standing as report};
use crate::sim::Scenario;
use crate::sim::standing::Standing;
use serde_json::json;

/// The search ends after so many looks at a node for a pod: seconds.
const LOOKS: u64 = 2_000_000;

pub(super) fn tell(
    scenario: &Scenario,
    standing: &Standing,
    nodes: usize,
    args: &PackArgs,
    context: &Context,
) -> Result<Exit, Failure> {
    if nodes > standing.len() {
        let failure = Failure::usage(format!(
            "--free-nodes {nodes}: the state has {} nodes",
            standing.len()
        ));
        return Err(failure.help(Some(format!("ask for {} at most", standing.len()))));
    }
    let folder = args.folder(Kind::Plan)?;
    let wanted = Wanted {
        nodes,
        looks: LOOKS,
        now: Time::ZERO,
    };
    let plan = plan(standing, &*scenario.placement.policy, wanted);
    let shown = shown(&plan, standing, nodes, args);
    if let Some(folder) = &folder {
        Files::of_plan(&shown).write(folder)?;
    }
    let print = Shown {
        csv: &|| shown.to_csv(),
        json: &|| as_json(&plan, standing, nodes),
        table: &|width| told(&plan, &shown, width),
    };
    print.print(folder.as_ref(), context)?;
    Ok(if plan.freed.len() < nodes {
        Exit::Missed
    } else {
        Exit::Done
    })
}

/// The plan in names, as it is shown.
fn shown(plan: &Plan, standing: &Standing, nodes: usize, args: &PackArgs) -> report::Plan {
    let mut after = standing.clone();
    for one in &plan.moves {
        after.relocate(one.from, one.ticket, one.to);
    }
    let (before, after) = (standing.picture(), after.picture());
    let mut planned = vec![report::PlannedNode::default(); before.nodes.len()];
    for &place in &plan.freed {
        planned[place].state = match before.nodes[place].own_pods() {
            0 => "free already",
            _ => "freed",
        };
    }
    for (place, why) in &plan.stays {
        planned[*place] = report::PlannedNode {
            state: "stays",
            reason: reason(*place, why, standing),
        };
    }
    report::Plan {
        title: args.state.title(),
        purpose: "nodes freed",
        answer: answer(plan, standing),
        sentences: sentences(plan, nodes),
        steps: steps(plan, standing).collect(),
        nodes: planned,
        nodes_heading: "Nodes that cannot be freed",
        before,
        after,
        command: args.state.command(&[]),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn steps<'a>(plan: &'a Plan, standing: &'a Standing) -> impl Iterator<Item = report::Step> + 'a {
    plan.moves.iter().map(|one| report::Step {
        pod: standing.pod_name(one.from, one.ticket).to_owned(),
        from: standing.node_name(one.from).to_owned(),
        to: Some(standing.node_name(one.to).to_owned()),
        reason: format!("frees {}", standing.node_name(one.from)),
    })
}

fn names(plan: &Plan, standing: &Standing) -> Vec<String> {
    plan.freed
        .iter()
        .map(|&place| standing.node_name(place).to_owned())
        .collect()
}

/// What the plan comes to, without a full stop.
fn answer(plan: &Plan, standing: &Standing) -> String {
    let (freed, moves) = (plan.freed.len() as u64, plan.moves.len() as u64);
    let nodes = format::plural(freed, "node", "nodes");
    let proof = match (plan.least, plan.moves_at_least) {
        (true, _) => "no plan has fewer".to_owned(),
        (false, least) => format!("no plan has fewer than {least}"),
    };
    let names = names(plan, standing).join(", ");
    match (freed, moves) {
        (0, _) => "No node can be freed".to_owned(),
        (_, 0) => format!("{nodes} free already: {names}"),
        _ => format!(
            "{nodes} freed by {}, {proof}: {names}",
            format::plural(moves, "move", "moves")
        ),
    }
}

fn sentences(plan: &Plan, nodes: usize) -> Vec<String> {
    let freed = plan.freed.len();
    if freed >= nodes {
        return Vec::new();
    }
    vec![format!(
        "{nodes} were asked for; no plan was found for more than {freed}."
    )]
}

fn told(plan: &Plan, shown: &report::Plan, width: usize) -> String {
    let mut text = vec![format!("{}.", shown.answer)];
    text.extend(shown.sentences.iter().cloned());
    if !plan.moves.is_empty() {
        text.push(format!("\n{}", moves_table(shown, width)));
    }
    if !plan.stays.is_empty() {
        let rows = plan.stays.iter().map(|(place, _)| {
            vec![
                shown.before.nodes[*place].name.clone(),
                shown.nodes[*place].reason.clone(),
            ]
        });
        text.push(format!(
            "\n{}",
            columns(&["cannot be freed", "because"], rows, width)
        ));
    }
    text.join("\n")
}

/// The moves in their order.
pub(super) fn moves_table(plan: &report::Plan, width: usize) -> String {
    let rows = plan.steps.iter().zip(1..).map(|(step, number): (_, usize)| {
        vec![
            number.to_string(),
            step.pod.clone(),
            step.from.clone(),
            step.to.clone().unwrap_or_else(|| "(waits)".to_owned()),
            step.reason.clone(),
        ]
    });
    columns(&report::PLAN_COLUMNS, rows, width)
}

fn reason(place: usize, why: &Stays, standing: &Standing) -> String {
    match why {
        Stays::ControlPlane => "it runs the control plane".to_owned(),
        Stays::TakesPods => "it takes in pods of the nodes that are freed".to_owned(),
        Stays::Held { ticket, why } => format!("{} {}", standing.pod_name(place, *ticket), why.told()),
        Stays::NoRoom { ticket } => {
            format!("no other node has room for {}", standing.pod_name(place, *ticket))
        }
    }
}

fn as_json(plan: &Plan, standing: &Standing, nodes: usize) -> serde_json::Value {
    let moves = steps(plan, standing).zip(1..).map(|(one, step)| {
        json!({"step": step, "pod": one.pod, "from": one.from, "to": one.to, "reason": one.reason})
    });
    let stays = plan.stays.iter().map(|(place, why)| {
        let code = match why {
            Stays::ControlPlane => "ControlPlane",
            Stays::Held { why, .. } => why.name(),
            Stays::TakesPods => "TakesPods",
            Stays::NoRoom { .. } => "NoRoom",
        };
        json!({"node": standing.node_name(*place), "code": code, "reason": reason(*place, why, standing)})
    });
    json!({
        "nodes_wanted": nodes,
        "nodes_freed": names(plan, standing),
        "moves": moves.collect::<Vec<_>>(),
        "moves_at_least": plan.moves_at_least,
        "least": plan.least,
        "cannot_be_freed": stays.collect::<Vec<_>>(),
    })
}
