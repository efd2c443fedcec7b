//! Pods use GPUs: who shares one goes slower, who needs more memory of one than there is fails.

use crate::engine::{Span, Time};
use crate::model::cluster::{Node, NodeId, PodId, PodPhase};
use crate::model::gpu::turns;
use crate::model::gpu_memory::GpuMemory;
use crate::model::pace::Speed;
use crate::sim::event::Control;
use crate::sim::gpus::NodeGpus;
use crate::sim::pacing::SlowCause;
use crate::sim::rows::GpuRow;
use crate::sim::world::{Row, World};
use std::collections::BTreeMap;

/// How often is looked at how much those have worked who share no GPU in turns.
const LOOK_SELDOM: Span = Span::from_secs(10);
/// Speeds of those who use a GPU in turns are set at most so often,
const LOOK_MIN: Span = Span::from_nanos(10_000_000);
/// and at least so often: between the two, four times while their shortest kind of request is served at full speed, so that
/// a look mostly sees the same requests as the one before. Two pods of one slot under Poisson arrivals and exponential
/// demands, the GPU at work for 70 % of the time, have the mean latency of M/M/1 to within 1 % with demands of 2 s and of
/// 20 ms; with 5 ms, half a look's time, it is 8 % too short.
const LOOK_MAX: Span = Span::from_secs(1);

impl World {
    /// A node takes pods: its GPUs are there.
    pub(in crate::sim) fn gpus_come(&mut self, id: NodeId) {
        let Some(node) = self.cluster.node(id) else { return };
        let pool = node.view.pool;
        if let Some(plan) = &self.fleet.pools[pool].spec.shape.gpus {
            self.gpus.come(self.now, id, pool, plan);
        }
    }

    /// A node goes with its GPUs.
    pub(in crate::sim) fn gpus_go(&mut self, id: NodeId, node: &Node) {
        let now = self.now;
        let Some(gone) = self.gpus.go(now, id) else { return };
        if self.tell {
            let pool = &self.fleet.pools[gone.pool].spec.name;
            self.rows
                .extend(gpu_rows(&gone, node.name(), pool, now).map(Row::Gpu));
        }
    }

    /// The rows of the GPUs that are there.
    pub(in crate::sim) fn living_gpu_rows(&self) -> Vec<Row> {
        let present = self.gpus.present();
        let rows = present.flat_map(|(id, own)| {
            let name = self.cluster.node(id).map_or("", Node::name);
            gpu_rows(own, name, &self.fleet.pools[own.pool].spec.name, self.now).map(Row::Gpu)
        });
        rows.collect()
    }

    /// A pod was bound: it gets parts of its node's GPUs, if it asks for some.
    pub(in crate::sim) fn hand_out_gpus(&mut self, id: PodId, node: NodeId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let class = pod.class.clone();
        let bound = self
            .cluster
            .node(node)
            .and_then(|node| node.view.pods.get(pod.ticket));
        let taken = bound.map(|bound| bound.devices).unwrap_or_default();
        if !self.gpus.hand_out(self.now, (id, node), &class, taken) {
            return;
        }
        self.slow_by_gpus();
        if !self.gpus.planned {
            self.gpus.planned = true;
            self.plan(self.now + self.gpu_look_period(), Control::ShareGpus);
        }
    }

    /// Pods go on as fast as their parts of GPUs, and those who share these, let them.
    fn slow_by_gpus(&mut self) {
        for (id, speed) in self.gpus.new_speeds() {
            let part = (speed * f64::from(u32::MAX)).round() as u64;
            self.slow_pod(id, SlowCause::Gpu, Speed::ratio(part, u64::from(u32::MAX)));
        }
    }

    /// What a pod needs of the memory of GPUs of which more is known than their number.
    fn gpu_memory_of(&self, id: PodId) -> Option<GpuMemory> {
        let pod = self.cluster.pod(id).filter(|_| self.gpus.has(id))?;
        GpuMemory::of(&pod.class)
    }

