//! Which devices of a node does a pod get?

use crate::model::gpu::{GpuRequest, Taken};

/// A share goes to the device with the least idle that takes it, the lowest among equals; whole devices are the lowest
/// idle ones. [`Taken::NONE`] if there is no room.
#[must_use]
pub fn best_fit(idle: &[u16], gpus: GpuRequest) -> Taken {
    if gpus.is_none() || !gpus.fits(idle) {
        return Taken::NONE;
    }
    let able = (0..idle.len()).filter(|&device| idle[device] >= gpus.milli());
    if gpus.is_share() {
        return Taken::of(able.min_by_key(|&device| idle[device]), gpus.milli());
    }
    Taken::of(able.take(usize::from(gpus.count())), gpus.milli())
}

#[cfg(test)]
mod tests {
    use super::{GpuRequest, Taken, best_fit};

    #[test]
    fn shares_fill_up_begun_devices_and_whole_ones_come_from_the_front() {
        let idle = [1000, 600, 300, 300, 1000];
        assert_eq!(best_fit(&idle, GpuRequest::share(300)), Taken::of([2], 300));
        assert_eq!(best_fit(&idle, GpuRequest::share(301)), Taken::of([1], 301));
        assert_eq!(best_fit(&idle, GpuRequest::whole(2)), Taken::of([0, 4], 1000));
        assert_eq!(best_fit(&idle, GpuRequest::whole(3)), Taken::NONE);
    }
}
