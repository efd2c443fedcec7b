//! A revision under the autoscaler: bounds, the gate to zero, whether it is active, and who is in its path.
//!
//! Knows: what was wanted last and since when the revision is what it is. Must not know: the metric, or pods beyond how
//! many are ready. Sources: `kpa/scaler.go`, `scale`; `kpa/kpa.go`, `ReconcileKind` and `computeActiveCondition`;
//! `scaling/multiscaler.go` for what holds before the first decision.
//!
//! The activator's endpoints are taken to be programmed as soon as it is put in the path.

use super::{Activity, DeciderSpec, Gate, GateState, KpaSettings, Scale, reasons};
use crate::engine::{Span, Time};
use crate::policy::reason::{Reason, ReasonKind, Value};

/// What holds for a revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RevisionSpec {
    /// Fewest pods; without effect when the gate says that no traffic can reach the revision.
    pub min_scale: u32,
    /// Most pods, 0 for no limit.
    pub max_scale: u32,
    /// Pods until they have been ready once.
    pub initial_scale: u32,
    /// The gate to zero.
    pub gate: Gate,
    /// What its decider is told.
    pub decider: DeciderSpec,
}

impl RevisionSpec {
    /// From the settings and the container's concurrency limit, 0 for none.
    #[must_use]
    pub fn new(settings: &KpaSettings, container_concurrency: u32) -> Self {
        Self {
            min_scale: settings.min_scale,
            max_scale: settings.max_scale,
            initial_scale: settings.initial_scale,
            gate: settings.gate(),
            decider: settings.decider(container_concurrency),
        }
    }
}

/// What a reconciliation came to.
#[derive(Clone, Debug, PartialEq)]
pub struct PodsWanted {
    /// Pods to have; `None` if they stay as they are.
    pub scale: Option<u32>,
    /// Whether the activator is in the path from now on.
    pub activator_in_path: bool,
    /// When to reconcile again, if the gate asks for it.
    pub look_again: Option<Span>,
    /// Why.
    pub reason: Reason,
}

/// A revision with its memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    spec: RevisionSpec,
    /// The last valid decision; `None` before the first.
    wanted: Option<Scale>,
    excess_burst_capacity: i32,
    activity: Activity,
    activity_since: Time,
    proxied_since: Option<Time>,
    /// Whether its pods have been ready once.
    initialized: bool,
}

impl Revision {
    /// A revision made at `now`, still activating.
    #[must_use]
    pub fn new(spec: RevisionSpec, now: Time) -> Self {
        let burst = spec.decider.target_burst_capacity;
        let excess = if burst > 0.0 {
            (f64::from(spec.initial_scale) * spec.decider.total_value - burst) as i32
        } else {
            burst as i32
        };
        Self {
            spec,
            wanted: None,
            excess_burst_capacity: excess,
            activity: Activity::Activating,
            activity_since: now,
            proxied_since: None,
            initialized: false,
        }
    }

    /// Whether it is active.
    #[must_use]
    pub const fn activity(&self) -> Activity {
        self.activity
    }

    /// Whether the activator is in the path.
    #[must_use]
    pub const fn activator_in_path(&self) -> bool {
        self.proxied_since.is_some()
    }

    /// Brings the revision up to date with a decision (`None`: it was not valid, the last one holds) and `ready` pods.
    pub fn reconcile(&mut self, now: Time, ready: u32, decision: Option<Scale>) -> PodsWanted {
        let stale = decision.is_none();
        if let Some(decision) = decision {
            self.excess_burst_capacity = decision.excess_burst_capacity;
            self.wanted = Some(decision);
        }
        let (want, apply, look_again, reason) = self.scale(now, stale);
        let proxied = want == Some(0)
            || self.excess_burst_capacity < 0
            || (want.is_none() && self.activity == Activity::Inactive);
        self.proxied_since = proxied.then(|| self.proxied_since.unwrap_or(now));
        self.update_activity(now, want, ready);
        PodsWanted {
            scale: want.filter(|_| apply),
            activator_in_path: proxied,
            look_again,
            reason,
        }
    }

