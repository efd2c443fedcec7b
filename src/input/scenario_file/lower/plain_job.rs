//! Jobs without a Job controller, on Docker and Swarm: what they read of a `job` and a `cron_job`, and what they refuse.
//!
//! Knows: which of Kubernetes' fields mean something there. Must not know: when a container starts.

use super::super::spot::Spot;
use super::Lowering;
use super::platform::title;
use super::workload::LoweredWorkload;

/// Fields of a `job` that only the Job controller of Kubernetes reads.
const NOT_READ: [&str; 6] = [
    "activeDeadlineSeconds",
    "backoffLimit",
    "podFailurePolicy",
    "podReplacementPolicy",
    "restartPolicy",
    "suspend",
];

impl Lowering<'_> {
    /// Reports what no crontab and no `docker run` can do; who `compares` platforms may say to each what it reads.
    pub(super) fn plain_job(&mut self, workload: &Spot<'_>, compares: bool) {
        let who = title(self.platform);
        let cron = workload.at("cron_job");
        let policy = cron.at("concurrencyPolicy");
        if policy.cursor.text().is_some_and(|policy| policy != "Allow") {
            let error = policy.error(format!("{who} has no CronJobs: a line of a crontab starts them"));
            self.push(error.help("a crontab starts the next whether or not the last has ended: `Allow`"));
        }
        let deadline = cron.at("startingDeadlineSeconds");
        if deadline.exists() {
            let error = deadline.key_error(format!("{who} has no CronJobs: a line of a crontab starts them"));
            self.push(error.help("cron makes up for no start: remove it"));
        }
        let job = workload.at("job");
        let mode = job.at("completionMode");
        if mode.cursor.text() == Some("Indexed") {
            let error = mode.error(format!("the containers of a job have no index on {who}"));
            self.push(error.help("expected `NonIndexed`, which is the default"));
        }
        if compares {
            return;
        }
        for key in NOT_READ {
            let spot = job.at(key);
            if spot.exists() {
                let warning = spot.warning(format!("{who} has no Job controller, which would read `{key}`"));
                self.push(
                    warning.help("what fails starts again as `restart` or `deploy.restart_policy` says"),
                );
            }
        }
    }
}

/// A job of as many containers as it has at a time, unless it says how many it has.
pub(super) fn plain(workload: &mut LoweredWorkload) {
    if let Some(batch) = &mut workload.batch {
        batch.job.completions.get_or_insert(batch.job.parallelism);
        batch.job.active_deadline = None;
        batch.job.suspended = false;
        batch.job.restarts_on_failure = false;
        batch.rules.clear();
    }
}
