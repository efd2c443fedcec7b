//! A person does what no controller does: starts again what has ended for good, brings a host up, changes a number.
//!
//! Knows: what is done, and that it is a step by hand. Must not know: what counts as one (`platform/by_hand.rs`).

use crate::engine::Span;
use crate::platform::by_hand::Step;
use crate::sim::event::Control;
use crate::sim::platform::Platform;
use crate::sim::world::World;
use std::collections::BTreeSet;

/// On a host that does not answer nobody can start anything: it is tried again after so long.
pub(super) const UNTIL_UP: Span = Span::from_secs(60);

impl World {
    /// A replica of a workload, of which there were `before`, has ended for good: a person sees to it in time, if one does.
    pub(in crate::sim) fn person_hears(&mut self, workload: usize, before: u32) {
        let Some(wait) = self.scenario.platform.starts_again() else {
            return;
        };
        let at = self.now + wait;
        let down = self.by_hand.down.entry(workload).or_insert((before, at));
        down.0 = down.0.max(before);
        if down.1 == at {
            self.plan(at, Control::ByHand(workload as u32));
        }
    }

    /// A person starts again what is down of a workload.
    pub(in crate::sim) fn on_by_hand(&mut self, workload: u32) {
        let (now, workload) = (self.now, workload as usize);
        let due = self.by_hand.down.get(&workload);
        if due.is_none_or(|&(_, at)| at != now) {
            return;
        }
        if self.host_is_down(workload).is_some() {
            let again = now + UNTIL_UP;
            if let Some(down) = self.by_hand.down.get_mut(&workload) {
                down.1 = again;
            }
            return self.plan(again, Control::ByHand(workload as u32));
        }
        let Some((wanted, _)) = self.by_hand.down.remove(&workload) else {
            return;
        };
        let run = &mut self.workloads[workload];
        let before = run.desired;
        if wanted <= before {
            return;
        }
        run.desired = wanted;
        run.wanted.set(now, wanted.into());
        let name = run.spec.name.clone();
        let why = "what had ended for good is started again: `docker compose up -d`";
        self.done_by_hand(Step::StartAgain, &name, Some((before, wanted)), why);
        self.reconcile(workload);
    }

    /// A number of replicas was changed: where no controller does that, a person has.
    pub(super) fn scaled_by_hand(&mut self, workload: usize, before: u32, desired: u32) {
        if self.scenario.platform == Platform::Kubernetes || before == desired {
            return;
        }
        // Whoever says how many there are to be has what is down started again too.
        self.by_hand.down.remove(&workload);
        let name = self.workloads[workload].spec.name.clone();
        let why = match self.scenario.platform {
            Platform::Swarm => format!("`docker service scale {name}={desired}`"),
            _ => format!("`docker compose up -d --scale {name}={desired}`"),
        };
        self.done_by_hand(Step::Scale, &name, Some((before, desired)), &why);
    }

    /// Containers of a Job that had failed are started again: by a person, where no platform does that.
    pub(super) fn started_again_by_hand(&mut self, workload: usize, job: &str, count: i32) {
        let is_docker = matches!(self.scenario.platform, Platform::Docker { .. });
        for _ in 0..count.max(0) {
            if is_docker {
                let name = self.workloads[workload].spec.name.clone();
                let why = format!("a container of {job} that had failed is run again: `docker run`");
                self.done_by_hand(Step::StartAgain, &name, None, &why);
            }
        }
    }

    /// The run begins with `docker compose up`: a step on each host that gets containers.
    pub(in crate::sim) fn brought_up_by_hand(&mut self) {
        let hosts: BTreeSet<String> = self
            .workloads
            .iter()
            .filter_map(|run| run.spec.template.rules.node_name.clone())
            .collect();
        for host in hosts {
            let why = "everything that runs on it is brought up: `docker compose up -d`";
            self.done_by_hand(Step::BringUp, &host, None, why);
        }
    }
}
