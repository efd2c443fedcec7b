//! Jobs as rows, and their first turns.

use super::books::Ended;
use super::job_run::JobRun;
use crate::engine::Time;
use crate::sim::event::Control;
use crate::sim::rows::JobRow;
use crate::sim::world::{Row, World};

impl World {
    /// Plans the first turns of a workload's Jobs.
    pub(in crate::sim) fn plan_jobs(&mut self, workload: usize) {
        let Some(batch) = &self.workloads[workload].batch else {
            return;
        };
        let mut times = batch.plan.starts.clone();
        times.extend(batch.cron.as_ref().map(|cron| cron.look_at));
        for at in times {
            self.plan(at, Control::Jobs(workload as u32));
        }
    }

    /// A Job's row, with how and when it ended.
    pub(in crate::sim) fn job_row(
        &self,
        workload: usize,
        job: &JobRun,
        ended: Option<(Ended, Time)>,
    ) -> JobRow {
        let run = &self.workloads[workload];
        let suspended = run.spec.batch.as_ref().is_some_and(|plan| plan.job.suspended);
        let open = match job.running {
            _ if suspended => "suspended",
            Some(_) => "running",
            None => "waiting",
        };
        let count = |pods: i32| u32::try_from(pods).unwrap_or(0);
        JobRow {
            job: job.name.clone(),
            workload: run.spec.name.clone(),
            due_s: job.due.secs_f64(),
            created_s: job.created.secs_f64(),
            running_s: job.running.map(Time::secs_f64),
            ended_s: ended.map(|(_, at)| at.secs_f64()),
            result: ended.map_or(open, |(how, _)| how.name()),
            reason: ended.map_or("", |(how, _)| how.reason()),
            pods: job.pods_made,
            succeeded: count(job.status.succeeded),
            failed: count(job.status.failed),
            work_s: job.worked as f64 / 1e9,
            work_lost_s: job.lost as f64 / 1e9,
        }
    }

    /// The rows of the Jobs that have not ended.
    pub(in crate::sim) fn open_job_rows(&mut self) {
        let mut rows = Vec::new();
        for (index, run) in self.workloads.iter().enumerate() {
            let jobs = run.batch.iter().flat_map(|batch| batch.jobs.values());
            rows.extend(jobs.map(|job| Row::Job(self.job_row(index, job, None))));
        }
        self.rows.extend(rows);
    }
}
