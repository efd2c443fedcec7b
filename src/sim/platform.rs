//! What runs the containers of a scenario, and by which of its rules those of a workload live.

use super::restarts::EndCause;
use crate::engine::{Span, Time};
use crate::platform::docker::depends_on::Dependency;
use crate::platform::docker::health::HealthCheck;
use crate::platform::docker::memory::MemorySwap;
use crate::platform::docker::restart::{self as docker, RestartManager};
use crate::platform::kubernetes::back_off::{BackOff, BackOffRule};
use crate::platform::plain_job::Again;
use crate::platform::swarm::restart::{self as swarm, RestartHistory};
use crate::platform::swarm::update::UpdatePolicy;

/// What runs the containers of a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// Kubernetes: nodes with kubelets, and controllers that make anew what is lost.
    #[default]
    Kubernetes,
    /// Docker hosts, each for itself: nobody makes anew or moves what is lost.
    Docker {
        /// `docker compose up` is at the run's start; otherwise everything was up before.
        from_nothing: bool,
        /// So long after containers have ended for good, a person starts them again; without it, nobody does.
        starts_again: Option<Span>,
    },
    /// Docker Swarm: managers that replace tasks, and no autoscaler.
    Swarm,
}

impl Platform {
    /// How long after containers have ended for good a person starts them again, if one does.
    #[must_use]
    pub const fn starts_again(self) -> Option<Span> {
        match self {
            Self::Docker { starts_again, .. } => starts_again,
            Self::Kubernetes | Self::Swarm => None,
        }
    }

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Docker { .. } => "docker",
            Self::Swarm => "swarm",
        }
    }
}

/// The rules by which the containers of a workload live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerRules {
    /// When they start again.
    pub restart: RestartRule,
    /// What they wait for when everything is brought up.
    pub depends_on: Vec<Dependency>,
    /// Their health check.
    pub health: Option<HealthCheck>,
    /// How much swap they may use.
    pub memory_swap: MemorySwap,
    /// How much likelier than others the kernel kills them where memory runs out, -1000 to 1000 (Docker's
    /// `--oom-score-adj`). Kubernetes has a rule of its own.
    pub oom_score_adj: i32,
    /// How their service is updated.
    pub update: Option<UpdatePolicy>,
    /// How an update that fails is rolled back.
    pub rollback: UpdatePolicy,
}

/// When containers that have ended start again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartRule {
    /// As the kubelet starts those of Deployments.
    #[default]
    Kubelet,
    /// As Docker's daemon does.
    Docker(docker::RestartPolicy),
    /// As Swarm replaces tasks.
    Swarm(swarm::RestartPolicy),
}

impl RestartRule {
    /// Whose rule it is, as the decision log names it.
    pub(super) const fn whose(self) -> &'static str {
        match self {
            Self::Kubelet => "kubelet",
            Self::Docker(_) => "docker",
            Self::Swarm(_) => "swarm",
        }
    }

    /// Whether containers that work until they are done are started again when they have failed, where no Job controller
    /// looks after them: on Docker by a person after `starts_again`, on Swarm by the service's restart policy.
    pub(super) const fn again(self, starts_again: Option<Span>) -> Again {
        match (self, starts_again) {
            (Self::Docker(_), Some(wait)) => Again::After { wait, times_max: 0 },
            (Self::Swarm(policy), _) if !matches!(policy.condition, swarm::Condition::None) => Again::After {
                wait: policy.delay,
                times_max: policy.attempts_max,
            },
            _ => Again::Never,
        }
    }

    /// Whether containers start with their machine.
    pub(super) const fn comes_back_with_host(self) -> bool {
        match self {
            Self::Docker(policy) => policy.comes_back_with_host(),
            Self::Kubelet | Self::Swarm(_) => true,
        }
    }
}

/// What is remembered of a pod's restarts.
#[derive(Clone, Debug)]
pub(super) enum RestartMemory {
    Kubelet(BackOff),
    Docker(RestartManager),
    Swarm(RestartHistory),
}

impl RestartMemory {
    pub(super) fn new(rule: RestartRule) -> Self {
        match rule {
            RestartRule::Kubelet => Self::Kubelet(BackOff::default()),
            RestartRule::Docker(_) => Self::Docker(RestartManager::default()),
            RestartRule::Swarm(_) => Self::Swarm(RestartHistory::default()),
        }
    }

    /// Containers that `ran` for so long have ended at `now`: when they start again, if they do.
    pub(super) fn ended(&mut self, rule: RestartRule, now: Time, cause: EndCause, ran: Span) -> Option<Time> {
        match (self, rule) {
            (Self::Docker(manager), RestartRule::Docker(policy)) => {
                let exit = docker::Exit {
                    ran,
                    code: cause.exit_code(),
                    by_hand: false,
                };
                let wait = manager.ended(docker::RestartRule::DAEMON, policy, exit)?;
                Some(now + wait)
            }
            (Self::Swarm(history), RestartRule::Swarm(policy)) => {
                Some(now + history.ended(&policy, now, cause.exit_code() != 0)?)
            }
            (Self::Kubelet(back_off), _) => Some(back_off.restart_at(BackOffRule::CRASH_LOOP, now)),
            (_, _) => None,
        }
    }

    /// Containers that ended at `ended` start again at `now`.
    pub(super) fn restarted(&mut self, ended: Time, now: Time) {
        if let Self::Kubelet(back_off) = self {
            back_off.failed(BackOffRule::CRASH_LOOP, ended, now);
        }
    }
}
