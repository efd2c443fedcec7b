//! How far a pod may go before its memory has to be looked at again.
//!
//! Knows: what containers use by age, by slots and by requests served. Must not know: who looks.
//!
//! Memory that depends on one thing alone is bounded exactly by that thing: by an age, by slots in use, or by requests
//! served. Where it depends on several, what is left below the limit is shared among them, and a look that comes when one
//! has used up its share shares out anew what is left then. No look ever comes after a limit is passed, and the last one
//! comes at the very event, or the very nanosecond, that passes it.

use super::memory_bound::{Swap, limited};
use super::pod_template::{Container, PodTemplate, Standing};
use crate::engine::Span;

/// Until when no container of a pod can need more memory than it may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryGuard {
    /// While no more slots than this are in use; `None`: however many are.
    pub slots_most: Option<u32>,
    /// While no more requests than this are served from now on; `None`: however many are.
    pub served_most: Option<u64>,
    /// For so long, this not included; `None`: for ever.
    pub lasts: Option<Span>,
}

impl MemoryGuard {
    /// The guard of a pod of `template` with so many `slots` (`None`: no limit), of which `busy` are in use, whose
    /// containers have come so far and may have `swap` bytes beyond their limits.
    #[must_use]
    pub fn of(
        template: &PodTemplate,
        slots: Option<u32>,
        busy: u64,
        swap: Swap<'_>,
        standing: impl Fn(usize) -> Option<Standing>,
    ) -> Self {
        let each = limited(template, swap, standing);
        let each = each.map(|(_, container, limit, standing)| {
            of_container(container, limit, slots.map(u64::from), busy, standing)
        });
        each.fold(Self::default(), |all, one| Self {
            slots_most: least(all.slots_most, one.slots_most),
            served_most: least(all.served_most, one.served_most),
            lasts: least(all.lasts, one.lasts),
        })
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn of_container(
    container: &Container,
    limit: u64,
    slots: Option<u64>,
    busy: u64,
    standing: Standing,
) -> MemoryGuard {
    let usage = &container.usage;
    let (per_slot, per_request) = (usage.memory_per_slot_bytes, usage.memory_per_request_bytes);
    let base = usage.memory_without_requests(standing);
    let Some(room) = limit.checked_sub(base) else {
        return MemoryGuard {
            slots_most: Some(0),
            served_most: None,
            lasts: usage.memory_changes().then_some(Span::ZERO),
        };
    };
    let fits = room.checked_div(per_slot);
    let slots_that_fit = fits.filter(|&fits| slots.is_none_or(|slots| fits < slots));
    let slots_that_fit = slots_that_fit.and_then(|fits| u32::try_from(fits).ok());
    let left = per_slot.checked_mul(busy).and_then(|used| room.checked_sub(used));
    let (Some(left), true) = (left, usage.memory_changes()) else {
        // Nothing else matters, or it is over already.
        return MemoryGuard {
            slots_most: slots_that_fit,
            ..MemoryGuard::default()
        };
    };
    // Half of the slots that could still come, all if there is one; the rest is left to the others.
    let (slots_most, kept) = match fits {
        None => (None, 0),
        Some(fits) => {
            let spare = (fits - busy).div_ceil(2);
            match slots.map(|slots| slots.saturating_sub(busy)) {
                Some(to_come) if to_come <= spare => (None, per_slot * to_come),
                _ => (u32::try_from(busy + spare).ok(), per_slot * spare),
            }
        }
    };
    let rest = left - kept;
    let by_age = match (&usage.memory_by_age, per_request) {
        (Some(_), 0) => rest,
        (Some(_), _) => rest / 2,
        (None, _) => 0,
    };
    let lasts = usage.memory_by_age.as_ref().and_then(|profile| {
        let most = profile.at(standing.age).saturating_add(by_age);
        let above = profile.first_above(standing.age, most)?;
        Some(above - standing.age)
    });
    MemoryGuard {
        slots_most,
        served_most: (rest - by_age).checked_div(per_request),
        lasts,
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryGuard;
    use crate::engine::Span;
    use crate::model::memory_bound::tests::container;
    use crate::model::memory_bound::{MemoryBound, NO_SWAP};
    use crate::model::memory_profile::MemoryProfile;
    use crate::model::pod_template::{ContainerKind, PodTemplate, Standing};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn template(limit: u64, per_slot: u64, per_hour: u64, per_request: u64) -> PodTemplate {
        let mut one = container(ContainerKind::Main, limit, 100, per_slot);
        one.usage.memory_per_request_bytes = per_request;
        if per_hour > 0 {
            let profile = MemoryProfile::new(&[(Span::ZERO, 100)], per_hour).unwrap();
            one.usage.memory_by_age = Some(Arc::new(profile));
        }
        PodTemplate::new(vec![one])
    }

    fn guard(template: &PodTemplate, slots: Option<u32>, busy: u64, standing: Standing) -> MemoryGuard {
        MemoryGuard::of(template, slots, busy, NO_SWAP, |_| Some(standing))
    }

    #[test]
    fn what_depends_on_one_thing_is_bounded_exactly_by_it() {
        let fresh = Standing::default();
        let by_slots = guard(&template(200, 20, 0, 0), Some(8), 0, fresh);
        assert_eq!(by_slots.slots_most, Some(5));
        assert_eq!((by_slots.served_most, by_slots.lasts), (None, None));
        assert_eq!(
            guard(&template(200, 20, 0, 0), Some(5), 0, fresh),
            MemoryGuard::default()
        );
        let by_requests = guard(&template(200, 0, 0, 7), Some(8), 0, fresh);
        assert_eq!(
            by_requests.served_most,
            Some(14),
            "14 of 7 are 98, which fit into 100"
        );
        let by_age = guard(&template(200, 0, 3600, 0), Some(8), 0, fresh);
        assert_eq!(by_age.lasts, Some(Span::from_secs(101)), "one byte a second");
        assert_eq!(by_age.slots_most, None);
    }

    proptest! {
        /// Within what a guard allows no limit is passed; and looks at what it allows come to the limit in a few steps,
        /// whatever is used up first.
        #[test]
        fn a_guard_never_comes_too_late_and_looks_are_few(
            limit in 100u64..5000, per_slot in 0u64..200, per_hour in 0u64..36_000, per_request in 0u64..50,
            slots in prop_oneof![Just(None), (1u32..30).prop_map(Some)], turns in prop::collection::vec(0u8..3, 1..200),
        ) {
            let template = template(limit, per_slot, per_hour, per_request);
            let (mut standing, mut busy, mut looks) = (Standing::default(), 0u64, 0);
            for turn in turns {
                let over = |standing, busy| {
                    MemoryBound::of(&template, slots, NO_SWAP, |_| Some(standing)).is_some_and(|bound| bound.is_passed(busy))
                };
                let guard = guard(&template, slots, busy, standing);
                // The farthest corner of what is allowed.
                let far = Standing {
                    age: standing.age + guard.lasts.map_or(Span::ZERO, |lasts| lasts - Span::from_nanos(1)),
                    served: standing.served + guard.served_most.unwrap_or(0),
                };
                let most = guard.slots_most.map_or_else(|| slots.map_or(busy, u64::from), u64::from);
                prop_assert!(!over(far, most.min(slots.map_or(u64::MAX, u64::from))), "{guard:?} from {standing:?}, {busy}");
                match (turn, guard) {
                    (0, MemoryGuard { lasts: Some(lasts), .. }) => standing.age += lasts,
                    (1, MemoryGuard { served_most: Some(most), .. }) => standing.served += most + 1,
                    (_, MemoryGuard { slots_most: Some(most), .. })
                        if slots.is_none_or(|slots| most < slots) => busy = u64::from(most) + 1,
                    _ => continue,
                }
                looks += 1;
                if over(standing, busy) {
                    break;
                }
            }
            prop_assert!(looks < 150, "{looks} looks");
        }
    }
}
