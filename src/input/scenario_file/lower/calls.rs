//! Who calls whom: names to workloads, and what a graph of calls cannot be.
//!
//! Knows: steps, classes, cycles. Must not know: how a call is made.

use super::super::raw::calls as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::serving::retry;
use super::workload::LoweredWorkload;
use crate::input::{Diagnostic, Place, unknown_name};
use crate::model::units::{Duration, quoted};
use crate::workload::serving::{CallSpec, CallsSpec, CircuitSpec, ForwardSpec, HedgeSpec};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Probabilities that differ from 1 by less are 1: they are written in decimals.
const ROUNDING: f64 = 1e-9;

/// Which workload sends requests to which other, and where that is written.
#[derive(Debug, Default)]
pub(super) struct Ways {
    calls: BTreeMap<(usize, usize), Place>,
    forwards: BTreeMap<(usize, usize), Place>,
}

impl Ways {
    /// Whether any workload sends requests to this one.
    pub(super) fn lead_to(&self, workload: usize) -> bool {
        let all = self.calls.keys().chain(self.forwards.keys());
        all.into_iter().any(|&(_, to)| to == workload)
    }

    fn place(&self, way: (usize, usize)) -> Option<Place> {
        self.calls.get(&way).or_else(|| self.forwards.get(&way)).copied()
    }

    /// The shortest way from one workload to another, both included.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut next = VecDeque::from([from]);
        while let Some(here) = next.pop_front() {
            if here == to {
                let mut path = vec![here];
                while let Some(&last) = path.last().filter(|&&last| last != from) {
                    path.push(before[&last]);
                }
                path.reverse();
                return Some(path);
            }
            for &(start, end) in self.calls.keys().chain(self.forwards.keys()) {
                if start == here && end != from && !before.contains_key(&end) {
                    before.insert(end, here);
                    next.push_back(end);
                }
            }
        }
        None
    }
}

/// What a call is read with: who there is, and the ways that were found before.
struct Known<'a> {
    names: &'a [Option<&'a str>],
    workloads: &'a [Option<LoweredWorkload>],
    ways: &'a mut Ways,
}

/// A way to another workload.
#[derive(Clone, Copy)]
enum By {
    Call,
    Forward,
}

