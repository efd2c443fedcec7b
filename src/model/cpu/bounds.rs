//! Weights of containers, within the bounds the kernel sets.

use super::quota::{PERIOD_MAX, PERIOD_MIN, QUOTA_MIN};
use crate::engine::Span;

/// A number the kernel, or the program that asks it, refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpuError {
    /// `cpu.shares` out of range.
    #[error("{0} CPU shares: the kernel takes {least} to {most}",
        least = CpuShares::LEAST.get(), most = CpuShares::MOST.get())]
    Shares(u64),
    /// `cpu.weight` out of range.
    #[error("a CPU weight of {0}: the kernel takes {least} to {most}",
        least = CpuWeight::LEAST.get(), most = CpuWeight::MOST.get())]
    Weight(u64),
    /// A period the kernel refuses.
    #[error("a CPU period of {got} ms: the kernel takes {least} ms to {most} ms",
        got = ms(*.0), least = ms(PERIOD_MIN), most = ms(PERIOD_MAX))]
    Period(Span),
    /// A quota the kernel refuses.
    #[error("a CPU quota of {got} ms a period: the kernel takes no less than {least} ms",
        got = ms(*.0), least = ms(QUOTA_MIN))]
    Quota(Span),
    /// Fewer CPUs than Docker lets a container have, thousandths of a CPU.
    #[error("{got} CPUs: the least a container can be limited to is 0.01, a quota of 1 ms in 100 ms",
        got = *.0 as f64 / 1e3)]
    Cpus(u64),
}

fn ms(span: Span) -> f64 {
    span.nanos() as f64 / 1e6
}

/// A container's weight as control groups of version 1 and Docker's `--cpu-shares` count it: 2 to 262,144.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuShares(u64);

impl CpuShares {
    /// The least the kernel takes.
    pub const LEAST: Self = Self(2);
    /// What a container has that says nothing.
    pub const DEFAULT: Self = Self(1024);
    /// The most the kernel takes.
    pub const MOST: Self = Self(262_144);

    /// So many shares.
    ///
    /// # Errors
    /// They are out of the kernel's range.
    pub const fn new(shares: u64) -> Result<Self, CpuError> {
        if shares < Self::LEAST.0 || shares > Self::MOST.0 {
            return Err(CpuError::Shares(shares));
        }
        Ok(Self(shares))
    }

    /// What the kubelet gives a container that requests so many thousandths of a CPU: 1,024 for each CPU, within the
    /// kernel's range (`pkg/kubelet/cm/helpers_linux.go`, `MilliCPUToShares`).
    #[must_use]
    pub fn of_request(milli: u64) -> Self {
        let shares = u128::from(milli) * 1024 / 1000;
        let shares = u64::try_from(shares).unwrap_or(u64::MAX);
        Self(shares.clamp(Self::LEAST.0, Self::MOST.0))
    }

    /// As a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Default for CpuShares {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The same as control groups of version 2 count it: 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuWeight(u64);

impl CpuWeight {
    /// The least the kernel takes.
    pub const LEAST: Self = Self(1);
    /// What a control group has of which nothing is said.
    pub const DEFAULT: Self = Self(100);
    /// The most the kernel takes.
    pub const MOST: Self = Self(10_000);

    /// So much weight.
    ///
    /// # Errors
    /// It is out of the kernel's range.
    pub const fn new(weight: u64) -> Result<Self, CpuError> {
        if weight < Self::LEAST.0 || weight > Self::MOST.0 {
            return Err(CpuError::Weight(weight));
        }
        Ok(Self(weight))
    }

    /// As a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Default for CpuWeight {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The straight line from one range to the other (Kubernetes' KEP-2254), rounded down.
impl From<CpuShares> for CpuWeight {
    fn from(shares: CpuShares) -> Self {
        let above = shares.0 - CpuShares::LEAST.0;
        let span = CpuShares::MOST.0 - CpuShares::LEAST.0;
        Self(1 + above * (Self::MOST.0 - 1) / span)
    }
}

#[cfg(test)]
mod tests {
    use super::{CpuError, CpuShares, CpuWeight};

    /// Off the kernel's range a container would not start.
    #[test]
    fn weights_keep_to_the_ranges_of_the_kernel() {
        assert_eq!(CpuShares::new(1), Err(CpuError::Shares(1)));
        assert_eq!(CpuShares::new(262_145), Err(CpuError::Shares(262_145)));
        assert_eq!(CpuShares::new(2), Ok(CpuShares::LEAST));
        assert_eq!(CpuWeight::new(0), Err(CpuError::Weight(0)));
        assert_eq!(CpuWeight::new(10_000), Ok(CpuWeight::MOST));
        assert_eq!(
            CpuError::Shares(1).to_string(),
            "1 CPU shares: the kernel takes 2 to 262144"
        );
        assert_eq!(
            CpuError::Cpus(5).to_string(),
            "0.005 CPUs: the least a container can be limited to is 0.01, a quota of 1 ms in 100 ms"
        );
    }

    /// The kubelet's figures.
    #[test]
    fn a_request_becomes_shares_and_shares_become_a_weight() {
        for (milli, shares, weight) in [
            (0, 2, 1),
            (1, 2, 1),
            (100, 102, 4),
            (250, 256, 10),
            (1000, 1024, 39),
            (4000, 4096, 157),
            (256_000, 262_144, 10_000),
            (u64::MAX, 262_144, 10_000),
        ] {
            let got = CpuShares::of_request(milli);
            assert_eq!(
                (got.get(), CpuWeight::from(got).get()),
                (shares, weight),
                "{milli}m"
            );
        }
    }
}
