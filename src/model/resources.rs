//! Resource vectors: what nodes offer and pods reserve. Integers, so that what is taken and given back cancels exactly.

use std::fmt;
use std::sync::Arc;

/// An amount of every resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Number of pods.
    pub pods: u64,
    /// Bytes of ephemeral storage.
    pub ephemeral_bytes: u64,
    /// Named extended resources such as `nvidia.com/gpu`, sorted by name, none twice.
    extended: Vec<(Arc<str>, u64)>,
}

/// What a node has too little of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortage {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// Pod slots.
    Pods,
    /// Ephemeral storage.
    EphemeralStorage,
    /// A named extended resource.
    Extended(Arc<str>),
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pods => "pods",
            Self::EphemeralStorage => "ephemeral-storage",
            Self::Extended(name) => name,
        })
    }
}

impl Resources {
    /// CPU and memory only.
    #[must_use]
    pub fn new(cpu_milli: u64, memory_bytes: u64) -> Self {
        Self {
            cpu_milli,
            memory_bytes,
            ..Self::default()
        }
    }

    /// The same with `pods` pod slots.
    #[must_use]
    pub const fn with_pods(mut self, pods: u64) -> Self {
        self.pods = pods;
        self
    }

    /// The same with `bytes` of ephemeral storage.
    #[must_use]
    pub const fn with_ephemeral(mut self, bytes: u64) -> Self {
        self.ephemeral_bytes = bytes;
        self
    }

    /// The same with `amount` of the extended resource `name`.
    #[must_use]
    pub fn with_extended(mut self, name: &str, amount: u64) -> Self {
        match self.extended.binary_search_by(|(known, _)| (**known).cmp(name)) {
            Ok(place) => self.extended[place].1 = amount,
            Err(place) => self.extended.insert(place, (name.into(), amount)),
        }
        self
    }

    /// The amount of the extended resource `name`; zero if there is none.
    #[must_use]
    pub fn extended(&self, name: &str) -> u64 {
        self.extended
            .binary_search_by(|(known, _)| (**known).cmp(name))
            .map_or(0, |place| self.extended[place].1)
    }

    /// Lowers the extended resource `name` to `most` at most.
    pub fn lower_extended(&mut self, name: &str, most: u64) {
        if let Ok(place) = self.extended.binary_search_by(|(known, _)| (**known).cmp(name)) {
            self.extended[place].1 = self.extended[place].1.min(most);
        }
    }

    /// Every extended resource in order of name.
    pub fn extended_iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.extended.iter().map(|(name, amount)| (&**name, *amount))
    }

    /// The first resource of which `self` needs more than `free` has; `None` if it fits. A need of zero always fits.
    #[must_use]
    pub fn shortage_in(&self, free: &Self) -> Option<Shortage> {
        let short = |need: u64, have: u64| need > 0 && need > have;
        if short(self.cpu_milli, free.cpu_milli) {
            return Some(Shortage::Cpu);
        }
        if short(self.memory_bytes, free.memory_bytes) {
            return Some(Shortage::Memory);
        }
        if short(self.pods, free.pods) {
            return Some(Shortage::Pods);
        }
        if short(self.ephemeral_bytes, free.ephemeral_bytes) {
            return Some(Shortage::EphemeralStorage);
        }
        let missing = self
            .extended
            .iter()
            .find(|(name, need)| short(*need, free.extended(name)));
        missing.map(|(name, _)| Shortage::Extended(name.clone()))
    }

    /// Whether `self` fits into `free`.
    #[must_use]
    pub fn fits_in(&self, free: &Self) -> bool {
        self.shortage_in(free).is_none()
    }

    /// Adds `other`, saturating.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, u64::saturating_add);
    }

    /// Takes `other` away, never below zero.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, u64::saturating_sub);
    }

    /// Raises every amount to at least `other`'s.
    pub fn raise_to(&mut self, other: &Self) {
        self.combine(other, u64::max);
    }

    /// What is left of `self` after taking `other`, never below zero.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = self.clone();
        left.subtract(other);
        left
    }

    /// Becomes `whole` minus `part`, never below zero; allocates nothing if `self` has `whole`'s extended resources.
    pub fn set_difference(&mut self, whole: &Self, part: &Self) {
        self.cpu_milli = whole.cpu_milli;
        self.memory_bytes = whole.memory_bytes;
        self.pods = whole.pods;
        self.ephemeral_bytes = whole.ephemeral_bytes;
        self.extended.clone_from(&whole.extended);
        self.subtract(part);
    }

    /// `self` as shares of `capacity`, one for each resource `capacity` has: CPU, memory, then extended ones.
    pub fn shares_of<'a>(&'a self, capacity: &'a Self) -> impl Iterator<Item = f64> + 'a {
        let pairs = [
            (self.cpu_milli, capacity.cpu_milli),
            (self.memory_bytes, capacity.memory_bytes),
        ];
        let extended = capacity
            .extended
            .iter()
            .map(|(name, amount)| (self.extended(name), *amount));
        pairs
            .into_iter()
            .chain(extended)
            .filter(|&(_, whole)| whole > 0)
            .map(|(part, whole)| part as f64 / whole as f64)
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        self.cpu_milli = with(self.cpu_milli, other.cpu_milli);
        self.memory_bytes = with(self.memory_bytes, other.memory_bytes);
        self.pods = with(self.pods, other.pods);
        self.ephemeral_bytes = with(self.ephemeral_bytes, other.ephemeral_bytes);
        for (name, amount) in &other.extended {
            match self.extended.binary_search_by(|(known, _)| known.cmp(name)) {
                Ok(place) => self.extended[place].1 = with(self.extended[place].1, *amount),
                Err(place) => self.extended.insert(place, (name.clone(), with(0, *amount))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Resources, Shortage};

    #[test]
    fn what_is_taken_and_given_back_cancels_and_shortages_are_named() {
        let whole = Resources::new(8000, 1 << 35)
            .with_pods(10)
            .with_extended("nvidia.com/gpu", 2);
        let pod = Resources::new(500, 1 << 30)
            .with_pods(1)
            .with_extended("nvidia.com/gpu", 1);
        let mut free = whole.clone();
        free.subtract(&pod);
        free.subtract(&pod);
        assert_eq!(
            pod.shortage_in(&free),
            Some(Shortage::Extended("nvidia.com/gpu".into()))
        );
        free.add(&pod);
        free.add(&pod);
        assert_eq!(free, whole);
        assert!(
            Resources::default().fits_in(&Resources::default()),
            "no need fits nowhere"
        );
    }
}
