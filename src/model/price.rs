//! Money, price lists and how machines are billed.
//!
//! Knows: amounts, prices per hour and how they change, minimum charges. Must not know: where a price list is read from, which nodes ran,
//! or what anybody decides because of a price.

use crate::engine::{Span, Time};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

const NANOS_PER_HOUR: u128 = 3_600_000_000_000;
const PICOS_PER_DOLLAR: f64 = 1e12;

/// An amount of US dollars, never negative, in whole picodollars (10⁻¹² USD). Integers, so that a bill does not
/// depend on the order in which it is added up; pico, so that the half unit a single cost is rounded by stays below
/// a cent after ten billion costs. The largest amount is 3·10²⁶ USD.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(u128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `picos` picodollars.
    #[must_use]
    pub const fn from_picos(picos: u128) -> Self {
        Self(picos)
    }

    /// An amount of `usd` dollars, rounded to the nearest picodollar; negative and NaN give zero.
    #[must_use]
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * PICOS_PER_DOLLAR).round() as u128)
    }

    /// Picodollars.
    #[must_use]
    pub const fn picos(self) -> u128 {
        self.0
    }

    /// Dollars.
    #[must_use]
    pub fn usd(self) -> f64 {
        self.0 as f64 / PICOS_PER_DOLLAR
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// Dollars and cents, rounded half up: `12.35 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.saturating_add(5_000_000_000) / 10_000_000_000;
        write!(f, "{}.{:02} USD", cents / 100, cents % 100)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}pUSD", self.0)
    }
}

/// How a machine is billed: by the second of use, with a minimum charge for each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billing {
    /// The price of one hour.
    pub price_per_hour: Money,
    /// The shortest time that is charged; AWS and GCP charge at least 60 s for a Linux machine.
    pub minimum: Span,
}

impl Billing {
    /// Billing with the minute that AWS EC2 and Google Compute Engine charge at least.
    #[must_use]
    pub const fn with_usual_minimum(price_per_hour: Money) -> Self {
        Self {
            price_per_hour,
            minimum: Span::from_secs(60),
        }
    }

    /// What `span` of use costs, rounded to the nearest picodollar.
    #[must_use]
    pub fn cost(&self, span: Span) -> Money {
        let mut bill = Bill::default();
        bill.add(self.price_per_hour, span.max(self.minimum));
        bill.total()
    }

    /// The price of one hour at `time`; `changes` are in the order of their times.
    #[must_use]
    pub fn price_at(&self, changes: &[PriceChange], time: Time) -> Money {
        let before = changes.partition_point(|change| change.at <= time);
        changes[..before]
            .last()
            .map_or(self.price_per_hour, |change| change.price_per_hour)
    }

    /// What use from `from` to `until` costs where the price changes meanwhile, rounded to the nearest picodollar once:
    /// every second at the price of that second, the minimum charge as if it were used to its end. `changes` are in the
    /// order of their times.
    #[must_use]
    pub fn cost_between(&self, changes: &[PriceChange], from: Time, until: Time) -> Money {
        let until = until.max(from + self.minimum);
        let mut bill = Bill::default();
        let (mut since, mut price) = (from, self.price_at(changes, from));
        for change in changes
            .iter()
            .filter(|change| from < change.at && change.at < until)
        {
            bill.add(price, change.at.since(since));
            (since, price) = (change.at, change.price_per_hour);
        }
        bill.add(price, until.since(since));
        bill.total()
    }
}

/// From a time on, an hour costs something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// From when.
    pub at: Time,
    /// The price of one hour from then on.
    pub price_per_hour: Money,
}

/// A bill under way: whole hours, and the rest in picodollars × ns an hour, so that it is rounded once.
#[derive(Clone, Copy, Debug, Default)]
struct Bill {
    whole: u128,
    part: u128,
}

impl Bill {
    fn add(&mut self, Money(price): Money, span: Span) {
        let nanos = u128::from(span.nanos());
        let (hours, rest) = (nanos / NANOS_PER_HOUR, nanos % NANOS_PER_HOUR);
        self.whole = self.whole.saturating_add(price.saturating_mul(hours));
        self.part = self.part.saturating_add(price.saturating_mul(rest));
        self.whole = self.whole.saturating_add(self.part / NANOS_PER_HOUR);
        self.part %= NANOS_PER_HOUR;
    }

    const fn total(self) -> Money {
        Money(
            self.whole
                .saturating_add((self.part + NANOS_PER_HOUR / 2) / NANOS_PER_HOUR),
        )
    }
}

