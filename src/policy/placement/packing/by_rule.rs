//! By rule: the open bin that a placement policy scores highest, else a new one. What nodes do with pods, bins do with items.

use super::Packer;
use super::open_bins::OpenBins;
use crate::engine::Stream;
use crate::model::gpu::GpuRequest;
use crate::model::packing::{Instance, Packing};
use crate::policy::parameters::Parameters;
use crate::policy::placement::rule::{Bin, Gpus, Need, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The placement policies that look at one node at a time, by their names in the catalog, and what makes the rule of each.
const RULES: &[(&str, fn() -> Box<dyn Rule>)] = &[
    ("best_fit", || Box::new(Fullest { sign: 1.0 })),
    ("worst_fit", || Box::new(Fullest { sign: -1.0 })),
];

/// The rule of a placement policy, by its name in the catalog, if it looks at one node at a time.
#[must_use]
pub fn rule_named(name: &str) -> Option<Box<dyn Rule>> {
    let found = RULES.iter().find(|(known, _)| *known == name);
    found.map(|(_, rule)| rule())
}

/// The placement policies with a rule, by their names in the catalog.
pub fn rule_names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(name, _)| *name)
}

/// Each item as it comes goes to the open bin with room that the rule of a placement policy scores highest, the oldest
/// among equals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByRule {
    /// The placement policy whose rule it is.
    pub rule: String,
}

impl Packer for ByRule {
    fn pack(&self, instance: &Instance, _: &mut Stream) -> Packing {
        let mut bins = OpenBins::new(instance);
        let rule = rule_named(&self.rule);
        for (item, asked) in instance.items.iter().enumerate() {
            let need = Need {
                sizes: &asked.sizes,
                gpus: GpuRequest::default(),
            };
            let mut best: Option<(f64, usize)> = None;
            for bin in (0..bins.len()).filter(|&bin| bins.fits(bin, item)) {
                let seen = Bin {
                    capacity: bins.capacity(bin),
                    free: bins.free(bin),
                    pods: u32::try_from(bins.items(bin)).unwrap_or(u32::MAX),
                    gpus: Gpus::default(),
                };
                let score = rule.as_ref().map_or(0.0, |rule| rule.score(&seen, &need));
                if best.is_none_or(|(known, _)| score > known) {
                    best = Some((score, bin));
                }
            }
            match best {
                Some((_, bin)) => bins.put(bin, item),
                None => {
                    bins.put_into_new(item);
                }
            }
        }
        bins.packing()
    }

    fn clone_box(&self) -> Box<dyn Packer> {
        Box::new(self.clone())
    }
}

impl Parameters for ByRule {
    fn problems(&self) -> Vec<String> {
        if rule_named(&self.rule).is_some() {
            return Vec::new();
        }
        let names: Vec<_> = rule_names().collect();
        vec![format!(
            "`rule` is `{}`, expected one of: {}",
            self.rule,
            names.join(", ")
        )]
    }
}

/// The mean share of a bin that is taken once the item is in it: what the placement policies best fit and worst fit go by.
#[derive(Clone, Copy, Debug)]
struct Fullest {
    /// 1: the fuller, the better; -1: the emptier.
    sign: f64,
}

impl Rule for Fullest {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let each = bin.capacity.iter().zip(bin.free).zip(need.sizes);
        let (mut sum, mut count) = (0.0, 0.0);
        for ((&capacity, &free), &size) in each.filter(|((capacity, _), _)| **capacity > 0) {
            sum += (capacity - free + size) as f64 / capacity as f64;
            count += 1.0;
        }
        self.sign * sum / f64::max(count, 1.0)
    }
}
