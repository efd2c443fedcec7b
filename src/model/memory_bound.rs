//! How many slots may be in use before a container needs more memory than its limit lets it have.
//!
//! Knows: what containers use and may use. Must not know: who stops one that needs more.

use super::pod_template::{Container, ContainerKind, PodTemplate, Standing};

/// What the memory limits of a pod's containers allow at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBound {
    /// The container that is the first to need more than it may have, by its place in the template.
    pub container: usize,
    /// The most slots in use with which it does not; `None` if it does without any.
    pub most: Option<u32>,
}

/// What limits a container's memory beside what its template says: swap.
pub type Swap<'a> = &'a dyn Fn(&Container) -> u64;

/// Nothing is swapped.
pub const NO_SWAP: Swap<'static> = &|_| 0;

impl MemoryBound {
    /// The bound of pods of `template` with so many `slots` (`None`: no limit) whose containers have come so far (`None`:
    /// one does not run) and may have `swap` bytes beyond their limits; nothing where none can need too much now.
    #[must_use]
    pub fn of(
        template: &PodTemplate,
        slots: Option<u32>,
        swap: Swap<'_>,
        standing: impl Fn(usize) -> Option<Standing>,
    ) -> Option<Self> {
        let bounds = limited(template, swap, standing).filter_map(|(place, container, limit, standing)| {
            let usage = &container.usage;
            let most = match limit.checked_sub(usage.memory_without_requests(standing)) {
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

    /// Whether the container needs more than it may have with `busy` slots in use.
    #[must_use]
    pub fn is_passed(&self, busy: u64) -> bool {
        self.most.is_none_or(|most| busy > most.into())
    }
}

/// The containers that run and may not have all the memory they like: their places, their limits with `swap`, and how far
/// they have come.
pub(super) fn limited<'a>(
    template: &'a PodTemplate,
    swap: Swap<'a>,
    standing: impl Fn(usize) -> Option<Standing> + 'a,
) -> impl Iterator<Item = (usize, &'a Container, u64, Standing)> {
    let containers = template.containers.iter().enumerate();
    containers.filter_map(move |(place, container)| {
        let limit = container.limits.memory_bytes;
        if limit == 0 || container.kind == ContainerKind::Init {
            return None;
        }
        let with_swap = limit.saturating_add(swap(container));
        Some((place, container, with_swap, standing(place)?))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::{MemoryBound, NO_SWAP};
    use crate::engine::Span;
    use crate::model::memory_profile::MemoryProfile;
    use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Standing, Usage};
    use crate::model::resources::Resources;
    use crate::stats::Distribution;
    use std::sync::Arc;

    pub(in crate::model) fn container(
        kind: ContainerKind,
        limit: u64,
        idle: u64,
        per_slot: u64,
    ) -> Container {
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
            MemoryBound::of(&PodTemplate::new(containers), slots, NO_SWAP, |_| {
                Some(Standing::default())
            })
            .map(|bound| (bound.container, bound.most))
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

    /// Age, requests served and swap move the bound as they move what is used and what may be.
    #[test]
    fn the_bound_is_that_of_the_moment() {
        let mut leaking = container(ContainerKind::Main, 100, 40, 20);
        let profile = MemoryProfile::new(&[(Span::ZERO, 40)], 3600).unwrap();
        leaking.usage.memory_by_age = Some(Arc::new(profile));
        leaking.usage.memory_per_request_bytes = 2;
        let template = PodTemplate::new(vec![leaking]);
        let most = |age: u64, served: u64, swap: u64| {
            let standing = Standing {
                age: Span::from_secs(age),
                served,
            };
            MemoryBound::of(&template, Some(100), &|_| swap, |_| Some(standing)).map(|bound| bound.most)
        };
        assert_eq!(most(0, 0, 0), Some(Some(3)));
        assert_eq!(most(1, 0, 0), Some(Some(2)));
        assert_eq!(most(20, 10, 0), Some(Some(1)));
        assert_eq!(most(20, 21, 0), Some(None), "40 + 20 + 42 without any request");
        assert_eq!(most(20, 21, 100), Some(Some(4)));
    }
}
