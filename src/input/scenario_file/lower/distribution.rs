//! Random times to laws.
//!
//! Knows: which parameters make which constructor. Must not know: what the time is of.

use super::super::raw::distribution::{Law, Times};
use super::super::spot::Spot;
use super::Lowering;
use crate::input::Diagnostic;
use crate::model::units::Duration;
use crate::stats::Distribution;
use crate::stats::distribution::DistributionError;

/// Why a law cannot be built.
enum Trouble {
    Law(DistributionError),
    /// The parameters given do not make one way to state the law; the ways there are.
    Ways(&'static str),
    /// What a file of measured values has is of no use.
    File(Box<Diagnostic>),
}

impl From<DistributionError> for Trouble {
    fn from(error: DistributionError) -> Self {
        Self::Law(error)
    }
}

impl Lowering<'_> {
    /// The law at `spot`, in seconds; nothing if it is refused, which is then said, if it was not yet.
    pub(super) fn law(&mut self, spot: &Spot<'_>, times: &Times) -> Option<Distribution> {
        if self.refused(&spot.path) {
            return None;
        }
        let (law, name) = match times {
            Times::Always(duration) => {
                return Some(Distribution::Constant {
                    value: duration.span().secs_f64(),
                });
            }
            Times::Law(law) => (
                law.as_ref(),
                spot.cursor.entries().next().map_or("", |(key, _)| key),
            ),
        };
        let below = spot.at(name);
        match self.built(&below, law) {
            Ok(law) => Some(law),
            Err(trouble) => {
                self.push(match trouble {
                    Trouble::Law(error) => below.error(error.to_string()),
                    Trouble::Ways(ways) => {
                        let message = format!("these parameters make no {name} law");
                        below.error(message).help(format!("expected {ways}"))
                    }
                    Trouble::File(diagnostic) => *diagnostic,
                });
                None
            }
        }
    }

    /// The law at `spot` if one is there; otherwise `default`.
    pub(super) fn law_or(
        &mut self,
        spot: &Spot<'_>,
        times: Option<&Times>,
        default: Option<Distribution>,
    ) -> Option<Distribution> {
        match times {
            Some(times) => self.law(spot, times),
            None => default,
        }
    }

    fn built(&mut self, spot: &Spot<'_>, law: &Law) -> Result<Distribution, Trouble> {
        let law = match law {
            Law::Constant(duration) => Distribution::constant(secs(*duration)),
            Law::Exponential { mean, median, p95 } => match (mean, median, p95) {
                (Some(mean), None, None) => Distribution::exponential(secs(*mean)),
                (None, Some(median), None) => Distribution::exponential_median(secs(*median)),
                (None, None, Some(p95)) => Distribution::exponential_p95(secs(*p95)),
                _ => return Err(Trouble::Ways("`mean`, `median` or `p95`")),
            },
            Law::Uniform { low, high } => Distribution::uniform(secs(*low), secs(*high)),
            Law::Normal { mean, std, cv } => match (std, cv) {
                (Some(std), None) => Distribution::normal(secs(*mean), secs(*std)),
                (None, Some(cv)) => Distribution::normal_mean_cv(secs(*mean), *cv),
                _ => return Err(Trouble::Ways("`mean` and `std`, or `mean` and `cv`")),
            },
            Law::Lognormal {
                median,
                p95,
                mean,
                cv,
            } => match (median, p95, mean, cv) {
                (Some(median), Some(p95), None, None) => {
                    Distribution::lognormal_median_p95(secs(*median), secs(*p95))
                }
                (Some(median), None, None, Some(cv)) => Distribution::lognormal_median_cv(secs(*median), *cv),
                (None, Some(p95), Some(mean), None) => {
                    Distribution::lognormal_mean_p95(secs(*mean), secs(*p95))
                }
                (None, None, Some(mean), Some(cv)) => Distribution::lognormal_mean_cv(secs(*mean), *cv),
                _ => return Err(Trouble::Ways("`mean` or `median`, and `cv` or `p95`")),
            },
            Law::Gamma {
                mean,
                cv,
                shape,
                scale,
            } => match (mean, cv, shape, scale) {
                (Some(mean), Some(cv), None, None) => Distribution::gamma_mean_cv(secs(*mean), *cv),
                (None, None, Some(shape), Some(scale)) => Distribution::gamma(*shape, secs(*scale)),
                _ => return Err(Trouble::Ways("`mean` and `cv`, or `shape` and `scale`")),
            },
            Law::Weibull {
                mean,
                cv,
                median,
                p95,
                shape,
                scale,
            } => match (mean, cv, median, p95, shape, scale) {
                (Some(mean), Some(cv), None, None, None, None) => {
                    Distribution::weibull_mean_cv(secs(*mean), *cv)
                }
                (None, None, Some(median), Some(p95), None, None) => {
                    Distribution::weibull_median_p95(secs(*median), secs(*p95))
                }
                (None, None, None, None, Some(shape), Some(scale)) => {
                    Distribution::weibull(*shape, secs(*scale))
                }
                _ => {
                    return Err(Trouble::Ways(
                        "`mean` and `cv`, `median` and `p95`, or `shape` and `scale`",
                    ));
                }
            },
            Law::Erlang { phases, mean } => Distribution::erlang(*phases, secs(*mean)),
            Law::Pareto { alpha, min, mean } => match (min, mean) {
                (Some(min), None) => Distribution::pareto(*alpha, secs(*min)),
                (None, Some(mean)) => Distribution::pareto_mean(*alpha, secs(*mean)),
                _ => return Err(Trouble::Ways("`alpha` and `min`, or `alpha` and `mean`")),
            },
            Law::Hyperexponential { mean, cv, phases } => match (mean, cv, phases) {
                (Some(mean), Some(cv), None) => Distribution::hyperexponential_mean_cv(secs(*mean), *cv),
                (None, None, Some(phases)) => {
                    let phases: Vec<_> = phases
                        .iter()
                        .map(|phase| (phase.probability, secs(phase.mean)))
                        .collect();
                    Distribution::hyperexponential(&phases)
                }
                _ => return Err(Trouble::Ways("`mean` and `cv`, or `phases`")),
            },
            Law::Empirical { values, file } => match (values, file) {
                (Some(values), None) => {
                    Distribution::empirical(values.iter().map(|value| secs(*value)).collect())
                }
                (None, Some(file)) => {
                    let values = self.files.numbers(&spot.at("file"), file);
                    Distribution::empirical(values.map_err(Trouble::File)?)
                }
                _ => return Err(Trouble::Ways("`values`, or `file`")),
            },
        };
        law.map_err(Into::into)
    }
}

fn secs(duration: Duration) -> f64 {
    duration.span().secs_f64()
}
