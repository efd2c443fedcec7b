//! How a workload serves requests and what its clients do.
//!
//! Knows: classes, priorities, queues, retries. Must not know: pods.

use super::super::raw::distribution::Times;
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::model::request_queue::Discipline;
use crate::model::units::Duration;
use crate::stats::Distribution;
use crate::workload::serving::{
    CallsSpec, ClassSpec, Clients, Queueing, Redelivery, Retry, RetryOn, ServingSpec, WorkerEnd,
};
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// Lowers the serving part of a workload.
    pub(super) fn serving(
        &mut self,
        spot: &Spot<'_>,
        serving: &raw::Serving,
        slots: Option<u32>,
        background: bool,
    ) -> Option<ServingSpec> {
        let discipline = match serving.discipline {
            raw::Discipline::Fifo => Discipline::Fifo,
            raw::Discipline::Priority => Discipline::Priority,
            raw::Discipline::PreemptivePriority => Discipline::PreemptivePriority,
            raw::Discipline::ProcessorSharing => Discipline::ProcessorSharing,
        };
        let classes = self.classes(spot, serving, discipline, background);
        let clients = self.clients(spot, serving);
        Some(ServingSpec {
            slots,
            discipline,
            queueing: Queueing {
                shared: serving.queue.shared,
                limit: serving.queue.limit,
                redelivery: self.redelivery(&spot.at("queue"), serving),
            },
            classes: classes?,
            clients: clients?,
            ends: self.ends(spot, serving, slots),
            calls: CallsSpec::default(),
        })
    }

    /// When the pods of jobs end; reports what a job's pod cannot be.
    fn ends(&mut self, spot: &Spot<'_>, serving: &raw::Serving, slots: Option<u32>) -> Option<WorkerEnd> {
        let job = serving.job?;
        let spot = spot.at("job");
        if !serving.queue.shared {
            let error = spot.key_error("jobs take their messages from one queue in front of all of them");
            self.push(error.help("write `queue: {shared: true}` beside it"));
        }
        if slots != Some(1) || serving.discipline == raw::Discipline::ProcessorSharing {
            let error = spot.key_error("the pod of a job does one message after another");
            self.push(error.help("give its main container `slots: 1`, and take no `processor_sharing`"));
        }
        if !serving.volume_claim_templates.is_empty() {
            let error =
                spot.key_error("the pods of jobs have no numbers, so they cannot have volumes of their own");
            self.push(error.help("take `volumes`, which all the pods use"));
        }
        Some(match job {
            raw::Job::Messages(0) => {
                self.push(spot.at("messages").error("a job takes at least one message"));
                WorkerEnd::Messages(1)
            }
            raw::Job::Messages(most) => WorkerEnd::Messages(most),
            raw::Job::UntilEmpty(_) => WorkerEnd::UntilEmpty,
        })
    }

    fn redelivery(&mut self, spot: &Spot<'_>, serving: &raw::Serving) -> Option<Redelivery> {
        // A job is not done before its message is: who takes its place gets it again.
        let of_jobs = || raw::Redelivery::Connection(raw::ByConnection::default());
        let rule = match serving
            .queue
            .redelivery
            .or_else(|| serving.job.map(|_| of_jobs()))?
        {
            raw::Redelivery::Connection(raw::ByConnection { deliveries }) => Redelivery {
                visibility: None,
                deliveries_max: deliveries,
            },
            raw::Redelivery::Visibility(raw::ByVisibility { timeout, deliveries }) => {
                if timeout == Duration::ZERO {
                    let error = spot
                        .at("redelivery")
                        .key_error("a visibility time-out must be longer than zero");
                    self.push(error.help("a message would be handed out for ever at one instant"));
                }
                Redelivery {
                    visibility: Some(timeout.span()),
                    deliveries_max: deliveries,
                }
            }
        };
        let spot = spot.at("redelivery");
        if !serving.queue.shared {
            let error = spot.key_error("a broker is one queue in front of all workers");
            self.push(error.help("write `shared: true` beside it"));
        }
        if serving.discipline == raw::Discipline::PreemptivePriority {
            let error = spot.key_error("a broker takes no message back for another of higher priority");
            self.push(error.help("take `discipline: priority`"));
        }
        Some(rule)
    }

    fn classes(
        &mut self,
        spot: &Spot<'_>,
        serving: &raw::Serving,
        discipline: Discipline,
        background: bool,
    ) -> Option<Vec<ClassSpec>> {
        let demand = match &serving.demand {
            Some(times) => Some(self.law(&spot.at("demand"), times)?),
            None => background.then_some(Distribution::ZERO),
        };
        if serving.classes.is_empty() {
            let Some(demand) = demand else {
                self.push(missing_demand(spot));
                return None;
            };
            return Some(vec![ClassSpec {
                name: "all".to_owned(),
                share: 1.0,
                demand,
                lane: 0,
            }]);
        }
        let priorities: BTreeSet<i32> = serving.classes.iter().map(|class| class.priority).collect();
        let lane = |priority: i32| {
            let greater = priorities.iter().filter(|other| **other > priority).count();
            u8::try_from(greater).unwrap_or(u8::MAX)
        };
        if priorities.len() > 1 && matches!(discipline, Discipline::Fifo | Discipline::ProcessorSharing) {
            let warning = spot
                .at("classes")
                .warning("the priorities of these classes have no effect under this discipline");
            self.push(warning.help("expected `discipline: priority` or `discipline: preemptive_priority`"));
        }
        if serving.classes.iter().all(|class| class.share.get() <= 0.0) {
            self.push(
                spot.at("classes")
                    .key_error("no class has a share of the requests"),
            );
        }
        let items = spot.at("classes").items();
        let classes: Vec<_> = serving
            .classes
            .iter()
            .zip(&items)
            .map(|(class, item)| {
                if class.demand.is_none() && demand.is_none() {
                    self.push(missing_demand(item));
                }
                let demand = self.law_or(&item.at("demand"), class.demand.as_ref(), demand.clone())?;
                Some(ClassSpec {
                    name: class.name.clone(),
                    share: class.share.get(),
                    demand,
                    lane: lane(class.priority),
                })
            })
            .collect();
        classes.into_iter().collect()
    }

    fn clients(&mut self, spot: &Spot<'_>, serving: &raw::Serving) -> Option<Clients> {
        if serving.timeout == Some(Duration::ZERO) {
            let error = spot.at("timeout").error("a time-out must be longer than zero");
            self.push(error.help("leave it out for clients who wait for ever"));
        }
        let patience = match &serving.patience {
            Some(times) => Some(self.patience(&spot.at("patience"), times)?),
            None => None,
        };
        Some(Clients {
            timeout: serving.timeout.map(Duration::span),
            cancel_on_timeout: serving.cancel_on_timeout,
            patience,
            retry: serving.retry.as_ref().map(retry),
            closed: Vec::new(),
        })
    }

    fn patience(&mut self, spot: &Spot<'_>, times: &Times) -> Option<Distribution> {
        self.law(spot, times)
    }
}

fn missing_demand(spot: &Spot<'_>) -> crate::input::Diagnostic {
    let error = spot.key_error("missing field `demand`");
    error.help("expected the time a request takes, such as `40ms` or `{lognormal: {mean: 40ms, cv: 1}}`")
}

/// A rule of retries.
pub(super) fn retry(retry: &raw::Retry) -> Retry {
    let on = |failure| retry.on.contains(&failure);
    Retry {
        attempts_max: retry.attempts,
        backoff_base: retry.backoff.base.span(),
        backoff_factor: retry.backoff.factor,
        backoff_max: retry.backoff.max.span(),
        jitter: retry.backoff.jitter.get(),
        budget: retry.budget.map(crate::model::units::Ratio::get),
        budget_min_per_second: retry.budget_min_per_second.per_second(),
        on: RetryOn {
            refused: on(raw::Failure::Refused),
            timed_out: on(raw::Failure::TimedOut),
            lost: on(raw::Failure::Lost),
            call_failed: on(raw::Failure::CallFailed),
        },
    }
}
