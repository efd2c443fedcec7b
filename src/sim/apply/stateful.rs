//! Claims of volumes: those that pods share, and those that each pod of a StatefulSet has of its own.
//!
//! A workload with claims of its own is a StatefulSet that makes its pods in parallel: its pods are numbered from 0, the
//! last numbers stop first, and a pod comes only when the one that had its number before has gone. Claims stay.

use crate::model::cluster::{ClusterView, PodId, PodPhase};
use crate::model::volume::{Claim, ClaimId, ClaimSpec};
use crate::policy::admission::quota::{self, Charge};
use crate::policy::admission::{Refusal, limit_range};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::objects::made_at_once;
use crate::sim::world::{Row, World};

impl World {
    /// The API server is asked for the claims that pods share; one that it refuses never comes.
    pub(in crate::sim) fn create_shared_claims(&mut self) {
        for index in 0..self.scenario.storage.claims.len() {
            let claim = self.scenario.storage.claims[index].clone();
            let Err(refusal) = self.admit_claim(&claim.namespace, &claim.spec) else {
                continue;
            };
            self.cluster.volumes_mut().claims[index].exists = false;
            let reason = format!(
                "persistentvolumeclaims \"{}\" is forbidden: {}",
                claim.name, refusal.why
            );
            let rows = self.log.record(
                self.now,
                &Decision {
                    question: "admission",
                    policy: refusal.plugin(),
                    by: None,
                    subject: &claim.name,
                    action: "wait",
                    from: None,
                    to: None,
                    result: "refused: the claim is not created",
                    reason_code: refusal.code,
                    reason: Why::Text(&reason),
                },
            );
            self.rows.extend(rows.into_iter().map(Row::Decision));
        }
    }

    /// Makes the pods of a workload that numbers them what is desired, as far as the API server takes new ones.
    pub(super) fn reconcile_numbered(&mut self, workload: usize) {
        let run = &self.workloads[workload];
        let want = run.desired;
        let Some(numbers) = &run.numbers else { return };
        let stays = |pod: &PodId| {
            let pod = self.cluster.pod(*pod);
            pod.is_some_and(|pod| pod.phase != PodPhase::Terminating)
        };
        let beyond: Vec<PodId> = numbers
            .range(want..)
            .rev()
            .map(|(_, &pod)| pod)
            .filter(|pod| stays(pod))
            .collect();
        let missing: Vec<u32> = (0..want).filter(|number| !numbers.contains_key(number)).collect();
        for pod in beyond {
            self.terminate_pod(pod);
        }
        for number in missing {
            if let Err((refusal, said)) = self.create_numbered(workload, number) {
                self.pod_refused(workload, &refusal, &said);
                return;
            }
        }
        self.all_pods_created(workload);
    }

    /// Creates the pod with a number, and those of its claims that are not there yet.
    fn create_numbered(&mut self, workload: usize, number: u32) -> Result<(), (Refusal, String)> {
        let class = self.class_of_next_pod(workload, self.workloads[workload].next_ordinal);
        let set = self.workloads[workload].spec.name.clone();
        let name = format!("{set}-{number}");
        let mut claims = class.volumes.shared.clone();
        for template in &class.volumes.own {
            let claim = format!("{}-{name}", template.name);
            let made = self.claim_of(&class.namespace, &claim, &template.spec);
            let id = made.map_err(|refusal| {
                let said = format!(
                    "create Claim {claim} Pod {name} in StatefulSet {set} failed error: persistentvolumeclaims \
                     \"{claim}\" is forbidden: {}",
                    refusal.why
                );
                (refusal, said)
            })?;
            claims.push(id);
        }
        let admitted = self.admit_pod(workload, &class).map_err(|refusal| {
            let why = refusal.of_pod(&name);
            let why = why.strip_prefix("Error creating: ").unwrap_or(&why);
            let said = format!("create Pod {name} in StatefulSet {set} failed error: {why}");
            (refusal, said)
        })?;
        let id = self.create_pod(workload, class, admitted);
        self.cluster.volumes_mut().pod_created(id, claims);
        if let Some(numbers) = &mut self.workloads[workload].numbers {
            numbers.insert(number, id);
        }
        Ok(())
    }

    /// The claim called `name`, made if it is not there yet.
    fn claim_of(&mut self, namespace: &str, name: &str, spec: &ClaimSpec) -> Result<ClaimId, Refusal> {
        if let Some(id) = self.cluster.objects().volumes.named(namespace, name) {
            return Ok(id);
        }
        self.admit_claim(namespace, spec)?;
        let mut claim = Claim::new(name.to_owned(), namespace.to_owned(), spec.clone());
        claim.volume = made_at_once(&self.scenario, name, spec.class);
        let claims = &mut self.cluster.volumes_mut().claims;
        claims.push(claim);
        Ok(claims.len() - 1)
    }

    /// Whether a claim may be created; it is charged if so.
    fn admit_claim(&mut self, namespace: &str, spec: &ClaimSpec) -> Result<(), Refusal> {
        let scenario = self.scenario.clone();
        let mut known = scenario.namespaces.iter();
        let Some(index) = known.position(|one| one.name == namespace) else {
            return Ok(());
        };
        let namespace = &scenario.namespaces[index];
        limit_range::check_claim(&namespace.limit_ranges, spec.bytes)?;
        let class = &scenario.storage.classes[spec.class].class.name;
        let charge = Charge::Claim(Some(class), spec.bytes);
        let asked = quota::charges(&namespace.quotas, charge);
        let used = self.quota_use.of(index, &asked);
        quota::check(&namespace.quotas, &used, charge, &asked)?;
        self.quota_use.add(index, &asked);
        Ok(())
    }

    /// A pod has gone: if it had a number, that is free for another.
    pub(in crate::sim) fn number_is_free(&mut self, workload: usize, id: PodId) {
        let run = &mut self.workloads[workload];
        let Some(numbers) = &mut run.numbers else { return };
        numbers.retain(|_, pod| *pod != id);
        if let Some(at) = run.creation.wake(self.now) {
            self.plan_creation(at, workload);
        }
    }
}
