//! Jobs and CronJobs: what they ask for, when they start, and what they cannot be.
//!
//! Knows: Kubernetes' rules about their fields. Must not know: pods, or what a controller does.

use super::super::raw::batch as raw;
use super::super::raw::workload::{Kind, Workload};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::{Span, Time};
use crate::input::nearest;
use crate::model::cron::{Recurrence, Zone};
use crate::model::pod_template::{Container, ContainerKind};
use crate::model::units::{Duration, quoted};
use crate::platform::kubernetes::cron_job::Concurrency;
use crate::platform::kubernetes::job::failure_policy::{FailureAction, FailureRule, FailureTest};
use crate::platform::kubernetes::job::sync::JobSpec;
use crate::sim::batch::{BatchPlan, CronPlan};
use crate::stats::Distribution;
use crate::workload::batch::{BatchSpec, FailureSpec};
use std::sync::Arc;

/// The most pods that have indexes, as Kubernetes has it where it keeps their status small.
const INDEXED_PARALLELISM_MAX: u32 = 100_000;

impl Lowering<'_> {
    /// Reads what is batch of a workload, at `spot`; nothing if it serves requests, or cannot be read.
    pub(super) fn batch(&mut self, spot: &Spot<'_>, workload: &Workload) -> Option<BatchPlan> {
        let Some(raw::Job(job)) = &workload.job else {
            if workload.cron_job.is_some() {
                let error = spot.at("cron_job").key_error("a CronJob needs a `job` to create");
                self.push(error.help("write `job: {containers: [...], work: 15m}` beside it"));
            }
            return None;
        };
        let own = spot.at("job");
        self.only_batch(spot, &own, workload);
        let work = self.law(&own.at("work"), &job.work);
        self.shape_of_job(&own, job);
        let rules = self.failure_rules(&own.at("podFailurePolicy"), workload, job);
        let cron = match &workload.cron_job {
            Some(cron) => {
                if own.at("starts").exists() {
                    let error = own
                        .at("starts")
                        .key_error("the schedule of the `cron_job` says when Jobs start");
                    self.push(error.help("remove `starts`"));
                }
                Some(self.cron_job(&spot.at("cron_job"), cron)?)
            }
            None => None,
        };
        let starts = if cron.is_some() {
            Vec::new()
        } else {
            self.starts(&own, job)
        };
        let work = work?;
        self.deadline(&own, job, &work);
        if let Some(checkpoint) = job.checkpoint
            && checkpoint.every == Duration::ZERO
        {
            let error = own.at("checkpoint").at("every");
            self.push(error.error("the time between two checkpoints must be longer than zero"));
        }
        Some(BatchPlan {
            work: BatchSpec {
                work,
                failure: job.failure.map(|failure| FailureSpec {
                    chance: failure.chance.get(),
                    exit_code: failure.exit_code,
                }),
                checkpoint_every: job.checkpoint.map(|checkpoint| checkpoint.every.span()),
            },
            job: job_spec(job),
            rules,
            starts,
            cron,
            bounds: Vec::new(),
        })
    }

    /// What a workload cannot be beside a batch one.
    fn only_batch(&mut self, spot: &Spot<'_>, own: &Spot<'_>, workload: &Workload) {
        let other = [
            (spot.at("serving"), true, "`serving`"),
            (spot.at("deployment"), true, "a `deployment`"),
            (spot.at("daemon_set"), true, "a `daemon_set`"),
            (
                spot.at("controller"),
                workload.controller != Some(super::super::raw::workload::Controller::Job),
                "another `controller`",
            ),
        ];
        self.exclude(own, "a Job", other);
        for container in own.at("containers").items() {
            if container.at("slots").exists() {
                let error = container
                    .at("slots")
                    .key_error("the pods of a Job serve no requests");
                self.push(error.help("remove `slots`; `usage` per slot is what a pod uses at its work"));
            }
        }
    }

    fn shape_of_job(&mut self, spot: &Spot<'_>, job: &raw::JobFields) {
        let indexed = job.completion_mode == raw::CompletionMode::Indexed;
        if indexed && job.completions.is_none() {
            let error = spot
                .at("completionMode")
                .key_error("an Indexed Job must say how many `completions` it has");
            self.push(error.help("each completion is an index: `completions: 8` are the indexes 0 to 7"));
        }
        if indexed && job.parallelism > INDEXED_PARALLELISM_MAX {
            let error = spot.at("parallelism").error("too many pods at a time");
            self.push(error.help(format!("an Indexed Job has at most {INDEXED_PARALLELISM_MAX}")));
        }
        if job.parallelism == 0 {
            let warning = spot
                .at("parallelism")
                .warning("with no pod at a time the Job never runs");
            self.push(warning.help("expected at least 1; `suspend: true` says so in plainer words"));
        }
        if job.completions == Some(0) {
            let warning = spot
                .at("completions")
                .warning("the Job is complete as soon as it is created");
            self.push(warning.help("expected at least 1"));
        }
        if job.suspend {
            let warning = spot
                .at("suspend")
                .warning("the Job is suspended: no pod of it ever runs");
            self.push(warning.help("nothing in a run lifts that"));
        }
        let replaces_early =
            job.pod_replacement_policy == Some(raw::PodReplacementPolicy::TerminatingOrFailed);
        if replaces_early && job.pod_failure_policy.is_some() {
            let error = spot
                .at("podReplacementPolicy")
                .error("with a `podFailurePolicy` pods are replaced only when they have ended");
            self.push(error.help("expected `Failed`, which is the default then"));
        }
        let restarts = job.restart_policy == raw::RestartPolicy::OnFailure;
        if restarts && job.pod_failure_policy.is_some() {
            let error = spot
                .at("restartPolicy")
                .error("a `podFailurePolicy` needs pods whose containers are not started again");
            self.push(error.help("expected `Never`"));
        }
    }

    fn failure_rules(
        &mut self,
        spot: &Spot<'_>,
        workload: &Workload,
        job: &raw::JobFields,
    ) -> Vec<FailureRule> {
        let rules = job.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
        let items = spot.at("rules").items();
        let mut all = Vec::new();
        for (rule, item) in rules.zip(&items) {
            let action = match rule.action {
                raw::FailureAction::FailJob => FailureAction::FailJob,
                raw::FailureAction::Ignore => FailureAction::Ignore,
                raw::FailureAction::Count => FailureAction::Count,
            };
            let disrupted = !rule.on_pod_conditions.is_empty();
            let test = match &rule.on_exit_codes {
                Some(codes) if !disrupted => {
                    self.exit_codes(&item.at("onExitCodes"), codes, workload);
                    FailureTest::ExitCode {
                        container: codes.container_name.clone(),
                        among: codes.operator == raw::ExitCodeOperator::In,
                        values: codes.values.clone(),
                    }
                }
                None if disrupted => FailureTest::DisruptionTarget,
                Some(_) | None => {
                    let error = item.at("action").key_error("a rule looks at one thing");
                    self.push(error.help("expected either `onExitCodes` or `onPodConditions`"));
                    continue;
                }
            };
            all.push(FailureRule { action, test });
        }
        all
    }

    fn exit_codes(&mut self, spot: &Spot<'_>, codes: &raw::OnExitCodes, workload: &Workload) {
        if codes.operator == raw::ExitCodeOperator::In && codes.values.contains(&0) {
            let error = spot.at("values").error("0 is the exit code of success");
            self.push(error.help("a rule with the operator `In` is about other codes"));
        }
        let containers = workload.serving.containers.iter();
        let names = || {
            containers
                .clone()
                .filter(|one| one.kind != Kind::Sidecar)
                .map(|one| one.name.as_str())
        };
        if let Some(name) = &codes.container_name
            && names().all(|known| known != name)
        {
            let place = spot.at("containerName");
            let error = place.error(format!("the workload has no container {}", quoted(name)));
            self.push(error.suggest(nearest(name, names())));
        }
    }

    /// The times at which Jobs start, in order; none that the run does not see.
    fn starts(&mut self, spot: &Spot<'_>, job: &raw::JobFields) -> Vec<Time> {
        let mut starts: Vec<Time> = job.starts.iter().map(|start| Time::ZERO + start.span()).collect();
        let items = spot.at("starts").items();
        if let Some(duration) = self.duration {
            for (item, start) in items.iter().zip(&job.starts) {
                if start.span() >= duration {
                    let warning =
                        item.error(format!("the run is over after {duration}: this Job never starts"));
                    self.push(warning.help("expected a time before the end of the run"));
                }
            }
        }
        starts.sort_unstable();
        starts
    }

    fn cron_job(&mut self, spot: &Spot<'_>, cron: &raw::CronJob) -> Option<CronPlan> {
        let schedule = match Recurrence::parse(&cron.schedule) {
            Ok(schedule) => Some(schedule),
            Err(why) => {
                let error = spot.at("schedule").error(format!("no schedule: {why}"));
                self.push(error.help("expected five fields such as `0 2 * * *`, or `@daily` and its like"));
                None
            }
        };
        let zone = match &cron.time_zone {
            None => Some(Zone::utc()),
            Some(name) => match Zone::named(name) {
                Ok(zone) => Some(zone),
                Err(why) => {
                    self.push(spot.at("timeZone").error(why));
                    None
                }
            },
        };
        if cron.suspend {
            let warning = spot
                .at("suspend")
                .warning("the CronJob is suspended: it creates no Job");
            self.push(warning.help("nothing in a run lifts that"));
        }
        let (schedule, zone) = (schedule?, zone?);
        self.first_start(spot, &schedule, &zone);
        Some(CronPlan {
            schedule,
            zone,
            concurrency: match cron.concurrency_policy {
                raw::ConcurrencyPolicy::Allow => Concurrency::Allow,
                raw::ConcurrencyPolicy::Forbid => Concurrency::Forbid,
                raw::ConcurrencyPolicy::Replace => Concurrency::Replace,
            },
            starting_deadline_secs: cron.starting_deadline_seconds.map(i64::from),
            suspended: cron.suspend,
        })
    }

    /// A schedule must name a time; and one within the run, or it does nothing there.
    fn first_start(&mut self, spot: &Spot<'_>, schedule: &Recurrence, zone: &Zone) {
        let Some(start) = self.start else { return };
        let Ok(zero) = jiff::tz::TimeZone::UTC.to_timestamp(start) else {
            return;
        };
        let spot = spot.at("schedule");
        let Some(first) = schedule.next(zero, zone) else {
            let error = spot.error("this schedule never comes: there is no such date");
            self.push(error.help("expected a date that there is within five years"));
            return;
        };
        let after = Span::from_secs(u64::try_from(first - zero.as_second()).unwrap_or(0));
        if let Some(duration) = self.duration.filter(|&duration| after >= duration) {
            let warning = spot.warning(format!(
                "this schedule first comes {after} after the start, and the run is over after {duration}"
            ));
            self.push(
                warning.help("`start` says which date and time the run begins at, `duration` how long it is"),
            );
        }
    }

    /// A deadline that no pod can keep is a mistake.
    fn deadline(&mut self, spot: &Spot<'_>, job: &raw::JobFields, work: &Distribution) {
        let Some(deadline) = job.active_deadline_seconds.map(f64::from) else {
            return;
        };
        let spot = spot.at("activeDeadlineSeconds");
        let (rounds, mean) = (rounds(job), work.mean());
        if matches!(work, Distribution::Constant { .. }) && rounds * mean > deadline {
            let error = spot.error(format!(
                "no Job can keep a deadline of {deadline} s: its work takes {} at the least",
                Span::from_secs_f64(rounds * mean)
            ));
            self.push(error.help("raise it, raise `parallelism`, or shorten `work`"));
        } else if rounds * mean > deadline {
            let warning = spot.warning(format!(
                "most Jobs will miss a deadline of {deadline} s: their work takes {} in the mean",
                Span::from_secs_f64(rounds * mean)
            ));
            self.push(warning.help("raise it, raise `parallelism`, or shorten `work`"));
        }
    }
}