    /// A pod needs GPU memory for so many slots in use; whether there is as much for it.
    pub(super) fn claims_gpu_memory(&mut self, id: PodId, slots: u64) -> bool {
        let need = self.gpu_memory_of(id);
        need.is_none_or(|need| self.gpus.claim(self.now, id, need, slots))
    }

    /// How many slots in use a pod's GPU memory is for, until it asks for more; `None` if it never has to.
    pub(super) fn slots_of_gpu_memory(&self, id: PodId) -> Option<u64> {
        self.gpus.slots_guarded(id, self.gpu_memory_of(id)?)
    }

    /// Looks at what was done with GPUs, and sets the speeds of those who share them.
    pub(in crate::sim) fn on_share_gpus(&mut self) {
        self.look_at_gpus();
        self.slow_by_gpus();
        let goes_on = self.gpus.owners().next().is_some();
        self.gpus.planned = goes_on;
        if goes_on {
            self.plan(self.now + self.gpu_look_period(), Control::ShareGpus);
        }
    }

    /// Takes in what was done with GPUs since the last look.
    pub(in crate::sim) fn look_at_gpus(&mut self) {
        let now = self.now;
        let owners: Vec<PodId> = self.gpus.owners().map(|(pod, _)| pod).collect();
        let mut at_work = BTreeMap::new();
        for id in owners {
            let Some(pod) = self.cluster.pod(id) else { continue };
            let run = &self.workloads[pod.workload];
            let part = if run.batch.is_some() {
                f64::from(u8::from(pod.phase == PodPhase::Ready && !pod.silent))
            } else if let Some(station) = pod.station {
                let (busy, slots) = (run.serving.station(station).busy.integral_until(now), run.slots());
                turns::at_work(self.gpus.busy_since(now, id, busy), slots)
            } else {
                0.0
            };
            at_work.insert(id, part);
        }
        self.gpus.look(now, &at_work);
    }

    /// How long until the next look.
    fn gpu_look_period(&self) -> Span {
        let shortest = |id: PodId| {
            let pod = self.cluster.pod(id)?;
            let run = &self.workloads[pod.workload];
            if run.batch.is_some() {
                return Some(LOOK_MAX);
            }
            let classes = run.spec.serving.classes.iter();
            let least = classes
                .map(|class| class.demand.mean())
                .fold(f64::INFINITY, f64::min);
            Some(Span::from_secs_f64(least / 4.0).clamp(LOOK_MIN, LOOK_MAX))
        };
        let in_turns = self.gpus.owners().filter(|&(_, turns)| turns);
        in_turns
            .filter_map(|(id, _)| shortest(id))
            .min()
            .unwrap_or(LOOK_SELDOM)
    }
}

/// A row for each part of a node's GPUs, which were there until `until`.
fn gpu_rows<'a>(
    own: &'a NodeGpus,
    node: &'a str,
    pool: &'a str,
    until: Time,
) -> impl Iterator<Item = GpuRow> + 'a {
    let span = until.since(own.since).nanos().max(1) as f64;
    own.plan
        .parts
        .iter()
        .zip(&own.parts)
        .map(move |(part, run)| GpuRow {
            node: node.to_owned(),
            pool: pool.to_owned(),
            gpu: part.gpu,
            part: part.name(),
            model: own.plan.model.clone(),
            resource: part.resource.to_string(),
            sharing: part.kind(),
            units: part.replicas,
            memory_bytes: part.memory_bytes,
            since_s: own.since.secs_f64(),
            until_s: until.secs_f64(),
            held: run.held.mean_since_reset(until) / (1000.0 * f64::from(part.replicas)),
            at_work: run.worked / span,
            used: run.used / span,
            memory_mean_bytes: run.memory.mean_since_reset(until),
            memory_max_bytes: run.memory.max(),
            out_of_memory: run.out_of_memory,
        })
}
