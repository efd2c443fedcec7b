//! Markov-modulated Poisson arrivals: bursts.
//!
//! Knows: states with a rate and a mean stay, and how one follows another. Must not know: what causes a burst.

use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};

use super::spec::Opening;
use super::{Arrival, Intensity, LoadProblem, whole_nanos};
use crate::engine::{Span, Stream, Time};

/// One state of the chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmppState {
    /// Requests per second while in it.
    pub rate: f64,
    /// Mean stay; stays are exponential.
    pub stay_mean: Span,
}

/// A Markov-modulated Poisson process. It starts in its stationary state, so its mean rate holds from the beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct Mmpp {
    states: Arc<[MmppState]>,
    /// Row i: probabilities of the next state after i. `None`: every other state alike.
    jumps: Option<Arc<[Vec<f64>]>>,
    /// Share of time in each state.
    shares: Arc<[f64]>,
}

impl Mmpp {
    /// A chain of `states`; from each, every other one follows with equal probability.
    #[must_use]
    pub fn new(states: Vec<MmppState>) -> Self {
        Self::build(states, None)
    }

    /// A chain of `states` in which state j follows state i with probability `jumps[i][j]` (rows are normalised;
    /// every state must be reachable from every other).
    #[must_use]
    pub fn with_jumps(states: Vec<MmppState>, jumps: Vec<Vec<f64>>) -> Self {
        Self::build(states, Some(jumps))
    }

    /// Two states: `base` and `peak` requests per second for `off_mean` and `on_mean` on average.
    #[must_use]
    pub fn bursts(base: f64, peak: f64, on_mean: Span, off_mean: Span) -> Self {
        let calm = MmppState {
            rate: base,
            stay_mean: off_mean,
        };
        Self::new(vec![
            calm,
            MmppState {
                rate: peak,
                stay_mean: on_mean,
            },
        ])
    }

    fn build(states: Vec<MmppState>, jumps: Option<Vec<Vec<f64>>>) -> Self {
        let visits = match &jumps {
            None => vec![1.0; states.len()],
            Some(rows) => visits(rows, states.len()),
        };
        let weights: Vec<f64> = states
            .iter()
            .zip(&visits)
            .map(|(s, v)| s.stay_mean.secs_f64() * v)
            .collect();
        let sum: f64 = weights.iter().sum();
        let shares = weights.iter().map(|weight| weight / sum).collect();
        Self {
            states: states.into(),
            jumps: jumps.map(Into::into),
            shares,
        }
    }

    /// The long-run rate, requests per second.
    #[must_use]
    pub fn rate_mean(&self) -> f64 {
        self.states
            .iter()
            .zip(self.shares.iter())
            .map(|(state, share)| state.rate * share)
            .sum()
    }

    /// How often the state is left in the long run, times per second.
    #[must_use]
    pub fn changes_per_sec(&self) -> f64 {
        let stays = self.states.iter().map(|state| state.stay_mean.secs_f64());
        self.shares
            .iter()
            .zip(stays)
            .map(|(share, stay)| share / stay)
            .sum()
    }

    /// Everything that is wrong with the chain.
    #[must_use]
    pub fn problems(&self) -> Vec<LoadProblem> {
        let mut problems = Vec::new();
        let count = self.states.len();
        if count < 2 {
            problems.push(LoadProblem::new("states", count as f64, "two states or more"));
        }
        for state in self.states.iter() {
            problems.extend(LoadProblem::of_rate("states.rate", state.rate));
            if state.stay_mean.is_zero() {
                problems.push(LoadProblem::new(
                    "states.stay",
                    0.0,
                    "a mean stay longer than zero",
                ));
            }
        }
        for row in self.jumps.iter().flat_map(|rows| rows.iter()) {
            if row.len() != count || self.jumps.as_ref().is_some_and(|rows| rows.len() != count) {
                problems.push(LoadProblem::new(
                    "jumps",
                    row.len() as f64,
                    "one row and one column per state",
                ));
            }
            let sum: f64 = row.iter().sum();
            if row.iter().any(|p| !(p.is_finite() && *p >= 0.0)) || sum <= 0.0 {
                problems.push(LoadProblem::new(
                    "jumps",
                    sum,
                    "probabilities from 0 up, not all zero",
                ));
            }
        }
        problems
    }

