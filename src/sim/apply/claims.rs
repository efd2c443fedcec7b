//! Claims of volumes: those that pods share, and those that each pod of a StatefulSet has of its own. Claims stay when
//! their pods go.

use crate::model::cluster::ClusterView;
use crate::model::volume::{Claim, ClaimId, ClaimSpec};
use crate::policy::admission::quota::{self, Charge};
use crate::policy::admission::{Refusal, limit_range};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::objects::made_at_once;
use crate::sim::world::World;

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
            let decision = Decision {
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
            };
            self.log.write(self.now, &decision, self.tell, &mut self.rows);
        }
    }

    /// The claim called `name`, made if it is not there yet.
    pub(super) fn claim_of(
        &mut self,
        namespace: &str,
        name: &str,
        spec: &ClaimSpec,
    ) -> Result<ClaimId, Refusal> {
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
}
