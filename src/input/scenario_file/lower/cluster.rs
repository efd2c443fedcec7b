//! Pools, shapes and prices.
//!
//! Knows: price lists and Kubernetes' names of resources. Must not know: pods.

use super::super::raw::cluster::{
    Amounts, Effect, NodeRange, Nodes, OwnShape, Pool, Shape, Taint as RawTaint,
};
use super::super::raw::distribution::Times;
use super::super::spot::Spot;
use super::Lowering;
use super::images::ImageList;
use super::offer::money;
use crate::input::{nearest, price_file, unknown_name};
use crate::model::image::ImageSupply;
use crate::model::labels::{Taint, TaintEffect};
use crate::model::offer::CloudQuota;
use crate::model::pool::{PoolSpec, Shape as Machine};
use crate::model::price::{Billing, Money, PriceBook, ShapePrice};
use crate::model::resources::Resources;
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity, quoted};
use crate::platform::kubernetes::image_gc::ImageGc;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The label that Kubernetes puts the machine type in.
const TYPE_LABEL: &str = "node.kubernetes.io/instance-type";

/// The cluster, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct LoweredCluster {
    /// The pools in the document's order; nothing for one with mistakes.
    pub(super) pools: Vec<Option<PoolSpec>>,
    pub(super) quotas: Vec<CloudQuota>,
    pub(super) supply: ImageSupply,
    pub(super) image_gc: ImageGc,
    pub(super) images: ImageList,
}

