//! Why an HPA decided: what bound the change, because of what recent recommendations did, because of a metric.
//!
//! Knows: the controller's conditions (`AbleToScale`, `ScalingLimited`, `ScalingActive`), which the codes follow. Must
//! not know: how anything was computed.

use super::calculator::Computed;
use super::metric::{Metric, ResourceTarget, Source, TotalTarget};
use super::normalise::{Limited, Normalised, Range, Stabilized};
use super::proposal::{MetricError, Proposal};
use super::reconcile::Branch;
use super::rules::Rules;
use super::tolerance::Tolerances;
use crate::model::units::MetricQuantity;
use crate::policy::reason::{Reason, ReasonKind, Value};

macro_rules! kinds {
    ($($name:ident: $code:literal, $sentence:literal;)*) => {
        $(static $name: ReasonKind = ReasonKind { code: $code, sentence: $sentence };)*
    };
}

kinds! {
    ABOVE: "metric_above_target", "scaled up";
    BELOW: "metric_below_target", "scaled down";
    TOLERATED: "within_tolerance", "within the tolerance";
    UNCHANGED: "no_other_number", "no other number of replicas is needed";
    UP_STABILIZED: "scale_up_stabilized", "{replicas} at most, the lowest recommendation of the last {window}";
    DOWN_STABILIZED: "scale_down_stabilized", "{replicas} at least, the highest recommendation of the last {window}";
    UP_LIMIT: "scale_up_limit", "limited to {replicas} by a scale-up policy";
    DOUBLING: "scale_up_limit", "limited to {replicas}, twice as many as there are or four";
    DOWN_LIMIT: "scale_down_limit", "limited to {replicas} by a scale-down policy";
    TOO_MANY: "too_many_replicas", "limited to maxReplicas {replicas}";
    TOO_FEW: "too_few_replicas", "limited to minReplicas {replicas}";
    ABOVE_MAX: "above_max", "{current:replica is|replicas are} more than maxReplicas {replicas}";
    BELOW_MIN: "below_min", "{current:replica is|replicas are} fewer than minReplicas {replicas}";
    DISABLED: "scaling_disabled", "off: the workload has been set to no replicas";
    NOT_COMPUTABLE: "invalid_metrics", "no change";
    BY_PODS: "metric", "{metric} at {value}, target {target} (ratio {ratio}), on {ready} ready, {unready} unready, {missing} missing pods asks for {replicas}";
    BY_TOTAL: "metric", "{metric} at {value}, target {target} (ratio {ratio}), asks for {replicas}";
    UNSEEN: "some_metrics_invalid", "no change";
    FAILED: "metric_failed", "{condition}: {metric} cannot be used ({problem})";
    FEWER: "fewer_without_metric", "the other metrics ask for {replicas}, and an unseen one might ask for more";
}

/// What a reason is told from.
pub(super) struct Told<'a> {
    pub(super) metrics: &'a [Metric],
    pub(super) tolerances: &'a Tolerances,
    pub(super) rules: &'a Rules,
    pub(super) range: Range,
    pub(super) current: i32,
}

