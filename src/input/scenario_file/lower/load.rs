//! Load: what arrives where.
//!
//! Knows: how each kind of load is made, and where its parameters stand. Must not know: how many requests are too many
//! (`volume` does), or how a recording is read (`recording` does).

use super::super::raw::load::{Arrivals, Load as RawLoad, Repeat as RawRepeat};
use super::super::spot::Spot;
use super::Lowering;
use super::calls::Ways;
use super::timing::Timing;
use super::volume::{Volume, attempts};
use super::workload::{Arriving, LoweredWorkload};
use crate::engine::{Span, Stream, Time};
use crate::model::units::{Duration, Rate, quoted};
use crate::stats::Sampler;
use crate::workload::load::{
    Factors, Gaps, Growth, LoadProblem, LoadSpec, Mmpp, MmppState, OFFICE_DAYS, OFFICE_HOURS, RateCurve,
    Repeat, Sine,
};
use crate::workload::serving::ClosedUsers;
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};

/// Most users of one load; the schema says so too.
const USERS_MAX: u32 = 10_000_000;

/// Gaps drawn from a law.
#[derive(Clone, Debug)]
struct LawGaps(Sampler);

impl Gaps for LawGaps {
    fn next_gap(&mut self, stream: &mut Stream) -> f64 {
        self.0.sample(stream)
    }

    fn clone_box(&self) -> Box<dyn Gaps> {
        Box::new(self.clone())
    }
}

/// What a load is made into: a source of requests with its mean rate where that is known, or users.
pub(super) enum Made {
    Source {
        spec: LoadSpec,
        /// Requests per second in the long run, for kinds that have no curve.
        rate_mean: Option<f64>,
        /// Requests in all, for recordings.
        requests: Option<u64>,
    },
    Users(ClosedUsers),
}

impl Made {
    const fn of(spec: LoadSpec) -> Self {
        Self::Source {
            spec,
            rate_mean: None,
            requests: None,
        }
    }
}

