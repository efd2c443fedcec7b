//! Nodes that are known by name, and what they cost.
//!
//! Knows: what a node has of its own and what of its pool. Must not know: where names come from.

use super::super::raw::cluster::NamedNode as Raw;
use super::super::spot::Spot;
use super::Lowering;
use super::cluster::taint;
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::pool::{NamedNode, PoolSpec, Shape};
use crate::model::price::{Billing, Money, PriceBook};
use crate::model::units::quoted;

impl Lowering<'_> {
    /// The pool `spec` with the nodes that stand at `spot`.
    pub(super) fn named(&mut self, spot: &Spot<'_>, nodes: &[Raw], mut spec: PoolSpec) -> Option<PoolSpec> {
        self.unique(spot, "node");
        let items = spot.items();
        let mut sound = true;
        for (node, spot) in nodes.iter().zip(&items) {
            let mut labels = spec.labels.clone();
            labels.extend(node.labels.clone());
            let zone = self.zone_of(labels.get(ZONE_LABEL), &spot.at("labels").at(ZONE_LABEL), &spec);
            for (label, value) in spec.node_labels(&node.name, zone) {
                labels.entry(label).or_insert(value);
            }
            let mut allocatable = spec.allocatable();
            if let Some(amounts) = &node.allocatable {
                let pods = allocatable.pods;
                let Some(own) = self.amounts(&spot.at("allocatable"), amounts) else {
                    sound = false;
                    continue;
                };
                allocatable = own.with_pods(pods);
            }
            if let Some(pods) = node.pods {
                allocatable = allocatable.with_pods(pods.into());
            }
            let taints = node.taints.clone();
            let mut annotations = spec.annotations.clone();
            annotations.extend(node.annotations.clone());
            spec.named.push(NamedNode {
                name: node.name.clone(),
                zone,
                labels,
                annotations,
                taints: taints.map_or_else(
                    || spec.taints.clone(),
                    |taints| taints.into_iter().map(taint).collect(),
                ),
                allocatable,
                cordoned: node.unschedulable,
            });
        }
        sound.then_some(spec)
    }

    /// The index of a node's zone in its pool.
    fn zone_of(&mut self, zone: Option<&String>, spot: &Spot<'_>, spec: &PoolSpec) -> usize {
        let Some(zone) = zone.filter(|_| !spec.zones.is_empty()) else {
            return 0;
        };
        let index = spec.zones.iter().position(|known| known == zone);
        if index.is_none() {
            let error = spot.error(format!("the pool has no zone {}", quoted(zone)));
            self.push(error.help("add it to `zones`"));
        }
        index.unwrap_or(0)
    }

    /// The shape of the pool at `spot`: named nodes whose machine type the price list has cost what it says there.
    pub(super) fn priced(
        &mut self,
        spot: &Spot<'_>,
        mut shape: Shape,
        book: Option<&PriceBook>,
        listed: &mut bool,
    ) -> Shape {
        let of_shape = spot.at("shape");
        let said = of_shape.at("price").exists() || of_shape.at("type").exists();
        if !spot.at("named").exists() || said || shape.billing.price_per_hour != Money::ZERO {
            return shape;
        }
        if let Some(price) = book.and_then(|book| book.shape(&shape.name)) {
            *listed = true;
            shape.billing = Billing::with_usual_minimum(price.price_per_hour);
        } else if book.is_some() {
            let machine = quoted(&shape.name);
            let what = format!("no price is known of machines of the type {machine}: they cost nothing");
            let pool = spot.text("name").unwrap_or_default();
            let help = format!(
                "say it: `cluster: {{pools: [{{name: {pool}, shape: {{price: {{usd_per_hour: 0.384}}}}}}]}}`"
            );
            self.push(spot.warning(what).help(help).of_costs());
        }
        shape
    }
}