/// How many pods one after another a Job needs at the least.
fn rounds(job: &raw::JobFields) -> f64 {
    let completions = job.completions.unwrap_or(1);
    f64::from(completions.div_ceil(job.parallelism.max(1)))
}

fn job_spec(job: &raw::JobFields) -> JobSpec {
    let count = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let replacement = job.pod_replacement_policy;
    JobSpec {
        parallelism: count(job.parallelism),
        completions: job.completions.map(count),
        indexed: job.completion_mode == raw::CompletionMode::Indexed,
        backoff_limit: count(job.backoff_limit),
        active_deadline: job
            .active_deadline_seconds
            .map(|secs| Span::from_secs(secs.into())),
        replaces_only_failed: job.pod_failure_policy.is_some()
            || replacement == Some(raw::PodReplacementPolicy::Failed),
        restarts_on_failure: job.restart_policy == raw::RestartPolicy::OnFailure,
        suspended: job.suspend,
    }
}

/// A pod at its work uses what it uses with one slot busy, from its start to its end.
pub(super) fn uses_one_slot(containers: &mut [Container]) {
    for container in containers
        .iter_mut()
        .filter(|one| one.kind != ContainerKind::Init)
    {
        let (cpu, memory) = container.usage.with_slots(1);
        if let Some(profile) = &mut container.usage.memory_by_age {
            *profile = Arc::new(profile.raised(container.usage.memory_per_slot_bytes));
        }
        container.usage.cpu_idle_milli = cpu;
        container.usage.memory_idle_bytes = memory;
        (
            container.usage.cpu_per_slot_milli,
            container.usage.memory_per_slot_bytes,
        ) = (0, 0);
        let per_slot = std::mem::take(&mut container.usage.gpu_memory_per_slot_bytes);
        container.usage.gpu_memory_idle_bytes += per_slot;
    }
}
