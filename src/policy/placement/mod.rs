//! Which node takes this pod?
//!
//! A placer looks at a [`ClusterView`], live or hypothetical, and names a position. Filters look only at the node
//! handed in, never look one up: that is what lets node scalers ask the same placer about machines that do not exist.

mod best_fit;
mod by_rule;
mod comparison;
mod dot_product;
pub mod fgd;
pub mod fgd_paper;
pub mod filter;
mod first_fit;
pub mod fleet;
mod gpu_clustering;
mod gpu_packing;
pub mod kube_scheduler;
mod l2_norm_greedy;
mod left;
mod next_fit;
pub mod on_fleet;
mod power_of_d;
mod queue;
mod random;
mod round_robin;
mod rule;
mod swarm_spread;
mod tetris;
mod used_last;
mod volcano_binpack;
mod worst_fit;

pub use best_fit::BestFit;
pub use comparison::{ComparedNode, Comparison};
pub use dot_product::DotProduct;
pub use fgd::Fgd;
pub use first_fit::FirstFit;
pub use gpu_clustering::GpuClustering;
pub use gpu_packing::GpuPacking;
pub use kube_scheduler::KubeScheduler;
pub use l2_norm_greedy::L2NormGreedy;
pub use next_fit::NextFit;
pub use power_of_d::{PowerOfD, Preference};
pub use queue::{ClusterEvent, PodQueue};
pub use random::Random;
pub use round_robin::RoundRobin;
pub use rule::{Bin, Bins, Gpus, Hosts, Need, Rule};
pub use swarm_spread::SwarmSpread;
pub use tetris::Tetris;
pub use volcano_binpack::VolcanoBinpack;
pub use worst_fit::WorstFit;

use crate::engine::{Stream, Time};
use crate::model::cluster::{ClusterView, NodeView, PodId};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::policy::reason::ReasonKind;
use filter::Rejections;
use kube_scheduler::Diagnosis;
use std::fmt;
use std::sync::Arc;

/// What a placer answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// The pod goes to the node at this position.
    Bind {
        /// The node's position in the view.
        place: usize,
        /// Why this one.
        reason: &'static ReasonKind,
        /// The GPUs it gets there; none: those the node hands out.
        devices: Taken,
    },
    /// No node takes it; why.
    Wait(Refusal),
}

/// Why no node takes a pod, rendered for people when somebody reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// As bin-packing heuristics count it.
    Counted(Rejections),
    /// As kube-scheduler says it.
    Diagnosed(Arc<Diagnosis>),
}

impl From<Diagnosis> for Refusal {
    fn from(diagnosis: Diagnosis) -> Self {
        Self::Diagnosed(Arc::new(diagnosis))
    }
}

impl From<Rejections> for Refusal {
    fn from(rejections: Rejections) -> Self {
        Self::Counted(rejections)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted(rejections) => rejections.fmt(f),
            Self::Diagnosed(diagnosis) => diagnosis.fmt(f),
        }
    }
}

/// A pod that wants a node.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Now.
    pub now: Time,
    /// What it is made from; pods that share it are of one class.
    pub class: &'a Arc<PodTemplate>,
    /// Which pod; `None` in a what-if about a pod that does not exist.
    pub id: Option<PodId>,
    /// The position of the node it was promised room on.
    pub nominated: Option<usize>,
}

impl<'a> Incoming<'a> {
    /// Any pod of `class`.
    #[must_use]
    pub const fn any_of(class: &'a Arc<PodTemplate>, now: Time) -> Self {
        Self {
            now,
            class,
            id: None,
            nominated: None,
        }
    }
}

/// Who leaves so that a pod that no node takes finds room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preemption {
    /// The position of the node the pod is promised room on.
    pub place: usize,
    /// The pods that leave, the most important first.
    pub victims: Vec<PodId>,
    /// How many of them a disruption budget protects.
    pub violations: usize,
}

/// Why nobody leaves, rendered for people when somebody reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum NoPreemption {
    /// The policy pushes nobody out.
    NotDone,
    /// The pod pushes nobody out, for this reason.
    NotEligible(&'static str),
    /// It would not help.
    NoCandidate(Box<Diagnosis>),
}

impl fmt::Display for NoPreemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDone => Ok(()),
            Self::NotEligible(why) => write!(f, " preemption: {why}"),
            Self::NoCandidate(diagnosis) => write!(f, " preemption: {diagnosis}"),
        }
    }
}