    /// Pods wanted, `None` for unknown, whether to write them, when to look again, and why.
    fn scale(&self, now: Time, stale: bool) -> (Option<u32>, bool, Option<Span>, Reason) {
        let reason = match &self.wanted {
            Some(_) if stale => Reason::new(&reasons::NO_DATA),
            Some(wanted) => wanted.reason.clone(),
            None => Reason::new(&reasons::ACTIVATING),
        };
        if self.wanted.is_none() && self.activity != Activity::Activating {
            return (None, false, None, reason);
        }
        let (bounded, reason) = self.bounded(reason);
        let state = GateState {
            activity: self.activity,
            activity_for: now.since(self.activity_since),
            in_proxy_mode: self.activator_in_path(),
            proxied_for: self.proxied_since.map(|since| now.since(since)),
            probe_answered: self.activator_in_path(),
        };
        let passed = self.spec.gate.pass(bounded, &state);
        (
            passed.scale,
            passed.apply,
            passed.look_again,
            passed.reason.unwrap_or(reason),
        )
    }

    fn min_scale(&self) -> u32 {
        if self.spec.gate.reachable {
            self.spec.min_scale
        } else {
            0
        }
    }

    fn bounded(&self, reason: Reason) -> (u32, Reason) {
        let initial = self.spec.initial_scale;
        let held_at_initial = initial > 1 && !self.initialized && initial > self.min_scale();
        let min = if held_at_initial {
            initial
        } else {
            self.min_scale()
        };
        // What is not known yet is raised to the minimum.
        let wanted = self.wanted.as_ref().map(|wanted| wanted.desired);
        let say = |kind: &'static ReasonKind| {
            Reason::new(kind)
                .with("wanted", Value::Count(wanted.unwrap_or(0).into()))
                .with("min", Value::Count(min.into()))
                .with("max", Value::Count(self.spec.max_scale.into()))
        };
        match wanted {
            None => (min, reason),
            Some(wanted) if wanted < min && held_at_initial => (min, say(&reasons::INITIAL)),
            Some(wanted) if wanted < min => (min, say(&reasons::AT_MIN)),
            Some(wanted) if self.spec.max_scale > 0 && wanted > self.spec.max_scale => {
                (self.spec.max_scale, say(&reasons::AT_MAX))
            }
            Some(wanted) => (wanted, reason),
        }
    }

    fn update_activity(&mut self, now: Time, want: Option<u32>, ready: u32) {
        let first = if self.initialized {
            1
        } else {
            self.spec.initial_scale
        };
        let needed = self.min_scale().max(first);
        self.initialized |= ready >= needed;
        let stays_inactive = want.is_none() && self.activity == Activity::Inactive;
        let next = if want == Some(0) || needed == 0 || stays_inactive {
            Activity::Inactive
        } else if ready < needed {
            Activity::Activating
        } else {
            Activity::Active
        };
        if next != self.activity {
            self.activity = next;
            self.activity_since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Revision, RevisionSpec};
    use crate::engine::Time;
    use crate::policy::pod_scaling::kpa::{Activity, Averages, Decider, KpaSettings, TICK};

    /// From traffic to silence: inactive after the stable window, at zero after the grace period; then awake at once.
    #[test]
    fn the_last_pod_goes_after_the_stable_window_and_the_grace_period() {
        // With a burst to be ready for, one pod would have the activator before it all along, and grace would be over.
        let settings = KpaSettings {
            target_burst_capacity: 0.0,
            ..KpaSettings::default()
        };
        let spec = RevisionSpec::new(&settings, 10);
        let mut decider = Decider::new(spec.decider, Time::ZERO, 0);
        let mut revision = Revision::new(spec, Time::ZERO);
        let (mut pods, mut now) = (1, Time::ZERO);
        let mut log = vec![];
        for tick in 1..=80 {
            now += TICK;
            // Traffic for the first twenty seconds and in the last tick; the stable window has forgotten it a minute
            // later.
            let level = if tick < 40 || tick == 80 { 3.0 } else { 0.0 };
            let averages = Averages {
                stable: level,
                panic: level,
            };
            let scale = decider.tick(now, pods, Some(averages));
            let wanted = revision.reconcile(now, pods, scale);
            let before = (log.last().map(|&(_, code)| code), pods);
            pods = wanted.scale.unwrap_or(pods);
            let code = wanted.reason.kind().code;
            if (Some(code), pods) != before {
                log.push((now.secs_f64() as u32, code));
            }
        }
        assert_eq!(
            log,
            [
                (2, "kpa_stable"),
                (80, "kpa_deactivates"),
                (82, "kpa_grace_period"),
                (110, "kpa_to_zero"),
                (160, "kpa_stable"),
            ]
        );
        assert_eq!((pods, revision.activity()), (1, Activity::Activating));
    }
}
