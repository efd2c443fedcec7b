//! How many activators stand in the path of a revision.
//!
//! Knows: capacities. Must not know: how an activator buffers or spreads requests.
//! Source: `kpa/kpa.go`, `computeNumActivators`.

use super::DeciderSpec;

/// Never fewer activators than this.
pub const ACTIVATORS_MIN: u32 = 2;

/// Activators that cover what `ready` pods can take, and the burst beside it; each takes `activator_capacity` requests
/// in flight, at least 1.
#[must_use]
pub fn activators(spec: &DeciderSpec, activator_capacity: f64, ready: u32) -> u32 {
    let burst = spec.target_burst_capacity;
    // Exactly zero says that the activator is there only at zero pods.
    if burst.abs() <= 0.0 {
        return ACTIVATORS_MIN;
    }
    let mut covered = f64::from(ready) * spec.total_value;
    if burst > 0.0 {
        covered += burst;
    }
    f64::from(ACTIVATORS_MIN).max((covered / activator_capacity).ceil()) as u32
}

#[cfg(test)]
mod tests {
    use super::super::KpaSettings;
    use super::activators;

    #[test]
    fn activators_cover_pods_and_burst() {
        let spec = KpaSettings::default().decider(100);
        assert_eq!(activators(&spec, 100.0, 0), 3, "211 in bursts of 100");
        assert_eq!(activators(&spec, 100.0, 5), 8, "711");
        let none = KpaSettings {
            target_burst_capacity: 0.0,
            ..KpaSettings::default()
        };
        assert_eq!(activators(&none.decider(100), 100.0, 50), 2);
    }
}
