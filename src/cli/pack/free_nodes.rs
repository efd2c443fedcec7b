//! `pack --state --free-nodes`: the fewest moves that free nodes, told in their order.

use super::{Context, Exit, Failure};
use crate::cli::arguments::Format;
use crate::cli::tables::{columns, csv};
use crate::engine::Time;
use crate::model::cluster::ClusterView;
use crate::policy::node_scaling::consolidation::{Plan, Stays, Wanted, plan};
use crate::sim::Scenario;
use crate::sim::standing::Standing;
use serde_json::json;

/// The search ends after so many looks at a node for a pod: seconds.
const LOOKS: u64 = 2_000_000;

const HEADER: [&str; 5] = ["step", "pod", "from", "to", "reason"];

pub(super) fn tell(
    scenario: &Scenario,
    standing: &Standing,
    nodes: usize,
    context: &Context,
) -> Result<Exit, Failure> {
    if nodes > standing.len() {
        let failure = Failure::usage(format!(
            "--free-nodes {nodes}: the state has {} nodes",
            standing.len()
        ));
        return Err(failure.help(Some(format!("ask for {} at most", standing.len()))));
    }
    let wanted = Wanted {
        nodes,
        looks: LOOKS,
        now: Time::ZERO,
    };
    let plan = plan(standing, &*scenario.placement.policy, wanted);
    let console = &context.console;
    match console.format() {
        Format::Csv => console.print(&csv(&HEADER, steps(&plan, standing)))?,
        Format::Json => console.print_json(&as_json(&plan, standing, nodes))?,
        Format::Table => console.print(&told(&plan, standing, nodes, console.sheet().width))?,
    }
    Ok(if plan.freed.len() < nodes {
        Exit::Missed
    } else {
        Exit::Done
    })
}

fn steps<'a>(plan: &'a Plan, standing: &'a Standing) -> impl Iterator<Item = Vec<String>> + 'a {
    plan.moves.iter().enumerate().map(|(step, one)| {
        vec![
            (step + 1).to_string(),
            standing.pod_name(one.from, one.ticket).to_owned(),
            standing.node_name(one.from).to_owned(),
            standing.node_name(one.to).to_owned(),
            format!("frees {}", standing.node_name(one.from)),
        ]
    })
}

fn names(plan: &Plan, standing: &Standing) -> Vec<String> {
    plan.freed
        .iter()
        .map(|&place| standing.node_name(place).to_owned())
        .collect()
}

fn told(plan: &Plan, standing: &Standing, nodes: usize, width: usize) -> String {
    let (freed, moves) = (plan.freed.len(), plan.moves.len());
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut text = Vec::new();
    let proof = match (plan.least, plan.moves_at_least) {
        (true, _) => "no plan has fewer".to_owned(),
        (false, least) => format!("no plan has fewer than {least}"),
    };
    let answer = match freed {
        0 => "No node can be freed.".to_owned(),
        _ if moves == 0 => format!(
            "{} free already: {}.",
            count(freed, "node"),
            names(plan, standing).join(", ")
        ),
        _ => format!(
            "{} freed by {}, {proof}: {}.",
            count(freed, "node"),
            count(moves, "move"),
            names(plan, standing).join(", ")
        ),
    };
    text.push(answer);
    if freed < nodes {
        text.push(format!(
            "{nodes} were asked for; no plan was found for more than {freed}."
        ));
    }
    if moves > 0 {
        text.push(format!("\n{}", columns(&HEADER, steps(plan, standing), width)));
    }
    if !plan.stays.is_empty() {
        let rows = plan.stays.iter();
        let rows = rows.map(|(place, why)| {
            vec![
                standing.node_name(*place).to_owned(),
                reason(*place, why, standing),
            ]
        });
        text.push(format!(
            "\n{}",
            columns(&["cannot be freed", "because"], rows, width)
        ));
    }
    text.join("\n")
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
    let moves = steps(plan, standing).zip(1..).map(
        |(row, step)| json!({"step": step, "pod": row[1], "from": row[2], "to": row[3], "reason": row[4]}),
    );
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
