//! Whether a pod could ever find a node.
//!
//! Knows: what pods reserve and what empty nodes offer. Must not know: policies, or how many nodes there are.

use super::super::spot::Spot;
use super::Lowering;
use super::gpu_share::{has_devices_for, nothing_to_share};
use super::workload::{LoweredWorkload, pods_of};
use crate::model::labels::untolerated;
use crate::model::placement_rules::{HOSTNAME_LABEL, Requirement};
use crate::model::pod_template::PodTemplate;
use crate::model::pool::PoolSpec;
use crate::model::resources::{Resources, Shortage};
use crate::model::units::{ByteQuantity, CpuQuantity};

impl Lowering<'_> {
    /// Reports pods that are larger than every machine, and pods that may go on none. Says nothing while a pool has
    /// mistakes of its own.
    pub(super) fn fit(
        &mut self,
        spot: &Spot<'_>,
        workloads: &[Option<LoweredWorkload>],
        pools: &[Option<PoolSpec>],
    ) {
        let Some(pools) = pools.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
            return;
        };
        for (item, workload) in spot.items().iter().zip(workloads) {
            if let Some(workload) = workload
                && !pools.is_empty()
            {
                self.pod_fits(&pods_of(item), &workload.template, &pools);
            }
        }
    }

    fn pod_fits(&mut self, spot: &Spot<'_>, template: &PodTemplate, pools: &[&PoolSpec]) {
        if !pools.iter().any(|pool| has_devices_for(template, pool)) {
            let (what, help) = nothing_to_share();
            self.push(spot.at("gpu_share").error(what).help(help));
            return;
        }
        let need = template.requests();
        let short = |pool: &&&PoolSpec| need.shortage_in(&pool.allocatable());
        if pools.iter().any(|pool| fits_a_named_node(template, pool)) {
            return;
        }
        let shortages: Option<Vec<_>> = pools.iter().map(|pool| short(&pool)).collect();
        if let Some(shortages) = shortages {
            // The resource that even the pool with the most of it lacks, if there is one; else the first's.
            let hopeless = |shortage: &&Shortage| {
                pools
                    .iter()
                    .all(|pool| amount(need, shortage) > amount(&pool.allocatable(), shortage))
            };
            let Some(shortage) = shortages.iter().find(hopeless).or(shortages.first()) else {
                return;
            };
            let Some(largest) = pools
                .iter()
                .max_by_key(|pool| amount(&pool.allocatable(), shortage))
            else {
                return;
            };
            let error = spot.at("containers").key_error(format!(
                "a pod reserves {shortage} {}, more than any node has",
                shown(need, shortage)
            ));
            let offered = shown(&largest.allocatable(), shortage);
            self.push(error.help(format!(
                "the most is {offered} allocatable on a {} of the pool `{}`",
                largest.shape.name, largest.name
            )));
            return;
        }
        if !pools.iter().any(|pool| may_go(template, pool)) {
            let warning = spot
                .at("containers")
                .warning("no pool may take these pods: they would wait for ever");
            self.push(
                warning.help(
                    "compare `node_selector` and `affinity` with the labels, `tolerations` with the taints of the pools",
                ),
            );
        }
    }
}

/// Whether pods of `template` may go to a new node of `pool`.
pub(super) fn may_go(template: &PodTemplate, pool: &PoolSpec) -> bool {
    selected(template, pool)
        && untolerated(&pool.taints, &template.tolerations).is_none()
        && template.requests().shortage_in(&pool.allocatable()).is_none()
        && has_devices_for(template, pool)
}

/// Whether pods of `template` may go to a node of `pool` that is known by name.
fn fits_a_named_node(template: &PodTemplate, pool: &PoolSpec) -> bool {
    pool.named.iter().any(|node| {
        template.requests().shortage_in(&node.allocatable).is_none()
            && template.selects(&node.name, &node.labels)
            && untolerated(&node.taints, &template.tolerations).is_none()
            && (!node.cordoned || template.tolerates_unschedulable())
    })
}

/// Whether some node of `pool` may be one the pods select. Conditions on a node's name are taken to be met: names are
/// given in the run.
fn selected(template: &PodTemplate, pool: &PoolSpec) -> bool {
    let by_name = |one: &Requirement| one.key == HOSTNAME_LABEL;
    let named = template.node_selector.contains_key(HOSTNAME_LABEL)
        || template
            .rules
            .node_affinity
            .required
            .iter()
            .flatten()
            .any(|term| !term.match_fields.is_empty() || term.match_expressions.iter().any(by_name));
    named || (0..pool.zones.len().max(1)).any(|zone| template.selects("", &pool.node_labels("", zone)))
}

fn amount(resources: &Resources, which: &Shortage) -> u64 {
    match which {
        Shortage::Cpu => resources.cpu_milli,
        Shortage::Memory => resources.memory_bytes,
        Shortage::Pods => resources.pods,
        Shortage::EphemeralStorage => resources.ephemeral_bytes,
        Shortage::Extended(name) => resources.extended(name),
    }
}

fn shown(resources: &Resources, which: &Shortage) -> String {
    let amount = amount(resources, which);
    match which {
        Shortage::Cpu => CpuQuantity::from_millis(amount).to_string(),
        Shortage::Memory | Shortage::EphemeralStorage => ByteQuantity::new(amount).to_string(),
        Shortage::Pods | Shortage::Extended(_) => amount.to_string(),
    }
}
