//! Which node takes this pod?
//!
//! A placer looks at a [`ClusterView`], live or hypothetical, and names a position. Filters look only at the node
//! handed in, never look one up: that is what lets node scalers ask the same placer about machines that do not exist.

mod best_fit;
pub mod filter;
mod first_fit;
mod next_fit;
mod random;
mod worst_fit;

pub use best_fit::BestFit;
pub use first_fit::FirstFit;
pub use next_fit::NextFit;
pub use random::Random;
pub use worst_fit::WorstFit;

use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::model::pod_template::PodTemplate;
use crate::policy::reason::ReasonKind;
use filter::Rejections;
use std::fmt;

/// What a placer answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// The pod goes to the node at this position.
    Bind {
        /// The node's position in the view.
        place: usize,
        /// Why this one.
        reason: &'static ReasonKind,
    },
    /// No node takes it; why, per node.
    Wait(Rejections),
}

/// A placement policy.
pub trait Placer: Send + Sync + fmt::Debug {
    /// Finds a node for a pod of `template`.
    fn place(&mut self, view: &dyn ClusterView, template: &PodTemplate, stream: &mut Stream) -> Placement;

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn Placer>;
}

impl Clone for Box<dyn Placer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// The feasible node with the greatest score, the first among equals.
fn highest_scored(
    view: &dyn ClusterView,
    template: &PodTemplate,
    reason: &'static ReasonKind,
    score: impl Fn(&crate::model::cluster::NodeView) -> f64,
) -> Placement {
    let mut rejections = Rejections::default();
    let mut best: Option<(f64, usize)> = None;
    for place in 0..view.len() {
        let Some(node) = view.node(place) else { continue };
        if let Err(rejection) = filter::feasible(node, template) {
            rejections.add(rejection);
            continue;
        }
        let score = score(node);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, place));
        }
    }
    best.map_or(Placement::Wait(rejections), |(_, place)| Placement::Bind {
        place,
        reason,
    })
}

/// Mean share of the node's resources that would be reserved with the pod on it, 0 to 1.
fn fill_after(node: &crate::model::cluster::NodeView, template: &PodTemplate) -> f64 {
    let mut reserved = node.allocatable.minus(&node.free);
    reserved.add(template.requests());
    let (sum, count) = reserved
        .shares_of(&node.allocatable)
        .fold((0.0, 0_u32), |(sum, count), share| (sum + share, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::{BestFit, FirstFit, NextFit, Placement, Placer, WorstFit};
    use crate::engine::StreamKey;
    use crate::model::cluster::{ClusterView, NodeView};
    use crate::model::labels::Labels;
    use crate::model::pod_template::{Container, ContainerKind, PodTemplate, Usage};
    use crate::model::resources::Resources;
    use crate::stats::Distribution;

    struct Nodes(Vec<NodeView>);
    impl ClusterView for Nodes {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn node(&self, place: usize) -> Option<&NodeView> {
            self.0.get(place)
        }
    }

    fn nodes(free: &[u64]) -> Nodes {
        let node = |&cpu: &u64| NodeView {
            pool: 0,
            zone: 0,
            open: true,
            booting: false,
            allocatable: Resources::new(8000, 0).with_pods(110),
            free: Resources::new(cpu, 0).with_pods(110),
            pods: 0,
            labels: Labels::new(),
            taints: Vec::new(),
        };
        Nodes(free.iter().map(node).collect())
    }

    fn template(cpu: u64) -> PodTemplate {
        PodTemplate::new(vec![Container {
            name: "app".into(),
            kind: ContainerKind::Main,
            image: None,
            requests: Resources::new(cpu, 0),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: Distribution::ZERO,
        }])
    }

    #[test]
    fn each_heuristic_picks_the_node_its_name_promises() {
        let view = nodes(&[400, 3000, 1500, 5000, 1500]);
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let mut pick = |placer: &mut dyn Placer, cpu| match placer.place(&view, &template(cpu), &mut stream) {
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
