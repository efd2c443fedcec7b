//! Load: what arrives where.
//!
//! Knows: how each kind of load is made, and where its parameters stand. Must not know: how many requests are too many
//! (`volume` does), or where files are (`files` does).

use super::super::raw::load::{Arrivals, Load as RawLoad, Origin, Repeat as RawRepeat, Spread as RawSpread};
use super::super::spot::Spot;
use super::Lowering;
use super::files::Recording;
use super::timing::Timing;
use super::workload::{Arriving, LoweredWorkload};
use crate::engine::{Span, Stream, Time};
use crate::input::trace::{
    AzureLlmTrace, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, RequestsCsv,
    RequestsCsvOptions, TokenCost, TraceError,
};
use crate::model::units::{Duration, Rate, Timestamp, quoted};
use crate::stats::Sampler;
use crate::workload::load::{
    Counts, Factors, Gaps, Growth, LoadProblem, LoadSpec, Mmpp, MmppState, OFFICE_DAYS, OFFICE_HOURS,
    RateCurve, Repeat, Sine, Spread,
};
use crate::workload::serving::ClosedUsers;
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

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
        timing: Option<&Timing>,
    ) -> BTreeMap<usize, Arriving> {
        let items = root.at("load").items();
        let mut taken: BTreeSet<String> = items
            .iter()
            .filter_map(|item| item.text("name"))
            .map(str::to_owned)
            .collect();
        let mut arriving: BTreeMap<usize, Arriving> = BTreeMap::new();
        let mut total = 0.0;
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
                    total += self.users_volume(item, &load, &users, workload, timing);
                    entry.users.push(users);
                }
                Some(made @ Made::Source { .. }) => {
                    total += self.source_volume(item, &load, &made, timing);
                    if let Made::Source { spec, .. } = made {
                        entry.loads.push((name, spec.with(factors(&load))));
                    }
                }
                None => {}
            }
        }
        self.too_many(&root.at("load"), total);
        for (index, item) in root.at("workloads").items().iter().enumerate() {
            // A load that leads nowhere was probably meant for one of them, and of two of one name one is a mistake.
            if !lost
                && !arriving.contains_key(&index)
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
                return self.chain(&kind, chain);
            }
            Arrivals::Mmpp { states, jumps } => {
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
                return self.chain(&kind, chain);
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
                return Some(Made::Users(ClosedUsers {
                    name: name.to_owned(),
                    users: *users,
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

    fn chain(&mut self, kind: &Spot<'_>, chain: Mmpp) -> Option<Made> {
        let sound = self.problems(kind, &chain.problems());
        sound.then(|| Made::Source {
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

    fn recording(
        &mut self,
        kind: &Spot<'_>,
        arrivals: &Arrivals,
        name: &str,
        workload: Option<&LoweredWorkload>,
    ) -> Option<Made> {
        let classes: Vec<String> = workload
            .map(|workload| &workload.serving.classes)
            .into_iter()
            .flatten()
            .map(|class| class.name.clone())
            .collect();
        let origin = origin(arrivals)?;
        let key = format!("{classes:?} {arrivals:?}");
        let read = |path: &Path| read_recording(path, arrivals, classes);
        match self.files.recording(kind, origin, key, read) {
            Ok((spec, summary)) => {
                self.assumptions.push(replayed(name, origin));
                Some(Made::Source {
                    spec,
                    rate_mean: None,
                    requests: Some(summary.requests),
                })
            }
            Err(diagnostic) => {
                self.push(*diagnostic);
                None
            }
        }
    }
}

fn origin(arrivals: &Arrivals) -> Option<Origin<'_>> {
    match arrivals {
        Arrivals::Requests(trace) => Some(trace.origin()),
        Arrivals::Counts(trace) => Some(trace.origin()),
        Arrivals::NumberList(trace) => Some(trace.origin()),
        Arrivals::AzureLlm(trace) => Some(trace.origin()),
        _ => None,
    }
}

/// The sentence about where a load comes from.
fn replayed(name: &str, origin: Origin<'_>) -> String {
    let mut said = format!("Load {name} replays {}", origin.file);
    let about: Vec<_> = origin
        .source
        .map(|source| format!("source: {source}"))
        .into_iter()
        .chain(origin.licence.map(|licence| format!("licence: {licence}")))
        .collect();
    if !about.is_empty() {
        said.push_str(&format!(" ({})", about.join("; ")));
    }
    said.push('.');
    said
}

/// Reads a recording whole.
fn read_recording(path: &Path, arrivals: &Arrivals, classes: Vec<String>) -> Result<Recording, TraceError> {
    let counts = |series: Arc<dyn crate::workload::load::CountSeries>, interval, spread| {
        LoadSpec::Counts(Counts {
            series,
            interval,
            spread: match spread {
                RawSpread::Uniform => Spread::Uniform,
                RawSpread::Even => Spread::Even,
            },
        })
    };
    match arrivals {
        Arrivals::Counts(trace) => {
            let options = CountsCsvOptions {
                period: trace.period.clone(),
                count: trace.column.clone(),
                interval: trace.interval.span(),
                from: trace.from.map(civil),
                until: trace.until.map(civil),
            };
            let csv = CountsCsv::validated(path, &options)?;
            let summary = csv.summary().clone();
            Ok((counts(Arc::new(csv), options.interval, trace.spread), summary))
        }
        Arrivals::NumberList(trace) => {
            let options = NumberListOptions {
                interval: trace.interval.span(),
                from: trace.from.span(),
                until: trace.until.map(Duration::span),
            };
            let list = NumberList::validated(path, &options)?;
            let summary = list.summary().clone();
            Ok((counts(Arc::new(list), options.interval, trace.spread), summary))
        }
        Arrivals::AzureLlm(trace) => {
            let cost = TokenCost {
                base: trace.base.span(),
                per_context_token: trace.per_context_token.span().secs_f64(),
                per_generated_token: trace.per_generated_token.span().secs_f64(),
            };
            let trace = AzureLlmTrace::azure_llm(path, cost)?;
            let summary = trace.summary().clone();
            Ok((LoadSpec::Custom(Arc::new(trace)), summary))
        }
        Arrivals::Requests(trace) => {
            let options = RequestsCsvOptions {
                timestamp: trace.timestamp.clone(),
                class: trace.class.clone(),
                demand: trace.demand.clone(),
                classes,
                from_first_row: trace.from_first_row,
            };
            let csv = RequestsCsv::requests_csv(path, &options)?;
            let summary = csv.summary().clone();
            Ok((LoadSpec::Custom(Arc::new(csv)), summary))
        }
        _ => Err(TraceError {
            file: path.to_owned(),
            problems: Vec::new(),
        }),
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

fn civil(at: Timestamp) -> DateTime {
    at.instant().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

/// How long after Monday 00:00 a week's instant is.
fn since_monday(at: DateTime) -> Span {
    let days = at.weekday().to_monday_zero_offset();
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let secs = i64::from(days) * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Span::from_secs(u64::try_from(secs).unwrap_or(0))
}
