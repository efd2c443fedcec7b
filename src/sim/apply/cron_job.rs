//! CronJobs: Jobs are created when their schedule says so, unless one that still runs stands in the way.
//!
//! Knows: what a sync of the CronJob controller asks for. Must not know: how it decides
//! (`platform/kubernetes/cron_job.rs`).

use crate::engine::Time;
use crate::platform::kubernetes::cron_job::{self, CronEvent};
use crate::sim::batch::Ended;
use crate::sim::event::Control;
use crate::sim::platform::Platform;
use crate::sim::world::World;

impl World {
    /// A CronJob's controller looks at `at`, at the latest.
    pub(super) fn look_at_cron_job(&mut self, workload: usize, at: Time) {
        let batch = self.workloads[workload].batch.as_mut();
        let Some(cron) = batch.and_then(|batch| batch.cron.as_mut()) else {
            return;
        };
        if at < cron.look_at || cron.look_at <= self.now {
            cron.look_at = at;
            self.plan(at, Control::Jobs(workload as u32));
        }
    }

    /// One sync of the CronJob controller, if it is due.
    pub(super) fn sync_cron_job(&mut self, workload: usize) {
        let now = self.now;
        let measured_from = self.measured_from;
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        let active = batch.jobs.len();
        let Some(cron) = batch.cron.as_mut().filter(|cron| cron.look_at <= now) else {
            return;
        };
        let done = cron_job::sync(&cron.cron_job, active, cron.instant(now));
        cron.look_at = Time::NEVER;
        let due = done.last_schedule.filter(|_| done.starts);
        let missed = due.map_or(0, |due| cron.missed(measured_from, due));
        cron.cron_job.last_schedule = done.last_schedule;
        let due = due.map(|due| (due, cron.time(due)));
        if let Some(event) = done.events.iter().copied().find(is_news) {
            self.tell_of_start(workload, event);
        }
        if done.replaces {
            let batch = self.workloads[workload].batch.as_ref();
            let jobs: Vec<u32> = batch.map_or_else(Vec::new, |batch| batch.jobs.keys().copied().collect());
            for number in jobs {
                self.end_job(workload, number, Ended::Replaced);
            }
        }
        if let Some((_, due)) = due
            && let Some(host) = self.host_is_down(workload)
        {
            return self.crontab_is_down(workload, due, &host, done.look_in.map(|wait| now + wait));
        }
        if let Some((unix, due)) = due {
            // As the controller calls them: by the minutes since 1970.
            let name = format!("{}-{}", self.workloads[workload].spec.name, unix / 60);
            self.start_job(workload, &name, unix.unsigned_abs(), due, missed);
        }
        if let Some(wait) = done.look_in {
            self.look_at_cron_job(workload, now + wait);
        }
    }

    /// The host on which somebody, or a crontab, starts a workload's containers, if it does not answer: a Docker host that is
    /// down. In a Swarm that is a manager, and its managers are taken to be up.
    pub(super) fn host_is_down(&self, workload: usize) -> Option<String> {
        if !matches!(self.scenario.platform, Platform::Docker { .. }) {
            return None;
        }
        let name = self.workloads[workload].spec.template.rules.node_name.clone()?;
        let mut hosts = self.cluster.nodes();
        let host = hosts.find(|(_, node)| node.name() == name);
        let answers = host.is_some_and(|(id, _)| !self.faults.is_silent(id));
        (!answers).then_some(name)
    }

    /// A start of a crontab whose host is down does not happen, and cron makes up for none.
    fn crontab_is_down(&mut self, workload: usize, due: Time, host: &str, next: Option<Time>) {
        let Some(batch) = &mut self.workloads[workload].batch else {
            return;
        };
        batch.books.start_missed();
        let name = self.workloads[workload].spec.name.clone();
        let why = format!("it was due at {due}, and {host}, whose crontab starts it, is down");
        self.log_job(workload, &name, "skip", "host_down", &why);
        if let Some(next) = next {
            self.look_at_cron_job(workload, next);
        }
    }

    /// A start that does not happen is told once.
    fn tell_of_start(&mut self, workload: usize, event: CronEvent) {
        let name = self.workloads[workload].spec.name.clone();
        let why = match event {
            CronEvent::JobAlreadyActive => {
                "its time has come, but one before it still runs, and concurrencyPolicy is Forbid"
            }
            CronEvent::MissSchedule => "its time has come, but startingDeadlineSeconds ago",
            _ => "more than 100 starts were missed",
        };
        self.log_job(workload, &name, "wait", event.reason(), why);
    }
}

/// Whether it tells of a start that does not happen.
const fn is_news(event: &CronEvent) -> bool {
    matches!(
        event,
        CronEvent::JobAlreadyActive | CronEvent::MissSchedule | CronEvent::TooManyMissedTimes
    )
}
