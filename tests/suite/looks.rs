//! When those who decide look: at their phase, every interval after it, and at the very time that they have named.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::{Span, Stream, Time};
use tonnage::policy::pod_scaling::{PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use tonnage::policy::reason::{Reason, ReasonKind};
use tonnage::sim::Scenario;

fn service(more: &str) -> String {
    format!(
        "name: probe\nduration: 1h\n\
         workloads: [{{name: w, serving: {{replicas: 3, demand: 10ms, containers: [{{name: c, slots: 4}}]}}}}]\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 10/s}}}}}}]\n{more}\n"
    )
}

fn run(scenario: Scenario) -> Rows {
    kept_rows::run(scenario, Span::from_secs(97)).1
}

/// A minute too late is a minute of a morning's rush without its replicas.
#[test]
fn a_schedule_fires_on_the_minute() {
    let steps = "[{cron: '10 0 * * *', replicas: 5}, {cron: '30 0 * * *', replicas: 9}]";
    let rows = run(written::scenario(&service(&format!(
        "policies: {{pod_scaling: {{w: {{scheduled: {{steps: {steps}}}}}}}}}"
    ))));
    let scaled: Vec<_> = rows
        .of("pod_scaling", "scale")
        .map(|row| (row.time_s, row.to))
        .collect();
    // The day before ended with nine.
    assert_eq!(scaled, [(0.0, Some(9)), (600.0, Some(5)), (1800.0, Some(9))]);
}

/// Whoever compares with a recording of a real controller must be able to start both at the same moment.
#[test]
fn a_phase_that_is_set_is_kept() {
    let track = "pod_scaling: {w: {target_tracking: {utilization: 50%, every: 30s, scale_in_after: 0s}}}";
    let first_scale = |phase: &str, metrics: &str| {
        let rows = run(written::scenario(&service(&format!(
            "metrics: {{interval: 30s, window: 30s, phase: {metrics}}}\n\
             policies: {{{track}, phase: {{pod_scaling: {{w: {phase}}}}}}}"
        ))));
        rows.of("pod_scaling", "scale").next().map(|row| row.time_s)
    };
    assert_eq!(first_scale("7s", "2s"), Some(7.0));
    assert_eq!(
        first_scale("7s", "9s"),
        Some(37.0),
        "it sees its first scrape a turn later"
    );
    assert_eq!(first_scale("0s", "9s"), Some(30.0));
}

#[test]
fn a_phase_out_of_its_interval_or_of_nobody_is_refused() {
    let refused = |policies: &str| written::refusal(&service(&format!("policies: {{{policies}}}")));
    let late = refused(
        "pod_scaling: {w: {step_scaling: {every: 30s}}}, phase: {pod_scaling: {w: 30s}, node_scaling: 1s}",
    );
    assert!(
        late.contains("a phase of 30s is not within the interval of 30s"),
        "{late}"
    );
    assert!(late.contains("does not look at intervals"), "{late}");
    let stranger = refused("phase: {pod_scaling: {v: 3s}}");
    assert!(stranger.contains("`v`"), "{stranger}");
    let metrics = written::refusal(&service("metrics: {phase: 15s}"));
    assert!(metrics.contains("not within the interval of 15s"), "{metrics}");
}

static NEXT: ReasonKind = ReasonKind {
    code: "next",
    sentence: "a number that comes next",
};

/// Names its next look itself, by a draw of its own stream.
#[derive(Clone, Debug)]
struct Restless(u32);

impl PodScaler for Restless {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Start
    }

    fn decide(
        &mut self,
        view: &PodScalingView<'_>,
        stream: &mut Stream,
    ) -> (PodScalingDecision, Option<Time>) {
        use rand::RngExt;
        self.0 = if self.0 == 3 { 4 } else { 3 };
        let decision = PodScalingDecision::new(self.0, Reason::new(&NEXT));
        let wait = Span::from_secs(stream.random_range(1..100));
        (decision, Some(view.now + wait))
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

/// A policy that randomises has a stream of its own: the same in every run of a seed, and no one else's.
#[test]
fn a_policy_looks_when_it_said_it_would_and_draws_from_its_own_stream() {
    let times = || -> Vec<f64> {
        let mut scenario = written::scenario(&service(""));
        scenario.workloads[0].pod_scaling.policy = Box::new(Restless(3));
        let rows = run(scenario);
        rows.of("pod_scaling", "scale").map(|row| row.time_s).collect()
    };
    let first = times();
    assert!(
        first.len() > 50 && first.iter().all(|time| time.fract() == 0.0),
        "{first:?}"
    );
    assert_eq!(first, times());
}

/// A policy that looks at what a workload never shows would hold for the whole run and nobody would know why.
#[test]
fn a_scaler_with_nothing_to_look_at_is_refused() {
    let refused = |serving: &str, policy: &str| {
        written::refusal(&format!(
            "name: probe\nduration: 1h\n\
             workloads: [{{name: w, serving: {{replicas: 3, demand: 10ms, {serving}}}}}]\n\
             load: [{{to: w, arrivals: {{constant: {{rate: 10/s}}}}}}]\n\
             policies: {{pod_scaling: {{w: {{{policy}}}}}}}\n"
        ))
    };
    let bare = "containers: [{name: c, slots: 4}]";
    for (serving, policy, said) in [
        (
            bare,
            "target_tracking: {cpu: 60%}",
            "looks at CPU, and `w` does not say",
        ),
        (
            bare,
            "target_tracking: {cpu: 60%}",
            "share of what is reserved, and `w` reserves none",
        ),
        (
            bare,
            "threshold: {metric: memory}",
            "looks at memory, and `w` does not say",
        ),
        (
            bare,
            "hpa: {maxReplicas: 9}",
            "looks at CPU, and `w` does not say",
        ),
        (
            "containers: [{name: c}]",
            "step_scaling: {}",
            "`w` serves any number",
        ),
    ] {
        let page = refused(serving, policy);
        assert!(page.contains(said), "{policy}\n{page}");
    }
}
