//! What came of the GPUs: parts of one kind on one pool together.
//!
//! Knows: sums over parts and time. Must not know: pods.

use super::{Gpus, NodeGpus};
use crate::engine::Time;
use crate::model::gpu::{GpuPart, MILLI};
use crate::sim::outcome::GpuOutcome;
use std::collections::{BTreeMap, BTreeSet};

/// A pool, a resource and what a part is.
type Kind = (usize, String, String);

/// Sums over the parts of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Total {
    model: String,
    memory_bytes: Option<u64>,
    /// Time of parts, and of the GPUs they are of; ns.
    parts: f64,
    gpus: f64,
    /// Time of units, offered and held; ns.
    offered: f64,
    held: f64,
    worked: f64,
    used: f64,
    /// Bytes × ns.
    memory: f64,
    memory_max: u64,
    out_of_memory: u64,
}

/// Sums by kind, and over all.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    kinds: BTreeMap<Kind, Total>,
    /// Work done, and time of GPUs; ns of whole GPUs.
    used: f64,
    gpus: f64,
}

/// Adds the GPUs of a node that were there until `until`.
pub(super) fn add(totals: &mut Totals, own: &NodeGpus, until: Time) {
    let span = until.since(own.since).nanos() as f64;
    let mut counted: BTreeSet<(Kind, u32)> = BTreeSet::new();
    for (part, run) in own.plan.parts.iter().zip(&own.parts) {
        let kind = kind(own.pool, part);
        let total = totals.kinds.entry(kind.clone()).or_default();
        total.model.clone_from(&own.plan.model);
        total.memory_bytes = part.memory_bytes;
        total.parts += span;
        if counted.insert((kind, part.gpu)) {
            total.gpus += span;
        }
        total.offered += span * f64::from(part.replicas);
        total.held += run.held.integral_until(until) as f64 / f64::from(MILLI);
        total.worked += run.worked;
        total.used += run.used;
        totals.used += run.used;
        total.memory += run.memory.integral_until(until) as f64;
        total.memory_max = total.memory_max.max(run.memory.max());
        total.out_of_memory += run.out_of_memory;
    }
    let gpus: BTreeSet<u32> = own.plan.parts.iter().map(|part| part.gpu).collect();
    totals.gpus += span * gpus.len() as f64;
}

fn kind(pool: usize, part: &GpuPart) -> Kind {
    (pool, part.resource.to_string(), part.kind())
}

impl Gpus {
    /// Parts of each kind, of the pools of these names, over a measured time of `span` ns that ends now; and which part of
    /// what all GPUs could do was done, if there were any.
    pub(in crate::sim) fn outcomes(
        &self,
        now: Time,
        span: f64,
        pools: &[&str],
    ) -> (Vec<GpuOutcome>, Option<f64>) {
        let mut totals = self.gone.clone();
        self.nodes.values().for_each(|own| add(&mut totals, own, now));
        let outcome = |((pool, resource, sharing), total): (Kind, Total)| {
            let of = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
            GpuOutcome {
                pool: pools.get(pool).copied().unwrap_or_default().to_owned(),
                model: total.model,
                resource,
                sharing,
                parts_mean: of(total.parts, span),
                held: of(total.held, total.offered),
                at_work: of(total.worked, total.parts),
                used: of(total.used, total.gpus),
                memory_bytes: total.memory_bytes,
                memory_mean_bytes: of(total.memory, total.parts),
                memory_max_bytes: total.memory_max,
                out_of_memory: total.out_of_memory,
            }
        };
        let used = (totals.gpus > 0.0).then(|| totals.used / totals.gpus);
        (totals.kinds.into_iter().map(outcome).collect(), used)
    }
}
