//! Next fit: stays on the node it used last while that has room, then goes on round the fleet. The cheapest heuristic,
//! and the one that wastes most.

use super::filter::{Rejections, feasible};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static NEXT: ReasonKind = ReasonKind {
    code: "next_with_room",
    sentence: "the next node with room after the one used last",
};

/// The next node with room, from the one used last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextFit {
    #[serde(skip)]
    last: Last,
}

/// The node used last: its name, and where it stood then. Nodes that go move those after them forward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Last {
    name: String,
    place: usize,
}

impl Last {
    /// Where the node stands now; if it has gone, where it stood.
    fn find(&self, view: &dyn ClusterView) -> usize {
        let is_it = |place: &usize| view.node(*place).is_some_and(|node| node.facts.name == self.name);
        let most = self.place.min(view.len().saturating_sub(1));
        (0..=most).rev().find(is_it).unwrap_or(most)
    }
}

impl Placer for NextFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut rejections = Rejections::default();
        let (first, count) = (self.last.find(view), view.len());
        for place in (0..count).map(|step| (first + step) % count) {
            let Some(node) = view.node(place) else { continue };
            match feasible(&view.objects().volumes, node, pod) {
                Ok(()) => {
                    self.last.name.clone_from(&node.facts.name);
                    self.last.place = place;
                    return Placement::Bind { place, reason: &NEXT };
                }
                Err(rejection) => rejections.add(rejection),
            }
        }
        Placement::Wait(rejections.into())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

impl Parameters for NextFit {}

#[cfg(test)]
mod tests {
    use super::NextFit;
    use crate::engine::{StreamKey, Time};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{NodeFacts, NodeView};
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use crate::policy::placement::{Incoming, Placement, Placer};
    use std::sync::Arc;

    fn fleet(names: &[&str]) -> Fixed {
        let node = |&name: &&str| {
            let facts = NodeFacts {
                name: name.to_owned(),
                ..NodeFacts::default()
            };
            NodeView::new(facts, Resources::new(4000, 0).with_pods(10))
        };
        Fixed(names.iter().map(node).collect())
    }

    /// A node that leaves moves the positions of those after it: the one used last is known by its name.
    #[test]
    fn it_stays_on_its_node_when_others_leave_and_goes_on_from_there_when_it_leaves_itself() {
        let class = Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(100, 0)));
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let mut next = NextFit {
            last: super::Last {
                name: "c".to_owned(),
                place: 2,
            },
        };
        let mut pick = |names: &[&str]| {
            let view = fleet(names);
            match next.place(&view, &Incoming::any_of(&class, Time::ZERO), &mut stream) {
                Placement::Bind { place, .. } => names[place].to_owned(),
                Placement::Wait(_) => "none".to_owned(),
            }
        };
        assert_eq!(pick(&["a", "b", "c", "d"]), "c");
        assert_eq!(pick(&["b", "c", "d"]), "c");
        assert_eq!(pick(&["b", "d"]), "d");
        assert_eq!(pick(&["b"]), "b");
    }
}
