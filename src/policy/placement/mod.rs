//! Which node takes this pod?
//!
//! A placer looks at a [`ClusterView`], live or hypothetical, and names a position. Filters look only at the node
//! handed in, never look one up: that is what lets node scalers ask the same placer about machines that do not exist.

mod best_fit;
mod by_rule;
mod comparison;
mod descent;
mod dot_product;
mod fgd;
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
pub mod packing;
mod power_of_d;
mod queue;
mod random;
mod round_robin;
mod rule;
mod swarm_spread;
mod tetris;
pub(crate) mod typical_pods;
mod used_last;
mod volcano_binpack;
mod worst_fit;

pub use best_fit::BestFit;
pub use by_rule::Ruled;
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
pub use rule::{Bin, Bins, CloneRule, Gpus, Hosts, Need, Rule};
pub use swarm_spread::SwarmSpread;
pub use tetris::Tetris;
pub use volcano_binpack::VolcanoBinpack;
pub use worst_fit::WorstFit;

use crate::engine::{Stream, Time};
use crate::model::cluster::{ClusterView, PodId};
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

/// Of a policy that places each pod by itself.
static NOT_TOGETHER: ReasonKind = ReasonKind {
    code: "not_together",
    sentence: "each is placed by itself",
};

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

    /// Whether pods alike that wait together are [placed together](Self::place_together).
    fn places_together(&self) -> bool {
        false
    }

    /// Nodes for `count` pods like `pod` that wait together, in the order in which they go there: for as many as find
    /// room; and why these.
    fn place_together(
        &mut self,
        _view: &dyn ClusterView,
        _pod: &Incoming<'_>,
        _count: u32,
    ) -> (Vec<usize>, &'static ReasonKind) {
        (Vec::new(), &NOT_TOGETHER)
    }

    /// A pod made from `class` has failed on the node of this name at `now`: for placers that remember that.
    fn pod_failed(&mut self, _node: &str, _class: &Arc<PodTemplate>, _now: Time) {}

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

#[cfg(test)]
mod tests {
    use super::{
        BestFit, DotProduct, Fgd, FirstFit, GpuClustering, GpuPacking, Incoming, L2NormGreedy, NextFit,
        Placement, Placer, PowerOfD, Preference, RoundRobin, SwarmSpread, VolcanoBinpack, WorstFit,
    };
    use crate::engine::{StreamKey, Time};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{BoundPod, NodeFacts, NodeView};
    use crate::model::gpu::Taken;
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use std::num::NonZeroU32;
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

    fn gpu_node(free_cpu: u64, taken: &[(usize, u16)]) -> NodeView {
        let whole = Resources::new(16_000, 0)
            .with_pods(110)
            .with_extended("nvidia.com/gpu", 4);
        let mut node = NodeView::new(NodeFacts::default(), whole);
        let cpu = (16_000 - free_cpu) / taken.len().max(1) as u64;
        for &(device, milli) in taken {
            let class = match milli {
                1000 => gpus(cpu, 1),
                _ => Arc::new(PodTemplate::clone(&template(cpu)).with_gpu_share(milli)),
            };
            node.bind(BoundPod {
                class,
                id: None,
                started: Time::ZERO,
                terminating: None,
                devices: Taken::of([device], milli),
            });
        }
        node
    }

    fn gpus(cpu: u64, count: u64) -> Arc<PodTemplate> {
        let requests = Resources::new(cpu, 0).with_extended("nvidia.com/gpu", count);
        Arc::new(PodTemplate::new(Vec::new()).with_overhead(&requests))
    }

    /// What is free of five machines with four GPUs: all, one begun, two begun by whole pods, all begun by shares, none.
    fn gpu_fleet() -> Fixed {
        Fixed(vec![
            gpu_node(16_000, &[]),
            gpu_node(12_000, &[(0, 700)]),
            gpu_node(8_000, &[(0, 1000), (1, 1000)]),
            gpu_node(4_000, &[(0, 500), (1, 500), (2, 500), (3, 500)]),
            gpu_node(4_000, &[(0, 1000), (1, 1000), (2, 1000), (3, 1000)]),
        ])
    }

