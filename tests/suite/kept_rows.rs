//! Decisions, pods and nodes of a run, kept for tests that ask what was decided and where pods were.

use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::sim::rows::{DecisionRow, FaultRow, GpuRow, JobRow, NodeRow, PodRow};
use tonnage::sim::{Outcome, Scenario, Simulation, Sink};

/// The whole run of `scenario` under seed 1, which breaks no law at any of its `steps`: its outcome and its rows.
pub(crate) fn run(scenario: Scenario, steps: Span) -> (Outcome, Rows) {
    let deciders = [&scenario.placement.name, &scenario.node_scaling.name].into_iter();
    let scalers = scenario.workloads.iter();
    let scalers = scalers.flat_map(|workload| [&workload.routing.name, &workload.pod_scaling.name]);
    let who: Vec<String> = deciders.chain(scalers).cloned().collect();
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    let (mut rows, mut now) = (Rows::default(), Time::ZERO);
    while now < simulation.end() {
        now += steps;
        simulation.step_until(now, &mut rows);
        assert_eq!(
            simulation.broken_laws(),
            Vec::<String>::new(),
            "under {who:?} at {now:?}"
        );
    }
    (simulation.finish(Some(&mut rows)), rows)
}

/// The rows, in the order in which they were told.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) decisions: Vec<DecisionRow>,
    pub(crate) pods: Vec<PodRow>,
    pub(crate) nodes: Vec<NodeRow>,
    pub(crate) faults: Vec<FaultRow>,
    pub(crate) jobs: Vec<JobRow>,
    pub(crate) gpus: Vec<GpuRow>,
}

impl Sink for Rows {
    fn decision(&mut self, row: DecisionRow) {
        self.decisions.push(row);
    }

    fn pod(&mut self, row: PodRow) {
        self.pods.push(row);
    }

    fn node(&mut self, row: NodeRow) {
        self.nodes.push(row);
    }

    fn fault(&mut self, row: FaultRow) {
        self.faults.push(row);
    }

    fn job(&mut self, row: JobRow) {
        self.jobs.push(row);
    }

    fn gpu(&mut self, row: GpuRow) {
        self.gpus.push(row);
    }
}

impl Rows {
    /// Decisions about a question by what was asked.
    pub(crate) fn of<'a>(
        &'a self,
        question: &'a str,
        action: &'a str,
    ) -> impl Iterator<Item = &'a DecisionRow> {
        self.decisions
            .iter()
            .filter(move |row| row.question == question && row.action == action)
    }
}