impl Lowering<'_> {
    /// Reads every load; by index of the workload.
    pub(super) fn loads(
        &mut self,
        root: &Spot<'_>,
        names: &[Option<&str>],
        workloads: &[Option<LoweredWorkload>],
        ways: &Ways,
        timing: Option<&Timing>,
    ) -> BTreeMap<usize, Arriving> {
        let items = root.at("load").items();
        let mut taken: BTreeSet<String> = items
            .iter()
            .filter_map(|item| item.text("name"))
            .map(str::to_owned)
            .collect();
        let mut arriving: BTreeMap<usize, Arriving> = BTreeMap::new();
        let mut volumes: Vec<(Spot<'_>, Volume)> = Vec::new();
        let mut lost = false;
        for item in &items {
            let to = item.text("to");
            let index = to.and_then(|to| self.workload_index(&item.at("to"), to, names, false));
            lost |= index.is_none();
            let Some(load) = self.read::<RawLoad>(item) else {
                if let Some(index) = index {
                    arriving.entry(index).or_default();
                }
                continue;
            };
            let name = load
                .name
                .clone()
                .unwrap_or_else(|| free_name(&load.to, &mut taken));
            let workload = index.and_then(|index| workloads.get(index)?.as_ref());
            let made = self.made(&item.at("arrivals"), &load, &name, workload, timing);
            let Some(index) = index else { continue };
            let entry = arriving.entry(index).or_default();
            match made {
                Some(Made::Users(users)) => {
                    let volume = self.users_volume(item, &users, workload, timing);
                    volumes.push((item.clone(), volume));
                    entry.users.push(users);
                }
                Some(made @ Made::Source { .. }) => {
                    let requests = self.source_volume(item, &load, &made, timing);
                    let retried = workload.zip(timing);
                    let volume = Volume {
                        requests,
                        attempts: retried.map_or(requests, |(workload, timing)| {
                            attempts(requests, workload, timing)
                        }),
                        users: None,
                    };
                    volumes.push((item.clone(), volume));
                    if let Made::Source { spec, .. } = made {
                        entry.loads.push((name, spec.with(factors(&load))));
                    }
                }
                None => {}
            }
        }
        if let Some(timing) = timing {
            self.too_many(&volumes, timing);
        }
        for (index, item) in root.at("workloads").items().iter().enumerate() {
            if item.at("job").exists() {
                continue;
            }
            let background = item.at("background");
            if matches!(background.read::<bool>(), Some(Ok(true))) {
                if arriving.contains_key(&index) {
                    let error = background.error("a load is sent to this workload, which expects none");
                    self.push(error.help("describe it: give it a `demand`, and remove `background`"));
                }
                continue;
            }
            // A load that leads nowhere was probably meant for one of them, and of two of one name one is a mistake.
            if !lost
                && !arriving.contains_key(&index)
                && !ways.lead_to(index)
                && let Some(name) = item.text("name")
                && !names[..index].contains(&Some(name))
            {
                let warning = item.warning(format!("no requests arrive at {}", quoted(name)));
                self.push(warning.help(format!("add a load with `to: {name}`")));
            }
        }
        arriving
    }

    fn made(
        &mut self,
        spot: &Spot<'_>,
        load: &RawLoad,
        name: &str,
        workload: Option<&LoweredWorkload>,
        timing: Option<&Timing>,
    ) -> Option<Made> {
        let kind = spot.entries().into_iter().next()?.1;
        let spec = match &load.arrivals {
            Arrivals::Constant { rate, phase } => LoadSpec::Constant {
                rate: rate.per_second(),
                phase: phase.map(Duration::span),
            },
            Arrivals::Poisson { rate } => LoadSpec::Poisson {
                rate: rate.per_second(),
            },
            Arrivals::Diurnal { mean, hours, days } => {
                let (hours, days) = (hours.unwrap_or(OFFICE_HOURS), days.unwrap_or(OFFICE_DAYS));
                self.week_factors(&kind, &hours, &days)?;
                let start = since_monday(timing?.start);
                LoadSpec::Shaped(RateCurve::weekly(mean.per_second(), &hours, &days, start))
            }
            Arrivals::Step { levels } => {
                let items = kind.at("levels").items();
                for (pair, item) in levels.windows(2).zip(items.iter().skip(1)) {
                    if pair[1].at < pair[0].at {
                        let error = item.at("at").error("this level begins before the one above it");
                        self.push(error.help("list levels in order of time"));
                    }
                }
                let steps: Vec<_> = levels
                    .iter()
                    .map(|level| (time(level.at), level.rate.per_second()))
                    .collect();
                LoadSpec::Shaped(RateCurve::steps(&steps))
            }
            Arrivals::Sine { .. } | Arrivals::Ramp { .. } | Arrivals::Spike { .. } => {
                LoadSpec::Shaped(curve(&load.arrivals)?)
            }
            Arrivals::Bursts { base, peak, on, off } => {
                let chain = Mmpp::bursts(base.per_second(), peak.per_second(), on.span(), off.span());
                let stays = [(kind.at("on"), *on), (kind.at("off"), *off)];
                return self.chain(&kind, chain, &stays, timing);
            }
            Arrivals::Mmpp { states, jumps } => {
                let stays: Vec<_> = kind
                    .at("states")
                    .items()
                    .iter()
                    .map(|item| item.at("stay"))
                    .zip(states.iter().map(|state| state.stay))
                    .collect();
                let states = states
                    .iter()
                    .map(|state| MmppState {
                        rate: state.rate.per_second(),
                        stay_mean: state.stay.span(),
                    })
                    .collect();
                let chain = match jumps {
                    Some(rows) => self.jumps(&kind.at("jumps"), states, rows)?,
                    None => Mmpp::new(states),
                };
                return self.chain(&kind, chain, &stays, timing);
            }
            Arrivals::Renewal { gap } => {
                let law = self.law(&kind.at("gap"), gap)?;
                let rate_mean = Some(1.0 / law.mean());
                return Some(Made::Source {
                    spec: LoadSpec::Renewal(Box::new(LawGaps(law.compile()))),
                    rate_mean,
                    requests: None,
                });
            }
            Arrivals::ClosedLoop { users, think } => {
                let think = self.law(&kind.at("think"), think)?;
                let scaled = f64::from(*users) * load.scale.get();
                if scaled > f64::from(USERS_MAX) {
                    let error = kind.at("users").error(format!("{scaled:.0} users are too many"));
                    self.push(error.help(format!("expected at most {USERS_MAX}, scale included")));
                    return None;
                }
                return Some(Made::Users(ClosedUsers {
                    name: name.to_owned(),
                    users: scaled.round() as u32,
                    shift: load.shift.span(),
                    think,
                }));
            }
            Arrivals::Requests(_) | Arrivals::Counts(_) | Arrivals::NumberList(_) | Arrivals::AzureLlm(_) => {
                return self.recording(&kind, &load.arrivals, name, workload);
            }
        };
        self.problems(&kind, &spec.problems()).then_some(Made::of(spec))
    }

    fn week_factors(&mut self, spot: &Spot<'_>, hours: &[f64], days: &[f64]) -> Option<()> {
        let mut sound = true;
        for (key, factors) in [("hours", hours), ("days", days)] {
            let usable = factors.iter().all(|factor| factor.is_finite() && *factor >= 0.0);
            if !usable || factors.iter().sum::<f64>() <= 0.0 {
                let error = spot
                    .at(key)
                    .error("a week needs factors from 0 up, not all of them 0");
                self.push(error);
                sound = false;
            }
        }
        sound.then_some(())
    }

    /// A chain with odds, which must be square and lead from every state to every other; the shape is checked here
    /// because the chain's shares of time are computed from it.
    fn jumps(&mut self, spot: &Spot<'_>, states: Vec<MmppState>, rows: &[Vec<f64>]) -> Option<Mmpp> {
        let square = rows.len() == states.len() && rows.iter().all(|row| row.len() == states.len());
        let odds = rows.iter().all(|row| {
            row.iter().all(|odds| odds.is_finite() && *odds >= 0.0) && row.iter().sum::<f64>() > 0.0
        });
        if !square || !odds {
            let error = spot.error("these are no odds between the states");
            self.push(error.help(format!(
                "expected {0} lists of {0} numbers from 0 up, in none of them only zeros",
                states.len()
            )));
            return None;
        }
        Some(Mmpp::with_jumps(states, rows.to_vec()))
    }

    fn chain(
        &mut self,
        kind: &Spot<'_>,
        chain: Mmpp,
        stays: &[(Spot<'_>, Duration)],
        timing: Option<&Timing>,
    ) -> Option<Made> {
        if !self.stays_last(stays) || !self.problems(kind, &chain.problems()) {
            return None;
        }
        if let Some(timing) = timing {
            self.state_changes(&chain, stays, timing);
        }
        Some(Made::Source {
            rate_mean: Some(chain.rate_mean()),
            spec: LoadSpec::Mmpp(chain),
            requests: None,
        })
    }

    /// Reports problems of a load's parameters at their fields; whether there are none.
    pub(super) fn problems(&mut self, spot: &Spot<'_>, problems: &[LoadProblem]) -> bool {
        for problem in problems {
            let field = problem
                .field
                .split('.')
                .fold(spot.clone(), |spot, key| spot.at(key));
            let message = format!("{} is {}", problem.field, problem.found);
            let error = field.error(message).path(&spot.path);
            self.push(error.help(format!("expected {}", problem.expected)));
        }
        problems.is_empty()
    }
}

/// The curves whose parameters are plain.
fn curve(arrivals: &Arrivals) -> Option<RateCurve> {
    let rate = Rate::per_second;
    Some(match arrivals {
        Arrivals::Sine {
            base,
            amplitude,
            period,
            phase,
        } => RateCurve::Sine(Sine {
            base: rate(*base),
            amplitude: rate(*amplitude),
            period: period.span(),
            phase: phase.span(),
        }),
        Arrivals::Ramp { from, to, at, over } => {
            RateCurve::ramp(rate(*from), rate(*to), time(*at), over.span())
        }
        Arrivals::Spike {
            base,
            peak,
            at,
            rise,
            hold,
            fall,
        } => RateCurve::spike(
            rate(*base),
            rate(*peak),
            time(*at),
            rise.span(),
            hold.span(),
            fall.map(Duration::span),
        ),
        _ => return None,
    })
}

/// What is done to the load.
pub(super) fn factors(load: &RawLoad) -> Factors {
    Factors {
        scale: load.scale.get(),
        shift: load.shift.span(),
        repeat: match load.repeat {
            None => Repeat::Once,
            Some(RawRepeat::AtEnd) => Repeat::AtEnd,
            Some(RawRepeat::Every(every)) => Repeat::Every(every.span()),
        },
        growth: load.growth.map(|growth| Growth {
            rate: growth.rate.get(),
            period: growth.period.span(),
        }),
    }
}

/// `name`, or `name-2` and so on if it is taken.
fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 1u32;
    while !taken.insert(free.clone()) {
        number += 1;
        free = format!("{name}-{number}");
    }
    free
}

fn time(duration: Duration) -> Time {
    Time::ZERO + duration.span()
}

/// How long after Monday 00:00 a week's instant is.
fn since_monday(at: DateTime) -> Span {
    let days = at.weekday().to_monday_zero_offset();
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let secs = i64::from(days) * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Span::from_secs(u64::try_from(secs).unwrap_or(0))
}