    #[test]
    fn policies_of_gpus_pick_node_and_device_as_their_papers_say() {
        let view = gpu_fleet();
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let share = |milli| Arc::new(PodTemplate::clone(&template(1000)).with_gpu_share(milli));
        let mut pick = |placer: &mut dyn Placer, class: &Arc<PodTemplate>| {
            let pod = Incoming::any_of(class, Time::ZERO);
            match placer.place(&view, &pod, &mut stream) {
                Placement::Bind { place, devices, .. } => {
                    Some((place, devices.devices().collect::<Vec<_>>()))
                }
                Placement::Wait(_) => None,
            }
        };
        let packing: &mut dyn Placer = &mut GpuPacking {};
        assert_eq!(
            pick(packing, &share(300)),
            Some((1, vec![0])),
            "it fills a begun device"
        );
        assert_eq!(
            pick(packing, &gpus(1000, 2)),
            Some((1, vec![1, 2])),
            "begun nodes before idle ones"
        );
        assert_eq!(pick(packing, &gpus(1000, 4)), Some((0, vec![0, 1, 2, 3])));
        assert_eq!(
            pick(packing, &template(1000)),
            Some((0, vec![])),
            "without GPU the first"
        );
        let clustering: &mut dyn Placer = &mut GpuClustering {};
        assert_eq!(
            pick(clustering, &share(300)),
            Some((3, vec![0])),
            "the most taken of those with shares only"
        );
        assert_eq!(
            pick(clustering, &gpus(1000, 1)),
            Some((2, vec![2])),
            "with other whole ones"
        );
        assert_eq!(
            pick(clustering, &gpus(1000, 2)),
            Some((0, vec![0, 1])),
            "none hosts its like, one hosts nobody"
        );
        let fgd: &mut dyn Placer = &mut Fgd::default();
        assert_eq!(
            pick(fgd, &share(500)),
            Some((0, vec![0])),
            "where only such shares come, nothing is lost"
        );
        for _ in 0..3 {
            assert_eq!(pick(fgd, &gpus(1000, 1)), Some((0, vec![0])));
        }
        assert_eq!(
            pick(fgd, &share(500)),
            Some((3, vec![0])),
            "no idle device is begun"
        );
        assert_eq!(
            pick(fgd, &share(600)),
            Some((0, vec![0])),
            "one must be begun, anywhere"
        );
        assert_eq!(pick(fgd, &gpus(1000, 5)), None);
    }

    #[test]
    fn rules_of_several_resources_pick_the_node_their_name_promises() {
        let node = |cpu, memory: u64, pods: u32| {
            let mut node = NodeView::new(NodeFacts::default(), Resources::new(8000, 8 << 30).with_pods(110));
            for _ in 0..pods {
                let class = Arc::new(PodTemplate::new(Vec::new()));
                node.bind(BoundPod {
                    class,
                    id: None,
                    started: Time::ZERO,
                    terminating: None,
                    devices: Taken::NONE,
                });
            }
            (node.free.cpu_milli, node.free.memory_bytes) = (cpu, memory << 30);
            node
        };
        let view = Fixed(vec![
            node(6000, 2, 3),
            node(2000, 6, 1),
            node(3000, 3, 2),
            node(7000, 7, 5),
        ]);
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let class = Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(1000, 2 << 30)));
        let mut pick = |placer: &mut dyn Placer| match placer.place(
            &view,
            &Incoming::any_of(&class, Time::ZERO),
            &mut stream,
        ) {
            Placement::Bind { place, .. } => Some(place),
            Placement::Wait(_) => None,
        };
        assert_eq!(
            pick(&mut DotProduct {}),
            Some(3),
            "the most room in the direction of the pod"
        );
        assert_eq!(pick(&mut L2NormGreedy {}), Some(2), "the least left");
        assert_eq!(pick(&mut SwarmSpread::default()), Some(1), "the fewest pods");
        let volcano = |cpu, memory| VolcanoBinpack {
            cpu,
            memory,
            ..VolcanoBinpack::default()
        };
        assert_eq!(pick(&mut volcano(1, 0)), Some(1), "the fullest of CPU");
        assert_eq!(pick(&mut volcano(0, 1)), Some(0), "the fullest of memory");
        let mut turn = RoundRobin::default();
        let turns: Vec<_> = (0..5).map(|_| pick(&mut turn)).collect();
        assert_eq!(turns, [Some(0), Some(1), Some(2), Some(3), Some(0)]);
        let all = NonZeroU32::new(4).unwrap();
        let of_all = |prefer| PowerOfD { choices: all, prefer };
        assert_eq!(pick(&mut of_all(Preference::Emptiest)), Some(3));
        assert_eq!(pick(&mut of_all(Preference::Fullest)), Some(2));
    }
}
