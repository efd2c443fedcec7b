//! `report.html` of a plan: the answer, the nodes before and after, the moves in their order, and what is said of each node.

use super::plan::Plan;
use super::section::{head, in_short, origin, picture, section, table};
use crate::report::{format, page};

/// The page as text.
#[must_use]
pub fn render(plan: &Plan) -> String {
    let after = if plan.steps.is_empty() {
        None
    } else {
        plan.after_bars()
    };
    let pictures = picture(plan.before_bars(), "Nodes before") + &picture(after, "Nodes after");
    let steps = plan.steps.iter().zip(1..).map(|(step, number)| {
        vec![
            format::count(number),
            step.pod.clone(),
            step.from.clone(),
            step.to
                .clone()
                .unwrap_or_else(|| "no node takes it: it waits".to_owned()),
            step.reason.clone(),
        ]
    });
    let steps = table("Moves", &["step", "pod", "from", "to", "reason"], 5, steps);
    let facts = [
        ("Nodes", format::count(plan.before.nodes.len() as u64)),
        ("Moves", format::count(plan.steps.len() as u64)),
        ("Tonnage", plan.version.clone()),
    ];
    let body = format!(
        "{}<main>{}{}{}{}{}{}</main>",
        head(&plan.title, &plan.answer),
        in_short(&plan.sentences),
        section("h-bars", "Before and after", &pictures),
        section("h-moves", "The moves, in this order", &steps),
        section("h-nodes", plan.nodes_heading, &told_nodes(plan)),
        section("h-every", "Every node", &every_node(plan)),
        origin(&facts, &plan.command, &["moves.csv", "plan_nodes.csv"]),
    );
    page::frame(
        &format!("{}: {}", plan.title, plan.purpose),
        page::css(),
        &body,
        "",
    )
}

/// Nodes with something to say.
fn told_nodes(plan: &Plan) -> String {
    let nodes = plan.nodes.iter().zip(&plan.before.nodes);
    let told = nodes.filter(|(node, _)| !node.reason.is_empty());
    let rows = told.map(|(node, pictured)| vec![pictured.name.clone(), node.reason.clone()]);
    table("Nodes and reasons", &["node", "because"], 2, rows)
}

fn every_node(plan: &Plan) -> String {
    let header = [
        "node",
        "state",
        "pods before",
        "after",
        "CPU before",
        "after",
        "memory before",
        "after",
    ];
    let rows = plan.nodes.iter().enumerate().map(|(index, node)| {
        let before = &plan.before.nodes[index];
        let mut row = vec![before.name.clone(), node.state.to_owned()];
        let pods = [before, &plan.after.nodes[index]].map(|node| format::count(node.own_pods() as u64));
        row.extend(pods);
        for resource in ["cpu", "memory"] {
            row.extend(plan.used_pct(index, resource).map(|value| format!("{value:.1}%")));
        }
        row
    });
    let every = table("Nodes", &header, 2, rows);
    format!("<details><summary>Pods and what they reserve, before and after.</summary>{every}</details>")
}
