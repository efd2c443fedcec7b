//! The account of each fault: what it cost whom, when the platform noticed, when service was back.
//!
//! Knows: how many replicas of each workload answer, before and since. Must not know: why, or what is done about it.

use crate::engine::{Span, Time};
use crate::model::fault::FaultSpec;
use crate::sim::outcome::{FaultOutcome, FaultedWorkload, Spread};
use crate::sim::rows::FaultRow;
use crate::sim::workloads::Workloads;
use crate::workload::serving::RequestTotals;
use std::collections::BTreeMap;

/// A workload under a fault.
#[derive(Clone, Debug)]
struct Affected {
    /// Replicas that answered before.
    before: u64,
    totals: RequestTotals,
    /// Replicas that have been missing since `since`.
    missing: u64,
    since: Time,
    /// Missing replicas × ns.
    short: u128,
    pods_lost: u64,
    requests_lost: u64,
    /// Of pods of Jobs, ns.
    work_lost: u128,
}

/// One fault that happened.
#[derive(Clone, Debug)]
struct Occurrence {
    fault: usize,
    target: String,
    began: Time,
    detected: Option<Time>,
    recovered: Option<Time>,
    nodes: u32,
    /// Machines and pods that are not themselves again.
    unsettled: u32,
    /// It cannot be over before this is taken away.
    lasts: bool,
    affected: BTreeMap<usize, Affected>,
    /// Requests since it began, by workload, when service was back.
    requests: BTreeMap<usize, RequestTotals>,
}

/// What a fault has come to.
#[derive(Clone, Debug, Default)]
struct Sum {
    occurrences: u64,
    unrecovered: u64,
    nodes: u64,
    detect: Times,
    recover: Times,
    workloads: BTreeMap<usize, WorkloadSum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    count: u64,
    sum: f64,
    max: f64,
}

impl Times {
    fn add(&mut self, span: Span) {
        self.count += 1;
        self.sum += span.secs_f64();
        self.max = self.max.max(span.secs_f64());
    }