/// A machine type with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapePrice {
    /// The provider's name of the type, for example `m5.2xlarge`.
    pub name: String,
    /// Processors, thousandths of a virtual CPU.
    pub cpu_milli: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// The accelerators' name and number, if it has any.
    pub gpus: Option<(String, u32)>,
    /// The list price of one hour.
    pub price_per_hour: Money,
    /// The provider's region the price holds in; empty if the list does not say.
    pub region: String,
    /// The operating system the price includes; empty if the list does not say.
    pub os: String,
    /// What it is made for, for example `general` or `gpu`; empty if the list does not say.
    pub kind: String,
}

/// A price list: what machine types cost at some date according to some source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceBook {
    /// The date of the prices, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where they are from.
    pub source: String,
    /// The machine types, in the list's order; names are unique.
    pub shapes: Vec<ShapePrice>,
}

impl PriceBook {
    /// The machine type called `name`.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&ShapePrice> {
        self.shapes.iter().find(|shape| shape.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Billing, Money, PriceChange};
    use crate::engine::{Span, Time};
    use proptest::prelude::*;

    /// Were seconds billed through floats, a day of seconds would not cost what the day costs.
    #[test]
    fn a_day_costs_its_hours_and_the_seconds_of_a_day_the_same() {
        let billing = Billing {
            price_per_hour: Money::from_usd(0.3888),
            minimum: Span::ZERO,
        };
        let day = billing.cost(Span::from_secs(86_400));
        assert_eq!(day, Money::from_picos(24 * 388_800_000_000));
        let second = billing.cost(Span::from_secs(1));
        assert_eq!((0..86_400).map(|_| second).sum::<Money>(), day);
    }

    #[test]
    fn a_short_use_is_charged_the_minimum() {
        let billing = Billing::with_usual_minimum(Money::from_usd(0.36));
        assert_eq!(
            billing.cost(Span::from_secs(1)),
            billing.cost(Span::from_secs(60))
        );
        assert_eq!(billing.cost(Span::from_secs(61)), Money::from_usd(0.0061));
    }

    /// Were a change of price billed from the next hour, or the whole use at its first or last price, a spot machine
    /// would cost something else than the provider charges.
    #[test]
    fn each_second_costs_the_price_of_that_second() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let billing = Billing::with_usual_minimum(Money::from_usd(0.36));
        let to = |secs, usd| PriceChange {
            at: at(secs),
            price_per_hour: Money::from_usd(usd),
        };
        let changes = [to(1000, 0.72), to(2000, 0.18)];
        let cost = |from, until| billing.cost_between(&changes, at(from), at(until)).usd();
        assert!((cost(0, 3000) - (0.1 + 0.2 + 0.05)).abs() < 1e-12);
        assert!((cost(1500, 1600) - 0.02).abs() < 1e-12, "one price throughout");
        assert!(
            (cost(990, 991) - (0.001 + 0.01)).abs() < 1e-12,
            "the minimum runs into the next price"
        );
        assert_eq!(billing.price_at(&changes, at(999)), Money::from_usd(0.36));
        assert_eq!(billing.price_at(&changes, at(1000)), Money::from_usd(0.72));
    }

    #[test]
    fn amounts_print_in_dollars_and_cents_and_hostile_numbers_are_zero() {
        assert_eq!(Money::from_usd(12.345_6).to_string(), "12.35 USD");
        assert_eq!(Money::from_usd(0.004).to_string(), "0.00 USD");
        assert_eq!(Money::from_usd(-1.0), Money::ZERO);
        assert_eq!(Money::from_usd(f64::NAN), Money::ZERO);
        assert!((Money::from_usd(3.673_385).usd() - 3.673_385).abs() < 1e-12);
    }

    proptest! {
        /// A bill is monotone in time, and cutting a use in two changes it by less than a picodollar a cut.
        #[test]
        fn cost_grows_with_time_and_adds_up(micros in 0u64..100_000_000, a in 0u64..u64::MAX / 4, b in 0u64..u64::MAX / 4) {
            let billing = Billing { price_per_hour: Money::from_picos(u128::from(micros) * 1_000_000), minimum: Span::ZERO };
            let cost = |nanos| billing.cost(Span::from_nanos(nanos)).picos();
            prop_assert!(cost(a) <= cost(a + b));
            prop_assert!(cost(a + b).abs_diff(cost(a) + cost(b)) <= 1);
            let (from, until) = (Time::from_nanos(b), Time::from_nanos(a + b));
            prop_assert_eq!(billing.cost_between(&[], from, until).picos(), cost(a));
        }
    }
}