impl Lowering<'_> {
    /// Reads what every workload asks of others.
    pub(super) fn calls(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        workloads: &mut [Option<LoweredWorkload>],
    ) -> Ways {
        let mut ways = Ways::default();
        for (index, item) in spot.items().iter().enumerate() {
            let serving = item.at("serving");
            let known = &mut Known {
                names,
                workloads,
                ways: &mut ways,
            };
            let steps: Vec<_> = serving
                .at("calls")
                .items()
                .iter()
                .map(|step| self.step(step, index, known))
                .collect();
            let forward: Vec<_> = serving
                .at("forward")
                .items()
                .iter()
                .filter_map(|way| self.way_on(way, index, known))
                .collect();
            let sum: f64 = forward.iter().map(|way| way.probability).sum();
            if sum > 1.0 + ROUNDING {
                let percent = (sum * 1e6).round() / 1e4;
                let said = format!("these probabilities sum to {percent} %, above 100 %");
                self.push(serving.at("forward").key_error(said));
            }
            let hold_slot = serving.at("hold_slot");
            let holds = self.read_or(&hold_slot, true);
            if hold_slot.exists() && steps.is_empty() {
                let warning = hold_slot.warning("no slot is held here: the workload makes no calls");
                self.push(warning.help("name them under `calls`"));
            }
            if let Some(Some(workload)) = workloads.get_mut(index) {
                workload.serving.calls = CallsSpec {
                    steps: steps.into_iter().flatten().collect(),
                    hold_slot: holds.unwrap_or(true),
                    forward,
                };
            }
        }
        self.calls_that_come_back(names, &ways);
        self.forwards_without_end(names, workloads, &ways);
        self.no_broker_answers(spot, names, workloads, &ways);
        ways
    }

    /// One step: a call, or several at once.
    fn step(&mut self, spot: &Spot<'_>, from: usize, known: &mut Known<'_>) -> Option<Vec<CallSpec>> {
        let parallel = spot.at("parallel");
        if !parallel.exists() {
            return Some(vec![self.call(spot, from, known)?]);
        }
        for (key, place) in spot.entries() {
            if key != "parallel" {
                let error = place.key_error(format!("{} says nothing about several calls", quoted(key)));
                self.push(error.help("write it beside the `to` of each of them"));
            }
        }
        let mut calls = Vec::new();
        let mut sound = true;
        for item in parallel.items() {
            if item.at("parallel").exists() {
                let error = item
                    .at("parallel")
                    .key_error("calls that go out at once have no others within");
                self.push(error.help("write them in one list; what comes after is the next step"));
                sound = false;
                continue;
            }
            match self.call(&item, from, known) {
                Some(call) => calls.push(call),
                None => sound = false,
            }
        }
        sound.then_some(calls)
    }

    fn call(&mut self, spot: &Spot<'_>, from: usize, known: &mut Known<'_>) -> Option<CallSpec> {
        let to = self.target(spot, from, known, By::Call);
        let call: raw::Call = self.read(spot)?;
        if call.timeout == Some(Duration::ZERO) {
            let error = spot.at("timeout").error("a time-out must be longer than zero");
            self.push(error.help("leave it out for a caller that waits for ever"));
        }
        if let Some(breaker) = call.circuit_breaker
            && breaker.max_pending_requests.is_some()
            && breaker.max_connections.is_none()
        {
            let place = spot.at("circuit_breaker").at("max_pending_requests");
            let warning = place.warning("no call waits for its turn, however many are out");
            self.push(warning.help("say after how many they do: `max_connections`"));
        }
        let to = to?;
        let class = match &call.class {
            None => None,
            Some(name) => {
                let classes = &known.workloads.get(to)?.as_ref()?.serving.classes;
                let found = classes.iter().position(|class| class.name == *name);
                if found.is_none() {
                    let names = classes.iter().map(|class| class.name.as_str());
                    let place = spot.at("class");
                    let error = unknown_name(place.cursor.place(), "class", name, names);
                    self.push(error.path(&place.path));
                }
                Some(u8::try_from(found?).unwrap_or(u8::MAX))
            }
        };
        Some(CallSpec {
            to,
            class,
            probability: call.probability.get(),
            optional: call.optional,
            timeout: call.timeout.map(Duration::span),
            retry: call.retry.as_ref().map(retry),
            circuit: call.circuit_breaker.map(circuit),
            hedge: call.hedge.map(|hedge| match hedge {
                raw::Hedge::After(delay) => HedgeSpec::After(delay.span()),
                raw::Hedge::AfterPercentile(share) => HedgeSpec::AfterQuantile(share.get()),
            }),
        })
    }

    fn way_on(&mut self, spot: &Spot<'_>, from: usize, known: &mut Known<'_>) -> Option<ForwardSpec> {
        let to = self.target(spot, from, known, By::Forward)?;
        let way: raw::Forward = self.read(spot)?;
        Some(ForwardSpec {
            to,
            probability: way.probability.get(),
        })
    }

    /// The workload that `to` names, which must take requests.
    fn target(&mut self, spot: &Spot<'_>, from: usize, known: &mut Known<'_>, by: By) -> Option<usize> {
        let place = spot.at("to");
        let Some(name) = place.cursor.text() else {
            if !place.exists() && !self.refused(&spot.path) {
                let error = spot.key_error("missing field `to`");
                self.push(error.help("name the workload that is called"));
            }
            return None;
        };
        let to = self.workload_index(&place, name, known.names, false)?;
        let ways = match by {
            By::Call => &mut known.ways.calls,
            By::Forward => &mut known.ways.forwards,
        };
        ways.insert((from, to), place.cursor.place());
        if known
            .workloads
            .get(to)
            .and_then(Option::as_ref)
            .is_some_and(|one| one.background)
        {
            let error = place.error(format!("{} expects no requests", quoted(name)));
            self.push(error.help("give it a `demand`, and remove `background`"));
            return None;
        }
        Some(to)
    }

    /// Reports calls that come back to who has made them: every request would wait for itself.
    fn calls_that_come_back(&mut self, names: &[Option<&str>], ways: &Ways) {
        let mut told: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
        for (&(from, to), &place) in &ways.calls {
            let Some(back) = ways.path(to, from) else { continue };
            if !told.insert(back.iter().copied().collect()) {
                continue;
            }
            let mut round = vec![from];
            round.extend(back);
            let said = format!("calls go round in a circle: {}", arrows(&round, names));
            let error = all_round(Diagnostic::error(place, said), &round, |way| ways.place(way));
            self.push(error.help("a request that is called from within itself would never be answered"));
        }
    }

    /// Reports workloads that are left for each other only, so that no request ever ends.
    fn forwards_without_end(
        &mut self,
        names: &[Option<&str>],
        workloads: &[Option<LoweredWorkload>],
        ways: &Ways,
    ) {
        let forward = |index: usize| {
            let workload = workloads.get(index).and_then(Option::as_ref);
            workload.map_or(&[][..], |workload| &workload.serving.calls.forward)
        };
        let leaves = |index: usize| {
            let sum: f64 = forward(index).iter().map(|way| way.probability).sum();
            sum < 1.0 - ROUNDING
        };
        // Who can leave, directly or by way of others.
        let mut ends: Vec<bool> = (0..workloads.len()).map(leaves).collect();
        loop {
            let more = (0..workloads.len()).find(|&index| {
                !ends[index]
                    && forward(index)
                        .iter()
                        .any(|way| way.probability > 0.0 && ends[way.to])
            });
            let Some(more) = more else { break };
            ends[more] = true;
        }
        let mut told: BTreeSet<usize> = BTreeSet::new();
        for index in (0..workloads.len()).filter(|&index| !ends[index]) {
            let mut round = vec![index];
            while let Some(way) = forward(round[round.len() - 1])
                .iter()
                .find(|way| way.probability > 0.0)
            {
                let seen = round.iter().position(|&one| one == way.to);
                round.push(way.to);
                if let Some(first) = seen {
                    round.drain(..first);
                    break;
                }
            }
            let known = round.iter().any(|one| told.contains(one));
            told.extend(&round);
            let place = round
                .get(..2)
                .and_then(|way| ways.forwards.get(&(way[0], way[1])));
            if let (Some(&place), false) = (place, known) {
                let said = format!("no request ever leaves: {}", arrows(&round, names));
                let error = Diagnostic::error(place, said);
                let error = all_round(error, &round, |way| ways.forwards.get(&way).copied());
                self.push(error.help("let the probabilities of one of them sum to less than 100 %"));
            }
        }
    }

    /// Reports brokers that somebody waits for: their workers answer nobody.
    fn no_broker_answers(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        workloads: &[Option<LoweredWorkload>],
        ways: &Ways,
    ) {
        let mut waited_for: BTreeSet<usize> = ways.calls.keys().map(|&(_, to)| to).collect();
        loop {
            let next = ways
                .forwards
                .keys()
                .find(|(from, to)| waited_for.contains(from) && !waited_for.contains(to));
            let Some(&(_, to)) = next else { break };
            waited_for.insert(to);
        }
        let items = spot.items();
        for (index, workload) in workloads.iter().enumerate() {
            let Some(serving) = workload.as_ref().map(|workload| &workload.serving) else {
                continue;
            };
            let is_broker = serving.queueing.redelivery.is_some() || serving.ends.is_some();
            let queue = items[index].at("serving").at("queue");
            if is_broker && waited_for.contains(&index) {
                let said = format!("a caller waits for {}, a broker's queue", named(index, names));
                self.push(
                    queue
                        .key_error(said)
                        .help("send to it by `forward`, from a workload that nobody calls"),
                );
            }
            if is_broker && !serving.calls.steps.is_empty() {
                let said = format!(
                    "{} takes messages of a broker, and makes calls",
                    named(index, names)
                );
                self.push(
                    queue
                        .key_error(said)
                        .help("workers of a broker make no calls here: leave out `redelivery`, or the calls"),
                );
            }
        }
    }
}