    fn spread(&self) -> Option<Spread> {
        (self.count > 0).then(|| Spread {
            count: self.count,
            mean: self.sum / self.count as f64,
            max: self.max,
        })
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct WorkloadSum {
    /// Replicas × ns that were wanted, and of those, that were missing.
    wanted: u128,
    short: u128,
    pods_lost: u64,
    requests_lost: u64,
    work_lost: u128,
    succeeded: u64,
    failed: u64,
}

/// The account of a run's faults.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Account {
    faults: Vec<(String, &'static str)>,
    open: BTreeMap<u32, Occurrence>,
    ever: u32,
    sums: Vec<Sum>,
}

impl Account {
    pub(super) fn new(specs: &[FaultSpec]) -> Self {
        Self {
            faults: specs
                .iter()
                .map(|spec| (spec.name.clone(), spec.kind.name()))
                .collect(),
            sums: vec![Sum::default(); specs.len()],
            ..Self::default()
        }
    }

    /// Whether nothing is under way.
    pub(in crate::sim) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// A fault begins; `lasts`: it goes on until [it is over](Self::over).
    pub(in crate::sim) fn begin(&mut self, now: Time, fault: usize, target: String, lasts: bool) -> u32 {
        let id = self.ever;
        self.ever += 1;
        self.open.insert(
            id,
            Occurrence {
                fault,
                target,
                began: now,
                detected: None,
                recovered: None,
                nodes: 0,
                unsettled: 0,
                lasts,
                affected: BTreeMap::new(),
                requests: BTreeMap::new(),
            },
        );
        id
    }

    /// A workload is affected of which `available` replicas answered before.
    pub(super) fn affects(
        &mut self,
        now: Time,
        id: Option<u32>,
        workload: usize,
        available: u64,
        totals: RequestTotals,
    ) {
        if let Some(occurrence) = id.and_then(|id| self.open.get_mut(&id)) {
            occurrence.affected.entry(workload).or_insert(Affected {
                before: available,
                totals,
                missing: 0,
                since: now,
                short: 0,
                pods_lost: 0,
                requests_lost: 0,
                work_lost: 0,
            });
        }
    }

    /// Pods and requests of an affected workload are lost.
    pub(in crate::sim) fn loses(&mut self, id: Option<u32>, workload: usize, pods: u64, requests: u64) {
        let occurrence = id.and_then(|id| self.open.get_mut(&id));
        if let Some(affected) = occurrence.and_then(|one| one.affected.get_mut(&workload)) {
            affected.pods_lost += pods;
            affected.requests_lost += requests;
        }
    }

    /// Work of pods of an affected workload is lost.
    pub(in crate::sim) fn loses_work(&mut self, id: Option<u32>, workload: usize, work: Span) {
        let occurrence = id.and_then(|id| self.open.get_mut(&id));
        if let Some(affected) = occurrence.and_then(|one| one.affected.get_mut(&workload)) {
            affected.work_lost += u128::from(work.nanos());
        }
    }

    /// A machine is hit; it settles when it is back or gone.
    pub(super) fn node_hit(&mut self, id: Option<u32>) {
        if let Some(occurrence) = id.and_then(|id| self.open.get_mut(&id)) {
            occurrence.nodes += 1;
            occurrence.unsettled += 1;
        }
    }

    /// A pod is hit; it settles when it is back or gone.
    pub(super) fn pod_hit(&mut self, id: u32) {
        if let Some(occurrence) = self.open.get_mut(&id) {
            occurrence.unsettled += 1;
        }
    }

    /// A machine or pod that was hit is itself again, or gone.
    pub(in crate::sim) fn settled(&mut self, id: Option<u32>) {
        if let Some(occurrence) = id.and_then(|id| self.open.get_mut(&id)) {
            occurrence.unsettled = occurrence.unsettled.saturating_sub(1);
        }
    }

    /// The platform has found out.
    pub(super) fn detected(&mut self, now: Time, id: Option<u32>) {
        if let Some(occurrence) = id.and_then(|id| self.open.get_mut(&id)) {
            occurrence.detected.get_or_insert(now);
        }
    }

    /// What caused it is over.
    pub(in crate::sim) fn over(&mut self, id: u32) {
        if let Some(occurrence) = self.open.get_mut(&id) {
            occurrence.lasts = false;
        }
    }

    /// Looks at how many replicas answer now; returns the rows of what has come to its end.
    pub(in crate::sim) fn note(&mut self, now: Time, workloads: &Workloads) -> Vec<FaultRow> {
        let mut done = Vec::new();
        for (&id, one) in &mut self.open {
            if one.recovered.is_none() {
                let mut whole = true;
                for (&workload, affected) in &mut one.affected {
                    let run = &workloads[workload];
                    affected.settle(now);
                    let wanted = affected.before.min(u64::from(run.desired));
                    affected.missing = wanted.saturating_sub(run.available());
                    whole &= affected.missing == 0;
                }
                if whole && !one.lasts {
                    one.recovered = Some(now);
                    one.count_requests(workloads);
                }
            }
            if one.recovered.is_some() && one.unsettled == 0 && !one.lasts {
                done.push(id);
            }
        }
        let ended = done.into_iter().filter_map(|id| self.open.remove(&id));
        let ended: Vec<Occurrence> = ended.collect();
        ended
            .into_iter()
            .flat_map(|one| self.close(now, &one, workloads))
            .collect()
    }

    /// The run is over: the rows of what is still under way.
    pub(in crate::sim) fn finish(&mut self, now: Time, workloads: &Workloads) -> Vec<FaultRow> {
        let open = std::mem::take(&mut self.open);
        let rows = open.into_values().flat_map(|mut one| {
            if one.recovered.is_none() {
                one.affected
                    .values_mut()
                    .for_each(|affected| affected.settle(now));
                one.count_requests(workloads);
            }
            self.close(now, &one, workloads)
        });
        rows.collect()
    }

    fn close(&mut self, now: Time, one: &Occurrence, workloads: &Workloads) -> Vec<FaultRow> {
        let until = one.recovered.unwrap_or(now);
        let sum = &mut self.sums[one.fault];
        sum.occurrences += 1;
        sum.unrecovered += u64::from(one.recovered.is_none());
        sum.nodes += u64::from(one.nodes);
        if let Some(detected) = one.detected {
            sum.detect.add(detected.since(one.began));
        }
        if let Some(recovered) = one.recovered {
            sum.recover.add(recovered.since(one.began));
        }
        let (fault, kind) = &self.faults[one.fault];
        let row = FaultRow {
            fault: fault.clone(),
            kind,
            target: one.target.clone(),
            began_s: one.began.secs_f64(),
            detected_s: one.detected.map(Time::secs_f64),
            recovered_s: one.recovered.map(Time::secs_f64),
            nodes: one.nodes,
            workload: String::new(),
            replicas_before: 0,
            availability: None,
            pods_lost: 0,
            requests_lost: 0,
            requests_failed: 0,
            requests_succeeded: 0,
            work_lost_s: 0.0,
        };
        if one.affected.is_empty() {
            return vec![row];
        }
        let mut rows = Vec::new();
        for (&workload, affected) in &one.affected {
            let wanted = u128::from(affected.before) * u128::from(until.since(one.began).nanos());
            let requests = one.requests.get(&workload).copied().unwrap_or_default();
            let own = sum.workloads.entry(workload).or_default();
            own.wanted += wanted;
            own.short += affected.short;
            own.pods_lost += affected.pods_lost;
            own.requests_lost += affected.requests_lost;
            own.work_lost += affected.work_lost;
            own.succeeded += requests.succeeded;
            own.failed += requests.failed();
            rows.push(FaultRow {
                workload: workloads[workload].spec.name.clone(),
                replicas_before: u32::try_from(affected.before).unwrap_or(u32::MAX),
                availability: share_left(affected.short, wanted),
                pods_lost: affected.pods_lost,
                requests_lost: affected.requests_lost,
                work_lost_s: affected.work_lost as f64 / 1e9,
                requests_failed: requests.failed(),
                requests_succeeded: requests.succeeded,
                ..row.clone()
            });
        }
        rows
    }

    /// What each fault came to, as far as it has come.
    pub(in crate::sim) fn outcome(&self, now: Time, workloads: &Workloads) -> Vec<FaultOutcome> {
        let mut all = self.clone();
        all.finish(now, workloads);
        let faults = all.faults.iter().zip(&all.sums);
        faults
            .map(|((name, kind), sum)| FaultOutcome {
                name: name.clone(),
                kind: (*kind).to_owned(),
                occurrences: sum.occurrences,
                unrecovered: sum.unrecovered,
                nodes: sum.nodes,
                time_to_detect_s: sum.detect.spread(),
                time_to_recover_s: sum.recover.spread(),
                workloads: sum
                    .workloads
                    .iter()
                    .map(|(&workload, own)| FaultedWorkload {
                        name: workloads[workload].spec.name.clone(),
                        availability: share_left(own.short, own.wanted),
                        pods_lost: own.pods_lost,
                        requests_lost: own.requests_lost,
                        work_lost_s: own.work_lost as f64 / 1e9,
                        requests_failed: own.failed,
                        requests_succeeded: own.succeeded,
                    })
                    .collect(),
            })
            .collect()
    }
}

/// The share of `wanted` that is left when `short` is missing; nothing if nothing was wanted.
fn share_left(short: u128, wanted: u128) -> Option<f64> {
    (wanted > 0).then(|| 1.0 - short as f64 / wanted as f64)
}

impl Affected {
    fn settle(&mut self, now: Time) {
        self.short += u128::from(self.missing) * u128::from(now.since(self.since).nanos());
        self.since = now;
    }
}

impl Occurrence {
    fn count_requests(&mut self, workloads: &Workloads) {
        for (&workload, affected) in &self.affected {
            let since = workloads[workload].serving.totals().since(&affected.totals);
            self.requests.insert(workload, since);
        }
    }
}
