//! What triggers read of a simulated workload, and what KEDA's metrics server makes of it for the HPA.
//!
//! Knows: which observation stands behind which trigger, cached values, fallback and formula. Must not know: replicas.
//!
//! Brokers are asked live, as KEDA asks them; rates and queries see what was scraped. An empty answer to a query is 0
//! (`ignoreNullValues`). Sources: `pkg/scaling/scale_handler.go`, `pkg/scaling/modifiers/modifiers.go`.

use super::hpa::COMPOSITE;
use super::{
    Formula, MetricHealth, MetricKind, MetricRead, MetricTarget, ScaledObject, Source, Trigger, TriggerKind,
};
use crate::policy::pod_scaling::PodScalingView;
use crate::policy::pod_scaling::hpa::{MetricsSource, ObservedMetrics, PodSamples, thousandths};

/// The triggers of a ScaledObject, and what is remembered of each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sources {
    pub(super) triggers: Vec<Trigger>,
    /// Of the last poll.
    polled: Vec<Option<f64>>,
    health: Vec<MetricHealth>,
    formula: Option<Formula>,
}

impl Sources {
    /// Those of `object`.
    ///
    /// # Errors
    /// What is wrong with a trigger or the formula.
    pub(super) fn new(object: &ScaledObject) -> Result<Self, String> {
        let triggers = object.triggers.iter().enumerate();
        let triggers: Vec<Trigger> = triggers
            .map(|(index, trigger)| Trigger::parse(trigger, index))
            .collect::<Result<_, _>>()?;
        let names: Vec<&str> = triggers
            .iter()
            .filter(|trigger| trigger.is_external())
            .filter_map(|trigger| trigger.name.as_deref())
            .collect();
        let formula = object
            .modifiers()
            .map(|modifiers| Formula::parse(&modifiers.formula, &names));
        Ok(Self {
            polled: vec![None; triggers.len()],
            health: vec![MetricHealth::default(); triggers.len()],
            formula: formula.transpose()?,
            triggers,
        })
    }

    /// Reads every trigger, as the operator does at each poll; whether any is active, and whether any fails.
    pub(super) fn poll(&mut self, object: &ScaledObject, view: &PodScalingView<'_>) -> (bool, bool) {
        self.polled = self.triggers.iter().map(|trigger| read(trigger, view)).collect();
        let mut pairs = self.triggers.iter().zip(&self.polled);
        let fails = pairs
            .clone()
            .any(|(trigger, value)| trigger.is_external() && value.is_none());
        if let (Some(formula), Some(modifiers)) = (&self.formula, object.modifiers()) {
            let activation: f64 = modifiers.activation_target.parse().unwrap_or(0.0);
            let active = formula
                .value_milli(&named(&self.triggers, &self.polled))
                .is_ok_and(|milli| milli as f64 / 1000.0 > activation);
            return (active, fails);
        }
        let active = pairs.any(|(trigger, value)| value.is_some_and(|value| trigger.is_active(value)));
        (active, fails)
    }

    /// The triggers whose fallback acts: how many, and the most failures in a row of one of them.
    pub(super) fn fallen_back(&self, object: &ScaledObject) -> Option<(u64, u32)> {
        let fallback = object.fallback.as_ref()?;
        let over = self.health.iter().filter(|health| health.is_over(fallback));
        let most = over.clone().map(MetricHealth::failures).max()?;
        Some((over.count() as u64, most))
    }

    /// What the HPA gets of the trigger at `index`.
    fn serve(&mut self, index: usize, object: &ScaledObject, view: &PodScalingView<'_>) -> MetricRead {
        let trigger = &self.triggers[index];
        let value = if object.triggers[index].use_cached_metrics {
            self.polled[index]
        } else {
            read(trigger, view)
        };
        let source = Source {
            fallback: object.fallback.as_ref(),
            modifiers: object.modifiers(),
            target: trigger.target(),
            current: view.replicas.desired,
            ready: view.replicas.ready,
        };
        self.health[index].read(value.map(thousandths), &source)
    }

