//! A pool's machines over time and what they cost by the hour: the books that the bills of single machines are held
//! against.

use crate::engine::Time;
use crate::model::pool::PoolSpec;
use crate::model::price::Money;

const NANOS_PER_HOUR: u128 = 3_600_000_000_000;

/// The integrals of a pool's machines and of their price, kept by changes alone: it knows no single machine.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    since: Time,
    running: u64,
    ever: u64,
    price: Money,
    dearest: Money,
    /// Machines × ns.
    life: u128,
    /// Picodollars an hour × ns.
    spent: u128,
}

impl Meter {
    pub(super) fn new(price: Money) -> Self {
        Self {
            since: Time::ZERO,
            running: 0,
            ever: 0,
            price,
            dearest: price,
            life: 0,
            spent: 0,
        }
    }

    fn settle(&mut self, now: Time) {
        let nanos = u128::from(now.since(self.since).nanos());
        let machines = u128::from(self.running) * nanos;
        self.life += machines;
        self.spent = self
            .spent
            .saturating_add(self.price.picos().saturating_mul(machines));
        self.since = now;
    }

    /// A machine is billed from `now` on.
    pub(super) fn begin(&mut self, now: Time) {
        self.settle(now);
        self.running += 1;
        self.ever += 1;
    }

    /// A machine is billed until `now`.
    pub(super) fn end(&mut self, now: Time) {
        self.settle(now);
        self.running -= 1;
    }

    /// An hour costs `price` from `now` on.
    pub(super) fn reprice(&mut self, now: Time, price: Money) {
        self.settle(now);
        self.price = price;
        self.dearest = self.dearest.max(price);
    }

    /// What is wrong with a bill of `cost` for `life` machines × ns, if something is. Each machine's cost is rounded by
    /// half a picodollar at most, and one that lives shorter than the least charge pays for more than it lived.
    pub(super) fn contradicts(&self, now: Time, spec: &PoolSpec, cost: Money, life: u128) -> Option<String> {
        let mut books = self.clone();
        books.settle(now);
        if books.life != life {
            return Some(format!(
                "pool {} is billed for {life} node × ns, but had {}",
                spec.name, books.life
            ));
        }
        let spent = books.spent / NANOS_PER_HOUR;
        let ever = u128::from(books.ever);
        let minimum = u128::from(spec.shape.billing.minimum.nanos());
        let charge = self.dearest.picos().saturating_mul(minimum) / NANOS_PER_HOUR + 1;
        let (least, most) = (
            spent.saturating_sub(ever),
            spent.saturating_add(charge.saturating_mul(ever) + ever),
        );
        let cost = cost.picos();
        (cost < least || cost > most).then(|| {
            format!(
                "pool {} costs {cost} picodollars, which the price over its nodes' time does not come to: {least} to {most}",
                spec.name
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Meter, Money, Time};
    use crate::engine::Span;

    #[test]
    fn the_price_is_integrated_over_the_machines_there_are() {
        let at = |hours: u64| Time::ZERO + Span::from_secs(hours * 3600);
        let mut meter = Meter::new(Money::from_picos(10));
        meter.begin(at(0));
        meter.begin(at(1));
        meter.reprice(at(2), Money::from_picos(4));
        meter.end(at(3));
        meter.settle(at(5));
        assert_eq!(meter.spent / super::NANOS_PER_HOUR, 10 + 20 + 8 + 4 * 2);
        assert_eq!(meter.life / super::NANOS_PER_HOUR, 1 + 2 + 2 + 2);
    }
}
