//! One run, two sinks.
//!
//! Knows only that rows can be cloned.

use crate::sim::rows::{
    ClusterSample, DecisionRow, FaultRow, GpuRow, JobRow, NodeRow, PodRow, RequestRow, Sink, WorkloadSample,
};

/// Hands every row to both sinks, first to `first`.
#[derive(Debug)]
pub struct Tee<A, B> {
    /// Gets a clone of each row.
    pub first: A,
    /// Gets the row.
    pub second: B,
}

impl<A: Sink, B: Sink> Tee<A, B> {
    /// Both sinks behind one.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Sink, B: Sink> Sink for Tee<A, B> {
    fn workload_sample(&mut self, row: WorkloadSample) {
        self.first.workload_sample(row.clone());
        self.second.workload_sample(row);
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        self.first.cluster_sample(row.clone());
        self.second.cluster_sample(row);
    }

    fn decision(&mut self, row: DecisionRow) {
        self.first.decision(row.clone());
        self.second.decision(row);
    }

    fn pod(&mut self, row: PodRow) {
        self.first.pod(row.clone());
        self.second.pod(row);
    }

    fn node(&mut self, row: NodeRow) {
        self.first.node(row.clone());
        self.second.node(row);
    }

    fn fault(&mut self, row: FaultRow) {
        self.first.fault(row.clone());
        self.second.fault(row);
    }

    fn job(&mut self, row: JobRow) {
        self.first.job(row.clone());
        self.second.job(row);
    }

    fn gpu(&mut self, row: GpuRow) {
        self.first.gpu(row.clone());
        self.second.gpu(row);
    }

    fn wants_requests(&self) -> bool {
        self.first.wants_requests() || self.second.wants_requests()
    }

    fn request(&mut self, row: RequestRow<'_>) {
        self.first.request(row);
        self.second.request(row);
    }
}
