//! Instance types, where each is on offer, and at what price (`pkg/cloudprovider/types.go`).

use super::requirements::{CAPACITY_TYPE_LABEL, Requirements};
use crate::model::labels::Taint;
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::resources::Resources;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How capacity is bought, cheapest promise last: the order in which a launch prefers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapacityType {
    /// Spare capacity that may be taken back.
    Spot,
    /// Capacity that stays.
    OnDemand,
}

impl CapacityType {
    /// As labels and requirements write it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::OnDemand => "on-demand",
        }
    }
}

/// An instance type in one zone, bought in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Offering {
    /// The zone's name; empty where there are no zones.
    pub zone: Arc<str>,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// US dollars per hour.
    pub price: f64,
    /// Whether the provider is thought to have some.
    pub available: bool,
    /// The pool that launches it.
    pub pool: usize,
    /// The zone's index in that pool.
    pub zone_index: usize,
}

impl Offering {
    /// Whether a node that is asked for so may be this one.
    #[must_use]
    pub fn meets(&self, requirements: &Requirements) -> bool {
        requirements.allow(CAPACITY_TYPE_LABEL, self.capacity_type.label())
            && (self.zone.is_empty() || requirements.allow(ZONE_LABEL, &self.zone))
    }
}

/// A machine type.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// Its name.
    pub name: Arc<str>,
    /// What it has.
    pub capacity: Resources,
    /// What pods may reserve of that.
    pub allocatable: Resources,
    /// The labels that its nodes may have.
    pub requirements: Requirements,
    /// Taints that its nodes have, whichever NodePool they are of.
    pub taints: Vec<Taint>,
    /// Where it is on offer.
    pub offerings: Vec<Offering>,
}

impl InstanceType {
    /// Offerings that are available and meet `requirements`.
    pub fn launchable<'a>(&'a self, requirements: &'a Requirements) -> impl Iterator<Item = &'a Offering> {
        let offerings = self.offerings.iter().filter(|offering| offering.available);
        offerings.filter(|offering| offering.meets(requirements))
    }

    /// The price of its cheapest launch; infinite if there is none.
    #[must_use]
    pub fn cheapest_launch(&self, requirements: &Requirements) -> f64 {
        let prices = self.launchable(requirements).map(|offering| offering.price);
        prices.fold(f64::INFINITY, f64::min)
    }

    /// The price of its dearest launch by the way of buying that would be taken: spot where it is on offer; infinite if
    /// there is no launch.
    #[must_use]
    pub fn worst_launch(&self, requirements: &Requirements) -> f64 {
        for capacity_type in [CapacityType::Spot, CapacityType::OnDemand] {
            let offerings = self.launchable(requirements);
            let alike = offerings.filter(|offering| offering.capacity_type == capacity_type);
            if let Some(price) = alike.map(|offering| offering.price).reduce(f64::max) {
                return price;
            }
        }
        f64::INFINITY
    }

    /// The price of its cheapest offering, whatever is asked and whether it is available or not.
    #[must_use]
    pub fn cheapest_anywhere(&self) -> f64 {
        let prices = self.offerings.iter().map(|offering| offering.price);
        prices.fold(f64::INFINITY, f64::min)
    }

    /// The price of a node of it that runs in `zone`, bought so; `None` if that is no longer on offer.
    #[must_use]
    pub fn price_of(&self, zone: &str, capacity_type: CapacityType) -> Option<f64> {
        let offerings = self.offerings.iter();
        let own = offerings.filter(|one| *one.zone == *zone && one.capacity_type == capacity_type);
        own.map(|offering| offering.price).reduce(f64::min)
    }
}

/// Orders `types`, indices into `all`, by the price of their cheapest launch, then by name.
pub fn order_by_price(types: &mut [usize], all: &[InstanceType], requirements: &Requirements) {
    let mut priced: Vec<(f64, usize)> = types
        .iter()
        .map(|&index| (all[index].cheapest_launch(requirements), index))
        .collect();
    priced.sort_by(|(one, a), (other, b)| {
        let by_price = one.total_cmp(other);
        by_price.then_with(|| all[*a].name.cmp(&all[*b].name))
    });
    for (place, (_, index)) in types.iter_mut().zip(priced) {
        *place = index;
    }
}

