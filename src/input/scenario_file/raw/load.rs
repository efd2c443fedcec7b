//! Load as users write it.
//!
//! Knows: the kinds of load, their parameters, and what a trace must say about itself. Must not know: how arrivals are
//! drawn, or where a file is found.

use super::distribution::Times;
use crate::model::units::{Duration, Rate, Ratio, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Requests on their way to a workload. A workload may have several loads; they add up.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Load {
    /// Its name, unique in the scenario; it names the random streams. By default the workload's name.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) name: Option<String>,
    /// The workload's name.
    pub(crate) to: String,
    /// When requests arrive.
    pub(crate) arrivals: Arrivals,
    /// A factor on the rate; a replayed request occurs that often on average. In a closed loop, a factor on the number of
    /// users, rounded.
    #[serde(default = "whole")]
    pub(crate) scale: Ratio,
    /// How much later the load begins; in a closed loop, how much later its users begin to think.
    #[serde(default)]
    pub(crate) shift: Duration,
    /// Whether it starts again: at its end, or every so often. Not for a closed loop, which never ends.
    #[serde(default, rename = "loop")]
    pub(crate) repeat: Option<Repeat>,
    /// Growth over time, compounded continuously. Not for a closed loop, whose users stay as many as they are.
    #[serde(default)]
    pub(crate) growth: Option<Growth>,
}

const fn whole() -> Ratio {
    Ratio::ONE
}

/// Whether a load starts again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Repeat {
    /// When its file ends.
    AtEnd,
    /// Every so often; what would come later in one lap is cut off.
    Every(Duration),
}

/// Growth of a load.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Growth {
    /// Growth a period: 5% is 1.05 times as much after one.
    pub(crate) rate: Ratio,
    /// The period.
    pub(crate) period: Duration,
}

/// When requests arrive.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Arrivals {
    /// Evenly spaced.
    Constant {
        /// The rate.
        rate: Rate,
        /// When the first one comes; by default at a random time within the first gap.
        #[serde(default)]
        phase: Option<Duration>,
    },
    /// At random at a constant rate (a Poisson process).
    Poisson {
        /// The rate.
        rate: Rate,
    },
    /// At random at the rate of a week in an office, or of a week with your own factors.
    Diurnal {
        /// The mean over a week.
        mean: Rate,
        /// Factors on the hour, from 00:00 to 23:00, straight lines between; by default an office's two humps.
        #[serde(default)]
        hours: Option<[f64; 24]>,
        /// Factors of the days, Monday first; by default five busy days and a quiet weekend.
        #[serde(default)]
        days: Option<[f64; 7]>,
    },
    /// At random at a rate that swings like a sine.
    Sine {
        /// The mean rate.
        base: Rate,
        /// Half the distance from trough to peak.
        amplitude: Rate,
        /// The length of one wave.
        #[serde(default = "day")]
        period: Duration,
        /// When the first wave rises through the base.
        #[serde(default)]
        phase: Duration,
    },
    /// At random at a rate that goes from one level to another in a straight line.
    Ramp {
        /// The rate before.
        from: Rate,
        /// The rate after.
        to: Rate,
        /// When it starts to change.
        #[serde(default)]
        at: Duration,
        /// How long the change takes.
        over: Duration,
    },
    /// At random at a rate that rises to a peak and falls back.
    Spike {
        /// The rate before and after.
        base: Rate,
        /// The rate at the peak.
        peak: Rate,
        /// When it starts to rise.
        at: Duration,
        /// How long it rises.
        #[serde(default)]
        rise: Duration,
        /// How long it stays at the peak.
        hold: Duration,
        /// How long it falls; by default as long as it rose.
        #[serde(default)]
        fall: Option<Duration>,
    },
    /// At random at a rate that jumps from level to level.
    Step {
        /// The levels in order of time; the first also holds before its time.
        #[schemars(length(min = 1, max = 100_000))]
        levels: Vec<Level>,
    },
    /// Bursts: two rates that take turns for random (exponential) times.
    Bursts {
        /// The rate between bursts.
        base: Rate,
        /// The rate in a burst.
        peak: Rate,
        /// The mean length of a burst.
        on: Duration,
        /// The mean time between bursts.
        off: Duration,
    },
    /// A Markov-modulated Poisson process: several rates that follow one another at random.
    Mmpp {
        /// The states.
        #[schemars(length(min = 2, max = 1000))]
        states: Vec<State>,
        /// Row i holds the odds of each next state after state i; by default every other state is as likely.
        #[serde(default)]
        jumps: Option<Vec<Vec<f64>>>,
    },
    /// Independent random gaps between requests.
    Renewal {
        /// The gap.
        gap: Times,
    },
    /// Users who send their next request a think time after the last has ended.
    ClosedLoop {
        /// How many.
        #[schemars(range(min = 1, max = 10_000_000))]
        users: u32,
        /// Their think time.
        think: Times,
    },
    /// A recording: a CSV with one request a row.
    Requests(Requests),
    /// A recording: a CSV with a count for each interval.
    Counts(CountRows),
    /// A recording: a bare list of counts, one an interval.
    NumberList(Numbers),
    /// A recording: an Azure LLM inference trace (TIMESTAMP, ContextTokens, GeneratedTokens).
    AzureLlm(AzureLlm),
}

