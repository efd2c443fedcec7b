//! How many nodes each policy needs for the pods of a cluster: rows, CSV, JSON, and the answer.

use crate::report::format;
use crate::sim::standing::Picture;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The columns of `nodes_needed.csv`.
pub const NEEDS_COLUMNS: [&str; 4] = ["policy", "nodes", "pods_waiting", "lower_bound"];

/// Names of equally good policies in a sentence.
const NAMED: usize = 3;

/// What one policy needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The policy.
    pub policy: String,
    /// Nodes with a pod that does not end with them.
    pub nodes: u64,
    /// Pods that found no room.
    pub waiting: u64,
}

impl Need {
    /// The less, the better: no pod should wait, then few nodes be used.
    #[must_use]
    pub const fn rank(&self) -> (u64, u64) {
        (self.waiting, self.nodes)
    }
}

/// What all policies need for the pods of one cluster.
#[derive(Clone, Debug)]
pub struct Needs {
    /// Where the cluster is from.
    pub title: String,
    /// One row a policy, in the order asked for.
    pub policies: Vec<Need>,
    /// No packing of all pods takes fewer nodes.
    pub bound: u64,
    /// Nodes there are.
    pub nodes: u64,
    /// Nodes with a pod today that does not end with them.
    pub nodes_in_use: u64,
    /// Pods that need a node.
    pub pods: u64,
    /// Those of them that wait for one today.
    pub waiting_today: u64,
    /// The cluster today.
    pub today: Picture,
    /// The packing of the best policy.
    pub best: Option<Picture>,
    /// The command that repeats it.
    pub command: String,
    /// Tonnage's version.
    pub version: String,
}

impl Needs {
    /// The best policy, the first among equals.
    #[must_use]
    pub fn best_need(&self) -> Option<&Need> {
        self.policies.iter().min_by_key(|need| need.rank())
    }

    /// All policies, the best first.
    pub(super) fn ranked(&self) -> Vec<&Need> {
        let mut all: Vec<&Need> = self.policies.iter().collect();
        all.sort_by_key(|need| need.rank());
        all
    }

    /// Nodes over the bound, as a share of it; `None` where pods wait or nothing needs a node.
    #[must_use]
    pub fn gap(&self, need: &Need) -> Option<f64> {
        (need.waiting == 0 && self.bound > 0).then(|| need.nodes as f64 / self.bound as f64 - 1.0)
    }

    /// A row a policy.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(NEEDS_COLUMNS);
        for need in &self.policies {
            let numbers = [need.nodes, need.waiting, self.bound].map(|number| number.to_string());
            let row: Vec<&str> = [need.policy.as_str()]
                .into_iter()
                .chain(numbers.iter().map(String::as_str))
                .collect();
            let _ = writer.write_record(row);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = self.policies.iter().map(|need| {
            json!({
                "policy": need.policy,
                "nodes": need.nodes,
                "pods_waiting": need.waiting,
                "lower_bound": self.bound,
            })
        });
        json!(rows.collect::<Vec<_>>())
    }

    /// Who needs fewest, and how far from the least that is.
    #[must_use]
    pub fn answer(&self) -> String {
        let Some(best) = self.best_need() else {
            return "Nothing was packed".to_owned();
        };
        let equals: Vec<&str> = self
            .policies
            .iter()
            .filter(|need| need.rank() == best.rank())
            .map(|need| need.policy.as_str())
            .collect();
        let several = equals.len() > 1;
        let names = match equals.len() {
            1 => equals[0].to_owned(),
            0..=NAMED => format!(
                "{} and {}",
                equals[..equals.len() - 1].join(", "),
                equals[equals.len() - 1]
            ),
            all => format!(
                "{} and {} others",
                equals[..NAMED - 1].join(", "),
                all + 1 - NAMED
            ),
        };
        let pods = format::plural(self.pods, "pod", "pods");
        if best.waiting > 0 {
            let leave = if several { "leave" } else { "leaves" };
            return format!(
                "{names} {leave} {} of {pods} without a node, the fewest",
                format::count(best.waiting)
            );
        }
        let need = if several { "need" } else { "needs" };
        let today = match self.nodes_in_use.cmp(&best.nodes) {
            std::cmp::Ordering::Greater => {
                format!(
                    "{} fewer than today",
                    format::count(self.nodes_in_use - best.nodes)
                )
            }
            std::cmp::Ordering::Equal => "as many as today".to_owned(),
            std::cmp::Ordering::Less if self.waiting_today > 0 => format!(
                "{} more than today, when {} without one",
                format::count(best.nodes - self.nodes_in_use),
                match self.waiting_today {
                    1 => "a pod is".to_owned(),
                    several => format!("{} pods are", format::count(several)),
                }
            ),
            std::cmp::Ordering::Less => {
                format!(
                    "{} more than today",
                    format::count(best.nodes - self.nodes_in_use)
                )
            }
        };
        let proof = match best.nodes.checked_sub(self.bound) {
            Some(0) => "nobody can do with fewer".to_owned(),
            over => format!(
                "{} more than the proven bound of {}",
                format::count(over.unwrap_or(0)),
                format::count(self.bound)
            ),
        };
        format!(
            "{names} {need} {} for {pods}, {today}: {proof}",
            format::plural(best.nodes, "node", "nodes")
        )
    }

    /// What stands below the answer.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut spread: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        self.policies
            .iter()
            .for_each(|need| *spread.entry(need.rank()).or_default() += 1);
        let mut all = vec![format!(
            "Today {} on {} of {} nodes.",
            match self.pods - self.waiting_today {
                1 => "1 pod is".to_owned(),
                placed => format!("{} pods are", format::count(placed)),
            },
            format::count(self.nodes_in_use),
            format::count(self.nodes)
        )];
        if let (Some((&best, _)), Some((&worst, _))) = (spread.first_key_value(), spread.last_key_value())
            && best != worst
        {
            let waits = match worst.0 {
                0 => String::new(),
                1 => " and leaves 1 pod without one".to_owned(),
                pods => format!(" and leaves {} pods without one", format::count(pods)),
            };
            all.push(format!(
                "The worst of {} policies uses {}{waits}.",
                format::count(self.policies.len() as u64),
                format::plural(worst.1, "node", "nodes")
            ));
        }
        all.push(
            "Each policy places the pods anew, in the order of the list, on nodes that have only the pods that end with them."
                .to_owned(),
        );
        all
    }
}