impl Told<'_> {
    /// The reason of a look that took `branch`, and asked the metrics for `computed` if it got that far.
    pub(super) fn reason(&self, branch: Branch, computed: Option<&Computed>) -> Reason {
        match (branch, computed) {
            (Branch::Metrics { normalised, .. }, Some(computed)) => self.of_metrics(&normalised, computed),
            (_, Some(computed)) => self.not_computable(computed),
            (Branch::AboveMax, None) => {
                replicas(&ABOVE_MAX, self.range.max).with("current", count(self.current))
            }
            (Branch::BelowMin, None) => {
                replicas(&BELOW_MIN, self.range.min).with("current", count(self.current))
            }
            (_, None) => Reason::new(&DISABLED),
        }
    }

    fn of_metrics(&self, normalised: &Normalised, computed: &Computed) -> Reason {
        let Normalised {
            desired,
            stabilized,
            able_to_scale,
            limited,
        } = *normalised;
        let deciding = computed.deciding.and_then(|index| {
            let proposal = computed.proposals.get(index)?.as_ref().ok()?;
            Some((self.metrics.get(index)?, proposal))
        });
        let metric = deciding.map(|(metric, proposal)| {
            let reason = measured(metric, proposal);
            match computed.first_error() {
                Some((index, error)) => reason.because(self.failed(index, error)),
                None => reason,
            }
        });
        let mut chain = metric;
        let mut put = |reason: Reason| {
            chain = Some(match chain.take() {
                Some(cause) => reason.because(cause),
                None => reason,
            });
        };
        match able_to_scale {
            Stabilized::No => {}
            Stabilized::Up(window) => {
                put(replicas(&UP_STABILIZED, stabilized).with("window", Value::Span(window)));
            }
            Stabilized::Down(window) => {
                put(replicas(&DOWN_STABILIZED, stabilized).with("window", Value::Span(window)));
            }
        }
        match limited {
            Limited::No => {}
            Limited::TooFew => put(replicas(&TOO_FEW, desired)),
            Limited::TooMany => put(replicas(&TOO_MANY, desired)),
            Limited::ScaleUpLimit if matches!(self.rules, Rules::Legacy { .. }) => {
                put(replicas(&DOUBLING, desired));
            }
            Limited::ScaleUpLimit => put(replicas(&UP_LIMIT, desired)),
            Limited::ScaleDownLimit => put(replicas(&DOWN_LIMIT, desired)),
        }
        if able_to_scale == Stabilized::No && limited == Limited::No {
            let tolerated = deciding.is_some_and(|(_, proposal)| self.tolerances.is_within(proposal.ratio));
            put(Reason::new(match desired.cmp(&self.current) {
                std::cmp::Ordering::Greater => &ABOVE,
                std::cmp::Ordering::Less => &BELOW,
                std::cmp::Ordering::Equal if tolerated => &TOLERATED,
                std::cmp::Ordering::Equal => &UNCHANGED,
            }));
        }
        chain.unwrap_or_else(|| Reason::new(&UNCHANGED))
    }

    fn not_computable(&self, computed: &Computed) -> Reason {
        let Some((index, error)) = computed.first_error() else {
            return Reason::new(&NOT_COMPUTABLE);
        };
        let failed = self.failed(index, error);
        let others = computed.deciding.and_then(|index| computed.proposals[index].ok());
        match others {
            Some(proposal) => {
                Reason::new(&UNSEEN).because(failed.because(replicas(&FEWER, proposal.replicas)))
            }
            None => Reason::new(&NOT_COMPUTABLE).because(failed),
        }
    }

    fn failed(&self, index: usize, error: MetricError) -> Reason {
        let reason = Reason::new(&FAILED).with("problem", Value::Word(error.words()));
        match self.metrics.get(index) {
            Some(metric) => reason
                .with("metric", Value::Name(metric.label.clone()))
                .with("condition", Value::Word(condition(&metric.source))),
            None => reason,
        }
    }
}

/// The reason of the condition `ScalingActive` when a metric of this source cannot be used.
const fn condition(source: &Source) -> &'static str {
    match source {
        Source::Resource { container: None, .. } => "FailedGetResourceMetric",
        Source::Resource { .. } => "FailedGetContainerResourceMetric",
        Source::Pods(..) => "FailedGetPodsMetric",
        Source::Object { .. } => "FailedGetObjectMetric",
        Source::External(..) => "FailedGetExternalMetric",
    }
}

fn measured(metric: &Metric, proposal: &Proposal) -> Reason {
    let (value, target, of_pods) = match &metric.source {
        Source::Resource { target, .. } => match target {
            ResourceTarget::Utilization(target) => (
                share(proposal.usage.utilization_percent.unwrap_or(0)),
                share(*target),
                true,
            ),
            ResourceTarget::Average(target) => (quantity(proposal.usage.milli), quantity(*target), true),
        },
        Source::Pods(_, target) => (quantity(proposal.usage.milli), quantity(*target), true),
        Source::Object { target, .. } | Source::External(_, target) => match target {
            TotalTarget::Value(target) | TotalTarget::Average(target) => {
                (quantity(proposal.usage.milli), quantity(*target), false)
            }
        },
    };
    let groups = proposal.groups;
    let reason = replicas(if of_pods { &BY_PODS } else { &BY_TOTAL }, proposal.replicas)
        .with("metric", Value::Name(metric.label.clone()))
        .with("value", value)
        .with("target", target)
        .with("ratio", Value::Number(proposal.ratio));
    if !of_pods {
        return reason;
    }
    reason
        .with("ready", Value::Count(groups.ready.into()))
        .with("unready", Value::Count(groups.unready.into()))
        .with("missing", Value::Count(groups.missing.into()))
}

fn replicas(kind: &'static ReasonKind, replicas: i32) -> Reason {
    Reason::new(kind).with("replicas", count(replicas))
}

fn count(replicas: i32) -> Value {
    Value::Count(u64::try_from(replicas).unwrap_or(0))
}

fn share(percent: i32) -> Value {
    Value::Share(f64::from(percent) / 100.0)
}

fn quantity(milli: i64) -> Value {
    Value::Quantity(MetricQuantity::from_millis(u64::try_from(milli).unwrap_or(0)))
}
