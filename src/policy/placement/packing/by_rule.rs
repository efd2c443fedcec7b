//! By rule: the open bin that a placement policy chooses, else a new one. What nodes do with pods, bins do with items.

use super::Packer;
use super::open_bins::OpenBins;
use crate::engine::Stream;
use crate::model::gpu::GpuRequest;
use crate::model::packing::{Instance, Packing};
use crate::policy::placement::rule::{Bin, Bins, Gpus, Need, Rule};

/// Each item as it comes goes to the open bin with room that the rule of a placement policy chooses.
#[derive(Debug)]
pub struct ByRule {
    rule: Box<dyn Rule>,
}

impl ByRule {
    /// A heuristic that goes by `rule`.
    #[must_use]
    pub fn new(rule: Box<dyn Rule>) -> Self {
        Self { rule }
    }
}

impl Packer for ByRule {
    fn pack(&self, instance: &Instance, stream: &mut Stream) -> Packing {
        let mut rule = self.rule.clone_rule();
        let names: Vec<&str> = instance.dimensions.iter().map(String::as_str).collect();
        let largest = instance.largest();
        let mut bins = OpenBins::new(instance);
        for (item, asked) in instance.items.iter().enumerate() {
            let need = Need {
                sizes: &asked.sizes,
                gpus: GpuRequest::default(),
            };
            let mut seen = Seen {
                bins: &bins,
                item,
                names: &names,
                largest: &largest,
            };
            match rule.choose(&mut seen, &need, stream) {
                Some(bin) => bins.put(bin, item),
                None => {
                    bins.put_into_new(item);
                }
            }
        }
        bins.packing()
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(Self::new(self.rule.clone_rule()))
    }
}

/// The open bins as a rule sees them when an item comes.
struct Seen<'a> {
    bins: &'a OpenBins<'a>,
    item: usize,
    names: &'a [&'a str],
    largest: &'a [u64],
}

impl Bins for Seen<'_> {
    fn count(&self) -> usize {
        self.bins.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        self.has_room(place).then(|| Bin {
            names: self.names,
            capacity: self.bins.capacity(place),
            free: self.bins.free(place),
            largest: self.largest,
            pods: u32::try_from(self.bins.items(place)).unwrap_or(u32::MAX),
            alike: self.bins.alike(place, self.item),
            gpus: Gpus::default(),
        })
    }

    fn has_room(&mut self, place: usize) -> bool {
        self.bins.fits(place, self.item)
    }

    fn name(&self, place: usize) -> &str {
        self.bins.name(place)
    }
}
