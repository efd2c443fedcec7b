//! What a person has to do because the platform does not: the steps that are counted, and what each is.
//!
//! Knows: the rules by which a step is one. Must not know: when it happens, or who runs the scenario.
//!
//! One step is one thing a person does at one time: a command given on one machine, or a machine mended. Only what happens
//! within the run counts: how a platform was set up before is not modelled, nor how much work its upkeep is. What a person
//! asks of every platform alike is not counted either: a new version of a service, Jobs at the times `starts` names.
//! These rules are this model's; there is no published count to hold them against.

/// A kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `docker compose up` on a host, at the start of a run that begins with it: one for each host that has containers.
    BringUp,
    /// The number of a service's containers is changed, by `docker compose up --scale` or `docker service scale`: one for
    /// each change of each service. On Kubernetes a controller does that, by the clock or by what it sees.
    Scale,
    /// Containers that have ended for good are started again, by `docker compose up` or `docker run`: one for each service,
    /// and one for each run of containers that work until they are done. Swarm and Kubernetes replace them themselves.
    StartAgain,
    /// A machine that had crashed was mended or replaced by hand: one for each that comes back, on every platform. One that
    /// a node autoscaler or the provider's node group replaces costs nobody a step.
    MendMachine,
    /// Pods are deleted by hand so that they are made anew: one for each time.
    DeletePods,
}

impl Step {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::BringUp,
        Self::Scale,
        Self::StartAgain,
        Self::MendMachine,
        Self::DeletePods,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BringUp => "bring_up",
            Self::Scale => "scale",
            Self::StartAgain => "start_again",
            Self::MendMachine => "mend_machine",
            Self::DeletePods => "delete_pods",
        }
    }
}
