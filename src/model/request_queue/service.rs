//! The service part of a station, whichever it is.

use super::job::Job;
use super::paced::{Paced, Unpaced};
use super::processor_sharing::ProcessorSharing;
use super::slot_service::SlotService;
use crate::engine::Time;

/// How requests are served at one replica.
#[derive(Clone, Debug)]
pub enum Service {
    /// Each job in a slot of its own.
    Slots(SlotService),
    /// All jobs share.
    Sharing(ProcessorSharing),
    /// Either, at a pace that changes.
    Paced(Box<Paced>),
}

impl Service {
    /// Jobs in service.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Slots(slots) => slots.len(),
            Self::Sharing(sharing) => sharing.len(),
            Self::Paced(paced) => paced.len(),
        }
    }

    /// Whether nothing is in service.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every job in service.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        let slots = self.slots().into_iter().flat_map(SlotService::iter);
        slots.chain(self.sharing().into_iter().flat_map(ProcessorSharing::iter))
    }

    /// Its slots, if jobs have some of their own.
    #[must_use]
    #[inline]
    pub fn slots(&self) -> Option<&SlotService> {
        match self {
            Self::Slots(slots) => Some(slots),
            Self::Sharing(_) => None,
            Self::Paced(paced) => match paced.inner() {
                Unpaced::Slots(slots) => Some(slots),
                Unpaced::Sharing(_) => None,
            },
        }
    }

    fn sharing(&self) -> Option<&ProcessorSharing> {
        match self {
            Self::Slots(_) => None,
            Self::Sharing(sharing) => Some(sharing),
            Self::Paced(paced) => match paced.inner() {
                Unpaced::Slots(_) => None,
                Unpaced::Sharing(sharing) => Some(sharing),
            },
        }
    }

    /// Its pace, if it has one that may change.
    #[must_use]
    pub fn paced(&self) -> Option<&Paced> {
        match self {
            Self::Paced(paced) => Some(paced),
            Self::Slots(_) | Self::Sharing(_) => None,
        }
    }

    /// Sets its pace at `now`: from then on it is one that may change.
    pub fn set_pace(&mut self, now: Time, set: impl FnOnce(&mut Paced)) {
        let inner = match self {
            Self::Paced(paced) => return set(paced),
            Self::Slots(slots) => Unpaced::Slots(std::mem::take(slots)),
            Self::Sharing(sharing) => Unpaced::Sharing(std::mem::replace(sharing, ProcessorSharing::new(1))),
        };
        let mut paced = Box::new(Paced::new(now, inner));
        set(&mut paced);
        *self = Self::Paced(paced);
    }

    /// Slots in use.
    pub(super) fn running(&self) -> u32 {
        match self {
            Self::Slots(slots) => slots.len() as u32,
            Self::Sharing(sharing) => sharing.running(),
            Self::Paced(paced) => paced.running(),
        }
    }

    /// When the next job completes, or the pace changes of its own accord.
    #[inline]
    pub(super) fn next_event(&self) -> Time {
        match self {
            Self::Slots(slots) => slots.next_finish(),
            Self::Sharing(sharing) => sharing.next_finish(),
            Self::Paced(paced) => paced.next_event(),
        }
    }

    /// A job joins at `now`.
    pub(super) fn join(&mut self, now: Time, job: Job) {
        match self {
            Self::Slots(slots) => {
                slots.start(now, job);
            }
            Self::Sharing(sharing) => sharing.start(now, job),
            Self::Paced(paced) => paced.start(now, job),
        }
    }

    /// The job due at `now` leaves.
    pub(super) fn finish(&mut self, now: Time) -> Option<Job> {
        match self {
            Self::Slots(slots) => slots.finish(),
            Self::Sharing(sharing) => sharing.finish(now),
            Self::Paced(paced) => paced.finish(now),
        }
    }

    /// Takes out the job called `id` before it is done; its remaining demand is left in it.
    pub(super) fn remove(&mut self, now: Time, id: u64) -> Option<Job> {
        match self {
            Self::Slots(slots) => slots.remove(now, id),
            Self::Sharing(sharing) => sharing.remove(now, id),
            Self::Paced(paced) => paced.remove(now, id),
        }
    }

    /// The job called `id`, for marking it.
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Job> {
        match self {
            Self::Slots(slots) => slots.get_mut(id),
            Self::Sharing(sharing) => sharing.get_mut(id),
            Self::Paced(paced) => paced.get_mut(id),
        }
    }

    /// Takes everything out at `now`, in order of job id.
    pub(super) fn drain(&mut self, now: Time) -> Vec<Job> {
        match self {
            Self::Slots(slots) => slots.drain(),
            Self::Sharing(sharing) => sharing.drain(),
            Self::Paced(paced) => paced.drain(now),
        }
    }
}
