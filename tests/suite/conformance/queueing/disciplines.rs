//! One server that does not serve in order of arrival: processor sharing and priorities.
//!
//! Knows: how a case names classes and disciplines. Must not know: how a discipline works, or any formula.

use super::one_queue::{service, watched};
use super::{Plan, number, only};
use crate::queue_model::{QueueModel, class};
use serde_json::Value;
use std::sync::Arc;
use tonnage::engine::{Span, Stream, StreamKey};
use tonnage::model::request_queue::Discipline;
use tonnage::stats::{Distribution, Sampler};
use tonnage::workload::load::{Arrival, ArrivalFactory, ArrivalSource, LoadSpec, Source};

const REQUESTS: f64 = 2e6;
/// Sizes are told apart at these shares of the requests.
const SIZE_BOUNDS: [f64; 3] = [0.4, 0.8, 0.97];

/// M/G/1 with processor sharing. Requests are classed by size, so that each size's slowdown is seen.
pub(super) fn sharing(params: &Value) -> Option<Plan> {
    only(params, &["arrival_rate"])?;
    let (rate, law) = (number(params, "arrival_rate")?, service(params)?);
    let bounds = SIZE_BOUNDS.map(|share| law.quantile(share));
    let mut model = QueueModel::new(rate, law.clone());
    model.discipline = Discipline::ProcessorSharing;
    model.classes = (0..=bounds.len())
        .map(|size| class(&format!("size_{size}"), 1.0, law.clone(), 0))
        .collect();
    let by_size = BySize {
        rate,
        law: law.compile(),
        bounds,
    };
    let sizes = by_size.mean_sizes();
    model.arrivals = LoadSpec::Custom(Arc::new(by_size));
    let model = model.lasting(REQUESTS, rate);
    let replicate = move |replication| {
        let mut measured = watched(&model, replication, law.mean());
        let all = measured.metrics["mean_response"] / law.mean();
        let slowdowns = sizes.iter().enumerate().filter_map(|(size, mean)| {
            let response = measured.metrics[&format!("mean_response_size_{size}")];
            mean.map(|mean| response / mean)
        });
        // The size whose slowdown is least like the others'.
        let worst = slowdowns.fold(all, |worst, one| {
            if (one - all).abs() > (worst - all).abs() {
                one
            } else {
                worst
            }
        });
        measured.set("slowdown_any_size", worst);
        measured
    };
    Some(Plan {
        requests: REQUESTS * 1.1,
        replicate: Box::new(replicate),
    })
}

/// Two classes, the high one served first.
pub(super) fn priority(params: &Value) -> Option<Plan> {
    only(
        params,
        &[
            "arrival_high",
            "arrival_low",
            "discipline",
            "mean_service_high",
            "mean_service_low",
        ],
    )?;
    let law = service(params)?;
    let (high, low) = (number(params, "arrival_high")?, number(params, "arrival_low")?);
    let mut model = QueueModel::new(high + low, law.clone());
    model.discipline = match params["discipline"].as_str()? {
        "non-preemptive" => Discipline::Priority,
        "preemptive" | "preemptive-resume" | "preemptive resume" => Discipline::PreemptivePriority,
        _ => return None,
    };
    let law_of = |class: &str| {
        let mean = number(params, &format!("mean_service_{class}"));
        mean.map_or(Some(law.clone()), |mean| Distribution::exponential(mean).ok())
    };
    model.classes = vec![
        class("high", high, law_of("high")?, 0),
        class("low", low, law_of("low")?, 1),
    ];
    let model = model.lasting(REQUESTS, high + low);
    let every = law.mean();
    Some(Plan {
        requests: REQUESTS * 1.1,
        replicate: Box::new(move |replication| watched(&model, replication, every)),
    })
}

/// Poisson arrivals whose class is their size's.
#[derive(Clone, Debug)]
struct BySize {
    rate: f64,
    law: Sampler,
    bounds: [f64; 3],
}

impl BySize {
    fn class_of(&self, size: f64) -> usize {
        self.bounds.iter().filter(|&&bound| size > bound).count()
    }

    /// The mean size of each class that occurs, from a sample of its own.
    fn mean_sizes(&self) -> Vec<Option<f64>> {
        let mut stream = StreamKey::new(2, 0).stream("sizes");
        let mut sums = vec![(0.0, 0.0); self.bounds.len() + 1];
        for _ in 0..4_000_000 {
            let size = self.law.sample(&mut stream);
            let (count, sum) = &mut sums[self.class_of(size)];
            (*count, *sum) = (*count + 1.0, *sum + size);
        }
        sums.into_iter()
            .map(|(count, sum)| (count > 0.0).then(|| sum / count))
            .collect()
    }
}

impl ArrivalFactory for BySize {
    fn open(&self, key: StreamKey, name: &str) -> Box<dyn ArrivalSource> {
        let gaps = LoadSpec::Poisson { rate: self.rate }.open(key, name);
        Box::new(BySizeSource {
            gaps,
            sizes: key.stream(&format!("sizes/{name}")),
            by_size: self.clone(),
        })
    }
}

#[derive(Clone)]
struct BySizeSource {
    gaps: Source,
    sizes: Stream,
    by_size: BySize,
}

impl ArrivalSource for BySizeSource {
    fn next_arrival(&mut self) -> Option<Arrival> {
        let at = self.gaps.next_arrival()?.at;
        let size = self.by_size.law.sample(&mut self.sizes);
        Some(Arrival {
            at,
            class: Some(self.by_size.class_of(size) as u8),
            demand: Some(Span::from_secs_f64(size)),
        })
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }
}
