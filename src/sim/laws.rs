//! Laws that hold in every run, whatever the policies: checked by tests at every step they like.

use super::world::World;
use crate::model::cluster::{ClusterView, Node, NodePhase};
use crate::model::volume::Access;

impl World {
    /// Every broken law as a sentence; empty if all hold.
    pub(super) fn broken_laws(&self) -> Vec<String> {
        let mut broken = self.cluster.broken_laws();
        let volumes = &self.cluster.objects().volumes;
        broken.extend(
            self.attachments
                .broken_laws(|claim| volumes.claims[claim].spec.access != Access::Many),
        );
        broken.extend(
            self.quota_use
                .broken_laws(&self.scenario.namespaces, |pod| self.cluster.pod(pod).is_some()),
        );
        broken.extend(self.broken_budgets.iter().cloned());
        let created: u64 = self.workloads.iter().map(|run| run.next_ordinal).sum();
        let (there, ended) = (self.cluster.pod_count() as u64, self.pods_ended);
        if created != there + ended {
            broken.push(format!(
                "{created} pods were created, {ended} have ended and {there} are there"
            ));
        }
        for (_, pod) in self.cluster.pods() {
            // Where nothing but slots matters, a limit that is lowered below what is used waits for the next request.
            let watched = pod.class.memory_changes() && !pod.silent;
            let run = &self.workloads[pod.workload];
            let bound = self.memory_bound(pod).filter(|_| watched);
            if bound.is_some_and(|bound| bound.is_passed(run.busy_of(pod))) {
                broken.push(format!(
                    "{} runs on with more memory than its limit",
                    run.name_of(pod)
                ));
            }
        }
        for run in self.workloads.iter() {
            let totals = run.serving.totals();
            let present = run.serving.queued() + run.serving.in_service() + run.serving.calling();
            let orphans = run.serving.orphans();
            let elsewhere = run.serving.parked();
            if present - orphans + elsewhere != totals.unfinished() {
                broken.push(format!(
                    "{}: {} requests are unfinished, but {present} are present ({orphans} without client) and {elsewhere} wait for a retry",
                    run.spec.name,
                    totals.unfinished()
                ));
            }
            if let Some((levels, times)) = run.serving.littles_law(self.now)
                && levels != times
            {
                broken.push(format!(
                    "{}: {levels} requests × ns in the system, but requests spent {times} ns there",
                    run.spec.name
                ));
            }
            if run.spec.serving.ends.is_some() && run.jobs.unfinished() != u64::from(run.desired) {
                broken.push(format!(
                    "{}: {} jobs were started and are not done, {} are there",
                    run.spec.name,
                    run.jobs.unfinished(),
                    run.desired
                ));
            }
            broken.extend(
                run.batch
                    .iter()
                    .flat_map(|batch| batch.broken_laws(run, &self.cluster)),
            );
            let pods = run.ready.level() + run.starting.level() + run.pending.level();
            if pods != run.pods.len() as u64 {
                broken.push(format!(
                    "{}: {pods} pods are counted, {} exist",
                    run.spec.name,
                    run.pods.len()
                ));
            }
        }
        for group in self.workloads.groups() {
            let waited_for: u64 = group
                .members()
                .iter()
                .map(|&member| self.workloads[member].serving.calls_present())
                .sum();
            let (out, sent) = (group.calls_out() as u64, group.requests_out() as u64);
            if waited_for != sent {
                broken.push(format!(
                    "{out} calls wait for {sent} requests, but {waited_for} requests are there that a call waits for"
                ));
            }
        }
        for (pool, (cost, life)) in self.fleet.pools.iter().zip(self.bills()) {
            broken.extend(pool.meter.contradicts(self.now, &pool.spec, cost, life));
        }
        for (index, pool) in self.fleet.pools.iter().enumerate() {
            let (nodes, staying) = (pool.nodes.level(), pool.staying());
            let (least, most) = (
                pool.spec.nodes_min.min(pool.spec.nodes_initial),
                pool.spec.nodes_max,
            );
            // What the provider took and nobody has replaced yet is missing, and breaks no law.
            let kept = u64::from(staying) + pool.taken;
            if u64::from(pool.machines()) > u64::from(most) || kept < u64::from(least) {
                broken.push(format!(
                    "pool {} has {nodes} nodes, {staying} of them to stay: outside {least} to {most}",
                    pool.spec.name
                ));
            }
            let stays = |node: &Node| node.view.pool == index && node.phase != NodePhase::Draining;
            let counted = self.cluster.nodes().filter(|(_, node)| stays(node)).count();
            if counted != staying as usize {
                broken.push(format!(
                    "pool {} counts {staying} nodes that stay, {counted} do",
                    pool.spec.name
                ));
            }
        }
        broken
    }
}
