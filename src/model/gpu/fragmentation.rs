//! How much idle GPU is of no use to the pods that usually come: the measure of Weng et al., "Beware of Fragmentation",
//! USENIX ATC 2023.

use super::request::GpuRequest;

/// What a pod asks for, as far as the measure knows it. Memory plays no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// Devices.
    pub gpus: GpuRequest,
}

/// One kind of the pods that usually come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypicalDemand {
    /// Which part of all of them it is, 0 to 1.
    pub share: f64,
    /// What one asks for.
    pub demand: Demand,
}

/// Thousandths of a node's idle GPU that a pod with this `demand` cannot use: all of them if it asks for no GPU, may not
/// go there (`accepted`), or finds too little CPU or too few devices; otherwise those on devices with too little left.
#[must_use]
pub fn fragment(free_cpu_milli: u64, idle: &[u16], demand: &Demand, accepted: bool) -> u64 {
    let Demand { cpu_milli, gpus } = *demand;
    let whole = |idle: &[u16]| idle.iter().map(|&idle| u64::from(idle)).sum();
    if gpus.is_none() || !accepted || free_cpu_milli < cpu_milli || !gpus.fits(idle) {
        return whole(idle);
    }
    let too_small = idle.iter().filter(|&&idle| idle < gpus.milli());
    too_small.map(|&idle| u64::from(idle)).sum()
}

#[cfg(test)]
mod tests {
    use super::{Demand, GpuRequest, fragment};

    #[test]
    fn what_a_pod_cannot_use_is_fragmented() {
        let idle = [400, 1000, 0];
        let of = |cpu_milli, gpus| fragment(4000, &idle, &Demand { cpu_milli, gpus }, true);
        assert_eq!(of(1000, GpuRequest::share(500)), 400, "the rest of a device");
        assert_eq!(of(1000, GpuRequest::share(300)), 0);
        assert_eq!(of(1000, GpuRequest::whole(1)), 400);
        assert_eq!(of(1000, GpuRequest::whole(2)), 1400, "too few whole devices");
        assert_eq!(of(5000, GpuRequest::share(300)), 1400, "no CPU to go with it");
        assert_eq!(of(1000, GpuRequest::NONE), 1400, "a pod without GPU uses none");
        let demand = Demand {
            cpu_milli: 1000,
            gpus: GpuRequest::share(300),
        };
        assert_eq!(
            fragment(4000, &idle, &demand, false),
            1400,
            "not the model it asks for"
        );
    }
}