    /// The state after `state`; `uniform` in [0, 1).
    fn follow(&self, state: usize, uniform: f64) -> usize {
        match &self.jumps {
            None => {
                let others = self.states.len().saturating_sub(1).max(1);
                let pick = ((uniform * others as f64) as usize).min(others - 1);
                if pick >= state {
                    (pick + 1) % self.states.len()
                } else {
                    pick
                }
            }
            Some(rows) => {
                pick(rows.get(state).map_or(&[], Vec::as_slice), uniform).min(self.states.len() - 1)
            }
        }
    }
}

/// Index of the weight into which `uniform` (0 to 1) falls.
fn pick(weights: &[f64], uniform: f64) -> usize {
    let mut left = uniform * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        if left < *weight {
            return index;
        }
        left -= weight;
    }
    weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
}

/// Stationary visit frequencies of the jump chain, by iterating its lazy version, which also converges if periodic.
fn visits(rows: &[Vec<f64>], count: usize) -> Vec<f64> {
    let mut visits = vec![1.0 / count.max(1) as f64; count];
    for _ in 0..10_000 {
        let mut next: Vec<f64> = visits.iter().map(|visit| 0.5 * visit).collect();
        for (row, visit) in rows.iter().zip(&visits) {
            let sum: f64 = row.iter().sum();
            for (target, weight) in next.iter_mut().zip(row) {
                *target += 0.5 * visit * weight / sum;
            }
        }
        let moved: f64 = next.iter().zip(&visits).map(|(new, old)| (new - old).abs()).sum();
        visits = next;
        if moved < 1e-15 {
            break;
        }
    }
    visits
}

/// Arrivals of an [`Mmpp`]. States have a stream of their own: scaling the rates moves no burst.
#[derive(Clone, Debug)]
pub(super) struct MmppSource {
    chain: Mmpp,
    stream: Stream,
    states: Stream,
    factor: Intensity,
    origin: Time,
    rate_max: f64,
    state: usize,
    rate: f64,
    /// Nanoseconds since the origin: the last candidate, and when the state is left.
    at: u64,
    leave: u64,
}

impl MmppSource {
    pub(super) fn new(chain: &Mmpp, opening: &Opening<'_>) -> Self {
        let mut states = opening.stream("/states");
        let rate_max = chain.states.iter().map(|state| state.rate).fold(0.0, f64::max);
        let state = pick(&chain.shares, states.random::<f64>());
        let mut source = Self {
            chain: chain.clone(),
            stream: opening.stream(""),
            states,
            factor: opening.factor,
            origin: opening.origin,
            rate_max,
            state,
            rate: 0.0,
            at: 0,
            leave: 0,
        };
        if chain.states.is_empty() || rate_max <= 0.0 {
            source.at = u64::MAX;
        } else {
            source.stay();
        }
        source
    }

    /// Draws how long the present state lasts.
    fn stay(&mut self) {
        let state = self.chain.states[self.state];
        let stay: f64 = Exp1.sample(&mut self.states);
        self.rate = state.rate;
        self.leave = self
            .at
            .saturating_add(whole_nanos(stay * state.stay_mean.nanos() as f64));
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        while self.at < u64::MAX {
            if self.rate > 0.0 {
                let hazard: f64 = Exp1.sample(&mut self.stream);
                let gap = self
                    .factor
                    .advance(Time::from_nanos(self.at).secs_f64(), hazard / self.rate);
                let next = self.at.saturating_add(whole_nanos(gap * 1e9));
                if next < self.leave {
                    self.at = next;
                    let at = self.origin + Span::from_nanos(next);
                    return if at == Time::NEVER {
                        self.end()
                    } else {
                        Some(Arrival::plain(at))
                    };
                }
            }
            self.at = self.leave;
            // A load that has died out must not count states to the end of time.
            if self.rate_max * self.factor.rest(Time::from_nanos(self.at).secs_f64()) < 1e-12 {
                return self.end();
            }
            self.state = self.chain.follow(self.state, self.states.random::<f64>());
            self.stay();
        }
        None
    }

    fn end(&mut self) -> Option<Arrival> {
        self.at = u64::MAX;
        None
    }
}
