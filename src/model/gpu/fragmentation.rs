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

/// Thousandths of a node's idle GPU that a pod with this `demand` cannot use: all of them if it asks for no GPU, may not
/// go there (`None`), or finds too little CPU or too few devices; otherwise those on devices with too little left.
#[must_use]
pub fn fragment(free_cpu_milli: u64, idle: &[u16], demand: Option<&Demand>) -> u64 {
    let whole = |idle: &[u16]| idle.iter().map(|&idle| u64::from(idle)).sum();
    let Some(&Demand { cpu_milli, gpus }) = demand else {
        return whole(idle);
    };
    if gpus.is_none() || free_cpu_milli < cpu_milli || !gpus.fits(idle) {
        return whole(idle);
    }
    let too_small = idle.iter().filter(|&&idle| idle < gpus.milli());
    too_small.map(|&idle| u64::from(idle)).sum()
}

/// What [`fragment`] is for a pod drawn from `mix`: each kind's share of all pods, and what it asks of this node, `None`
/// if it may not go there.
#[must_use]
pub fn expected_fragment(free_cpu_milli: u64, idle: &[u16], mix: &[(f64, Option<Demand>)]) -> f64 {
    mix.iter()
        .map(|(share, demand)| share * fragment(free_cpu_milli, idle, demand.as_ref()) as f64)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{Demand, GpuRequest, expected_fragment, fragment};

    #[test]
    fn what_a_pod_cannot_use_is_fragmented() {
        let idle = [400, 1000, 0];
        let of = |cpu_milli, gpus| fragment(4000, &idle, Some(&Demand { cpu_milli, gpus }));
        assert_eq!(of(1000, GpuRequest::share(500)), 400, "the rest of a device");
        assert_eq!(of(1000, GpuRequest::share(300)), 0);
        assert_eq!(of(1000, GpuRequest::whole(1)), 400);
        assert_eq!(of(1000, GpuRequest::whole(2)), 1400, "too few whole devices");
        assert_eq!(of(5000, GpuRequest::share(300)), 1400, "no CPU to go with it");
        assert_eq!(of(1000, GpuRequest::NONE), 1400, "a pod without GPU uses none");
        assert_eq!(fragment(4000, &idle, None), 1400, "not the model it asks for");
        let small = Demand {
            cpu_milli: 1000,
            gpus: GpuRequest::share(300),
        };
        let expected = expected_fragment(4000, &idle, &[(0.75, Some(small)), (0.25, None)]);
        assert!((expected - 350.0).abs() < 1e-9, "{expected}");
    }
}
