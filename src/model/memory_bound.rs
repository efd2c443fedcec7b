//! How many slots may be in use before a container needs more memory than its limit lets it have.
//!
//! Knows: what containers use and may use. Must not know: who stops one that needs more.

use super::pod_template::PodTemplate;

/// What the memory limits of a pod's containers allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBound {
    /// The container that is the first to need more than it may have, by its place in the template.
    pub container: usize,
    /// The most slots in use with which it does not; `None` if it does without any.
    pub most: Option<u32>,
}

impl MemoryBound {
    /// The bound of pods of `template` with so many `slots` (`None`: no limit); nothing where none can ever need too much.
    #[must_use]
    pub fn of(template: &PodTemplate, slots: Option<u32>) -> Option<Self> {
        let containers = template.containers.iter().enumerate();
        let bounds = containers.filter_map(|(place, container)| {
            let limit = container.limits.memory_bytes;
            let runs_on = template.running().any(|one| std::ptr::eq(one, container));
            if limit == 0 || !runs_on {
                return None;
            }
            let usage = container.usage;
            let most = match limit.checked_sub(usage.memory_idle_bytes) {
                None => None,
                Some(room) => {
                    let most = room.checked_div(usage.memory_per_slot_bytes)?;
                    Some(u32::try_from(most).ok()?)
                }
            };
            let in_reach = most.is_none_or(|most| slots.is_none_or(|slots| most < slots));
            in_reach.then_some(Self {
                container: place,
                most,
            })
        });
        bounds.min_by_key(|bound| bound.most)
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryBound;
    use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
    use crate::model::resources::Resources;
    use crate::stats::Distribution;

    fn container(kind: ContainerKind, limit: u64, idle: u64, per_slot: u64) -> Container {
        Container {
            cpu_weight: None,
            name: "c".into(),
            kind,
            image: None,
            requests: Resources::default(),
            asks_for_none: AsksForNone::default(),
            limits: Resources::new(0, limit),
            usage: Usage {
                memory_idle_bytes: idle,
                memory_per_slot_bytes: per_slot,
                ..Usage::default()
            },
            startup: Distribution::ZERO,
        }
    }

    #[test]
    fn the_bound_is_the_tightest_of_the_containers_that_run_on() {
        let most = |containers: Vec<Container>, slots| {
            MemoryBound::of(&PodTemplate::new(containers), slots).map(|bound| (bound.container, bound.most))
        };
        use ContainerKind::{Init, Main, Sidecar};
        assert_eq!(most(vec![container(Main, 0, 900, 10)], None), None, "no limit");
        assert_eq!(
            most(vec![container(Main, 100, 40, 20)], None),
            Some((0, Some(3))),
            "100 is not more than 100"
        );
        assert_eq!(
            most(vec![container(Main, 100, 40, 20)], Some(4)),
            Some((0, Some(3)))
        );
        assert_eq!(
            most(vec![container(Main, 100, 40, 20)], Some(3)),
            None,
            "it never gets there"
        );
        assert_eq!(most(vec![container(Main, 100, 101, 0)], Some(3)), Some((0, None)));
        assert_eq!(most(vec![container(Main, 100, 100, 0)], None), None);
        assert_eq!(
            most(vec![container(Init, 100, 500, 0), container(Main, 0, 1, 1)], None),
            None
        );
        let both = vec![container(Sidecar, 50, 10, 20), container(Main, 100, 40, 20)];
        assert_eq!(most(both, None), Some((0, Some(2))));
    }
}