    /// The one metric that a formula makes of all external triggers; a fallback takes its place.
    fn compose(&mut self, object: &ScaledObject, view: &PodScalingView<'_>) -> Option<i64> {
        let mut values = vec![None; self.triggers.len()];
        for (index, value) in values.iter_mut().enumerate() {
            if !self.triggers[index].is_external() {
                continue;
            }
            match self.serve(index, object, view) {
                MetricRead::Value(milli) => *value = Some(milli as f64 / 1000.0),
                MetricRead::Fallback(milli) => return Some(milli),
                MetricRead::Nil => {}
                MetricRead::Error => return None,
            }
        }
        let formula = self.formula.as_ref()?;
        formula.value_milli(&named(&self.triggers, &values)).ok()
    }
}

/// The values of the named external triggers, in their order: what a formula is over.
fn named(triggers: &[Trigger], values: &[Option<f64>]) -> Vec<Option<f64>> {
    let pairs = triggers.iter().zip(values);
    pairs
        .filter(|(trigger, _)| trigger.is_external() && trigger.name.is_some())
        .map(|(_, value)| *value)
        .collect()
}

/// What a trigger's source says now; `None` if it does not answer, and for CPU and memory, which KEDA leaves to the HPA.
pub(super) fn read(trigger: &Trigger, view: &PodScalingView<'_>) -> Option<f64> {
    if view.down.traffic && matches!(trigger.kind, TriggerKind::External { .. }) {
        return None;
    }
    let backlog = view.backlog;
    match &trigger.kind {
        TriggerKind::External { metric, query, .. } => Some(match metric {
            MetricKind::Waiting => backlog.queued as f64,
            MetricKind::Unsettled => (backlog.queued + backlog.in_service) as f64,
            MetricKind::Rate => ObservedMetrics::new(view)
                .total("requests_per_second")
                .unwrap_or(0.0),
            MetricKind::Query => {
                let asked = query.as_deref().unwrap_or_default();
                ObservedMetrics::new(view).total(asked).unwrap_or(0.0)
            }
        }),
        TriggerKind::Cron { cron, .. } => {
            let now = view.civil_now()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(f64::from(cron.replicas(now.timestamp())))
        }
        TriggerKind::Resource { .. } => None,
    }
}

impl Trigger {
    /// Whether KEDA itself reads it.
    pub(super) fn is_external(&self) -> bool {
        !matches!(self.kind, TriggerKind::Resource { .. })
    }

    pub(super) fn target(&self) -> MetricTarget {
        match &self.kind {
            TriggerKind::External { target, .. } | TriggerKind::Resource { target, .. } => *target,
            TriggerKind::Cron { cron, .. } => cron.target(),
        }
    }

    fn metric_name(&self) -> Option<&str> {
        match &self.kind {
            TriggerKind::External { metric_name, .. } | TriggerKind::Cron { metric_name, .. } => {
                Some(metric_name)
            }
            TriggerKind::Resource { .. } => None,
        }
    }
}

/// The metrics APIs as an HPA finds them where KEDA serves the external ones.
pub(super) struct MetricsServer<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) object: &'a ScaledObject,
    pub(super) view: &'a PodScalingView<'a>,
}

impl MetricsSource for MetricsServer<'_> {
    fn resource(&mut self, resource: &str, container: Option<&str>) -> Option<PodSamples> {
        ObservedMetrics::new(self.view).resource(resource, container)
    }

    fn pods(&mut self, _: &str) -> Option<PodSamples> {
        None
    }

    fn object(&mut self, _: &str, _: &str, _: &str) -> Option<i64> {
        None
    }

    fn external(&mut self, metric: &str) -> Option<Vec<i64>> {
        if metric == COMPOSITE {
            return self
                .sources
                .compose(self.object, self.view)
                .map(|milli| vec![milli]);
        }
        let index = self
            .sources
            .triggers
            .iter()
            .position(|trigger| trigger.metric_name() == Some(metric))?;
        let read = self.sources.serve(index, self.object, self.view);
        read.milli().map(|milli| vec![milli])
    }
}
