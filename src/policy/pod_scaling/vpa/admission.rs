//! What a recommendation makes of a container's requests and limits.
//!
//! Knows: that limits keep their ratio to requests. Must not know: whether the pod is new or resized.
//! Sources: `admission-controller/resource/pod/recommendation/recommendation_provider.go`,
//! `pkg/utils/vpa/limit_and_request_scaling.go`.

use super::resource_policy::ControlledValues;
use crate::policy::pod_scaling::pod_sizer::{Amounts, ContainerSize};

/// No quantity is above Go's greatest integer.
const QUANTITY_MAX: u64 = i64::MAX as u64;

/// The container's size with `target` for requests; resources without a target stay as they are.
#[must_use]
pub fn sized(original: ContainerSize, target: Amounts, values: ControlledValues) -> ContainerSize {
    let requests = target.or(original.requests);
    let limits = match values {
        ControlledValues::RequestsOnly => original.limits,
        ControlledValues::RequestsAndLimits => Amounts::default()
            .map(|resource, _| {
                proportional(
                    original.limits.get(resource),
                    original.requests.get(resource),
                    target.get(resource),
                )
            })
            .or(original.limits),
    };
    ContainerSize { requests, limits }
}

/// The limit that is to `target` as the original limit is to the original request; as large as the target where no
/// request was said, since Kubernetes then takes the limit for it. `None` if there was no limit, or is no target.
fn proportional(limit: Option<u64>, request: Option<u64>, target: Option<u64>) -> Option<u64> {
    let given = |amount: Option<u64>| amount.filter(|&amount| amount > 0);
    let (limit, target) = (given(limit)?, given(target)?);
    match given(request) {
        Some(request) if request != limit => {
            let scaled = u128::from(limit) * u128::from(target) / u128::from(request);
            Some(u64::try_from(scaled).map_or(QUANTITY_MAX, |scaled| scaled.min(QUANTITY_MAX)))
        }
        _ => Some(target),
    }
}

#[cfg(test)]
mod tests {
    use super::sized;
    use crate::policy::pod_scaling::pod_sizer::{Amounts, ContainerSize};
    use crate::policy::pod_scaling::vpa::ControlledValues::{RequestsAndLimits, RequestsOnly};

    fn size(requests: (u64, u64), limits: (u64, u64)) -> ContainerSize {
        ContainerSize {
            requests: Amounts::of(requests.0, requests.1),
            limits: Amounts::of(limits.0, limits.1),
        }
    }

    /// A limit that lost its ratio would throttle a container, or let it take a node's memory.
    #[test]
    fn limits_keep_their_ratio_and_are_cut_off_to_whole_units() {
        let original = size((300, 1000), (1000, 1000));
        let target = Amounts::of(500, 777);
        assert_eq!(
            sized(original, target, RequestsAndLimits),
            size((500, 777), (1666, 777)),
            "500 · 1000 / 300 = 1666.7; equal stays equal"
        );
        assert_eq!(
            sized(original, target, RequestsOnly),
            size((500, 777), (1000, 1000))
        );
    }

    #[test]
    fn what_was_never_said_is_not_invented() {
        let no_limits = ContainerSize {
            requests: Amounts::of(300, 1000),
            limits: Amounts::default(),
        };
        let memory = Amounts {
            memory_bytes: Some(2000),
            ..Amounts::default()
        };
        let expected = ContainerSize {
            requests: Amounts::of(300, 2000),
            ..no_limits
        };
        assert_eq!(sized(no_limits, memory, RequestsAndLimits), expected);
        let only_limits = ContainerSize {
            requests: Amounts::default(),
            limits: Amounts::of(1000, 1000),
        };
        assert_eq!(
            sized(only_limits, memory, RequestsAndLimits),
            ContainerSize {
                requests: memory,
                limits: Amounts::of(1000, 2000)
            },
            "a limit alone stands for the request too"
        );
    }

    #[test]
    fn a_limit_beyond_every_integer_is_the_greatest() {
        let original = size((1, 1), (u64::MAX / 2, 1));
        let sized = sized(original, Amounts::of(100_000, 1), RequestsAndLimits);
        assert_eq!(sized.limits.cpu_milli, Some(i64::MAX as u64));
    }
}