/// A placement policy.
pub trait Placer: Send + Sync + fmt::Debug {
    /// Finds a node for a pod.
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement;

    /// How the nodes compare that [`Self::place`] would look at now; `None` where its reason says it all. For people who
    /// ask why: it decides nothing.
    fn compare(&self, _view: &dyn ClusterView, _pod: &Incoming<'_>) -> Option<Comparison> {
        None
    }

    /// Whether the node at `place` could take the pod: what node scalers ask about machines that do not exist.
    fn accepts(&self, view: &dyn ClusterView, place: usize, pod: &Incoming<'_>) -> bool {
        view.node(place)
            .is_some_and(|node| filter::feasible(&view.objects().volumes, node, pod).is_ok())
    }

    /// Who should leave so that a pod finds room that no node takes.
    ///
    /// # Errors
    /// Why nobody should.
    fn preempt(
        &mut self,
        _view: &dyn ClusterView,
        _pod: &Incoming<'_>,
        _stream: &mut Stream,
    ) -> Result<Preemption, NoPreemption> {
        Err(NoPreemption::NotDone)
    }

    /// The rule by which it chooses, if it does so by one: whoever packs a fleet, or items into bins, asks that.
    fn rule(&self) -> Option<Box<dyn Rule>> {
        None
    }

    /// Kubernetes' scheduler, if it is that one: what-ifs of its filters alone are asked of it.
    fn kube_scheduler(&self) -> Option<&KubeScheduler> {
        None
    }

    /// The queue in which pods wait for their turn; `None`: every waiting pod is looked at whenever anything changes.
    fn queue(&self) -> Option<Box<dyn PodQueue>> {
        None
    }

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn Placer>;
}

impl<P: Placer + 'static> From<P> for Box<dyn Placer> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

impl Clone for Box<dyn Placer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// The feasible node with the greatest score, the first among equals.
fn highest_scored<S: PartialOrd>(
    view: &dyn ClusterView,
    pod: &Incoming<'_>,
    reason: &'static ReasonKind,
    mut score: impl FnMut(&NodeView) -> S,
) -> Placement {
    let mut rejections = Rejections::default();
    let mut best: Option<(S, usize)> = None;
    for place in 0..view.len() {
        let Some(node) = view.node(place) else { continue };
        if let Err(rejection) = filter::feasible(&view.objects().volumes, node, pod) {
            rejections.add(rejection);
            continue;
        }
        let score = score(node);
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, place));
        }
    }
    best.map_or_else(
        || Placement::Wait(rejections.into()),
        |(_, place)| Placement::Bind {
            place,
            reason,
            devices: Taken::NONE,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{BestFit, FirstFit, Incoming, NextFit, Placement, Placer, WorstFit};
    use crate::engine::{StreamKey, Time};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{NodeFacts, NodeView};
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use std::sync::Arc;

    fn nodes(free: &[u64]) -> Fixed {
        let node = |&cpu: &u64| {
            let whole = Resources::new(8000, 0).with_pods(110);
            let mut node = NodeView::new(NodeFacts::default(), whole);
            node.free.cpu_milli = cpu;
            node
        };
        Fixed(free.iter().map(node).collect())
    }

    fn template(cpu: u64) -> Arc<PodTemplate> {
        Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0)))
    }

    #[test]
    fn each_heuristic_picks_the_node_its_name_promises() {
        let view = nodes(&[400, 3000, 1500, 5000, 1500]);
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let mut pick = |placer: &mut dyn Placer, cpu| match placer.place(
            &view,
            &Incoming::any_of(&template(cpu), Time::ZERO),
            &mut stream,
        ) {
            Placement::Bind { place, .. } => Some(place),
            Placement::Wait(_) => None,
        };
        assert_eq!(pick(&mut FirstFit::default(), 1000), Some(1));
        assert_eq!(
            pick(&mut BestFit::default(), 1000),
            Some(2),
            "the tightest, the first among equals"
        );
        assert_eq!(pick(&mut WorstFit::default(), 1000), Some(3));
        let mut next = NextFit::default();
        let picks: Vec<_> = [1000, 1000, 4000, 1000, 1000]
            .into_iter()
            .map(|cpu| pick(&mut next, cpu))
            .collect();
        assert_eq!(
            picks,
            [Some(1), Some(1), Some(3), Some(3), Some(3)],
            "stays on the node it used last"
        );
        assert_eq!(pick(&mut BestFit::default(), 6000), None);
    }
}
