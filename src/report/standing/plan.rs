//! A plan that moves pods: its steps, what becomes of each node, CSV and pictures.

use super::bars::{Marks, node_bars};
use super::colours::Colours;
use crate::sim::standing::Picture;
use std::collections::BTreeSet;

/// The columns of `moves.csv`. `to` is empty where the pod finds no node.
pub const PLAN_COLUMNS: [&str; 5] = ["step", "pod", "from", "to", "reason"];

/// The columns of `plan_nodes.csv`: percentages are of what the node has.
pub const PLAN_NODES_COLUMNS: [&str; 9] = [
    "node",
    "state",
    "pods_before",
    "pods_after",
    "cpu_before_pct",
    "cpu_after_pct",
    "memory_before_pct",
    "memory_after_pct",
    "reason",
];

/// A pod goes from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Namespace and name.
    pub pod: String,
    /// Its node.
    pub from: String,
    /// The node of its replacement; `None` if no node takes it.
    pub to: Option<String>,
    /// Why it goes.
    pub reason: String,
}

/// What a plan says of a node, beside what is on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedNode {
    /// A word: `freed`, `kept`, `underutilized`, …; empty where there is nothing to say.
    pub state: &'static str,
    /// Why; empty where there is nothing to say.
    pub reason: String,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the cluster is from.
    pub title: String,
    /// What the plan is for, as the end of the page's name.
    pub purpose: &'static str,
    /// What it comes to, without a full stop.
    pub answer: String,
    /// What stands below that.
    pub sentences: Vec<String>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What is said of the nodes, in the order of the pictures.
    pub nodes: Vec<PlannedNode>,
    /// The heading over nodes of which something is said.
    pub nodes_heading: &'static str,
    /// The cluster today.
    pub before: Picture,
    /// The cluster when the plan has been carried out.
    pub after: Picture,
    /// The command that repeats it.
    pub command: String,
    /// Tonnage's version.
    pub version: String,
}

fn csv<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

impl Plan {
    /// `moves.csv`: a row a step.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let rows = self.steps.iter().enumerate().map(|(index, step)| {
            [
                (index + 1).to_string(),
                step.pod.clone(),
                step.from.clone(),
                step.to.clone().unwrap_or_default(),
                step.reason.clone(),
            ]
        });
        csv(PLAN_COLUMNS, rows)
    }

    /// What is reserved of a node in percent, before and after, of a resource.
    pub(super) fn used_pct(&self, node: usize, resource: &str) -> [f64; 2] {
        let dimension = self.before.dimensions.iter().position(|name| name == resource);
        [&self.before, &self.after].map(|picture| {
            let node = picture.nodes.get(node).zip(dimension);
            node.map_or(0.0, |(node, dimension)| node.used(dimension) * 100.0)
        })
    }

    /// `plan_nodes.csv`: a row a node.
    #[must_use]
    pub fn nodes_csv(&self) -> String {
        let rows = self.nodes.iter().enumerate().map(|(index, node)| {
            let pods = [&self.before, &self.after].map(|picture| picture.nodes[index].own_pods().to_string());
            let [cpu_before, cpu_after] = self.used_pct(index, "cpu").map(|value| format!("{value:.4}"));
            let [memory_before, memory_after] =
                self.used_pct(index, "memory").map(|value| format!("{value:.4}"));
            let [pods_before, pods_after] = pods;
            [
                self.before.nodes[index].name.clone(),
                node.state.to_owned(),
                pods_before,
                pods_after,
                cpu_before,
                cpu_after,
                memory_before,
                memory_after,
                node.reason.clone(),
            ]
        });
        csv(PLAN_NODES_COLUMNS, rows)
    }

    fn moved(&self) -> BTreeSet<String> {
        self.steps.iter().map(|step| step.pod.clone()).collect()
    }

    /// The cluster before.
    #[must_use]
    pub fn before_bars(&self) -> Option<String> {
        let marks = Marks {
            title: "Before".to_owned(),
            moved: self.moved(),
            outline: "pods that will move",
        };
        node_bars(&self.before, &self.before, &Colours::of(&self.before), &marks)
    }

    /// The cluster after, with the rows and colours that it had before.
    #[must_use]
    pub fn after_bars(&self) -> Option<String> {
        let marks = Marks {
            title: "After".to_owned(),
            moved: self.moved(),
            outline: "pods that have moved",
        };
        node_bars(&self.after, &self.before, &Colours::of(&self.before), &marks)
    }
}