/// How many of `types`, from the first on, keep as many values possible as `requirements` ask for, and the keys for which
/// even all do not.
#[must_use]
pub fn min_values_met(
    types: &[usize],
    all: &[InstanceType],
    requirements: &Requirements,
) -> (usize, Vec<Arc<str>>) {
    let asked = requirements.iter();
    let asked: Vec<(&Arc<str>, usize)> = asked
        .filter_map(|(key, allowed)| Some((key, allowed.min_values()? as usize)))
        .collect();
    if asked.is_empty() {
        return (0, Vec::new());
    }
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let is_short = |found: &BTreeMap<&str, BTreeSet<&str>>, key: &str, least: usize| {
        found.get(key).map_or(0, BTreeSet::len) < least
    };
    for (place, &index) in types.iter().enumerate() {
        for (key, _) in &asked {
            let listed = all[index]
                .requirements
                .get(key)
                .and_then(|allowed| allowed.listed());
            let values = found.entry(key).or_default();
            values.extend(listed.into_iter().flatten().map(|value| &**value));
        }
        if !asked.iter().any(|(key, least)| is_short(&found, key, *least)) {
            return (place + 1, Vec::new());
        }
    }
    let short = asked.iter().filter(|(key, least)| is_short(&found, key, *least));
    (types.len(), short.map(|(key, _)| (*key).clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::{CapacityType, InstanceType, Offering, Requirements, min_values_met, order_by_price};
    use crate::model::resources::Resources;
    use crate::policy::node_scaling::karpenter::allowed_values::AllowedValues;

    fn offering(zone: &str, capacity_type: CapacityType, price: f64, available: bool) -> Offering {
        Offering {
            zone: zone.into(),
            capacity_type,
            price,
            available,
            pool: 0,
            zone_index: 0,
        }
    }

    fn named(name: &str, family: &str, offerings: Vec<Offering>) -> InstanceType {
        let mut requirements = Requirements::default();
        requirements.narrow("family", &AllowedValues::only([family]));
        InstanceType {
            name: name.into(),
            capacity: Resources::default(),
            allocatable: Resources::default(),
            requirements,
            taints: Vec::new(),
            offerings,
        }
    }

    /// Were the worst price taken of on-demand while spot is on offer, replacements that save would be passed over; were an
    /// offering counted that is out of stock, a replacement could cost more than what it replaces.
    #[test]
    fn the_worst_launch_is_the_dearest_of_what_would_be_bought() {
        use CapacityType::{OnDemand, Spot};
        let any = Requirements::default();
        let one = named(
            "a",
            "m",
            vec![
                offering("z1", OnDemand, 1.0, true),
                offering("z1", Spot, 0.3, true),
                offering("z2", Spot, 0.4, true),
                offering("z3", Spot, 0.1, false),
            ],
        );
        assert!(
            (one.worst_launch(&any) - 0.4).abs() < 1e-12 && (one.cheapest_launch(&any) - 0.3).abs() < 1e-12
        );
        assert!((one.cheapest_anywhere() - 0.1).abs() < 1e-12);
        let gone = named("b", "m", vec![offering("z1", Spot, 0.1, false)]);
        assert!(gone.worst_launch(&any).is_infinite() && gone.cheapest_launch(&any).is_infinite());
        let mut order = vec![0, 1];
        order_by_price(&mut order, &[gone, one], &any);
        assert_eq!(order, [1, 0]);
    }

    #[test]
    fn so_many_types_are_needed_that_enough_families_stay() {
        let all = ["m", "m", "c", "r"].map(|family| named(family, family, Vec::new()));
        let needed = |least: u32| {
            let mut requirements = Requirements::default();
            requirements.narrow("family", &AllowedValues::any().with_min_values(Some(least)));
            min_values_met(&[0, 1, 2, 3], &all, &requirements)
        };
        assert_eq!(needed(2), (3, vec![]));
        assert_eq!(needed(4), (4, vec!["family".into()]));
    }
}
