//! What a cloud offers a pool: on what terms its machines come, and when they do not.
//!
//! Knows: kinds of capacity, prices over time, stock, failed launches, interruptions. Must not know: which nodes run, or
//! what anybody does about any of it.

use super::price::PriceChange;
use crate::engine::{Span, Time};
use crate::stats::Distribution;

/// On which terms a machine is rented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CapacityKind {
    /// Until it is given back.
    #[default]
    OnDemand,
    /// Until the provider wants it back.
    Spot,
}

impl CapacityKind {
    /// The value of the label [`super::labels::CAPACITY_TYPE_LABEL`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }
}

/// A time in which launches fail because the provider has no such machine.
#[derive(Clone, Debug, PartialEq)]
pub struct StockOut {
    /// From when.
    pub from: Time,
    /// Until when; launches at this time succeed.
    pub until: Time,
    /// In which zones, by their index in the pool; empty for everywhere.
    pub zones: Vec<usize>,
    /// From a launch to its failure; at least a millisecond, so that nobody can ask for ever at one instant.
    pub after: Span,
}

/// Machines that do not come though the provider took the order.
#[derive(Clone, Debug, PartialEq)]
pub struct LaunchFailures {
    /// The share of launches that fail, 0 to 1.
    pub probability: f64,
    /// From a launch to its failure, seconds.
    pub after: Distribution,
}

/// A time at which the provider takes back some of a pool's machines.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// When it gives notice.
    pub at: Time,
    /// The share of the machines there are, 0 to 1.
    pub share: f64,
    /// In which zones, by their index in the pool; empty for everywhere.
    pub zones: Vec<usize>,
}

/// The provider takes machines back.
#[derive(Clone, Debug, PartialEq)]
pub struct Interruptions {
    /// Mean time from a machine's launch to its notice, exponentially distributed; `None` if only waves come.
    pub mean_between: Option<Span>,
    /// From the notice to the end of the machine.
    pub notice: Span,
    /// Whether the notice closes the node and asks its pods to go, as a termination handler or a managed node group does.
    pub drains: bool,
    /// Times at which many go at once.
    pub waves: Vec<Wave>,
}

/// What a cloud offers a pool. By default: on-demand machines at one price, of which there are always more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// The terms.
    pub capacity: CapacityKind,
    /// How the price changes, in the order of time.
    pub price_changes: Vec<PriceChange>,
    /// Times without stock.
    pub stock_outs: Vec<StockOut>,
    /// Launches that fail by chance.
    pub launch_failures: Option<LaunchFailures>,
    /// Machines that are taken back.
    pub interruptions: Option<Interruptions>,
}

impl Offer {
    /// How long after a launch at `now` in `zone` it fails for want of stock, if it does.
    #[must_use]
    pub fn out_of_stock(&self, now: Time, zone: usize) -> Option<Span> {
        let holds = |one: &&StockOut| one.from <= now && now < one.until && concerns(&one.zones, zone);
        self.stock_outs.iter().find(holds).map(|one| one.after)
    }
}

/// Whether a list of zones, where an empty one means all, concerns `zone`.
#[must_use]
pub fn concerns(zones: &[usize], zone: usize) -> bool {
    zones.is_empty() || zones.contains(&zone)
}

/// A limit that the provider sets on an account's machines over some pools.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudQuota {
    /// Its name.
    pub name: String,
    /// The pools it counts, by index; in order.
    pub pools: Vec<usize>,
    /// Most nodes at a time.
    pub nodes: Option<u32>,
    /// Most CPU at a time, thousandths.
    pub cpu_milli: Option<u64>,
    /// From a launch over it to its failure; at least a millisecond.
    pub after: Span,
}

#[cfg(test)]
mod tests {
    use super::{Offer, Span, StockOut, Time};

    #[test]
    fn stock_is_out_in_its_zones_and_its_time_only() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let offer = Offer {
            stock_outs: vec![StockOut {
                from: at(10),
                until: at(20),
                zones: vec![1],
                after: Span::from_secs(5),
            }],
            ..Offer::default()
        };
        assert_eq!(offer.out_of_stock(at(10), 1), Some(Span::from_secs(5)));
        assert_eq!(offer.out_of_stock(at(10), 0), None);
        assert_eq!(offer.out_of_stock(at(20), 1), None);
        assert_eq!(offer.out_of_stock(at(9), 1), None);
    }
}
