//! Rules that choose among nodes, whoever keeps them: the nodes of a cluster, of a fleet in columns, or bins that are
//! opened as items come. One rule serves pods as they arrive and a set of them at once.

use crate::engine::Stream;
use crate::model::gpu::{GpuRequest, Taken, TaskClass, hand_out};
use std::fmt;

/// A node, or a bin, as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct Bin<'a> {
    /// What is counted: `cpu` first, then `memory`, then whatever else there is; GPUs in thousandths. Of items without
    /// such names, their dimensions.
    pub names: &'a [&'a str],
    /// What it has of each; zero where it has none.
    pub capacity: &'a [u64],
    /// What of each is not reserved.
    pub free: &'a [u64],
    /// The most that any node has of each.
    pub largest: &'a [u64],
    /// Pods or items in it.
    pub pods: u32,
    /// Those of them that are of the same workload as the one that comes.
    pub alike: u32,
    /// Its GPUs.
    pub gpus: Gpus<'a>,
}

/// The GPUs of a node as a rule sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gpus<'a> {
    /// Idle thousandths of each device.
    pub idle: &'a [u16],
    /// The classes of the tasks it hosts.
    pub hosts: Hosts,
}

/// Which classes of GPU tasks a node hosts: shares of a device, one whole device, two, and so on; all counts from 31 on
/// are one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hosts(u32);

impl Hosts {
    /// As bits: 0 for shares of a device, 1, 2, 3 … for so many whole ones, all counts from 31 on in the last.
    #[must_use]
    pub const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Hosts tasks of `class` too.
    pub fn add(&mut self, class: TaskClass) {
        self.0 |= Self::bit(class);
    }

    /// Whether it hosts tasks of `class`.
    #[must_use]
    pub fn has(self, class: TaskClass) -> bool {
        self.0 & Self::bit(class) != 0
    }

    /// Whether it hosts tasks of any other class.
    #[must_use]
    pub fn has_other_than(self, class: TaskClass) -> bool {
        self.0 & !Self::bit(class) != 0
    }

    /// Whether it hosts no task with a GPU.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(class: TaskClass) -> u32 {
        match class {
            TaskClass::Share => 1,
            TaskClass::Whole(count) => 1 << count.clamp(1, 31),
        }
    }
}

/// What a pod, or an item, asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// How much, in the order of [`Bin::names`].
    pub sizes: &'a [u64],
    /// Devices.
    pub gpus: GpuRequest,
}

impl Bin<'_> {
    /// Of each kind of thing that it has any of: what is free, what `need` asks for, and what it has.
    pub(super) fn amounts<'b>(&'b self, need: &'b Need<'_>) -> impl Iterator<Item = Amounts> + 'b {
        (0..self.capacity.len()).filter_map(|index| {
            let capacity = self.capacity[index];
            (capacity > 0).then(|| Amounts {
                free: self.free[index] as f64,
                size: need.sizes[index] as f64,
                capacity: capacity as f64,
                largest: self.largest[index] as f64,
            })
        })
    }
}

/// One kind of thing, as scores count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) free: f64,
    pub(super) size: f64,
    pub(super) capacity: f64,
    pub(super) largest: f64,
}

/// The nodes or bins there are for one pod or item.
pub trait Bins {
    /// Positions are `0..count()`.
    fn count(&self) -> usize;

    /// The one at `place`, if it has room.
    fn with_room(&mut self, place: usize) -> Option<Bin<'_>>;

    /// Whether the one at `place` has room, for whoever asks nothing else of it.
    fn has_room(&mut self, place: usize) -> bool {
        self.with_room(place).is_some()
    }

    /// A name by which the one at `place` is known when positions have moved.
    fn name(&self, place: usize) -> &str;
}

/// The first of those with room that have the greatest key.
pub(super) fn first_with_greatest<K: PartialOrd>(
    bins: &mut dyn Bins,
    mut key: impl FnMut(&Bin<'_>) -> K,
) -> Option<usize> {
    let mut best: Option<(K, usize)> = None;
    for place in 0..bins.count() {
        let Some(bin) = bins.with_room(place) else {
            continue;
        };
        let key = key(&bin);
        if best.as_ref().is_none_or(|(known, _)| key > *known) {
            best = Some((key, place));
        }
    }
    best.map(|(_, place)| place)
}

/// How a node is chosen.
pub trait Rule: CloneRule + Send + Sync + fmt::Debug {
    /// How well `need` goes to a node that has room for it; the greater, the better.
    fn score(&self, _bin: &Bin<'_>, _need: &Need<'_>) -> f64 {
        0.0
    }

    /// The node it goes to: the first of those with the greatest score, unless the rule says otherwise.
    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, _: &mut Stream) -> Option<usize> {
        first_with_greatest(bins, |bin| self.score(bin, need))
    }

    /// Which devices of that node it gets.
    fn devices(&self, bin: &Bin<'_>, need: &Need<'_>, _: &mut Stream) -> Taken {
        hand_out(bin.gpus.idle, need.gpus)
    }
}

/// Copies of rules whose type is not known; every rule that can be cloned has them.
pub trait CloneRule {
    /// A copy with the same private memory.
    fn clone_rule(&self) -> Box<dyn Rule>;
}

impl<R: Rule + Clone + 'static> CloneRule for R {
    fn clone_rule(&self) -> Box<dyn Rule> {
        Box::new(self.clone())
    }
}
