//! One tick of the autoscaler: two averages in, a number of pods out.
//!
//! Knows: rates, panic, the activation scale, the scale-down delay and excess burst capacity. Must not know: bounds,
//! or whether a revision may go to zero. Source: `scaling/autoscaler.go`, `Scale`.

use super::{DelayWindow, reasons};
use crate::engine::{Span, Time};
use crate::policy::reason::{Reason, Value};

/// What a decider is told about its revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeciderSpec {
    /// Metric per pod to aim at, above zero.
    pub target_value: f64,
    /// Metric a pod can take.
    pub total_value: f64,
    /// The most that ready pods are multiplied by, above 1.
    pub max_scale_up_rate: f64,
    /// The most that ready pods are divided by, above 1.
    pub max_scale_down_rate: f64,
    /// Burst that must fit; 0: no matter, -1: never fits.
    pub target_burst_capacity: f64,
    /// Panic when the panic window wants this many times the ready pods.
    pub panic_threshold: f64,
    /// How long panic lasts after it was last renewed.
    pub stable_window: Span,
    /// How long a smaller number must have been wanted; zero for no delay.
    pub scale_down_delay: Span,
    /// Whether traffic can reach the revision; if not, neither rate nor delay holds up its scale-down.
    pub reachable: bool,
    /// Pods to start with; below 2: no effect.
    pub activation_scale: u32,
}

/// The metric over both windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averages {
    /// Over the stable window.
    pub stable: f64,
    /// Over the panic window.
    pub panic: f64,
}

/// What a tick came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Pods wanted, before bounds.
    pub desired: u32,
    /// Requests in flight that would still fit beside the burst to be ready for; negative: the activator must buffer.
    pub excess_burst_capacity: i32,
    /// Which rule decided.
    pub reason: Reason,
}

/// A revision's autoscaler with its memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Decider {
    spec: DeciderSpec,
    /// When panic was last renewed.
    panic_since: Option<Time>,
    /// The most pods wanted in this panic; no pod goes below.
    panic_pods: u32,
    delay: Option<DelayWindow>,
}

impl Decider {
    /// A fresh autoscaler. With more than one pod ready it starts in panic and keeps them: it has no history yet, and
    /// a restart must not scale down.
    #[must_use]
    pub fn new(spec: DeciderSpec, now: Time, ready: u32) -> Self {
        Self {
            spec,
            panic_since: (ready > 1).then_some(now),
            panic_pods: ready,
            delay: (!spec.scale_down_delay.is_zero()).then(|| DelayWindow::new(spec.scale_down_delay)),
        }
    }

    /// What it was told.
    #[must_use]
    pub const fn spec(&self) -> &DeciderSpec {
        &self.spec
    }

    /// Whether it is in panic.
    #[must_use]
    pub const fn in_panic(&self) -> bool {
        self.panic_since.is_some()
    }

    /// Decides with `ready` pods. `None`, and no memory is touched, if there is no data.
    pub fn tick(&mut self, now: Time, ready: u32, averages: Option<Averages>) -> Option<Scale> {
        let averages = averages?;
        let spec = self.spec;
        let pods = f64::from(ready).max(1.0);
        let limits = Limits {
            // Rounded outward, so that a rate close to 1 can still add or remove one pod.
            up: (spec.max_scale_up_rate * pods).ceil(),
            down: if spec.reachable {
                (pods / spec.max_scale_down_rate).floor()
            } else {
                0.0
            },
            activation: spec.activation_scale,
        };
        let stable = (averages.stable / spec.target_value).ceil();
        let panic = (averages.panic / spec.target_value).ceil();
        let from_stable = limits.apply(stable);
        let wanted_in_panic = limits.apply(panic).max(from_stable);
        // The threshold is met by what the panic window wants before any limit.
        let over = panic / pods >= spec.panic_threshold;
        self.renew_panic(now, over);

        let say = |kind| {
            Reason::new(kind)
                .with("stable", Value::Number(averages.stable))
                .with("panic", Value::Number(averages.panic))
                .with("target", Value::Number(spec.target_value))
        };
        let (mut desired, mut reason) = if self.in_panic() {
            self.panic_pods = self.panic_pods.max(wanted_in_panic);
            let kind = if wanted_in_panic < self.panic_pods {
                &reasons::PANIC_FLOOR
            } else {
                &reasons::PANIC
            };
            let wanted = Value::Count(wanted_in_panic.into());
            (self.panic_pods, say(kind).with("wanted", wanted))
        } else {
            let kind = limits.binding(stable, from_stable);
            let reason = say(kind)
                .with("wanted", Value::Count(whole(stable).into()))
                .with("ready", Value::Count(ready.into()));
            (from_stable, reason)
        };
        if let Some(delay) = self.delay.as_mut().filter(|_| spec.reachable) {
            let held = delay.record(now, desired);
            if held != desired {
                reason = Reason::new(&reasons::DELAYED)
                    .with("wanted", Value::Count(desired.into()))
                    .with("span", Value::Span(spec.scale_down_delay));
                desired = held;
            }
        }
        Some(Scale {
            desired,
            excess_burst_capacity: spec.excess_burst_capacity(ready, averages.panic),
            reason,
        })
    }

    /// Panic begins, is renewed, or ends once a stable window has passed since it was last renewed.
    fn renew_panic(&mut self, now: Time, over: bool) {
        if over {
            self.panic_since = Some(now);
        } else if self
            .panic_since
            .is_some_and(|since| since + self.spec.stable_window < now)
        {
            self.panic_since = None;
            self.panic_pods = 0;
        }
    }
}

impl DeciderSpec {
    /// The activator is judged by the panic window: bursts are short.
    fn excess_burst_capacity(&self, ready: u32, panic_average: f64) -> i32 {
        if self.target_burst_capacity > 0.0 {
            let total = f64::from(ready) * self.total_value;
            (total - self.target_burst_capacity - panic_average).floor() as i32
        } else if self.target_burst_capacity < 0.0 {
            -1
        } else {
            0
        }
    }
}

/// What a number of pods must keep to within one tick.
struct Limits {
    up: f64,
    down: f64,
    activation: u32,
}

impl Limits {
    fn apply(&self, wanted: f64) -> u32 {
        let limited = whole(wanted.max(self.down).min(self.up));
        // The activation scale is not bound by the rates, and means nothing at rest.
        if self.activation > 1 && wanted > 0.0 {
            limited.max(self.activation)
        } else {
            limited
        }
    }

    /// The rule that made `applied` out of `wanted`.
    fn binding(&self, wanted: f64, applied: u32) -> &'static crate::policy::reason::ReasonKind {
        let limited = whole(wanted.max(self.down).min(self.up));
        if applied > limited {
            &reasons::ACTIVATION
        } else if wanted > self.up {
            &reasons::RATE_UP
        } else if wanted < self.down {
            &reasons::RATE_DOWN
        } else {
            &reasons::STABLE
        }
    }
}

/// A whole number as Knative's `int32`; out of its range it saturates.
fn whole(number: f64) -> u32 {
    (number as i32).max(0) as u32
}
