//! One kind of call: from a workload to another, with its random streams and what became of its calls.

use super::super::client::Retrying;
use super::circuit::{Circuit, CircuitSpec};
use super::hedge::Hedge;
use super::spec::CallSpec;
use crate::engine::{Span, Stream, StreamKey, Time};
use crate::stats::Histogram;
use rand::RngExt;

/// What became of the calls of one kind since the last reset.
#[derive(Clone, Debug)]
pub struct EdgeRecord {
    /// Index of the workload that calls.
    pub from: usize,
    /// Index of the workload that is called.
    pub to: usize,
    /// The step of the caller's calls it belongs to, from 0.
    pub step: usize,
    /// Calls begun.
    pub calls: u64,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Calls that failed for good.
    pub failed: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Calls for which a second request was sent.
    pub hedged: u64,
    /// Attempts that an open circuit or a limit did not let out.
    pub broken: u64,
    /// Calls that ended when nobody needed their answer any more.
    pub orphaned: u64,
    /// From the start of a call to its answer, retries included, of calls that were answered, ns.
    pub latency: Histogram,
}

impl EdgeRecord {
    fn new(from: usize, to: usize, step: usize) -> Self {
        Self {
            from,
            to,
            step,
            calls: 0,
            attempts: 0,
            failed: 0,
            retried: 0,
            hedged: 0,
            broken: 0,
            orphaned: 0,
            latency: Histogram::fine(),
        }
    }

    fn reset(&mut self) {
        let mut latency = std::mem::replace(&mut self.latency, Histogram::coarse());
        latency.reset();
        *self = Self {
            latency,
            ..Self::new(self.from, self.to, self.step)
        };
    }
}

/// An edge of the graph of calls.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) spec: CallSpec,
    pub(super) retrying: Option<Retrying>,
    pub(super) hedge: Option<Hedge>,
    /// By station of the caller.
    circuits: Vec<Circuit>,
    pub(super) record: EdgeRecord,
    pub(super) class: Stream,
    pub(super) demand: Stream,
    pub(super) hedge_demand: Stream,
    chance: Stream,
}

impl Edge {
    /// The `ordinal`-th edge between these two workloads, which have these indices and names.
    pub(super) fn new(
        spec: &CallSpec,
        from: usize,
        step: usize,
        name: &str,
        ordinal: u64,
        key: StreamKey,
    ) -> Self {
        let stream = |what: &str| key.entity_stream(&format!("{what}/{name}"), ordinal);
        let retries = format!("calls/{name}/{ordinal}");
        Self {
            retrying: spec.retry.clone().map(|rule| Retrying::new(rule, key, &retries)),
            hedge: spec.hedge.map(Hedge::new),
            circuits: Vec::new(),
            record: EdgeRecord::new(from, spec.to, step),
            class: stream("call class"),
            demand: stream("call demand"),
            hedge_demand: stream("hedge demand"),
            chance: stream("call chance"),
            spec: spec.clone(),
        }
    }

    /// Whether the next request makes the call.
    #[inline]
    pub(super) fn is_made(&mut self) -> bool {
        self.spec.probability >= 1.0 || self.chance.random::<f64>() < self.spec.probability
    }

    /// The circuit breaker of a station, and its rules.
    pub(super) fn circuit(&mut self, station: u32) -> Option<(&mut Circuit, CircuitSpec)> {
        let rules = self.spec.circuit?;
        let station = station as usize;
        if self.circuits.len() <= station {
            self.circuits.resize_with(station + 1, Circuit::default);
        }
        Some((&mut self.circuits[station], rules))
    }

    /// Another replica has taken the place of a station's.
    pub(super) fn begin_anew(&mut self, station: u32) {
        if let Some(circuit) = self.circuits.get_mut(station as usize) {
            *circuit = Circuit::default();
        }
    }

    /// When an attempt that begins at `now` has failed for want of an answer.
    #[inline]
    pub(super) fn expires(&self, now: Time) -> Time {
        self.spec
            .timeout
            .map_or(Time::NEVER, |timeout: Span| now + timeout)
    }

    pub(super) fn reset(&mut self) {
        self.record.reset();
    }
}