const fn day() -> Duration {
    Duration::from_secs(86_400)
}

/// A rate from some time on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Level {
    /// From when.
    pub(crate) at: Duration,
    /// The rate.
    pub(crate) rate: Rate,
}

/// A state of a Markov-modulated process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The rate while in it.
    pub(crate) rate: Rate,
    /// The mean stay.
    pub(crate) stay: Duration,
}

/// Where in its interval a counted request falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spread {
    /// At random.
    #[default]
    Uniform,
    /// At equal distances.
    Even,
}

/// What every recording says about itself, before its own fields.
macro_rules! recording {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            /// The file, also gzipped; looked for beside the scenario file, then in the folder of traces
            /// (`--traces DIR` or `TONNAGE_TRACES`).
            #[schemars(length(min = 1))]
            pub(crate) file: String,
            /// Where to get it: an address, or who measured it.
            #[serde(default)]
            pub(crate) source: Option<String>,
            /// Under which licence it may be used.
            #[serde(default)]
            pub(crate) licence: Option<String>,
            /// The SHA-256 of the file, 64 hexadecimal digits; checked before the run.
            #[serde(default)]
            #[schemars(length(equal = 64))]
            pub(crate) sha256: Option<String>,
            $($(#[$field_doc])* pub(crate) $field: $kind,)*
        }

        impl $name {
            /// What it says about its file.
            pub(crate) fn origin(&self) -> Origin<'_> {
                Origin {
                    file: &self.file,
                    source: self.source.as_deref(),
                    licence: self.licence.as_deref(),
                    sha256: self.sha256.as_deref(),
                }
            }
        }
    };
}

/// What a recording says about its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) file: &'a str,
    pub(crate) source: Option<&'a str>,
    pub(crate) licence: Option<&'a str>,
    pub(crate) sha256: Option<&'a str>,
}

recording! {
    /// A CSV with one request a row.
    Requests {
        /// The column of times: seconds, or dates and times.
        #[serde(default = "timestamp_column")]
        timestamp: String,
        /// The column of classes, which may be missing.
        #[serde(default = "class_column")]
        class: String,
        /// The column of demands in seconds, which may be missing.
        #[serde(default = "demand_column")]
        demand: String,
        /// Whether times count from the first row; otherwise they are seconds since the run began.
        #[serde(default = "yes")]
        from_first_row: bool,
    }
}

recording! {
    /// A CSV with a count for each interval.
    CountRows {
        /// The length of an interval.
        #[serde(default = "minute")]
        interval: Duration,
        /// The beginning of the part to use.
        #[serde(default)]
        from: Option<Timestamp>,
        /// The end of the part to use.
        #[serde(default)]
        until: Option<Timestamp>,
        /// The column of times.
        #[serde(default = "period_column")]
        period: String,
        /// The column of counts.
        #[serde(default = "count_column")]
        column: String,
        /// Where in its interval a request falls.
        #[serde(default)]
        spread: Spread,
    }
}

recording! {
    /// A bare list of counts.
    Numbers {
        /// The length of an interval.
        #[serde(default = "second")]
        interval: Duration,
        /// The beginning of the part to use, after that of the list.
        #[serde(default)]
        from: Duration,
        /// The end of the part to use.
        #[serde(default)]
        until: Option<Duration>,
        /// Where in its interval a request falls.
        #[serde(default)]
        spread: Spread,
    }
}

recording! {
    /// An Azure LLM inference trace; a request's demand is the sum of three costs.
    AzureLlm {
        /// What every request costs.
        #[serde(default)]
        base: Duration,
        /// What each token of context costs.
        #[serde(default)]
        per_context_token: Duration,
        /// What each generated token costs.
        #[serde(default)]
        per_generated_token: Duration,
    }
}

fn timestamp_column() -> String {
    "timestamp".to_owned()
}

fn class_column() -> String {
    "class".to_owned()
}

fn demand_column() -> String {
    "demand".to_owned()
}

fn period_column() -> String {
    "period".to_owned()
}

fn count_column() -> String {
    "count".to_owned()
}

const fn yes() -> bool {
    true
}

const fn minute() -> Duration {
    Duration::from_secs(60)
}

const fn second() -> Duration {
    Duration::from_secs(1)
}
