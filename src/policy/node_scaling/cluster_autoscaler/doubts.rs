//! What settings can never lead to, known before the run.
//!
//! Knows: settings and pools as they are described. Must not know: how a run goes.

use super::settings::ClusterAutoscalerSettings;
use crate::model::pool::PoolSpec;
use crate::model::units::quoted;
use crate::policy::node_scaling::outlook::{Doubt, Outlook};

impl ClusterAutoscalerSettings {
    /// Everything that will not work as it is written.
    pub(super) fn doubts(&self, outlook: &Outlook<'_>) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let names = || outlook.pools.iter().map(|pool| pool.name.clone());
        for (priority, patterns) in self.patterns().unwrap_or_default() {
            for pattern in patterns {
                if names().any(|name| pattern.is_match(&name)) {
                    continue;
                }
                doubts.push(Doubt {
                    path: format!("priorities.{priority}"),
                    what: format!("no pool is called like {}", quoted(pattern.as_str())),
                    help: "what no pattern matches is not chosen, unless nothing matches".to_owned(),
                    said: Some(pattern.as_str().to_owned()),
                    known: names().collect(),
                    is_hopeless: false,
                });
            }
        }
        let initial: u32 = outlook.pools.iter().map(|pool| pool.nodes_initial).sum();
        let grows = |pool: &&&PoolSpec| pool.nodes_max > pool.nodes_initial;
        let max = self.max_nodes_total;
        if (1..=initial).contains(&max) && outlook.pools.iter().any(|pool| grows(&pool)) {
            doubts.push(Doubt {
                path: "max-nodes-total".to_owned(),
                what: format!("the cluster begins with {initial} nodes and may have {max}: it cannot grow"),
                help: "raise it above the nodes that the pools begin with".to_owned(),
                ..Doubt::default()
            });
        }
        doubts
    }
}