/// The error with every place of a circle after the first, as far as `place` knows it.
fn all_round(
    mut error: Diagnostic,
    round: &[usize],
    place: impl Fn((usize, usize)) -> Option<Place>,
) -> Diagnostic {
    let ways: Vec<(usize, usize)> = round.windows(2).map(|way| (way[0], way[1])).collect();
    let last = ways.len().saturating_sub(1);
    for (number, &way) in ways.iter().enumerate().skip(1) {
        if let Some(place) = place(way) {
            let why = match number == last {
                true => "and here the circle closes",
                false => "it goes on here",
            };
            error = error.related(place, why);
        }
    }
    error
}

fn circuit(breaker: raw::CircuitBreaker) -> CircuitSpec {
    CircuitSpec {
        max_connections: breaker.max_connections,
        max_pending: breaker.max_pending_requests,
        max_requests: breaker.max_requests,
        max_retries: breaker.max_retries,
        consecutive_failures: breaker.consecutive_failures,
        open_for: breaker.open_for.span(),
        half_open_requests: breaker.half_open_requests,
    }
}

fn named(index: usize, names: &[Option<&str>]) -> String {
    quoted(names.get(index).copied().flatten().unwrap_or_default())
}

fn arrows(round: &[usize], names: &[Option<&str>]) -> String {
    let names = round
        .iter()
        .map(|&index| names.get(index).copied().flatten().unwrap_or_default());
    names.collect::<Vec<_>>().join(" -> ")
}
