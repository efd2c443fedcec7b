//! A scenario without machines: room for every pod.

use crate::engine::Span;
use crate::model::pool::{PoolSpec, Shape};
use crate::model::price::{Billing, Money};
use crate::model::resources::Resources;
use crate::stats::Distribution;

/// A scenario without machines: one node on which everything fits and that costs nothing.
pub(super) fn room_everywhere() -> PoolSpec {
    const PLENTY: u64 = 1 << 53;
    PoolSpec {
        name: "everywhere".to_owned(),
        shape: Shape {
            name: "unlimited".to_owned(),
            capacity: Resources::new(PLENTY, PLENTY)
                .with_pods(PLENTY)
                .with_ephemeral(PLENTY),
            swap_bytes: 0,
            swap_slowdown_milli: 0,
            billing: Billing {
                price_per_hour: Money::ZERO,
                minimum: Span::ZERO,
            },
            gpus: None,
        },
        nodes_min: 1,
        nodes_initial: 1,
        nodes_max: 1,
        zones: Vec::new(),
        named: Vec::new(),
        boot: Distribution::ZERO,
        reserved: Resources::default(),
        labels: Default::default(),
        annotations: Default::default(),
        taints: Vec::new(),
        attach_limits: Default::default(),
        images: Default::default(),
        offer: Default::default(),
    }
}