impl Lowering<'_> {
    /// Reads the cluster; an absent one is empty.
    pub(super) fn cluster(&mut self, spot: &Spot<'_>) -> LoweredCluster {
        let book = self.price_book(&spot.at("prices"));
        let mut listed = false;
        let (supply, image_gc, images) = self.image_supply(&spot.at("images"));
        let pools = spot.at("pools").items();
        let names: Vec<Option<&str>> = pools.iter().map(|pool| pool.text("name")).collect();
        let quotas = self.cloud_quotas(&spot.at("quotas"), &names);
        let pools = pools
            .iter()
            .map(|pool| self.pool(pool, book.as_deref(), &images, &mut listed))
            .collect();
        if let Some(book) = book.filter(|_| listed) {
            self.assumptions.push(format!(
                "Prices of listed machine types are of {}: {}.",
                book.as_of, book.source
            ));
        }
        LoweredCluster {
            pools,
            quotas,
            supply,
            image_gc,
            images,
        }
    }

    fn price_book(&mut self, spot: &Spot<'_>) -> Option<Arc<PriceBook>> {
        if !spot.exists() {
            return Some(Arc::new(price_file::embedded_prices()));
        }
        let file: String = self.read(spot)?;
        self.files.prices(spot, &file, self.sources, self.diagnostics)
    }

    fn pool(
        &mut self,
        spot: &Spot<'_>,
        book: Option<&PriceBook>,
        images: &ImageList,
        listed: &mut bool,
    ) -> Option<PoolSpec> {
        // Part by part, so that a mistake in one hides none in another.
        let name: Option<String> = self.read(&spot.at("name"));
        let shape: Option<Shape> = self.read(&spot.at("shape"));
        let shape =
            shape.and_then(|shape| self.shape(&spot.at("shape"), name.as_deref()?, &shape, book, listed));
        let shape = shape.map(|shape| self.priced(spot, shape, book, listed));
        let nodes: Option<Nodes> = self.read(&spot.at("nodes"));
        let named = u32::try_from(spot.at("named").items().len()).unwrap_or(u32::MAX);
        let nodes = nodes.map(|nodes| self.nodes(&spot.at("nodes"), nodes, named));
        let boot = self.read_or(&spot.at("boot"), Times::zero());
        let boot = boot.and_then(|boot| self.law(&spot.at("boot"), &boot));
        let reserved = self.read_or(&spot.at("reserved"), Amounts::default());
        let reserved = reserved.and_then(|amounts| self.amounts(&spot.at("reserved"), &amounts));
        let images_of_pool = self.images_of_pool(&spot.at("images"), images);
        let (shape, reserved) = (shape?, reserved?);
        for (name, part, whole) in [
            ("cpu", reserved.cpu_milli, shape.capacity.cpu_milli),
            ("memory", reserved.memory_bytes, shape.capacity.memory_bytes),
        ] {
            if part > 0 && part >= whole {
                let error = spot
                    .at("reserved")
                    .at(name)
                    .error(format!("this leaves no {name} for pods"));
                self.push(error.related(spot.at("shape").cursor.place(), "what a machine has"));
                return None;
            }
        }
        let pool: Pool = self.read(spot)?;
        let offer = self.offer(spot, &pool)?;
        let mut labels = pool.labels;
        labels
            .entry(TYPE_LABEL.to_owned())
            .or_insert_with(|| shape.name.clone());
        let (nodes_min, nodes_initial, nodes_max) = nodes?;
        let spec = PoolSpec {
            name: pool.name,
            shape,
            named: Vec::new(),
            nodes_min,
            nodes_initial,
            nodes_max,
            zones: pool.zones,
            boot: boot?,
            reserved,
            labels,
            annotations: pool.annotations,
            taints: pool.taints.into_iter().map(taint).collect(),
            attach_limits: pool
                .csi_node
                .drivers
                .into_iter()
                .filter_map(|driver| Some((driver.name, driver.allocatable.count?)))
                .collect(),
            offer,
            images: images_of_pool,
        };
        self.named(&spot.at("named"), &pool.named, spec)
    }

    /// Fewest, first and most nodes, in order.
    fn nodes(&mut self, spot: &Spot<'_>, nodes: Nodes, named: u32) -> (u32, u32, u32) {
        let NodeRange { min, initial, max } = match nodes {
            Nodes::Fixed(count) => {
                if count < named {
                    self.push(spot.error(format!("nodes that are named: {named}, more than {count}")));
                }
                return (count, count, count);
            }
            Nodes::Range(range) => range,
        };
        let first = min.max(named);
        if initial.unwrap_or(first) < named {
            let error = spot
                .at("initial")
                .error(format!("nodes that are named are there at the start: {named}"));
            self.push(error);
        } else if first > max && min <= max {
            self.push(
                spot.at("max")
                    .error(format!("nodes that are named: {named}, more than {max}")),
            );
        }
        if min > max {
            let error = spot.at("min").error(format!("min {min} is above max {max}"));
            self.push(error.related(spot.at("max").cursor.place(), "max is here"));
        } else if let Some(initial) = initial.filter(|initial| !(min..=max).contains(initial)) {
            let error = spot
                .at("initial")
                .error(format!("initial {initial} is not within min and max"));
            self.push(error.help(format!("expected {min} to {max}")));
        }
        (min, initial.unwrap_or(first), max)
    }

    fn shape(
        &mut self,
        spot: &Spot<'_>,
        pool: &str,
        shape: &Shape,
        book: Option<&PriceBook>,
        listed: &mut bool,
    ) -> Option<Machine> {
        match shape {
            Shape::Listed(name) => {
                *listed = true;
                let price = self.listed(spot, name, book)?;
                Some(Machine {
                    name: name.clone(),
                    capacity: capacity(&price).with_pods(110),
                    swap_bytes: 0,
                    swap_slowdown_milli: 0,
                    billing: Billing::with_usual_minimum(price.price_per_hour),
                    gpus: None,
                })
            }
            Shape::Own(own) => self.own_shape(spot, pool, own, book, listed),
        }
    }

    fn own_shape(
        &mut self,
        spot: &Spot<'_>,
        pool: &str,
        own: &OwnShape,
        book: Option<&PriceBook>,
        listed: &mut bool,
    ) -> Option<Machine> {
        let base = match &own.listed {
            Some(name) => {
                *listed |= own.price.is_none();
                Some(self.listed(&spot.at("type"), name, book)?)
            }
            None => None,
        };
        for (field, given) in [("cpu", own.cpu.is_some()), ("memory", own.memory.is_some())] {
            if !given && base.is_none() {
                let error = spot.key_error(format!("missing field {}", quoted(field)));
                self.push(error.help("or `type`, a machine type of the price list"));
            }
        }
        if base.is_none() && (own.cpu.is_none() || own.memory.is_none()) {
            return None;
        }
        let listed_gpus = base.as_ref().and_then(|base| base.gpus.as_ref());
        let mut capacity = base.as_ref().map(capacity).unwrap_or_default();
        if let Some(cpu) = own.cpu {
            capacity.cpu_milli = cpu.millis();
        }
        if let Some(memory) = own.memory {
            capacity.memory_bytes = memory.bytes();
        }
        capacity.pods = own.pods.into();
        capacity.ephemeral_bytes = own.ephemeral_storage.map_or(0, ByteQuantity::bytes);
        let gpus = match &own.gpu {
            None => None,
            Some(gpu) => {
                let plain = Resources::new(capacity.cpu_milli, capacity.memory_bytes)
                    .with_pods(capacity.pods)
                    .with_ephemeral(capacity.ephemeral_bytes);
                let (offered, plan) = self.gpus(&spot.at("gpu"), gpu, listed_gpus, plain)?;
                capacity = offered;
                Some(plan)
            }
        };
        for name in own
            .extended
            .keys()
            .filter(|name| gpus.is_some() && capacity.extended(name) > 0)
        {
            let at = spot.at("extended").at(name);
            let error = at.key_error(format!("{} is said twice", quoted(name)));
            self.push(error.related(spot.at("gpu").cursor.place(), "it is offered by these GPUs"));
        }
        let capacity = self.extended(&spot.at("extended"), &own.extended, capacity)?;
        let mut billing =
            Billing::with_usual_minimum(base.as_ref().map_or(Money::ZERO, |base| base.price_per_hour));
        if let Some(price) = &own.price {
            billing = Billing {
                price_per_hour: money(price.usd_per_hour),
                minimum: price.minimum.span(),
            };
        }
        Some(Machine {
            name: own
                .name
                .clone()
                .or_else(|| own.listed.clone())
                .unwrap_or_else(|| pool.to_owned()),
            capacity,
            swap_bytes: own.swap.map_or(0, ByteQuantity::bytes),
            swap_slowdown_milli: (own.swap_slowdown * 1000.0).round() as u64,
            billing,
            gpus,
        })
    }

    /// The machine type `name` of the price list.
    fn listed(&mut self, spot: &Spot<'_>, name: &str, book: Option<&PriceBook>) -> Option<ShapePrice> {
        // A list that could not be read was reported.
        let book = book?;
        if let Some(price) = book.shape(name) {
            return Some(price.clone());
        }
        let names = book.shapes.iter().map(|shape| shape.name.as_str());
        let error = unknown_name(spot.cursor.place(), "machine type", name, names);
        let error = error
            .path(&spot.path)
            .help("or say what it has: `{cpu: 8, memory: 32Gi}`");
        self.push(error);
        None
    }

    /// Amounts as a vector, without pods.
    pub(super) fn amounts(&mut self, spot: &Spot<'_>, amounts: &Amounts) -> Option<Resources> {
        let resources = Resources::new(
            amounts.cpu.map_or(0, CpuQuantity::millis),
            amounts.memory.map_or(0, ByteQuantity::bytes),
        );
        let resources = resources.with_ephemeral(amounts.ephemeral_storage.map_or(0, ByteQuantity::bytes));
        self.extended(spot, &amounts.extended, resources)
    }

    /// `resources` and the extended ones, whose names must have a `/` as in Kubernetes.
    fn extended(
        &mut self,
        spot: &Spot<'_>,
        extended: &BTreeMap<String, CountQuantity>,
        mut resources: Resources,
    ) -> Option<Resources> {
        let mut sound = true;
        for (name, count) in extended {
            if !name.contains('/') {
                let known = ["cpu", "memory", "ephemeral-storage"];
                let error = spot
                    .at(name)
                    .key_error(format!("unknown resource {}", quoted(name)));
                let error = error.suggest(nearest(name, known));
                self.push(error.help(
                    "expected `cpu`, `memory`, `ephemeral-storage` or an extended resource such as `nvidia.com/gpu`",
                ));
                sound = false;
            }
            resources = resources.with_extended(name, count.count());
        }
        sound.then_some(resources)
    }
}

/// What a machine type of a price list has, without pods.
fn capacity(price: &ShapePrice) -> Resources {
    let resources = Resources::new(price.cpu_milli, price.memory_bytes);
    match &price.gpus {
        Some((name, count)) => {
            let vendor = name.split('-').next().unwrap_or("nvidia");
            resources.with_extended(&format!("{vendor}.com/gpu"), u64::from(*count))
        }
        None => resources,
    }
}

/// A taint.
pub(super) fn taint(taint: RawTaint) -> Taint {
    Taint {
        key: taint.key,
        value: taint.value,
        effect: effect(taint.effect),
    }
}

/// A taint's effect.
pub(super) const fn effect(effect: Effect) -> TaintEffect {
    match effect {
        Effect::NoSchedule => TaintEffect::NoSchedule,
        Effect::PreferNoSchedule => TaintEffect::PreferNoSchedule,
        Effect::NoExecute => TaintEffect::NoExecute,
    }
}
